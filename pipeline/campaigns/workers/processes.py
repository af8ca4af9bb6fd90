"""
The processes that hand messages over: who lives, who died, who was not heard of.

A run holds a lock as long as its process lives; a free lock means it is dead, and its work is anybody's at once. A run
whose process is frozen keeps its lock and stops beating: its claims are `uncertain` after the lease, and if it wakes it
finds its lease run out before it offers another message.
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
from pipeline.campaigns.store.tables import runs
from pipeline.campaigns.workers.locks import Lock, locks_for
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.errors import StateError, StoreError

log = logging.getLogger(__name__)

#: For how long a run that does not beat is believed to be at work.
LEASE = timedelta(seconds=120)
#: A run trusts its own lease for less: what it has begun to write must have left before others give it up.
MARGIN = timedelta(seconds=20)
BEAT = timedelta(seconds=10)

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds_awake_or_not() -> float:
    """Return seconds that pass while the machine sleeps too, and that nobody can set."""
    return time.clock_gettime(_BOOTTIME)


class Run:
    """
    This process at its work; made by `start()`.

    Attributes:
        id: Nobody else's, ever: two processes never share one, whatever they are called.
    """

    def __init__(self, store: Store, id: str, locks: dict[str, Lock], clock: Clock) -> None:
        self.id = id
        self._store = store
        self._locks = locks
        self._clock = clock
        self._beaten = seconds_awake_or_not()
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    @property
    def has_lease(self) -> bool:
        """Whether the lease holds, so that another message may be offered."""
        return seconds_awake_or_not() - self._beaten < (LEASE - MARGIN).total_seconds()

    def beat(self) -> None:
        """
        Renew the lease.

        Raises:
            StoreError: It cannot be renewed.
        """
        began = seconds_awake_or_not()
        for name, lock in self._locks.items():
            if not lock.is_held():  # the database was away, and its locks with it
                taken = locks_for(self._store).take(name)
                if taken is None:
                    return
                self._locks[name] = taken
        now = self._clock.now()
        with self._store.writing() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.id == self.id)
                .values(heartbeat_at=now, ended_at=None, ending=None)
            )
        self._beaten = began

    def keep(self) -> None:
        """
        See that this run is known to live, as after a restart of the database, when its lock was anybody's for a while.

        What it had in hand may be others' by then; it can take up new work.

        Raises:
            StoreError: The database is away.
        """
        with self._store.reading() as connection:
            ended = connection.scalar(select(runs.c.ended_at).where(runs.c.id == self.id))
        if ended or not all(lock.is_held() for lock in self._locks.values()):
            self.beat()

    def _beat_on(self) -> None:
        while not self._ended.wait(BEAT.total_seconds()):
            try:
                self.beat()
            except StoreError as error:
                log.warning("%s", error, extra={"action": "run.beat_failed", "run": self.id})

    def __enter__(self) -> Self:
        if not self._store.is_private:  # else nobody could take the run for dead
            self._heart.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._heart.is_alive():
            self._heart.join()
        try:
            with self._store.writing() as connection:
                end(connection, self.id, "ended", clock=self._clock)
        except StoreError:  # then its free lock tells it
            if kind is None:
                raise
        finally:
            for lock in self._locks.values():
                lock.release()


def start(store: Store, *, kind: str, name: str | None, clock: Clock) -> Run:
    """
    Begin a run of this process.

    Args:
        kind: `foreground` or `worker`.
        name: What it is called; no two that live may be called the same. Null: after the machine and the process.

    Raises:
        StateError: A run of that name is alive.
    """
    id = uuid.uuid4().hex
    locks: dict[str, Lock] = {}
    for wanted in (f"run {id}", *([f"name {name}"] if name else [])):
        lock = locks_for(store).take(wanted)
        if lock is None:
            locks.popitem()[1].release()
            raise StateError(
                f'A worker named "{name}" is at work already. Give this one another --name.'
            )
        locks[wanted] = lock
    now = clock.now()
    with store.writing() as connection:
        connection.execute(
            insert(runs).values(
                id=id,
                name=name or f"{socket.gethostname()}-{os.getpid()}",
                kind=kind,
                host=socket.gethostname(),
                pid=os.getpid(),
                started_at=now,
                heartbeat_at=now,
            )
        )
    return Run(store, id, locks, clock)


def end(connection: Connection, id: str, how: str, *, clock: Clock) -> int:
    """Note that the run *id* has ended, and call what it left behind uncertain; return how many that are."""
    connection.execute(
        update(runs)
        .where(runs.c.id == id, runs.c.ended_at.is_(None))
        .values(ended_at=clock.now(), ending=how)
    )
    campaign_records.let_go(connection, id)
    return transitions.doubt(connection, id)


def let_go_of_all(store: Store, id: str, *, but: Collection[str]) -> int:
    """
    Let go of what the run *id*, which is alive, has in its name *but* not in hand; return how many campaigns that are.

    What became of them could not be written down when the store was away. Without this they would wait for a living
    process to die; what was handed over and not answered for is uncertain.
    """
    with store.reading() as connection:
        left = [each for each in campaign_records.in_hand(connection, id) if each.id not in but]
    for record in left:
        with store.writing() as connection:
            campaign_records.change(connection, record.number, run=None)
            found = transitions.doubt(
                connection,
                id,
                number=record.number,
                words="What came of it could not be written down.",
            )
        log.warning(
            "%s was left behind; %d claims are uncertain.",
            record.id,
            found,
            extra={"action": "campaign.left_behind", "campaign": record.id, "uncertain": found},
        )
    return len(left)


def bury(store: Store, *, clock: Clock) -> int:
    """
    Find runs whose process is dead, and call their open claims uncertain; return how many claims there were.

    What they had not claimed is anybody's.
    """
    locks = locks_for(store)
    with store.reading() as connection:
        open_runs = list(connection.scalars(select(runs.c.id).where(runs.c.ended_at.is_(None))))
    doubtful = 0
    for id in open_runs:
        if locks.is_free(f"run {id}"):
            with store.writing() as connection:
                if connection.scalar(select(runs.c.ended_at).where(runs.c.id == id)):
                    continue  # it ended between the two looks
                found = end(connection, id, "died", clock=clock)
            doubtful += found
            log.warning(
                "The run %s has died; %d claims are uncertain.",
                id,
                found,
                extra={"action": "run.died", "run": id, "uncertain": found},
            )
    return doubtful


class Watcher:
    """Finds runs that live but were not heard of for a lease, as seen from here: by no clock that can be set."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._heard: dict[str, tuple[object, float]] = {}

    def look(self) -> int:
        """Call the claims of frozen runs uncertain; return how many there were."""
        with self._store.reading() as connection:
            rows = connection.execute(
                select(runs.c.id, runs.c.heartbeat_at).where(runs.c.ended_at.is_(None))
            ).all()
        now = seconds_awake_or_not()
        self._heard = {
            row.id: self._heard[row.id]
            if self._heard.get(row.id, (None, 0))[0] == row.heartbeat_at
            else (row.heartbeat_at, now)
            for row in rows
        }
        frozen = [
            id for id, (_, since) in self._heard.items() if now - since > LEASE.total_seconds()
        ]
        doubtful = 0
        for id in frozen:
            with self._store.writing() as connection:
                campaign_records.let_go(connection, id)
                found = transitions.doubt(connection, id)
            if found:
                log.warning(
                    "The run %s was not heard of; %d claims are uncertain.",
                    id,
                    found,
                    extra={"action": "run.frozen", "run": id, "uncertain": found},
                )
            doubtful += found
        return doubtful


def living(connection: Connection, store: Store) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each run that is alive."""
    locks = locks_for(store)
    rows = connection.execute(
        select(runs.c.id, runs.c.kind, runs.c.name).where(runs.c.ended_at.is_(None))
    ).all()
    for row in rows:
        if not locks.is_free(f"run {row.id}"):
            yield row.kind, row.name


def called(connection: Connection, id: str) -> str:
    """Return what the run *id* is called, and where it is: "worker desk (process 12 on lamp)"."""
    row = connection.execute(select(runs).where(runs.c.id == id)).one()
    return f"{row.kind} {row.name} (process {row.pid} on {row.host})"
