"""`handbill inbound receive`, `maildir`, `imap`: record the messages that are there now."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli.shared.command import argument, command, option
from pipeline.cli.shared.output import print_error, print_message
from pipeline.cli.shared.project_option import open_project, project_option

#: What tells a mail server to deliver again later (sysexits.h).
_EX_TEMPFAIL = 75


@command()
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
    from pipeline.inbound.record_message import MAX_MESSAGE_BYTES
    from pipeline.project.inbound import open_inbound

    try:
        content = sys.stdin.buffer.read(MAX_MESSAGE_BYTES)
        with open_inbound(open_project(context)) as service:
            print_message(service.record(content, envelope_to=recipients).describe())
            service.forward_replies()
    except Exception as error:  # whatever it is, the mail server keeps the message
        print_error(str(error) or type(error).__name__)
        raise click.exceptions.Exit(_EX_TEMPFAIL) from error


@command()
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
    from pipeline.inbound.mailbox.maildir import record_maildir
    from pipeline.project.inbound import open_inbound

    with open_inbound(open_project(context)) as service:
        for recorded in record_maildir(maildir_folder, service):
            print_message(recorded.describe())
        service.forward_replies()


@command()
@project_option
@click.pass_context
def imap(context: click.Context) -> None:
    """
    Record the new messages of the mailbox in [bounces.imap]; a running worker does so by itself.

    What is recorded moves to another folder; replies and private mail stay. Nothing is deleted.

    \b
    Example:
        handbill inbound imap
    """
    from pipeline.project.inbound import make_imap_reader, open_inbound

    project = open_project(context)
    with open_inbound(project) as service:
        for recorded in make_imap_reader(project, service).poll():
            print_message(recorded.describe())
        service.forward_replies()
