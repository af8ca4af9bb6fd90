"""`handbill outbox`: what lies in the outbox, and how it goes on from there."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import json_option, open_project, project_option
from pipeline.cli.outbox_send import (
    STATES,
    ReceiptLog,
    exit_code,
    finisher,
    mark_mailed,
    suppress_refused,
    tell,
)
from pipeline.cli.output import ask, counted, print_json, say
from pipeline.cli.progress_bar import watching
from pipeline.errors import ConfigError, SendError, suggest_name

if TYPE_CHECKING:
    from pipeline.project import Project
    from pipeline.senders.outbox.delivery_log import OutboxEntry


@click.group()
@project_option
def outbox() -> None:
    """
    Look at what lies in the outbox, and hand it over by another sender.

    \b
    Example:
        handbill outbox send 2026-03-02-the-tide-clock-1a2b --sender relay
    """


@outbox.command("list")
@json_option
@project_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """
    List the campaigns in the outbox, the newest first.

    \b
    Example:
        handbill outbox list
    """
    directory = outbox_folder(open_project(context))
    found = [_described(folder) for folder in reversed(_folders(directory))]
    if as_json:
        print_json({"outbox": str(directory), "campaigns": found})
        return
    for one in found:
        states = [f"{one[state]:,} {state}" for state in STATES if one[state]]
        click.echo(f"{one['campaign']}: {counted(one['messages'], 'message')}")
        if one["problem"]:
            say(f"{one['campaign']}: {one['problem']}")
        elif states:
            click.echo(f"    handed over by another sender: {', '.join(states)}")
    if not found:
        say(f"There is nothing in {directory}.")


@outbox.command("open")
@click.argument("campaign", required=False)
@click.option(
    "--view",
    is_flag=True,
    help="Open it in the program for mail on this machine.",
)
@project_option
@click.pass_context
def open_(context: click.Context, campaign: str | None, view: bool) -> None:
    """
    Print where the first message of CAMPAIGN lies, by default of the newest one.

    \b
    Example:
        handbill outbox open
    """
    from pipeline.senders.outbox.delivery_log import read_outbox

    folder = _folder(open_project(context), campaign)
    lying = read_outbox(folder)
    if not lying:
        raise SendError(f"{folder}: no message was written there.")
    path = folder / lying[0].entry.file
    click.echo(path)
    if view:
        _view(path)


@outbox.command("send")
@click.argument("campaign")
@click.option(
    "--sender",
    metavar="NAME",
    required=True,
    envvar="HANDBILL_SENDER",
    show_envvar=True,
    help="What to send by.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Hand over at most so many; the next call goes on from there.",
)
@click.option(
    "--retry-uncertain",
    is_flag=True,
    help="Also send again what is in doubt: some readers may get it twice.",
)
@click.option("--allow-repeat", is_flag=True, help="Although some of these people have had it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@project_option
@click.pass_context
def send(
    context: click.Context,
    campaign: str,
    sender: str,
    limit: int | None,
    retry_uncertain: bool,
    allow_repeat: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """
    Hand the messages of CAMPAIGN over by another sender, each of them once.

    Called again, it sends the rest. Exit 0 if every message asked for was accepted or refused for good.

    \b
    Example:
        handbill outbox send 2026-03-02-the-tide-clock-1a2b --sender relay
    """
    from pipeline.senders.outbox.delivery_log import check_entry_files
    from pipeline.senders.outbox.outbox_delivery import OutboxDelivery

    project = open_project(context)
    folder = _folder(project, campaign)
    way = project.open_sender(sender)
    if not way.delivers_mail:
        raise ConfigError(
            f'"{sender}" mails nobody. Name a sender that does: see docs/how-to/sending.md.'
        )
    with OutboxDelivery(folder, clock=project.clock) as replay:
        due = replay.list_unsent(include_uncertain=retry_uncertain)[:limit]
        check_entry_files(folder, due)
        finish = finisher(project, way)
        if due and not yes:
            people = counted(len(due), "person", "people")
            ask(f"Send {folder.name} to {people} by {project.senders.describe(sender)}?")
        mark_mailed(project, due, allow_repeat=allow_repeat)
        with (
            way,
            project.storage.open_suppression_check() as reason_against,
            project.campaigns.open_rate_limiter(sender) as gate,
            watching(len(due)) as watch,
        ):
            done = replay.send(
                due,
                sender=way,
                name=sender,
                suppression_reason=reason_against,
                sign=finish,
                listener=(noting := ReceiptLog(watch)),
                limiter=gate,
            )
        suppress_refused(project, noting.refused, replay.entries)
        lying = list(replay.entries.values())
    tell(folder, done, lying, as_json=as_json)
    context.exit(exit_code(done, is_limited=limit is not None and len(due) == limit))


def outbox_folder(project: Project) -> Path:
    """Return the folder of the outbox: that of the sender `outbox`, or of the configured one if it is such a folder."""
    from pipeline.senders.outbox.outbox_sender import OutboxSender

    default = project.config.sender.default
    for name in ("outbox", *([default] if isinstance(default, str) else default)):
        way = project.open_sender(name)
        if isinstance(way, OutboxSender) and way.directory.is_dir():
            return way.directory.absolute()
    return project.root / "outbox"


def _folders(directory: Path) -> list[Path]:
    """Return the folders of campaigns in *directory*, by name: they begin with the day."""
    from pipeline.senders.outbox.manifest import MANIFEST

    return sorted(manifest.parent for manifest in directory.glob(f"*/{MANIFEST}"))


def _folder(project: Project, campaign: str | None) -> Path:
    from pipeline.senders.outbox.manifest import MANIFEST

    directory = outbox_folder(project)
    folders = _folders(directory)
    if campaign is None:
        if not folders:
            raise SendError(
                f"There is nothing in {directory}. Write something there: handbill send."
            )
        return max(folders, key=lambda folder: (folder / MANIFEST).stat().st_mtime)
    for folder in (directory / campaign, Path(campaign).absolute()):
        if (folder / MANIFEST).is_file():
            return folder
    raise SendError(
        f"There is no campaign {campaign} in {directory}. See what there is: handbill outbox list."
        f"{suggest_name(campaign, [folder.name for folder in folders])}"
    )


def _described(folder: Path) -> dict[str, Any]:  # Any: as JSON has it
    from pipeline.senders.outbox.delivery_log import read_outbox

    lying: list[OutboxEntry] = []
    problem = None
    try:
        lying = read_outbox(folder)
    except SendError as error:
        problem = str(error)
    counts = Counter(one.state.value for one in lying)
    return {
        "campaign": folder.name,
        "folder": str(folder),
        "messages": len(lying),
        "pending": counts["pending"],
        **{state: counts[state] for state in STATES},
        "problem": problem,
    }


def _view(path: Path) -> None:
    """Open *path* with the program this machine has for it."""
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.run([opener, str(path)], check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise SendError(
            f"There is no {opener} on this machine. Open the file by hand: {path}"
        ) from error
