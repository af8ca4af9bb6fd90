"""The mailbox of a project, as a worker reads it again and again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

from pipeline.clock import parse_duration
from pipeline.inbound.inbound_service import InboundService, RepeatedProblem
from pipeline.inbound.mailbox.imap_reader import ImapReader
from pipeline.project.inbound import make_imap_reader, open_inbound
from pipeline.project.project import Project

log = logging.getLogger(__name__)


class MailboxPoller:
    """Reads the mailbox once for each `poll()`."""

    def __init__(self, reader: ImapReader, service: InboundService, *, interval: timedelta) -> None:
        self.interval = interval
        self._reader = reader
        self._service = service
        self._problem = RepeatedProblem()

    def poll(self, stop: Event) -> None:
        """Record what is new, until *stop* is set."""
        try:
            for _ in self._reader.poll():
                if stop.is_set():
                    break
        except Exception as error:  # the worker goes on sending, whatever happens to the mailbox
            self._problem.report(error)
        else:
            self._problem.end()
        self._service.forward_replies()


@contextmanager
def open_mailbox_poller(project: Project) -> Iterator[MailboxPoller | None]:
    """
    Open the mailbox in `[bounces.imap]` for the block, if there is one.

    Raises:
        ConfigError: The mailbox has no secret.
    """
    table = project.config.bounces.imap
    if table is None:
        yield None
        return
    with open_inbound(project) as service:
        reader = make_imap_reader(project, service)
        yield MailboxPoller(reader, service, interval=parse_duration(table.every))
