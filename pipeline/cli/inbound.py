"""`handbill inbound`: read the messages that come back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import SectionCommand, argument
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import format_json, print_text
from pipeline.cli.shared.project_option import project_option

if TYPE_CHECKING:
    from pipeline.inbound import InboundMessage


@click.group()
@project_option
def inbound() -> None:
    """
    Read what comes back by email: bounces, complaints, unsubscribes, replies.

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
