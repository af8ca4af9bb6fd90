"""Threads that write at the same time share transactions, and each gets its own answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, event, func, insert, select

from pipeline.database import GroupWriter, Store, TransactionLock, open_store
from pipeline.errors import StoreError
from pipeline.subscribers.tables import lists
from tests.campaigns.support import NOON

_THREADS = 20


def add_list(connection: Connection, name: str) -> str:
    if name == "bad":
        raise ValueError(name)
    connection.execute(insert(lists).values(name=name, created_at=NOON))
    return name


def run_at_once(writer: GroupWriter, names: list[str]) -> list[str | Exception]:
    barrier = Barrier(len(names))

    def write(name: str) -> str | Exception:
        barrier.wait()
        try:
            return writer.run(lambda connection: add_list(connection, name))
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(write, names))


def list_names(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.scalars(select(lists.c.name)))


def test_threads_share_transactions(store: Store) -> None:
    """All is written, in fewer commits than there are threads."""
    commits: list[object] = []
    event.listen(store.engine, "commit", commits.append)
    names = [f"list {number}" for number in range(_THREADS)]
    writer = GroupWriter(store, TransactionLock.SUBSCRIBERS)
    with ThreadPoolExecutor(1) as pool:
        with store.writing(TransactionLock.SUBSCRIBERS):  # whoever comes first waits here
            answers = pool.submit(run_at_once, writer, names)
            while len(writer._waiting) < _THREADS - 1:
                pass
        assert names == answers.result()
    assert set(names) == list_names(store)
    assert len(commits) < _THREADS


def test_one_that_fails_harms_no_other(store: Store) -> None:
    """The others are written once, and the error reaches the thread it belongs to."""
    names = [*(f"list {number}" for number in range(_THREADS)), "bad"]
    answers = run_at_once(GroupWriter(store, TransactionLock.SUBSCRIBERS), names)
    assert names[:-1] == answers[:-1]
    assert isinstance(answers[-1], ValueError)
    assert set(names[:-1]) == list_names(store)


def test_a_locked_database_fails_for_all_who_wait(tmp_path: Path) -> None:
    """Each waits once, is told, and can write later."""
    with (
        open_store("sqlite:///handbill.db", root=tmp_path) as other,
        open_store("sqlite:///handbill.db", root=tmp_path, lock_timeout_s=0.05) as store,
    ):
        writer = GroupWriter(store)
        with other.writing():
            answers = run_at_once(writer, ["a", "b", "c"])
        assert all(isinstance(answer, StoreError) and answer.temporary for answer in answers)
        assert "d" == writer.run(lambda connection: add_list(connection, "d"))
        assert {"d"} == list_names(store)


def test_an_unwritable_answer_is_no_success(store: Store) -> None:
    """What cannot be committed is not told as written."""
    writer = GroupWriter(store)
    with pytest.raises(StoreError):
        writer.run(lambda connection: [add_list(connection, "twice") for _ in range(2)])
    with store.reading() as connection:
        assert 0 == connection.scalar(select(func.count()).select_from(lists))
