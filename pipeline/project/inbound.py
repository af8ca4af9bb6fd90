"""Assemble what records messages that come back, from `[bounces]`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline import state_dir
from pipeline.errors import ConfigError
from pipeline.inbound.forward_replies import ReplyForwarder
from pipeline.inbound.inbound_service import InboundService
from pipeline.inbound.mailbox.imap_reader import ImapReader
from pipeline.inbound.mailbox.imap_settings import ImapSettings, find_port
from pipeline.inbound.record_message import InboundRecorder
from pipeline.inbound.stored_messages import MessageFolder
from pipeline.models.address import parse_ascii_address
from pipeline.project.project import Project
from pipeline.senders.smtp.authentication import read_credentials


def open_message_folder(project: Project) -> MessageFolder:
    """Return the messages that *project* keeps."""
    return MessageFolder(project.root / state_dir.NAME / "inbound")


@contextmanager
def open_inbound(project: Project) -> Iterator[InboundService]:
    """
    Open what records the messages that come back to *project*, for the block.

    Raises:
        ConfigError: This is no project.
        AddressError: `forward_replies_to` cannot be written to.
        StoreError: The database cannot be opened, or belongs to another secret.
    """
    with project.open_events() as ledger:
        folder = open_message_folder(project)
        forwarder = _make_forwarder(project, folder)
        recorder = InboundRecorder(
            ledger,
            folder,
            clock=project.clock,
            forwards=forwarder.accepts if forwarder else lambda _: False,
        )
        yield InboundService(recorder, forwarder)


def make_imap_reader(project: Project, service: InboundService) -> ImapReader:
    """
    Return the reader of `[bounces.imap]`.

    Raises:
        ConfigError: It is not configured, or has no secret.
    """
    table = project.config.bounces.imap
    if table is None:
        raise ConfigError(
            "No mailbox is configured. Add a table [bounces.imap] with host and username: handbill docs bounces"
        )
    is_token = table.auth == "xoauth2"
    command = table.token_command
    credentials = read_credentials(
        username=table.username,
        username_env=None,
        auth="xoauth2" if is_token else None,
        password_env=table.password_env,
        password_file=project.root / table.password_file if table.password_file else None,
        token_env=table.token_env,
        token_command=list(command) if isinstance(command, tuple) else command,
        owner="[bounces.imap]",
    )
    assert credentials, "there is a user name"
    settings = ImapSettings(
        host=table.host,
        port=table.port or find_port(table.security),
        security=table.security,
        username=table.username,
        is_token=is_token,
        read_secret=credentials.read_secret,
        source=credentials.source,
        folder=table.folder,
        done_folder=table.done_folder,
        ca_file=project.root / table.ca_file if table.ca_file else None,
    )
    position_file = open_message_folder(project).root / "imap.json"
    return ImapReader(settings, service, position_file=position_file)


def _make_forwarder(project: Project, folder: MessageFolder) -> ReplyForwarder | None:
    table = project.config.bounces
    if table.forward_replies_to is None:
        return None
    names = project.senders.join_names(
        ", ".join(table.forward_by) if isinstance(table.forward_by, tuple) else table.forward_by
    )
    sender = parse_ascii_address(table.address) if table.address else project.publication.sender
    return ReplyForwarder(
        folder,
        editor=parse_ascii_address(table.forward_replies_to),
        envelope_sender=sender,
        open_sender=lambda: project.open_sender(names),
        clock=project.clock,
    )
