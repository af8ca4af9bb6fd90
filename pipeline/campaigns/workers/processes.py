"""
The processes that send campaigns: which are alive, dead or stalled.

A process holds a lock as long as it lives; a free lock means it is dead, and others take over its work at once. A
stalled process keeps its lock and sends no heartbeat: after the lease its claims are `uncertain`, and if it wakes up it
finds its lease expired before it sends another message.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Collection, Iterator
from datetime import timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, insert, select, update

from pipeline.campaigns.store import campaign_records, transitions
from pipeline.campaigns.store.offer_log import discard_offers, read_offers
from pipeline.campaigns.store.tables import processes
from pipeline.campaigns.workers.connection_pooler import require_sessions
from pipeline.campaigns.workers.locks import Lock, get_lock_manager
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.errors import StateError, StoreError

log = logging.getLogger(__name__)

#: How long a process without a heartbeat is considered alive.
LEASE = timedelta(seconds=120)
#: A process considers its own lease shorter: what it began to write must be sent before others take over.
LEASE_MARGIN = timedelta(seconds=20)
HEARTBEAT_INTERVAL = timedelta(seconds=10)

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_seconds() -> float:
    """Return the seconds since boot, including sleep; nobody can set this clock."""
    return time.clock_gettime(_BOOTTIME)


class WorkerProcess:
    """
    This process while it sends campaigns; made by `start_process()`.

    Attributes:
        id: Unique: two processes never share one, even with the same name.
    """

    def __init__(self, store: Store, process_id: str, locks: dict[str, Lock], clock: Clock) -> None:
        self.id = process_id
        self._store = store
        self._locks = locks
        self._clock = clock
        self._last_heartbeat = boot_seconds()
        self._has_ended = threading.Event()
        self._heartbeat_thread = threading.Thread(
            target=self._send_heartbeats, name="heartbeat", daemon=True
        )

    @property
    def has_lease(self) -> bool:
        """Whether the lease holds, so that another message may be sent."""
        return boot_seconds() - self._last_heartbeat < (LEASE - LEASE_MARGIN).total_seconds()

    def send_heartbeat(self) -> None:
        """
        Renew the lease.

        Raises:
            StoreError: It cannot be renewed.
        """
        started = boot_seconds()
        for name, lock in self._locks.items():
            if not lock.is_held():  # the database was down, and its locks were lost
                acquired = get_lock_manager(self._store).acquire(name)
                if acquired is None:
                    return
                self._locks[name] = acquired
        now = self._clock.now()
        with self._store.writing() as connection:
            connection.execute(
                update(processes)
                .where(processes.c.id == self.id)
                .values(heartbeat_at=now, ended_at=None, end_reason=None)
            )
        self._last_heartbeat = started

    def ensure_registered(self) -> None:
        """
        Register as alive again if need be, as after a restart of the database, when the locks were free for a while.

        Its previous work may belong to others by then; it can take up new work.

        Raises:
            StoreError: The database is unavailable.
        """
        with self._store.reading() as connection:
            ended_at = connection.scalar(
                select(processes.c.ended_at).where(processes.c.id == self.id)
            )
        if ended_at or not all(lock.is_held() for lock in self._locks.values()):
            self.send_heartbeat()

    def _send_heartbeats(self) -> None:
        while not self._has_ended.wait(HEARTBEAT_INTERVAL.total_seconds()):
            try:
                self.send_heartbeat()
            except StoreError as error:
                log.warning(
                    "%s", error, extra={"action": "process.heartbeat_failed", "process_id": self.id}
                )

    def __enter__(self) -> Self:
        if not self._store.is_in_memory:  # otherwise no other process can see it
            self._heartbeat_thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._has_ended.set()
        if self._heartbeat_thread.is_alive():
            self._heartbeat_thread.join()
        try:
            with self._store.writing() as connection:
                end_process(connection, self.id, "ended", clock=self._clock)
            discard_offers(self._store.local_folder, self.id)
        except StoreError:  # its free lock says the same
            if kind is None:
                raise
        finally:
            for lock in self._locks.values():
                lock.release()


def start_process(store: Store, *, kind: str, name: str | None, clock: Clock) -> WorkerProcess:
    """
    Register this process.

    Args:
        kind: `foreground` or `worker`.
        name: Unique among living processes; None for the host name and process ID.

    Raises:
        StateError: A process with that name is alive.
        StoreError: A connection pooler would take its locks away.
    """
    process_id = uuid.uuid4().hex
    if store.is_shared:
        require_sessions(store.engine)
    lock_manager = get_lock_manager(store)
    locks: dict[str, Lock] = {}
    for lock_name in (f"process {process_id}", *([f"name {name}"] if name else [])):
        lock = lock_manager.acquire(lock_name)
        if lock is None:
            for acquired in locks.values():
                acquired.release()
            raise StateError(f'A worker called "{name}" is already running. Choose another --name.')
        locks[lock_name] = lock
    now = clock.now()
    with store.writing() as connection:
        connection.execute(
            insert(processes).values(
                id=process_id,
                name=name or f"{socket.gethostname()}-{os.getpid()}",
                kind=kind,
                host=socket.gethostname(),
                pid=os.getpid(),
                started_at=now,
                heartbeat_at=now,
            )
        )
    return WorkerProcess(store, process_id, locks, clock)


def end_process(connection: Connection, process_id: str, reason: str, *, clock: Clock) -> int:
    """Mark a process as ended, release its campaigns and mark its open claims as uncertain; return how many."""
    connection.execute(
        update(processes)
        .where(processes.c.id == process_id, processes.c.ended_at.is_(None))
        .values(ended_at=clock.now(), end_reason=reason)
    )
    campaign_records.release_all(connection, process_id)
    return transitions.mark_uncertain(connection, process_id)


def release_orphans(store: Store, process_id: str, *, keep: Collection[str]) -> int:
    """
    Release the campaigns of the living process *process_id* that it no longer sends, all but *keep*; return how many.

    Their end could not be stored while the store was unavailable. They would otherwise wait for a living process to
    die. What was sent and has no receipt is uncertain.
    """
    with store.reading() as connection:
        orphans = [
            record
            for record in campaign_records.list_of_process(connection, process_id)
            if record.id not in keep
        ]
    for record in orphans:
        with store.writing() as connection:
            campaign_records.update_columns(connection, record.number, process_id=None)
            count = transitions.mark_uncertain(
                connection,
                process_id,
                number=record.number,
                response="The receipt could not be stored.",
            )
        log.warning(
            "%s was orphaned; %d deliveries are uncertain.",
            record.id,
            count,
            extra={"action": "campaign.orphaned", "campaign": record.id, "uncertain": count},
        )
    return len(orphans)


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
            has_ended = select(processes.c.ended_at).where(processes.c.id == process_id)
            if connection.scalar(has_ended):  # after we read the list
                continue
            for number, states in offers.items():
                transitions.settle_offered(connection, process_id, number, states, now=clock.now())
            count = end_process(connection, process_id, "died", clock=clock)
        discard_offers(store.local_folder, process_id)
        total += count
        log.warning(
            "The process %s died; %d deliveries are uncertain.",
            process_id,
            count,
            extra={"action": "process.died", "process_id": process_id, "uncertain": count},
        )
    return total


class StalledProcessMonitor:
    """Finds processes that are alive but sent no heartbeat for a lease, measured here: by no clock that can be set."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last_seen: dict[str, tuple[object, float]] = {}

    def check(self) -> int:
        """Mark the claims of stalled processes as uncertain; return how many."""
        with self._store.reading() as connection:
            rows = connection.execute(
                select(processes.c.id, processes.c.heartbeat_at).where(
                    processes.c.ended_at.is_(None)
                )
            ).all()
        now = boot_seconds()
        self._last_seen = {
            row.id: self._last_seen[row.id]
            if self._last_seen.get(row.id, (None, 0))[0] == row.heartbeat_at
            else (row.heartbeat_at, now)
            for row in rows
        }
        lease_s = LEASE.total_seconds()
        stalled = [each for each, (_, since) in self._last_seen.items() if now - since > lease_s]
        total = 0
        for process_id in stalled:
            with self._store.writing() as connection:
                campaign_records.release_all(connection, process_id)
                count = transitions.mark_uncertain(connection, process_id)
            if count:
                log.warning(
                    "The process %s is stalled; %d deliveries are uncertain.",
                    process_id,
                    count,
                    extra={
                        "action": "process.stalled",
                        "process_id": process_id,
                        "uncertain": count,
                    },
                )
            total += count
        return total


def list_alive(connection: Connection, store: Store) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each living process."""
    lock_manager = get_lock_manager(store)
    rows = connection.execute(
        select(processes.c.id, processes.c.kind, processes.c.name).where(
            processes.c.ended_at.is_(None)
        )
    ).all()
    for row in rows:
        if not lock_manager.is_free(f"process {row.id}"):
            yield row.kind, row.name


def describe(connection: Connection, process_id: str) -> str:
    """Return the name of a process and where it runs: "worker one (process 12 on host)"."""
    row = connection.execute(select(processes).where(processes.c.id == process_id)).one()
    return f"{row.kind} {row.name} (process {row.pid} on {row.host})"
