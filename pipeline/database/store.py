"""Open the store, read it, write it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
)

from pipeline.database.engine import READING, address_of, engine_of, told
from pipeline.database.upgrade import upgrade


class Store:
    """
    A database whose tables are up to date; made by `open_store()`.

    Attributes:
        engine: For those who need more than a transaction.
        backup: The copy made of an older file before its tables were changed, null if nothing was changed.
    """

    def __init__(self, engine: Engine, *, backup: Path | None = None) -> None:
        self.engine = engine
        self.backup = backup

    @property
    def is_shared(self) -> bool:
        """Whether several machines can use it at once."""
        return self.engine.dialect.name != "sqlite"

    @property
    def is_private(self) -> bool:
        """Whether it lies in memory: only the thread that opened it can see it."""
        return not self.is_shared and self.engine.url.database in (None, "", ":memory:")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """
        Run one transaction that only reads; it sees one moment and holds nobody up.

        Raises:
            StoreError: The database cannot be read.
        """
        with (
            told(self.engine),
            self.engine.connect().execution_options(**READING) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """
        Run one transaction; at the end of the block it is durable, or after an error it never was.

        Raises:
            StoreError: The database cannot be written.
        """
        with told(self.engine), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(url: str, *, root: Path, password: str | None = None) -> Store:
    """
    Open the store at *url* and bring its tables up to date; a SQLite file is made if there is none.

    Args:
        url: `sqlite:///PATH`, relative to *root*; `sqlite://`, which lasts as long as it is open; or
            `postgresql://USER@HOST/NAME`.
        password: Of that user; without one libpq looks in `PGPASSWORD` and `~/.pgpass` (PostgreSQL 15, 34.15).

    Raises:
        ConfigError: *url* is none.
        StoreError: It cannot be opened, or was made by a newer Handbill.
    """
    engine = engine_of(address_of(url, root, password))
    try:
        with told(engine):
            backup = upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, backup=backup)
