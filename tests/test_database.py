"""The store: both kinds of database, with tables that are created and upgraded automatically."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text

from pipeline.archive.tables import archive_issues
from pipeline.campaigns.store import tables
from pipeline.database import METADATA, Store, open_store
from pipeline.database.engine import create_store_engine, parse_store_url
from pipeline.errors import ConfigError, StoreError
from pipeline.events.tables import events
from pipeline.gifts.tables import gifts
from pipeline.subscribers.tables import lists

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_migrations_create_the_tables_of_the_code(store: Store) -> None:
    """The migrated tables are those the queries expect, on both kinds of database."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    known = (tables.receipts, events, archive_issues, gifts)  # all tables are known now
    assert {METADATA} == {table.metadata for table in known}
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, METADATA)


def test_reopening_changes_nothing(store_url: str, tmp_path: Path) -> None:
    """An up-to-date store is opened as it is, without a backup."""
    with open_store(store_url, root=tmp_path) as store, store.writing() as connection:
        connection.execute(insert(lists).values(name="weekly", created_at=NOON))
    with open_store(store_url, root=tmp_path) as again, again.reading() as connection:
        assert ["weekly"] == list(connection.scalars(select(lists.c.name)))
    assert again.backup is None


def test_datetimes_round_trip_in_utc(store: Store) -> None:
    """A datetime is returned in UTC; a naive one is an error."""
    with store.writing() as connection:
        away = NOON.astimezone(timezone(timedelta(hours=9)))
        connection.execute(insert(lists).values(name="weekly", created_at=away))
        found = connection.scalars(select(lists.c.created_at)).one()
    assert (NOON, UTC) == (found, found.tzinfo)
    with pytest.raises(Exception, match="no time zone"), store.writing() as connection:
        connection.execute(insert(lists).values(name="x", created_at=NOON.replace(tzinfo=None)))


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    """A failed transaction leaves nothing."""
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        connection.execute(insert(lists).values(name="weekly", created_at=NOON))
        _ = 1 / 0
    with store.reading() as connection:
        assert [] == connection.execute(select(lists)).all()


def test_readers_are_not_blocked(store_url: str, tmp_path: Path) -> None:
    """During a write, others open the store and read its previous state."""
    with open_store(store_url, root=tmp_path) as store, store.writing() as writing:
        writing.execute(insert(lists).values(name="weekly", created_at=NOON))
        with open_store(store_url, root=tmp_path) as other, other.reading() as connection:
            assert [] == connection.execute(select(lists)).all()


def test_writers_wait_for_each_other(store: Store) -> None:
    """Many threads that read and then write all succeed, without "database is locked"."""

    def add(number: int) -> None:
        with store.writing() as connection:
            connection.execute(select(lists)).all()
            connection.execute(insert(lists).values(name=f"list {number}", created_at=NOON))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as connection:
        assert 16 == len(connection.execute(select(lists)).all())


def test_concurrent_migrations_succeed(store_url: str, tmp_path: Path) -> None:
    """Of several that open a new store at once, one creates the tables and none fails."""
    failures: list[BaseException] = []

    def start() -> None:
        try:
            open_store(store_url, root=tmp_path).close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failures


def test_a_newer_store_is_an_error(store_url: str, tmp_path: Path) -> None:
    """A store upgraded by a newer version is an error."""
    with open_store(store_url, root=tmp_path) as store, store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
    with pytest.raises(StoreError, match="newer version of Handbill"):
        open_store(store_url, root=tmp_path)


FOREIGN = {
    "a table of the same name": (
        ["CREATE TABLE lists (id INTEGER PRIMARY KEY, uuid TEXT)"],
        "the table lists belongs to another program",
    ),
    "another program's revisions": (
        [
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
            "INSERT INTO alembic_version VALUES ('8f3a12bc9d01'), ('77aa12bc9d01')",
        ],
        "the revision 77aa12bc9d01, 8f3a12bc9d01 belongs to another program",
    ),
    "a table called alembic_version": (
        ["CREATE TABLE alembic_version (id INTEGER)"],
        "belongs to another program",
    ),
}


@pytest.mark.parametrize("statements, words", FOREIGN.values(), ids=FOREIGN)
def test_another_programs_database_is_an_error(
    store_url: str, tmp_path: Path, statements: list[str], words: str
) -> None:
    """Tables of another program are named, nothing is added to them, and the error says what to do."""
    engine = create_store_engine(parse_store_url(store_url, tmp_path, None))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
        before = inspect(connection).get_table_names()
    for _ in range(2):
        with pytest.raises(StoreError) as told:
            open_store(store_url, root=tmp_path)
        assert words in str(told.value)
        assert str(told.value).endswith(
            "Create a database for Handbill alone, and set it as [store] url."
        )
    with engine.connect() as connection:
        assert before == inspect(connection).get_table_names()
    engine.dispose()


def test_another_programs_file_is_left_as_it_is(tmp_path: Path) -> None:
    """A SQLite file of another program is not changed by a byte."""
    path = tmp_path / "places.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE bookmarks (url TEXT)")
    file.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="the table bookmarks belongs to another program"):
        open_store("sqlite:///places.sqlite", root=tmp_path)
    assert before == path.read_bytes()


def test_a_missing_table_is_an_error(store_url: str, tmp_path: Path) -> None:
    """A store without one of its tables is damaged: no waiting helps."""
    with open_store(store_url, root=tmp_path) as store:
        with store.writing() as connection:
            connection.execute(text("DROP TABLE tags"))
        with (
            pytest.raises(StoreError, match="Restore the database from a backup") as told,
            store.reading() as connection,
        ):
            connection.execute(text("SELECT * FROM tags"))
        assert not told.value.temporary


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("handbill.db", "not a database URL"),
        ("mysql://somebody@host/name", '"mysql" is not supported'),
    ],
)
def test_an_unsupported_url_is_an_error(url: str, words: str, tmp_path: Path) -> None:
    """The error says which URLs are supported."""
    with pytest.raises(ConfigError, match=words):
        open_store(url, root=tmp_path)


def test_no_error_contains_the_password(tmp_path: Path) -> None:
    """The error of an unreachable server does not contain the password."""
    with pytest.raises(StoreError) as told:
        open_store("postgresql://me@127.0.0.1:1/x", root=tmp_path, password="plum-jam")
    assert "plum-jam" not in str(told.value)
    assert told.value.temporary


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    """The file is named and left unchanged."""
    path = tmp_path / "handbill.db"
    path.write_bytes(b"This is no database." * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store("sqlite:///handbill.db", root=tmp_path)
    assert b"This is no database." * 100 == path.read_bytes()


def test_commits_are_durable(tmp_path: Path) -> None:
    """A SQLite store uses write-ahead logging with a sync at each commit."""
    with open_store("sqlite:///handbill.db", root=tmp_path) as store, store.writing() as connection:
        assert "wal" == connection.execute(text("PRAGMA journal_mode")).scalar()
        assert 2 == connection.execute(text("PRAGMA synchronous")).scalar()
    with sqlite3.connect(tmp_path / "handbill.db") as file:
        assert "wal" == file.execute("PRAGMA journal_mode").fetchone()[0]
    file.close()
