"""The embedded engine: what a worker's poll finds is done in threads of the same process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection

from pipeline.campaigns.workers.tickets import DEFAULT_CONCURRENCY, Ticket, TicketKind


class EmbeddedEngine:
    """
    Carries tickets inside one process; see `Engine`. Those added elsewhere are found by the poll of a worker.

    Args:
        concurrency: Campaigns that are sent at once; feeds and the mailbox do not wait for them.
    """

    def __init__(self, *, concurrency: int = DEFAULT_CONCURRENCY) -> None:
        self._concurrency = concurrency
        self._threads: dict[Ticket, threading.Thread] = {}
        self._handle: Callable[[Ticket], None] | None = None
        self._stop = threading.Event()

    def add(self, ticket: Ticket, connection: Connection | None = None) -> None:
        """Start a thread for *ticket*, unless there is one already, or too many."""
        if connection is not None or self._handle is None:
            return
        self._threads = {
            each: thread for each, thread in self._threads.items() if thread.is_alive()
        }
        campaigns = sum(each.kind is TicketKind.CAMPAIGN for each in self._threads)
        is_full = ticket.kind is TicketKind.CAMPAIGN and campaigns >= self._concurrency
        if ticket in self._threads or is_full:
            return
        thread = threading.Thread(
            target=self._wait_and_handle,
            args=(self._handle, ticket),
            name=ticket.campaign_id or ticket.kind.value,
        )
        self._threads[ticket] = thread
        thread.start()

    def _wait_and_handle(self, handle: Callable[[Ticket], None], ticket: Ticket) -> None:
        if ticket.at:
            self._stop.wait(max((ticket.at - datetime.now(UTC)).total_seconds(), 0))
        handle(ticket)

    @contextmanager
    def run(self, handle: Callable[[Ticket], None], *, stop: threading.Event) -> Iterator[None]:
        """Handle tickets until the block ends."""
        self._handle, self._stop = handle, stop
        try:
            yield
        finally:
            self._handle = None
            for thread in list(self._threads.values()):
                thread.join()
