"""The store: both kinds of database, its tables made and brought up to date by themselves."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from pipeline.campaigns.store import tables
from pipeline.database import METADATA, Store, open_store
from pipeline.errors import ConfigError, StoreError
from pipeline.subscribers.tables import lists

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_tables_are_those_the_code_knows(store: Store) -> None:
    """What the migrations made is what the queries expect, on both kinds of database."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    assert METADATA is tables.deliveries.metadata
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, METADATA)


def test_a_second_opening_changes_nothing(store_url: str, tmp_path: Path) -> None:
    """A store that is up to date is opened as it is, and no copy is made."""
    with open_store(store_url, root=tmp_path) as store, store.writing() as connection:
        connection.execute(insert(lists).values(name="weekly", created_at=NOON))
    with open_store(store_url, root=tmp_path) as again, again.reading() as connection:
        assert ["weekly"] == list(connection.scalars(select(lists.c.name)))
    assert again.backup is None


def test_instants_come_back_as_they_were(store: Store) -> None:
    """An instant is the same instant again, in UTC; one without a zone is refused."""
    with store.writing() as connection:
        away = NOON.astimezone(timezone(timedelta(hours=9)))
        connection.execute(insert(lists).values(name="weekly", created_at=away))
        found = connection.scalars(select(lists.c.created_at)).one()
    assert (NOON, UTC) == (found, found.tzinfo)
    with pytest.raises(Exception, match="no time zone"), store.writing() as connection:
        connection.execute(insert(lists).values(name="x", created_at=NOON.replace(tzinfo=None)))


def test_an_error_takes_everything_back(store: Store) -> None:
    """A transaction that fails never was."""
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        connection.execute(insert(lists).values(name="weekly", created_at=NOON))
        _ = 1 / 0
    with store.reading() as connection:
        assert [] == connection.execute(select(lists)).all()


def test_opening_and_reading_wait_for_nobody(store_url: str, tmp_path: Path) -> None:
    """While somebody writes, others open the store and read what was there before."""
    with open_store(store_url, root=tmp_path) as store, store.writing() as writing:
        writing.execute(insert(lists).values(name="weekly", created_at=NOON))
        with open_store(store_url, root=tmp_path) as other, other.reading() as connection:
            assert [] == connection.execute(select(lists)).all()


def test_writers_wait_for_each_other(store: Store) -> None:
    """Many threads that read and then write all succeed: nobody is told that the database is locked."""

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


def test_several_processes_may_make_the_tables_at_once(store_url: str, tmp_path: Path) -> None:
    """Of several that open a new store at the same moment, one makes the tables and none fails."""
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


def test_a_newer_store_is_left_alone(store_url: str, tmp_path: Path) -> None:
    """A store changed by a later version is refused in a sentence."""
    with open_store(store_url, root=tmp_path) as store, store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
    with pytest.raises(StoreError, match="newer Handbill"):
        open_store(store_url, root=tmp_path)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("handbill.db", "not a database URL"),
        ("mysql://somebody@host/name", '"mysql" is not supported'),
    ],
)
def test_other_addresses_are_refused(url: str, words: str, tmp_path: Path) -> None:
    """What is no address of a database we know is told, with what is."""
    with pytest.raises(ConfigError, match=words):
        open_store(url, root=tmp_path)


def test_a_password_is_never_told(tmp_path: Path) -> None:
    """A server that does not answer is told without the password it would have been given."""
    with pytest.raises(StoreError) as told:
        open_store("postgresql://me@127.0.0.1:1/x", root=tmp_path, password="plum-jam")
    assert "plum-jam" not in str(told.value)
    assert told.value.temporary


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """A broken file is named, and left as it is."""
    path = tmp_path / "handbill.db"
    path.write_bytes(b"This is no database." * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store("sqlite:///handbill.db", root=tmp_path)
    assert b"This is no database." * 100 == path.read_bytes()


def test_commits_are_durable(tmp_path: Path) -> None:
    """A SQLite store is set to write-ahead logging with a sync at each commit."""
    with open_store("sqlite:///handbill.db", root=tmp_path) as store, store.writing() as connection:
        assert "wal" == connection.execute(text("PRAGMA journal_mode")).scalar()
        assert 2 == connection.execute(text("PRAGMA synchronous")).scalar()
    with sqlite3.connect(tmp_path / "handbill.db") as file:
        assert "wal" == file.execute("PRAGMA journal_mode").fetchone()[0]
    file.close()
