"""`handbill inbound`: read the messages that come back."""

from __future__ import annotations

import click

from pipeline.cli.inbound.messages import confirm, list_, read
from pipeline.cli.inbound.record import imap, maildir, receive
from pipeline.cli.inbound.serve_lmtp import serve
from pipeline.cli.shared.project_option import project_option


@click.group()
@project_option
def inbound() -> None:
    """
    Read bounces, complaints and replies that come by email.

    \b
    Example:
        handbill inbound read message.eml
    """


for command in (read, receive, serve, maildir, imap, list_, confirm):
    inbound.add_command(command)
