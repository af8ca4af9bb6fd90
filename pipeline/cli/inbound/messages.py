"""`handbill inbound read`, `list`, `confirm`: say what messages are, and show those that wait for a person."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import argument, command
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import format_json, print_json, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.inbound import InboundMessage


@command()
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
    from pipeline.inbound.reading.message_content import MAX_BYTES

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


@command("list")
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
    from pipeline.project.inbound import open_message_folder

    found = list(open_message_folder(open_project(context)).list_messages())
    lines = []
    for each in found:
        message = read_message(each.path.read_bytes())
        lines.append({"name": each.name, "reason": each.reason.value, **message.to_json()})
    if as_json:
        print_json({"messages": lines})
        return
    if not lines:
        print_message("No messages are waiting.")
    for line in lines:
        print_text(f"{line['name']}  {line['reason']:<9}  {line['sender']}  {line['subject']}")


@command()
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
    from pipeline.project.inbound import open_inbound, open_message_folder

    project = open_project(context)
    stored = open_message_folder(project).find(name)
    with open_inbound(project) as service:
        effect = service.recorder.confirm(stored)
    print_message(f"Done: {effect or 'nothing to change'}.")


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
