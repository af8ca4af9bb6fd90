"""
Which processes are dead or stalled, and what becomes of what they hold.

A free lock means that a process is dead, and others take over its work at once. A stalled process keeps its lock and
sends no heartbeat: after its lease its claims are `uncertain`, and if it wakes up it finds its lease expired before it
sends another message.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select, text

from pipeline.campaigns.rates import connection_shares
from pipeline.campaigns.rates.recent_receipts import forget_receipts
from pipeline.campaigns.store import delivery_queries, transitions
from pipeline.campaigns.store.offer_log import discard_offers, read_offers
from pipeline.campaigns.store.tables import processes
from pipeline.campaigns.workers import lease
from pipeline.campaigns.workers.locks import get_lock_manager
from pipeline.campaigns.workers.processes import WorkerProcess, end_process, free_work
from pipeline.clock import Clock
from pipeline.database import Store

log = logging.getLogger(__name__)

_SERVER_TIMES = text("SELECT pg_postmaster_start_time(), clock_timestamp()")


def release_orphans(store: Store, process_id: str, *, keep: Collection[str]) -> int:
    """
    Free what a living process holds of campaigns that it no longer sends, all but *keep*; return of how many.

    Their end could not be stored while the store was unavailable. They would otherwise wait for a living process to
    die. What was sent and has no receipt is uncertain.
    """
    with store.reading() as connection:
        orphans = [each for each in _list_held(connection, process_id) if each[1] not in keep]
    for number, campaign_id in orphans:
        with store.writing() as connection:
            count = transitions.mark_uncertain(
                connection,
                process_id,
                number=number,
                response="The receipt could not be stored.",
            )
            connection_shares.release_shares(connection, process_id, number)
            forget_receipts(connection, process_id, number)
        log.warning(
            "%s was orphaned; %d deliveries are uncertain.",
            campaign_id,
            count,
            extra={"action": "campaign.orphaned", "campaign": campaign_id, "uncertain": count},
        )
    return len(orphans)


def _list_held(connection: Connection, process_id: str) -> set[tuple[int, str]]:
    """Return number and ID of each campaign of which a process holds anything."""
    return {
        *delivery_queries.list_claimed_campaigns(connection, process_id),
        *connection_shares.list_campaigns(connection, process_id),
    }


def reap_dead(store: Store, *, clock: Clock) -> int:
    """
    Find dead processes and mark what they had on the wire as uncertain; return how many deliveries.

    Everything else they had is free for others. Without a trustworthy log of their offers, see `store.offer_log`, all
    their open claims are uncertain.
    """
    lock_manager = get_lock_manager(store)
    with store.reading() as connection:
        running = list(
            connection.scalars(select(processes.c.id).where(processes.c.ended_at.is_(None)))
        )
    total = 0
    for process_id in running:
        if not lock_manager.is_free(f"process {process_id}"):
            continue
        offers = read_offers(store.local_folder, process_id)
        with store.writing() as connection:
            query = select(processes).where(processes.c.id == process_id)
            row = connection.execute(query).one()
            if row.ended_at or _may_recover(connection, row.heartbeat_at):
                continue
            count = sum(
                transitions.settle_offered(connection, process_id, number, states, now=clock.now())
                for number, states in offers.items()
            )
            count += end_process(connection, process_id, "died", clock=clock)
        discard_offers(store.local_folder, process_id)
        total += count
        log.warning(
            "The process %s died; %d deliveries are uncertain.",
            process_id,
            count,
            extra={"action": "process.died", "process_id": process_id, "uncertain": count},
        )
    return total


def _may_recover(connection: Connection, heartbeat_at: datetime) -> bool:
    """
    Whether a process may have lost its lock with a restart of the server, and be alive.

    It then has the time of a lease, by the server's clock, to come back.
    """
    if connection.dialect.name != "postgresql":
        return False  # locks of files end with their process
    started_at, now = connection.execute(_SERVER_TIMES).one()
    return bool(heartbeat_at < started_at and now - started_at < lease.LEASE)


class StalledProcessMonitor:
    """
    Finds processes that are alive but stand still: they sent no heartbeat while *process* sent as many as a lease has.

    While the store is away or busy nobody's heartbeat reaches it, and nobody is taken for stalled.
    """

    def __init__(self, store: Store, process: WorkerProcess) -> None:
        self._store = store
        self._process = process
        self._last_seen: dict[str, tuple[object, int]] = {}

    def check(self) -> int:
        """Free what stalled processes hold; return how many of their claims are uncertain now."""
        with self._store.reading() as connection:
            rows = connection.execute(
                select(processes.c.id, processes.c.heartbeat_at).where(
                    processes.c.ended_at.is_(None), processes.c.id != self._process.id
                )
            ).all()
        now = self._process.heartbeats
        self._last_seen = {
            row.id: self._last_seen[row.id]
            if self._last_seen.get(row.id, (None, 0))[0] == row.heartbeat_at
            else (row.heartbeat_at, now)
            for row in rows
        }
        limit = lease.count_heartbeats()
        stalled = [each for each, (_, since) in self._last_seen.items() if now - since >= limit]
        total = 0
        for process_id in stalled:
            with self._store.reading() as connection:
                if not _list_held(connection, process_id):
                    continue
            with self._store.writing() as connection:
                count = free_work(connection, process_id, now=self._process.clock.now())
            log.warning(
                "The process %s is stalled; %d deliveries are uncertain.",
                process_id,
                count,
                extra={"action": "process.stalled", "process_id": process_id, "uncertain": count},
            )
            total += count
        return total
