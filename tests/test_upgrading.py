"""A store made by an older version is upgraded with all its data, even in the middle of a campaign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select

from pipeline.campaigns import parse_first_batch
from pipeline.database import METADATA, Store, list_revisions, open_store
from pipeline.database.engine import create_store_engine, parse_store_url
from pipeline.database.upgrade import migrate
from pipeline.events.tables import events
from pipeline.models.campaign import CampaignState
from pipeline.testing import RecordingSender
from tests.campaigns.support import (
    add_subscribers,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)
from tests.databases import Server

OLDER = list_revisions()[:-1]

assert events.metadata is METADATA  # known before the stores are compared


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """A function that returns the URL of a new, empty store."""
    names = iter("abc")
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{next(names)}.db"
    server: Server = request.getfixturevalue("postgres")
    return server.create_database


def create_old_store(url: str, *, root: Path, revision: str) -> Store:
    """Create a store with the tables of *revision*."""
    engine = create_store_engine(parse_store_url(url, root, None))
    with engine.begin() as connection:
        migrate(connection, to=revision)
    return Store(engine)


def copy_to_old_store(store: Store, url: str, revision: str, root: Path) -> None:
    """Create a store with the tables of *revision*, and copy everything from *store* that fits."""
    with (
        create_old_store(url, root=root, revision=revision) as old,
        store.reading() as source,
        old.writing() as target,
    ):
        known = inspect(target)
        for table in METADATA.sorted_tables:
            if not known.has_table(table.name):
                continue
            names = [column["name"] for column in known.get_columns(table.name)]
            columns = [table.c[name] for name in names if name in table.c]
            rows = [dict(row._mapping) for row in source.execute(select(*columns))]
            if rows:
                target.execute(insert(table), rows)


@pytest.mark.parametrize("revision", OLDER)
def test_a_campaign_resumes_after_an_upgrade(
    new_url: Callable[[], str], tmp_path: Path, revision: str
) -> None:
    """A half-sent campaign is completed with nobody mailed twice; subscribers and campaigns are unchanged."""
    url = new_url()
    first = RecordingSender()
    with open_store(new_url(), root=tmp_path) as store:
        add_subscribers(store, *(f"s{number}@example.org" for number in range(3)))
        with make_service(store, sender=first) as service:
            record = service.create(
                make_plan(make_recipients(20), first_batch=parse_first_batch("7"))
            )
            service.send(record.id)
        copy_to_old_store(store, url, revision, tmp_path)
    assert 7 == len(list_sent_emails(first))

    second = RecordingSender()
    with open_store(url, root=tmp_path) as store, make_service(store, sender=second) as service:
        if url.startswith("sqlite"):
            assert store.backup is not None
            assert f"was-{revision}" in store.backup.name
            assert 0o600 == store.backup.stat().st_mode & 0o777
        with store.reading() as connection:
            held = connection.execute(select(METADATA.tables["subscribers"])).all()
        assert 3 == len(held)
        if revision > "r0001":
            assert CampaignState.SENT is service.resume(record.id).state
            expected = [f"reader{number}@example.org" for number in range(1, 21)]
            assert expected == list_sent_emails(first) + list_sent_emails(second)
    with open_store(url, root=tmp_path) as again:
        assert again.backup is None
