"""A store made by an older version: brought up to date with all that is in it, also in the middle of a campaign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select

from pipeline.campaigns import parse_first_batch
from pipeline.database import METADATA, Store, list_revisions, open_store
from pipeline.database.engine import create_store_engine, parse_store_url
from pipeline.database.upgrade import migrate
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


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Returns the address of a new, empty store each time it is called."""
    names = iter("abc")
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{next(names)}.db"
    server: Server = request.getfixturevalue("postgres")
    return server.make


def make_old_store(url: str, *, root: Path, revision: str) -> Store:
    """Make a store whose tables are as they were at *revision*."""
    engine = create_store_engine(parse_store_url(url, root, None))
    with engine.begin() as connection:
        migrate(connection, to=revision)
    return Store(engine)


def copy_into_old(store: Store, url: str, revision: str, root: Path) -> None:
    """Make a store as it was at *revision* and put into it what of *store* it can hold."""
    with (
        make_old_store(url, root=root, revision=revision) as old,
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
def test_a_campaign_goes_on_after_an_upgrade(
    new_url: Callable[[], str], tmp_path: Path, revision: str
) -> None:
    """What was half sent is sent to the rest and to nobody twice; the roll and the campaigns are what they were."""
    url = new_url()
    first = RecordingSender()
    with open_store(new_url(), root=tmp_path) as store:
        add_subscribers(store, *(f"s{number}@example.org" for number in range(3)))
        with make_service(store, sender=first) as service:
            record = service.create(
                make_plan(make_recipients(20), first_batch=parse_first_batch("7"))
            )
            service.send(record.id)
        copy_into_old(store, url, revision, tmp_path)
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
