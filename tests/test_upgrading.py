"""A store made by an older version is upgraded with all its data, even in the middle of a campaign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, insert, inspect, select, text, update

from pipeline.campaigns import parse_first_batch
from pipeline.campaigns.store.tables import deliveries
from pipeline.database import METADATA, Store, list_revisions, open_store
from pipeline.database.engine import create_store_engine, parse_store_url
from pipeline.database.upgrade import migrate
from pipeline.events.tables import events
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import (
    NOON,
    add_subscribers,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)
from tests.databases import Server

OLDER = list_revisions()[:-1]
#: Deliveries before they were split into recipients, batches and receipts.
old_deliveries = deliveries.to_metadata(MetaData())

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
        for table in (*METADATA.sorted_tables, deliveries):  # a view since r0015
            if table.name not in known.get_table_names():
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


def test_an_upgrade_in_the_middle_of_a_campaign_keeps_every_state(
    new_url: Callable[[], str], tmp_path: Path
) -> None:
    """Whatever a delivery was, it is; a claim of a process that has ended is uncertain, and the rest is sent once."""
    url, sender = new_url(), RecordingSender()
    states = {
        3: "accepted",
        4: "refused",
        5: "deferred",
        6: "uncertain",
        7: "skipped",
        8: "claimed",
    }
    with open_store(new_url(), root=tmp_path) as store:
        with make_service(store) as service:
            record = service.create(make_plan(make_recipients(2100)))
            with service.start_process() as process:
                pass
        copy_to_old_store(store, url, "r0014", tmp_path)
    with create_old_store(url, root=tmp_path, revision="r0014") as old, old.writing() as connection:
        connection.execute(
            text("UPDATE campaigns SET state = 'sending', process_id = :id"), {"id": process.id}
        )
        connection.execute(text("UPDATE processes SET ended_at = null"))
        for sequence, state in states.items():
            connection.execute(
                update(old_deliveries)
                .where(old_deliveries.c.sequence == sequence)
                .values(state=state, attempts=1, process_id=process.id, composed_at=NOON)
            )
        connection.execute(
            update(old_deliveries)
            .where(old_deliveries.c.sequence == 5)
            .values(not_before=NOON, first_attempt_at=NOON)
        )
        connection.execute(
            update(old_deliveries)
            .where(old_deliveries.c.sequence.in_([9, 1500]))
            .values(not_before=NOON + timedelta(hours=1))
        )

    with open_store(url, root=tmp_path) as store:
        with store.reading() as connection:
            found = dict(
                connection.execute(
                    select(deliveries.c.sequence, deliveries.c.state).where(
                        deliveries.c.state != "pending"
                    )
                ).all()
            )
        assert states == found
        clock = ManualClock(NOON)
        with make_service(store, sender=sender, clock=clock) as service:
            assert 2 == service.get(record.id).count(DeliveryState.UNCERTAIN)
            service.resume(record.id)
            assert 2100 - 5 - 2 == len(list_sent_emails(sender))
            clock.advance(timedelta(hours=1))
            done = service.resume(record.id)
    assert CampaignState.SENT is done.state
    assert 2100 == done.recipient_count
    assert {"refused": 1, "uncertain": 2, "skipped": 1, "accepted": 2096} == {
        state.value: count for state, count in done.counts.items()
    }
    numbers = sorted(int(email[6:].partition("@")[0]) for email in list_sent_emails(sender))
    assert sorted({*range(1, 2101)} - {3, 4, 6, 7, 8}) == numbers
