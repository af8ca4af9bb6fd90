"""`handbill outbox`: list, open and send the messages in the outbox."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.outbox.folders import find_folder, list_folders
from pipeline.cli.outbox.send import send
from pipeline.cli.shared import completion
from pipeline.cli.shared.command import SectionCommand, argument, option
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import pluralize, print_json, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import PipelineError, SendError

if TYPE_CHECKING:
    from pipeline.models.campaign import Campaign
    from pipeline.project import Project

#: The states of messages that were sent or skipped, in the order they are listed.
_STATES = ("accepted", "refused", "deferred", "uncertain", "skipped")


@click.group()
@project_option
def outbox() -> None:
    """
    List, open and send the messages in the outbox.

    \b
    Example:
        handbill outbox send 2026-03-02-the-tide-clock-1a2b --sender relay
    """


outbox.add_command(send)


@outbox.command("list", cls=SectionCommand)
@json_option
@project_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """
    List the campaigns in the outbox, newest first.

    \b
    Example:
        handbill outbox list
    """
    project = open_project(context)
    directory = project.senders.find_outbox_folder()
    campaigns = [_describe(project, folder) for folder in reversed(list_folders(directory))]
    if as_json:
        print_json({"outbox": str(directory), "campaigns": campaigns})
        return
    for each in campaigns:
        states = [f"{each[state]:,} {state}" for state in _STATES if each[state]]
        print_text(f"{each['campaign']}: {pluralize(each['messages'], 'message')}")
        if each["problem"]:
            print_message(f"{each['campaign']}: {each['problem']}")
        elif states:
            print_text(f"    sent from here: {', '.join(states)}")
    if not campaigns:
        print_message(f"The outbox is empty: {directory}.")


@outbox.command("open", cls=SectionCommand)
@argument("campaign", required=False, shell_complete=completion.complete_outbox_folders)
@option("--view", is_flag=True, help="Open it in the default mail program.")
@project_option
@click.pass_context
def open_(context: click.Context, campaign: str | None, view: bool) -> None:
    """
    Print the path of the first message of CAMPAIGN; default: the newest campaign.

    \b
    Example:
        handbill outbox open
    """
    from pipeline.senders.outbox.manifest import list_messages

    folder = find_folder(open_project(context), campaign)
    path = folder / list_messages(folder)[0].file
    print_text(path)
    if view:
        _view(path)


def _describe(project: Project, folder: Path) -> dict[str, Any]:  # Any: as JSON has it
    from pipeline.models.delivery import DeliveryState
    from pipeline.senders.outbox.manifest import list_messages

    counts = dict.fromkeys(_STATES, 0)
    messages, problem = 0, None
    try:
        messages = len(list_messages(folder))
        if campaign := _find_campaign(project, folder):
            counts = {name: campaign.count(DeliveryState(name)) for name in _STATES}
    except PipelineError as error:
        problem = str(error)
    return {
        "campaign": folder.name,
        "folder": str(folder),
        "messages": messages,
        "pending": max(0, messages - sum(counts.values())),
        **counts,
        "problem": problem,
    }


def _find_campaign(project: Project, folder: Path) -> Campaign | None:
    """Return the campaign that sends the messages in *folder*, None if nothing was sent from there."""
    from pipeline.project.storage import has_own_ledger

    if not (project.storage.has_store or has_own_ledger(folder)):
        return None
    with project.open_campaigns(folder) as service:
        return service.find_outbox_campaign(folder)


def _view(path: Path) -> None:
    """Open *path* in this machine's default program for it."""
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.run([opener, str(path)], check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise SendError(f"{opener} is not installed. Open the file yourself: {path}") from error
