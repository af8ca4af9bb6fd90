"""
Locks that the kernel or the database server releases when their holder dies.

A file lock (`flock`) beside a SQLite store, an advisory lock of a session on PostgreSQL: neither outlives its process,
and neither depends on a clock.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from pipeline.database import Store, convert_errors, get_lock_key, to_signed

_FOLDER = "locks"
_SERVER_PID = text("SELECT pg_backend_pid()")


class Lock(Protocol):
    """A lock that was acquired."""

    def is_held(self) -> bool:
        """Whether it is still held."""
        ...

    def release(self) -> None:
        """Release it."""
        ...


class LockManager(Protocol):
    """Named locks."""

    def acquire(self, name: str) -> Lock | None:
        """Acquire the lock *name* without waiting; None if somebody holds it."""
        ...

    def is_free(self, name: str) -> bool:
        """Whether nobody holds the lock *name*."""
        ...


def get_lock_manager(store: Store) -> LockManager:
    """Return the locks shared by all processes that use *store*."""
    if store.is_shared:
        return _SessionLockManager(store.engine)
    if store.is_in_memory:
        return _InMemoryLockManager()
    return _FileLockManager(Path(str(store.engine.url.database)).parent / _FOLDER)


class _FileLock:
    def __init__(self, handle: int, path: Path) -> None:
        self._handle = handle
        self._path = path

    def is_held(self) -> bool:
        return True  # as long as this process lives

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


class _FileLockManager:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def acquire(self, name: str) -> Lock | None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{get_lock_key(name):016x}.lock"
        while True:
            # Not inherited by child processes: a child must not keep its dead parent's lock.
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return None
            if _is_same_file(handle, path):
                return _FileLock(handle, path)
            os.close(handle)  # its holder removed the file after we opened it

    def is_free(self, name: str) -> bool:
        lock = self.acquire(name)
        if lock is None:
            return False
        lock.release()
        return True


def _is_same_file(handle: int, path: Path) -> bool:
    try:
        return os.fstat(handle).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


class _SessionLock:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._server_pid = connection.scalar(_SERVER_PID)
        self._is_lost = False

    def is_held(self) -> bool:
        try:
            if not self._is_lost:
                self._is_lost = self._server_pid != self._connection.scalar(_SERVER_PID)
        except DBAPIError:
            self._is_lost = True  # the next query would open a new session, which holds nothing
        return not self._is_lost

    def release(self) -> None:
        with suppress(DBAPIError):  # the lock was lost with its session
            if not self._is_lost:  # explicitly: the server notices the end of a session later
                self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
        self._connection.close()


class _SessionLockManager:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def acquire(self, name: str) -> Lock | None:
        with convert_errors(self._engine):
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                connection.detach()  # its session ends with the lock and never returns to the pool
                query = text("SELECT pg_try_advisory_lock(:key)")
                if connection.scalar(query, {"key": to_signed(get_lock_key(name))}):
                    return _SessionLock(connection)
            except BaseException:
                connection.close()
                raise
            connection.close()
            return None

    def is_free(self, name: str) -> bool:
        """Read the table of locks: trying to acquire it would need a session of its own each time."""
        key = get_lock_key(name)
        query = text(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND classid = CAST(:high AS bigint)::oid AND objid = CAST(:low AS bigint)::oid"
        )
        with convert_errors(self._engine), self._engine.connect() as connection:
            found = connection.execute(query, {"high": key >> 32, "low": key & 0xFFFFFFFF})
            return found.first() is None


class _InMemoryLock:
    def is_held(self) -> bool:
        return True

    def release(self) -> None:
        pass


class _InMemoryLockManager:
    """An in-memory store belongs to one process, which holds every lock."""

    def acquire(self, name: str) -> Lock | None:
        return _InMemoryLock()

    def is_free(self, name: str) -> bool:
        return False
