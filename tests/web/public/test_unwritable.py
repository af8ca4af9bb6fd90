"""Presses at the same instant, a database that another process locks, and a full disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import event

from pipeline.database import TransactionLock
from pipeline.models.event import EventKind
from tests.web.public.newsroom import PEOPLE, Newsroom, open_newsroom

ANA, BEN, *_ = PEOPLE
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
_PRESSES = 20


def post_at_once(newsroom: Newsroom, data: dict[str, str]) -> set[int]:
    """Post *data* from 20 threads at the same instant; return the statuses."""
    barrier = Barrier(_PRESSES)

    def post(_: int) -> int:
        client = newsroom.client.application.test_client()
        barrier.wait()
        return client.post(newsroom.path(ANA), data=data).status_code

    with ThreadPoolExecutor(_PRESSES) as pool:
        return set(pool.map(post, range(_PRESSES)))


@pytest.fixture(params=["sqlite", "postgresql"])
def newsroom(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Newsroom]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create_database()
    with open_newsroom(tmp_path, store_url=url) as opened:
        yield opened


def test_presses_at_the_same_instant_are_one_event(newsroom: Newsroom) -> None:
    """Each is answered, for one click, for a button, and for the way back."""
    for data, kind in (
        (ONE_CLICK, EventKind.UNSUBSCRIBED),
        ({"action": "undo"}, EventKind.RESUBSCRIBED),
        ({"action": "everything"}, EventKind.UNSUBSCRIBED),
    ):
        before = len(newsroom.events())
        assert {200} == post_at_once(newsroom, data)
        assert [kind] == [each.kind for each in newsroom.events()[before:]]


@pytest.mark.parametrize("data", [ONE_CLICK, {"action": "everything"}])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_locked_database_answers_503(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, data: dict[str, str]
) -> None:
    """While another process writes for too long: try again later (RFC 9110 §15.6.4); reading still works."""
    url = None
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").create_database()
    with open_newsroom(tmp_path, store_url=url, lock_timeout_s=0.05) as newsroom:
        with (
            newsroom.project.storage.open_store() as other,
            other.writing(TransactionLock.SUBSCRIBERS),
        ):
            answer = newsroom.client.post(newsroom.path(ANA), data=data)
            page = newsroom.client.get(newsroom.path(ANA))
        assert (503, "60", 200) == (
            answer.status_code,
            answer.headers["Retry-After"],
            page.status_code,
        )
        assert "Nothing has changed." in answer.text
        assert [] == newsroom.events()
        assert 200 == newsroom.client.post(newsroom.path(ANA), data=data).status_code
        assert 1 == len(newsroom.events())


def test_a_full_disk_answers_503(tmp_path: Path) -> None:
    """The database cannot grow; once there is room, the same press counts."""
    with open_newsroom(tmp_path) as newsroom:
        engine = newsroom.ledger.store.engine

        def allow_no_growth(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")  # no less than it has now

        event.listen(engine, "connect", allow_no_growth)
        engine.dispose()
        statuses = []
        for number in range(300):  # the last page has some room
            data = {"action": "undo"} if number % 2 else ONE_CLICK
            answer = newsroom.client.post(newsroom.path(BEN), data=data)
            statuses.append(answer.status_code)
            if answer.status_code != 200:
                break
        assert (503, "60") == (statuses[-1], answer.headers["Retry-After"])
        assert len(statuses) - 1 == len(newsroom.events())
        event.remove(engine, "connect", allow_no_growth)
        engine.dispose()
        assert 200 == newsroom.client.post(newsroom.path(BEN), data=data).status_code
        assert len(statuses) == len(newsroom.events())
