"""
The store: one SQLite file, or a PostgreSQL database that several machines share.

What is committed is durable. On SQLite one writer at a time holds the file, and takes it when its transaction begins,
so that it cannot lose it half way; readers are never in its way (write-ahead log).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    URL,
    BigInteger,
    Boolean,
    ClauseElement,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    event,
    insert,
    literal,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from pipeline.errors import ConfigError, StoreError

#: How long a writer waits for another one; the longest transaction of ours is a freeze of a million recipients.
BUSY_TIMEOUT_S = 60
#: A number of our own for the lock that lets one process at a time change the tables (PostgreSQL, advisory locks).
_UPGRADING = 0x48_42_4C_31

_READING = {"handbill_begin": "BEGIN"}

#: All tables of the store; each group of them is defined beside its queries.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

#: A number that counts rows; SQLite counts by itself only what is exactly an INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")
#: A JSON object.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept and given back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse an instant without a zone: it would be some other one elsewhere."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value.isoformat()} has no time zone.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """
        Run one transaction that only reads; it sees one moment and holds nobody up.

        Raises:
            StoreError: The database cannot be read.
        """
        with (
            told(self.engine),
            self.engine.connect().execution_options(**_READING) as connection,
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
    engine = _engine(_address(url, root, password))
    try:
        with told(engine):
            backup = _upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, backup=backup)


def among(column: ColumnElement[Any], values: Iterable[str | int]) -> ColumnElement[bool]:
    """
    Return whether *column* is one of *values*, sent as one parameter whatever their number.

    A parameter for each is a quarter of the time of an import, and SQLite takes at most 32,766 of them.
    """
    return _Among(column, literal(listed(values), Text()))


def among_named(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the same for values that come as the parameter *name* of a statement made once, see `listed()`."""
    return _Among(column, bindparam(name, type_=Text()))


def listed(values: Iterable[str | int]) -> str:
    """Return *values* as one parameter, see `among_named()`."""
    return json.dumps(list(values))


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:  # Any: as SQLAlchemy has it
        """Stand as it is: compared with 1, as SQLite's truths are, no index would be used for it."""
        return self


@compiles(_Among)
def _among(element: Any, compiler: Any, **options: Any) -> str:  # Any: as SQLAlchemy hands them
    column, listed = element.clauses
    left, right = compiler.process(column, **options), compiler.process(listed, **options)
    if compiler.dialect.name != "postgresql":
        return f"{left} IN (SELECT value FROM json_each({right}))"
    kind = "bigint" if isinstance(column.type, Integer) else "text"
    return f"{left} = ANY (ARRAY(SELECT jsonb_array_elements_text({right}::jsonb)::{kind}))"


def insert_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:  # Any: whatever the columns take
    """Insert *rows* as `insert_all()` does, and pass over those another process has written meanwhile."""
    if rows:
        execute_many(connection, _insert_new(table, tuple(rows[0]), connection.dialect.name), rows)


def insert_all(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:  # Any: as above
    """Insert *rows*, which all have the same keys; see `execute_many()`."""
    if rows:
        execute_many(connection, _insert(table, tuple(rows[0])), rows)


@lru_cache(maxsize=32)
def _insert(table: Table, names: Sequence[str]) -> ClauseElement:
    return insert(table).values({name: bindparam(name) for name in names})


@lru_cache(maxsize=32)
def _insert_new(table: Table, names: Sequence[str], dialect: str) -> ClauseElement:
    kind = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return kind.values({name: bindparam(name) for name in names}).on_conflict_do_nothing()


def execute_many(
    connection: Connection, statement: ClauseElement, rows: Sequence[Mapping[str, Any]]
) -> None:  # Any: as above
    """
    Execute *statement* for each of *rows*, which hold its named parameters.

    Each value is converted once and handed to the driver: half the time of SQLAlchemy's own way for many rows.
    """
    if not rows:
        return
    dialect = connection.dialect
    compiled = _compile(statement, dialect)
    same = compiled.construct_params(_check=False)
    types = {name: bind.type for bind, name in compiled.bind_names.items()}
    names = compiled.positiontup or list(types)
    into = [(name, same[name], _converter(types[name], dialect)) for name in names]
    values = ([convert(row.get(name, usual)) for name, usual, convert in into] for row in rows)
    if compiled.positional:
        parameters: Any = list(map(tuple, values))
    else:
        parameters = [dict(zip(names, row, strict=True)) for row in values]
    connection.exec_driver_sql(str(compiled), parameters)


@lru_cache(maxsize=64)
def _compile(statement: ClauseElement, dialect: Dialect) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler), "tables are made by migrations, not here"
    return compiled


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return _unchanged
    return lru_cache(maxsize=64)(convert) if isinstance(kind, Instant) else convert


def _unchanged(value: Any) -> Any:  # Any: it is handed on
    return value


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


def _address(url: str, root: Path, password: str | None) -> URL:
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


def _engine(address: URL) -> Engine:
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
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get("handbill_begin", "BEGIN IMMEDIATE"))

    return engine


# Tables


def _upgrade(engine: Engine) -> Path | None:
    """Bring the tables up to date in one transaction; return the copy made of an older file."""
    newest = _newest()
    with engine.connect().execution_options(**_READING) as connection:
        if _revision(connection) == newest:
            return None
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADING})
        found = _revision(connection)
        if found == newest:  # another process was faster
            return None
        if found is not None and found > newest:
            raise StoreError(
                f"{engine.url.render_as_string(hide_password=True)}: a newer Handbill has changed it ({found}). "
                "Upgrade Handbill here too."
            )
        backup = _copy(engine, found) if found else None
        _migrate(connection)
    return backup


def revisions() -> list[str]:
    """Return the names of all changes the tables have seen, in order."""
    return sorted(path.name.partition("_")[0] for path in _versions().glob("r[0-9]*.py"))


def make_old_store(url: str, *, root: Path, revision: str) -> Store:
    """Make a store whose tables are as they were at *revision*, to see that it can be brought up to date."""
    engine = _engine(_address(url, root, None))
    with engine.begin() as connection:
        _migrate(connection, to=revision)
    return Store(engine)


def _newest() -> str:
    return revisions()[-1]


def _versions() -> Path:
    return Path(__file__).parent / "migrations" / "versions"


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found


def _copy(engine: Engine, revision: str) -> Path | None:
    """Copy a SQLite file beside itself, as it was before its tables change; servers have their own backups."""
    if engine.dialect.name != "sqlite" or engine.url.database in (None, "", ":memory:"):
        return None
    path = Path(str(engine.url.database))
    copy = path.with_name(f"{path.name}.before-{_newest()}-was-{revision}")
    copy.unlink(missing_ok=True)
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    copy.chmod(0o600)
    return copy


def _migrate(connection: Connection, *, to: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(_versions().parent).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, to)
