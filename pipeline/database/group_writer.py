"""Write what many threads want to write in few transactions: a commit waits for the disk, whatever it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, TypeVar

from sqlalchemy import Connection

from pipeline.database.store import Store
from pipeline.database.transaction_locks import TransactionLock
from pipeline.errors import StoreError

T = TypeVar("T")

#: Jobs in one transaction; others wait for the next one.
_MAX_JOBS = 64


@dataclass(slots=True, eq=False)
class _Job:
    """What one thread wants to write. *wakes* is set when it is done, or when its thread is to write for all."""

    work: Callable[[Connection], Any]  # Any: whatever the caller gets back
    is_done: bool = False
    result: Any = None
    error: BaseException | None = None
    wakes: Event = field(default_factory=Event)


class GroupWriter:
    """
    Runs jobs of any number of threads; those that wait at the same time are in one transaction.

    If a job fails, its transaction is rolled back, and each of its jobs is run again in one of its own.

    Args:
        locks: As for `Store.writing()`.
    """

    def __init__(self, store: Store, *locks: TransactionLock) -> None:
        self._store = store
        self._locks = locks
        self._lock = Lock()
        self._waiting: list[_Job] = []
        self._has_writer = False

    def run(self, work: Callable[[Connection], T]) -> T:
        """
        Return what *work* returns, once what it wrote is durable; it may be called twice.

        Raises:
            StoreError: The database cannot be written to; nothing of it is written.
        """
        job = _Job(work)
        with self._lock:
            self._waiting.append(job)
            is_writer, self._has_writer = not self._has_writer, True
        if not is_writer:
            job.wakes.wait()
        if not job.is_done:
            self._write_next()
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _write_next(self) -> None:
        """Write the jobs that wait, in the order they came, then let the thread of the next one write."""
        with self._lock:
            jobs, self._waiting = self._waiting[:_MAX_JOBS], self._waiting[_MAX_JOBS:]
        try:
            self._write(jobs)
        finally:
            with self._lock:
                self._has_writer = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].wakes.set()
            for job in jobs:
                job.is_done = True
                job.wakes.set()

    def _write(self, jobs: list[_Job]) -> None:
        try:
            with self._store.writing(*self._locks) as connection:
                for job in jobs:
                    job.result = job.work(connection)
        except StoreError as error:  # of the database, so of all of them
            for job in jobs:
                job.error = error
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].error = error
                return
            for job in jobs:
                self._write([job])
        except BaseException as error:  # an interrupt: nothing was committed
            for job in jobs:
                job.error = error
            raise
