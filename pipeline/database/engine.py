"""Engines for both kinds of database, and their errors as sentences."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from pipeline.database.sqlite_driver import execute_directly
from pipeline.errors import ConfigError, StoreError

#: How long a writer waits for another one; our longest transaction freezes a million recipients.
BUSY_TIMEOUT_S = 60

#: A page cache of 32 MB, and 8,000 pages of log before a checkpoint: a large import touches indexes everywhere, and
#: takes a quarter longer with SQLite's own 2 MB and 1,000 pages (bench_audience, 1,000,000 rows).
_CACHE_PRAGMAS = ("cache_size = -32768", "wal_autocheckpoint = 8000")

#: PostgreSQL 15, appendix A: serialization_failure, deadlock_detected.
_DEADLOCK_STATES = ("40001", "40P01")
#: Likewise: undefined_column, undefined_table.
_MISSING_STATES = ("42703", "42P01")

#: A peer that does not answer for 15 s is away: a machine without power or network. Its locks are free then, which only
#: the server can do, and here nobody waits for ever (PostgreSQL 15, 34.1.2 and 20.3.1; both without effect on a local
#: socket). What the URL says comes first.
_TCP_ARGUMENTS: dict[str, Any] = {  # Any: as psycopg takes them
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
_TCP_SETTINGS = (
    "SELECT set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '3', false), "
    "set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '15000', false)"
)

#: Not below `on`, which waits for the disk, and for synchronous standby servers; nor instead of `remote_apply`, which
#: waits for more (PostgreSQL 15, 20.5).
_DURABLE_COMMIT = (
    "SELECT set_config('synchronous_commit', 'on', true) "
    "WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')"
)

#: Execution options of a transaction that only reads, for SQLite.
READ_ONLY = {"handbill_begin": "BEGIN"}


@contextmanager
def convert_errors(engine: Engine) -> Iterator[None]:
    """Convert database errors to `StoreError`; the message holds no password."""
    try:
        yield
    except DBAPIError as error:
        if _is_conflict(error):
            raise StoreError(
                f"{engine.url.render_as_string(hide_password=True)}: another command changed the same at the same "
                "moment. Nothing was changed here; run this command again.",
                temporary=_is_temporary(error),
            ) from error
        reason = re.sub(r"\s+", " ", str(error.orig)).strip().rstrip(".")
        url = engine.url.render_as_string(hide_password=True)
        raise StoreError(
            f"{url}: {reason}. {_get_advice(error)}", temporary=_is_temporary(error)
        ) from error


def _is_conflict(error: DBAPIError) -> bool:
    """Whether two transactions were in each other's way: a row that both inserted, a deadlock."""
    is_same_row = isinstance(error, IntegrityError) and "unique" in str(error.orig).lower()
    return is_same_row or getattr(error.orig, "sqlstate", None) in _DEADLOCK_STATES


def _is_table_missing(error: DBAPIError) -> bool:
    """Whether a table or a column that every store has is not there."""
    is_missing = re.match("no such (table|column)", str(error.orig))
    return bool(is_missing) or getattr(error.orig, "sqlstate", None) in _MISSING_STATES


def _get_advice(error: DBAPIError) -> str:
    text = str(error.orig).lower()
    if "disk" in text or "full" in text:
        return "Free some disk space, then try again."
    if _is_table_missing(error):
        return "A table of Handbill is missing or was changed. Restore the database from a backup."
    if "locked" in text or "lock timeout" in text:
        return "Another process is using it; try again when that has finished."
    if "readonly" in text or "unable to open" in text or "permission" in text:
        return "Check that the file and its folder are writable."
    return "Check that the database exists and is running, then try again."


def _is_temporary(error: DBAPIError) -> bool:
    """Whether it may work later: the server is down or busy, the disk is full; not for an error in the data."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    if _is_table_missing(error):
        return False
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def parse_store_url(text: str, root: Path, password: str | None) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise ConfigError(
            f'[store] url: "{text}" is not a database URL. '
            "Write sqlite:///.handbill/handbill.db or postgresql://user@host/name."
        ) from error
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database in (None, "", ":memory:"):
        return url
    if kind == "sqlite":
        return url.set(database=str(root / str(url.database)))
    if kind == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
        return url.set(password=password) if password else url
    raise ConfigError(
        f'[store] url: "{kind}" is not supported. Supported: sqlite (a file), postgresql.'
    )


def create_store_engine(url: URL, *, lock_timeout_s: float | None = None) -> Engine:
    """
    Return the engine of the database at *url*.

    Args:
        lock_timeout_s: How long a transaction waits for others; None: `BUSY_TIMEOUT_S` for SQLite, else for ever.
    """
    try:
        if url.get_backend_name() == "sqlite":
            return _create_sqlite_engine(url, lock_timeout_s or BUSY_TIMEOUT_S)
        return _create_postgres_engine(url, lock_timeout_s)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(
            'PostgreSQL needs a driver. Install it: pip install "handbill[postgres]"'
        ) from error


def _create_postgres_engine(url: URL, lock_timeout_s: float | None) -> Engine:
    arguments = {name: value for name, value in _TCP_ARGUMENTS.items() if name not in url.query}
    if lock_timeout_s:
        arguments["options"] = f"-c lock_timeout={round(lock_timeout_s * 1000)}"
    engine = create_engine(
        url,
        connect_args=arguments,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        pool_use_lifo=True,  # the connection whose statements are prepared
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:  # Any: psycopg is an extra
        was_autocommit, connection.autocommit = connection.autocommit, True
        connection.execute(_TCP_SETTINGS)
        connection.autocommit = was_autocommit

    return engine


def require_durability(connection: Connection) -> None:
    """
    Make the transaction of *connection* durable when it is committed, whatever the server's or the role's default is.

    A claim that a crash forgets is a message that is sent twice. For SQLite see `_create_sqlite_engine()`.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_DURABLE_COMMIT)


class _IndexHintCompiler(SQLiteCompiler):
    """Lets a query name the index to use: `with_hint(table, "INDEXED BY name", "sqlite")`."""

    def get_from_hint_text(self, table: Any, text: Any) -> Any:  # Any: as in SQLAlchemy
        """Return *text* as written."""
        return text


def _create_sqlite_engine(url: URL, lock_timeout_s: float) -> Engine:
    options: dict[str, Any] = {
        "connect_args": {"timeout": lock_timeout_s},
        # The connection that wrote last, again: any other one begins by emptying its page cache, in 0.7 ms.
        "pool_use_lifo": True,
    }
    if url.database in (None, "", ":memory:"):  # one connection for all threads, which take turns
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    engine = create_engine(url, **options)
    engine.dialect.statement_compiler = _IndexHintCompiler

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not the driver
        pragmas = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
        for pragma in (*pragmas, *_CACHE_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if (
            "handbill_begin" not in options
        ):  # what it writes is durable, whoever changed the connection
            execute_directly(connection, "PRAGMA synchronous = FULL")
        execute_directly(connection, options.get("handbill_begin", "BEGIN IMMEDIATE"))

    return engine
