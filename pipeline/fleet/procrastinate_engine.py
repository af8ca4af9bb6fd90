"""The engine of a fleet: a ticket is a job of Procrastinate, in the database of the campaigns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from pipeline.campaigns.workers.tickets import Ticket, TicketKind
from pipeline.database import Store
from pipeline.errors import StoreError
from pipeline.fleet.engine_tables import upgrade_schema
from pipeline.fleet.tasks import get_queue, make_app, require_installed

if TYPE_CHECKING:
    from procrastinate import App

#: PostgreSQL 15, appendix A: undefined_table, undefined_function, undefined_object; no worker has run here yet.
_MISSING_STATES = ("42P01", "42883", "42704")


class ProcrastinateEngine:
    """
    Carries tickets between all workers that share a PostgreSQL database; see `Engine`.

    Args:
        store: The database of the campaigns, and of Procrastinate's tables.
        concurrency: Campaigns that one worker sends at once; feeds and the mailbox do not wait for them.
    """

    def __init__(self, store: Store, *, concurrency: int) -> None:
        self._store = store
        self._concurrency = concurrency

    @cached_property
    def _app(self) -> App:
        """Adds jobs on connections of ours; inside a worker Procrastinate's own application cannot (TypeError)."""
        require_installed()
        from procrastinate import SyncPsycopgConnector

        return make_app(SyncPsycopgConnector())

    def add(self, ticket: Ticket, connection: Connection | None = None) -> None:
        """Add a job for *ticket*, unless one like it waits already."""
        if connection is not None:
            self._defer(ticket, connection)
            return
        with self._store.writing() as own_connection:
            self._defer(ticket, own_connection)

    def _defer(self, ticket: Ticket, connection: Connection) -> None:
        from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

        arguments = {"campaign_id": ticket.campaign_id} if ticket.campaign_id else {}
        try:
            with connection.begin_nested():  # a job like it fails this statement alone
                self._app.tasks[get_queue(ticket.kind)].configure(
                    queueing_lock=f"handbill {ticket.key}",
                    schedule_at=ticket.at,
                    connection=connection.connection.driver_connection,
                ).defer(**arguments)
        except AlreadyEnqueued:
            pass
        except ConnectorException as error:
            if getattr(error.__cause__, "sqlstate", None) not in _MISSING_STATES:
                raise StoreError(
                    f"{self._store.location}: no job could be added ({error.__cause__}). Check that the database is "
                    "running, then try again.",
                    temporary=True,
                ) from error

    @contextmanager
    def run(self, handle: Callable[[Ticket], None], *, stop: threading.Event) -> Iterator[None]:
        """
        Run Procrastinate until the block ends.

        Raises:
            ConfigError: Procrastinate is not installed.
            StoreError: Its tables cannot be created or upgraded.
        """
        require_installed()
        from pipeline.fleet.runner import run_procrastinate

        upgrade_schema(self._store)
        concurrency: dict[tuple[TicketKind, ...], int] = {
            (TicketKind.CAMPAIGN,): self._concurrency,
            (TicketKind.FEEDS, TicketKind.MAILBOX): 2,
        }
        with run_procrastinate(self._store, handle, concurrency=concurrency):
            yield
