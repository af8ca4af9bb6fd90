"""Open, read and write the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
)

from pipeline import state_dir
from pipeline.database.engine import (
    READ_ONLY,
    convert_errors,
    create_store_engine,
    parse_store_url,
    require_durability,
)
from pipeline.database.transaction_locks import TransactionLock
from pipeline.database.upgrade import upgrade


class Store:
    """
    A database whose tables are up to date; made by `open_store()`.

    Attributes:
        engine: For uses beyond a transaction.
        backup: The copy made of a file before its tables were upgraded, or None.
    """

    def __init__(
        self, engine: Engine, *, backup: Path | None = None, root: Path | None = None
    ) -> None:
        self.engine = engine
        self.backup = backup
        self._root = root

    @property
    def location(self) -> str:
        """Its URL without a password, for messages."""
        return self.engine.url.render_as_string(hide_password=True)

    @property
    def is_shared(self) -> bool:
        """Whether several machines can use it at once."""
        return self.engine.dialect.name != "sqlite"

    @property
    def is_in_memory(self) -> bool:
        """Whether it exists in memory only, visible to the process that opened it; its threads take turns."""
        return not self.is_shared and self.engine.url.database in (None, "", ":memory:")

    @property
    def local_folder(self) -> Path | None:
        """A folder on this machine for what its processes keep beside the database; None if nothing is to be kept."""
        if self.is_in_memory:
            return None
        if not self.is_shared:
            return Path(str(self.engine.url.database)).parent
        folder = self._root / state_dir.NAME if self._root else None
        return folder if folder and folder.is_dir() else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """
        Run one read-only transaction; it sees a consistent snapshot and blocks nobody.

        Raises:
            StoreError: The database cannot be read.
        """
        with (
            convert_errors(self.engine),
            self.engine.connect().execution_options(**READ_ONLY) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing(self, *locks: TransactionLock) -> Iterator[Connection]:
        """
        Run one transaction: durable at the end of the block, rolled back after an error.

        Args:
            locks: Taken first, in the order of `TransactionLock`; needed by what reads and then writes.

        Raises:
            StoreError: The database cannot be written.
        """
        with convert_errors(self.engine), self.engine.begin() as connection:
            require_durability(connection)
            for lock in locks:
                lock.acquire(connection)
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(
    url: str, *, root: Path, password: str | None = None, lock_timeout_s: float | None = None
) -> Store:
    """
    Open the store at *url* and upgrade its tables; a missing SQLite file is created.

    Args:
        url: `sqlite:///PATH`, relative to *root*; `sqlite://`, in memory; or `postgresql://USER@HOST/NAME`.
        password: Of that user; without one libpq looks in `PGPASSWORD` and `~/.pgpass` (PostgreSQL 15, 34.15).
        lock_timeout_s: How long a transaction waits for others; None: a minute for SQLite, else for ever.

    Raises:
        ConfigError: *url* is not a supported database URL.
        StoreError: It cannot be opened, or was upgraded by a newer Handbill.
    """
    engine = create_store_engine(
        parse_store_url(url, root, password), lock_timeout_s=lock_timeout_s
    )
    try:
        with convert_errors(engine):
            backup = upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, backup=backup, root=root)
