"""`handbill inbound`: read the messages that come back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import SectionCommand, argument, option
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import (
    format_json,
    print_error,
    print_json,
    print_message,
    print_text,
)
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.inbound import InboundMessage
    from pipeline.inbound.record_message import InboundRecorder, RecordedMessage
    from pipeline.inbound.stored_messages import MessageFolder

#: What tells a mail server to deliver again later (sysexits.h).
_EX_TEMPFAIL = 75
#: Larger messages are read and kept up to here.
_MAX_MESSAGE_BYTES = 50 * 1024 * 1024


@click.group()
@project_option
def inbound() -> None:
    """
    Read bounces, complaints and replies that come by email.

    \b
    Example:
        handbill inbound read message.eml
    """


@inbound.command(cls=SectionCommand)
@argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@json_option
def read(files: tuple[Path, ...], as_json: bool) -> None:
    """
    Say what the messages in FILE are, without recording anything; - reads standard input.

    \b
    Example:
        handbill inbound read message.eml
    """
    from pipeline.inbound import read_message
    from pipeline.inbound.message_content import MAX_BYTES

    for path in files:
        if str(path) == "-":
            content = sys.stdin.buffer.read(MAX_BYTES)
        else:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES)
        message = read_message(content)
        if as_json:
            print_text(format_json({"file": str(path), **message.to_json()}))
        else:
            print_text("\n".join(_format(path, message)))


@inbound.command(cls=SectionCommand)
@option(
    "--to",
    "recipients",
    metavar="ADDRESS",
    multiple=True,
    help="Envelope recipient, as the mail server passes it on; repeat it for more.",
)
@project_option
@click.pass_context
def receive(context: click.Context, recipients: tuple[str, ...]) -> None:
    """
    Record one message from standard input, as a mail server pipes it.

    Exit code 75 asks the mail server to try again later.

    \b
    Example:
        handbill inbound receive --to bounce@news.example.org < message.eml
    """
    try:
        content = sys.stdin.buffer.read(_MAX_MESSAGE_BYTES)
        with _open_recorder(context) as recorder:
            _print_recorded(recorder.record(content, envelope_to=recipients))
    except (PipelineError, OSError) as error:
        print_error(str(error))
        raise click.exceptions.Exit(_EX_TEMPFAIL) from error


@inbound.command(cls=SectionCommand)
@argument(
    "maildir_folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@project_option
@click.pass_context
def maildir(context: click.Context, maildir_folder: Path) -> None:
    """
    Record the new messages of the Maildir FOLDER, and move each to cur/; nothing is deleted.

    \b
    Example:
        handbill inbound maildir ~/Maildir
    """
    from pipeline.inbound.maildir import record_maildir

    with _open_recorder(context) as recorder:
        for recorded in record_maildir(maildir_folder, recorder):
            _print_recorded(recorded)


@inbound.command(name="list", cls=SectionCommand)
@json_option
@project_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """
    List the messages that wait for a person: requests to unsubscribe in words, replies, and what leads nowhere.

    \b
    Example:
        handbill inbound list
    """
    from pipeline.inbound import read_message

    found = list(_open_folder(context).list_messages())
    lines = []
    for each in found:
        message = read_message(each.path.read_bytes())
        lines.append({"name": each.name, "reason": each.reason.value, **message.to_json()})
    if as_json:
        print_json({"messages": lines})
        return
    if not lines:
        print_message("No messages wait.")
    for line in lines:
        print_text(f"{line['name']}  {line['reason']:<9}  {line['sender']}  {line['subject']}")


@inbound.command(cls=SectionCommand)
@argument("name")
@project_option
@click.pass_context
def confirm(context: click.Context, name: str) -> None:
    """
    Unsubscribe who asks for it in words in the message NAME.

    \b
    Example:
        handbill inbound confirm 3f9c0a7e12b45d68
    """
    stored = _open_folder(context).find(name)
    with _open_recorder(context) as recorder:
        effect = recorder.confirm(stored)
    print_message(f"Done: {effect or 'nothing to change'}.")


def _open_folder(context: click.Context) -> MessageFolder:
    from pipeline import state_dir
    from pipeline.inbound.stored_messages import MessageFolder

    return MessageFolder(open_project(context).root / state_dir.NAME / "inbound")


@contextmanager
def _open_recorder(context: click.Context) -> Iterator[InboundRecorder]:
    from pipeline.inbound.record_message import InboundRecorder

    project = open_project(context)
    with project.open_events() as ledger:
        yield InboundRecorder(ledger, _open_folder(context), clock=project.clock)


def _print_recorded(recorded: RecordedMessage) -> None:
    target = recorded.target
    kind = recorded.message.kind.value
    if target is None:
        print_message(f"{kind}: leads to no message of this project; kept as {recorded.stored_as}.")
        return
    notes = [recorded.effect, "" if recorded.is_new else "nothing new"]
    if recorded.stored_as:
        notes.append(f"kept as {recorded.stored_as}")
    details = "; ".join(filter(None, notes))
    print_message(f"{kind}: {target.campaign_id or 'test'}{f' ({details})' if details else ''}.")


def _format(path: Path, message: InboundMessage) -> list[str]:
    kind = message.kind.value
    if message.feedback:
        kind = f"{kind} ({message.feedback.value})"
    elif message.is_in_words:
        kind = f"{kind} (in words, for a person to confirm)"
    sender = f", from {message.sender}" if message.sender else ""
    lines = [f"{path}: {kind}{sender}"]
    for each in message.recipients:
        name = each.bounce_class.value if each.bounce_class else ""
        parts = (each.address or "(no address)", name, each.status or "", each.text[:160])
        lines.append("    " + "  ".join(filter(None, parts)))
    return lines
