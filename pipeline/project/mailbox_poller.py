"""Read the mailbox of a project again and again, while a worker runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from pipeline.clock import parse_duration
from pipeline.inbound.inbound_service import InboundService, RepeatedProblem
from pipeline.inbound.mailbox.imap_reader import ImapReader
from pipeline.project.inbound import make_imap_reader, open_inbound
from pipeline.project.project import Project

log = logging.getLogger(__name__)


@contextmanager
def poll_mailbox(project: Project, stop: Event) -> Iterator[None]:
    """
    Read the mailbox in `[bounces.imap]`, if there is one, in a thread of its own until the block ends.

    Args:
        stop: Is set when the worker is to stop.

    Raises:
        ConfigError: The mailbox has no secret.
    """
    table = project.config.bounces.imap
    if table is None:
        yield
        return
    ended = Event()
    with open_inbound(project) as service:
        poller = _Poller(make_imap_reader(project, service), service)
        interval_s = parse_duration(table.every).total_seconds()
        thread = Thread(target=poller.run, args=(interval_s, stop, ended), name="mailbox")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


class _Poller:
    def __init__(self, reader: ImapReader, service: InboundService) -> None:
        self._reader = reader
        self._service = service
        self._problem = RepeatedProblem()

    def run(self, interval_s: float, stop: Event, ended: Event) -> None:
        """Poll at once, then every *interval_s* seconds."""
        self._poll(stop)
        while not ended.wait(interval_s) and not stop.is_set():
            self._poll(stop)

    def _poll(self, stop: Event) -> None:
        try:
            for _ in self._reader.poll():
                if stop.is_set():
                    break
        except Exception as error:  # the worker goes on sending, whatever happens to the mailbox
            self._problem.report(error)
        else:
            self._problem.end()
        self._service.forward_replies()
