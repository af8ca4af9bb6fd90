"""Engines of both kinds of database, and what is said when one does not answer."""

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
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pipeline.errors import ConfigError, StoreError

#: How long a writer waits for another one; the longest transaction of ours is a freeze of a million recipients.
BUSY_TIMEOUT_S = 60

#: Pages in memory, 32 MB, and pages of the log before it is put into the file: an import into a large roll touches its
#: indexes everywhere, and takes a quarter longer with SQLite's own 2 MB and 1,000 pages (bench_audience, 1,000,000).
_ROOM = ("cache_size = -32768", "wal_autocheckpoint = 8000")

#: What a transaction that only reads begins with on SQLite.
READING = {"handbill_begin": "BEGIN"}


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Turn what the database says into a sentence; passwords are not part of it."""
    try:
        yield
    except DBAPIError as error:
        reason = re.sub(r"\s+", " ", str(error.orig)).strip().rstrip(".")
        place = engine.url.render_as_string(hide_password=True)
        raise StoreError(
            f"{place}: {reason}. {_advice(error)}", temporary=_may_pass(error)
        ) from error


def _advice(error: DBAPIError) -> str:
    words = str(error.orig).lower()
    if "disk" in words or "full" in words:
        return "Make room there, then go on."
    if "locked" in words:
        return "Another process holds it; try again when that is done."
    if "readonly" in words or "unable to open" in words or "permission" in words:
        return "Check that the file and its folder may be written."
    return "Check that the database is there and runs, then go on."


def _may_pass(error: DBAPIError) -> bool:
    """Whether it may work later: the server is away or busy, the disk is full; not so for a mistake in the data."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def address_of(url: str, root: Path, password: str | None) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError(
            f'[store] url: "{url}" is no address of a database. '
            "Write sqlite:///.handbill/handbill.db or postgresql://user@host/name."
        ) from error
    kind = address.get_backend_name()
    if kind == "sqlite" and address.database in (None, "", ":memory:"):
        return address
    if kind == "sqlite":
        return address.set(database=str(root / str(address.database)))
    if kind == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
        return address.set(password=password) if password else address
    raise ConfigError(f'[store] url: "{kind}" cannot be used. Known: a sqlite file, postgresql.')


def engine_of(address: URL) -> Engine:
    try:
        if address.get_backend_name() == "sqlite":
            return _sqlite(address)
        return create_engine(address, pool_pre_ping=True, pool_size=8, max_overflow=24)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(
            'PostgreSQL needs a driver. Install it: pip install "handbill[postgres]"'
        ) from error


class _Sqlite(SQLiteCompiler):
    """Lets a query say by which index its rows are found: `with_hint(table, "INDEXED BY name", "sqlite")`."""

    def get_from_hint_text(self, table: Any, text: Any) -> Any:  # Any: as SQLAlchemy has it
        """Return *text* to stand behind *table*."""
        return text


def _sqlite(address: URL) -> Engine:
    engine = create_engine(address, connect_args={"timeout": BUSY_TIMEOUT_S})
    engine.dialect.statement_compiler = _Sqlite

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = (
            None  # transactions begin where we say, not where the driver guesses
        )
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", *_ROOM):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get("handbill_begin", "BEGIN IMMEDIATE"))

    return engine
