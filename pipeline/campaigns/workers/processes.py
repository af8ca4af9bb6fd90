"""
The processes that send campaigns.

A process holds a lock as long as it lives, and sends heartbeats; `reaping` finds those that do not.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, insert, select, update

from pipeline.campaigns.rates.connection_shares import release_shares
from pipeline.campaigns.rates.recent_receipts import forget_receipts
from pipeline.campaigns.store import campaign_records, transitions
from pipeline.campaigns.store.offer_log import discard_offers
from pipeline.campaigns.store.tables import processes
from pipeline.campaigns.workers import lease
from pipeline.campaigns.workers.connection_pooler import require_sessions
from pipeline.campaigns.workers.locks import Lock, get_lock_manager
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.errors import StateError, StoreError

log = logging.getLogger(__name__)


class WorkerProcess:
    """
    This process while it sends campaigns; made by `start_process()`.

    Attributes:
        id: Unique: two processes never share one, even with the same name.
        clock: Tells it the time.
        leader_id: The ID of the process that started it to share its work, or its own.
        lease: How long others take it for alive.
        heartbeats: How many heartbeats reached the store.
    """

    def __init__(
        self,
        store: Store,
        process_id: str,
        locks: dict[str, Lock],
        clock: Clock,
        *,
        leader_id: str | None = None,
    ) -> None:
        self.id = process_id
        self.leader_id = leader_id or process_id
        self.lease = lease.Lease()
        self.heartbeats = 0
        self._recovered_at: int | None = None
        self._store = store
        self._locks = locks
        self.clock = clock
        self._has_ended = threading.Event()
        self._heartbeat_thread = threading.Thread(
            target=self._send_heartbeats, name="heartbeat", daemon=True
        )

    @property
    def is_recovering(self) -> bool:
        """
        Whether its own locks were lost a moment ago, with the server or the network: so were those of the living.

        They have the time of a lease to come back.
        """
        at = self._recovered_at
        return at is not None and self.heartbeats - at < lease.count_heartbeats()

    def send_heartbeat(self) -> None:
        """
        Renew the lease.

        Raises:
            StoreError: It cannot be renewed.
        """
        started = lease.boot_seconds()
        for name, lock in self._locks.items():
            if not lock.is_held():  # the database was down, and its locks were lost
                acquired = get_lock_manager(self._store).acquire(name)
                if acquired is None:
                    return
                self._locks[name] = acquired
                self._recovered_at = self.heartbeats
        now = self.clock.now()
        with self._store.writing() as connection:
            connection.execute(
                update(processes)
                .where(processes.c.id == self.id)
                .values(heartbeat_at=now, ended_at=None, end_reason=None)
            )
        self.heartbeats += 1
        self.lease.renew(started)

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
        failures = 0
        while not self._has_ended.wait(lease.HEARTBEAT_INTERVAL.total_seconds()):
            try:
                self.send_heartbeat()
                failures = 0
            except StoreError as error:
                failures += 1
                # A file may be busy for longer than a writer waits: ten million recipients are frozen in a minute.
                if failures > 1 or self._store.is_shared:
                    log.warning(
                        "%s",
                        error,
                        extra={"action": "process.heartbeat_failed", "process_id": self.id},
                    )

    def _renew_lease(self) -> None:
        """
        Renew the lease beside the heartbeats: on a file whose writer is busy, these wait, and so does everybody else.

        All its processes are on this machine: only one that stands still stays behind.
        """
        while not self._has_ended.wait(lease.LEASE_MARGIN.total_seconds() / 8):
            self.lease.renew(lease.boot_seconds())

    def __enter__(self) -> Self:
        if self._store.is_in_memory:  # no other process can see it
            return self
        self._heartbeat_thread.start()
        if not self._store.is_shared:
            threading.Thread(target=self._renew_lease, name="lease", daemon=True).start()
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
                end_process(connection, self.id, "ended", clock=self.clock)
            discard_offers(self._store.local_folder, self.id)
        except StoreError:  # its free lock says the same
            if kind is None:
                raise
        finally:
            for lock in self._locks.values():
                lock.release()


def start_process(
    store: Store, *, kind: str, name: str | None, clock: Clock, leader_id: str | None = None
) -> WorkerProcess:
    """
    Register this process.

    Args:
        kind: `foreground` or `worker`.
        name: Unique among living processes; None for the host name and process ID.
        leader_id: The process that started it to share its work; None without one.

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
    return WorkerProcess(store, process_id, locks, clock, leader_id=leader_id)


def end_process(connection: Connection, process_id: str, reason: str, *, clock: Clock) -> int:
    """Mark a process as ended, free what it holds and mark its open claims as uncertain; return how many."""
    connection.execute(
        update(processes)
        .where(processes.c.id == process_id, processes.c.ended_at.is_(None))
        .values(ended_at=clock.now(), end_reason=reason)
    )
    return free_work(connection, process_id, now=clock.now())


def free_work(connection: Connection, process_id: str, *, now: datetime) -> int:
    """Leave to others what a process holds, and mark its open claims as uncertain; return how many."""
    campaign_records.release_all(connection, process_id)
    count = transitions.mark_uncertain(connection, process_id)
    transitions.skip_cancelled(connection, now)
    release_shares(connection, process_id)
    forget_receipts(connection, process_id)
    return count


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
