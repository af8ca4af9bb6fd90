"""The subscriber store: import, unsubscribe, suppress, erase; no import subscribes anybody again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from pipeline.database import Store
from pipeline.errors import ConfigError
from pipeline.models.address import parse_address
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.imports.import_report import ImportOutcome, ImportReport
from pipeline.subscribers.imports.importer import BATCH_SIZE
from pipeline.subscribers.imports.rows.import_row import ImportRow
from pipeline.subscribers.segment_sql import select_confirmed_subscribers
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.subscribers.tables import subscribers
from pipeline.testing import ManualClock
from tests.subscribers.stores import SECRET, import_test_rows

ADA = parse_address("Ada <ada@example.org>")
GRACE = parse_address("grace@example.org")


@pytest.fixture
def clock() -> ManualClock:
    """A clock at noon."""
    return ManualClock()


@pytest.fixture
def subscriber_store(store: Store, clock: ManualClock) -> Iterator[SubscriberStore]:
    """An empty subscriber store."""
    yield SubscriberStore(store, secret=SECRET, clock=clock)


@pytest.fixture
def import_csv(
    tmp_path: Path, subscriber_store: SubscriberStore
) -> Any:  # Any: a function with options
    """Import a CSV file with the given text."""

    def run_import(content: str, **options: Any) -> ImportReport:
        path = tmp_path / "readers.csv"
        path.write_text(content, encoding="utf-8")
        return subscriber_store.import_file(path, **{"list_name": "weekly", **options})

    return run_import


def outcomes(report: ImportReport) -> dict[str, int]:
    """Return the counts of *report* that are not zero."""
    return {outcome.value: count for outcome, count in report.counts.items() if count}


def active(store: Store, name: str = "weekly") -> list[str]:
    """Return the addresses that a campaign to the list would be sent to."""
    with store.reading() as connection:
        rows = connection.execute(select_confirmed_subscribers(name)).all()
    return [row.email for row in rows if not row.is_suppressed]


def test_imported_subscribers_are_confirmed_and_have_a_consent(
    subscriber_store: SubscriberStore, import_csv: Any, clock: ManualClock
) -> None:
    """Rows become confirmed subscribers on the list, with the method, date and source of their consent."""
    report = import_csv("email,name,donor\nada@example.org,Ada,once\ngrace@example.org,,\n")
    assert {"added": 2} == outcomes(report)
    subscriber = subscriber_store.get_details(ADA).subscriber
    assert subscriber is not None
    assert (SubscriberState.CONFIRMED, ("weekly",)) == (subscriber.state, subscriber.lists)
    assert ("import", clock.now(), "readers.csv") == (
        subscriber.consent.method,
        subscriber.consent.at,
        subscriber.consent.source,
    )
    assert {"donor": "once"} == subscriber.attributes


def test_who_left_by_a_later_row_is_never_a_subscriber(
    subscriber_store: SubscriberStore, store: Store, tmp_path: Path
) -> None:
    """An import that stops before the row which says that they left has not subscribed them."""

    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    others = "".join(f"row{number}@example.org,weekly,active\n" for number in range(BATCH_SIZE))
    first = "ada@example.org,weekly,active\ngrace@example.org,weekly,active\n"
    last = "ada@example.org,daily,unsubscribed\ngrace@example.org,daily,bounced\n"
    path = tmp_path / "readers.csv"
    path.write_text(f"email,lists,status\n{first}{others}{last}", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        subscriber_store.import_file(path, list_name=None, progress=interrupt)

    assert "row7@example.org" in active(store)
    assert not {"ada@example.org", "grace@example.org"}.intersection(active(store))


def test_leaving_a_list_in_a_later_row_counts(import_csv: Any, store: Store) -> None:
    """A later row that names a list they left takes them off it, and is told."""
    report = import_csv(
        "email,lists,unsubscribed_lists\nada@example.org,weekly,\nada@example.org,,weekly\n",
        list_name=None,
    )

    assert [] == active(store)
    assert ["ada@example.org"] == [warning.text for warning in report.warnings]


def test_second_import_updates_subscribers_and_duplicates_none(
    subscriber_store: SubscriberStore, import_csv: Any
) -> None:
    """Values in the file are stored, empty cells change nothing; an address is one subscriber in any spelling."""
    import_csv("email,name,donor,city\nada@example.org,Ada,once,Paris\ngrace@example.org,G,,\n")
    report = import_csv(
        "email,name,donor\nADA@Example.org,,monthly\ngrace@example.org,,\nAda@example.org,B,x\n"
    )
    assert {"updated": 1, "unchanged": 1, "repeated": 1} == outcomes(report)
    subscriber = subscriber_store.get_details(ADA).subscriber
    assert subscriber is not None
    assert ("Ada", {"donor": "monthly", "city": "Paris"}) == (
        subscriber.address.name,
        subscriber.attributes,
    )


def test_unicode_and_ascii_form_of_a_domain_are_one_address(
    subscriber_store: SubscriberStore, import_csv: Any, store: Store
) -> None:
    """An internationalized domain and its ASCII form are the same."""
    import_csv("email\nada@bücher.example.org\nada@xn--bcher-kva.example.org\n")
    assert ["ada@xn--bcher-kva.example.org"] == active(store)


def test_import_does_not_subscribe_again(
    subscriber_store: SubscriberStore, import_csv: Any, store: Store
) -> None:
    """Who unsubscribed from a list stays off it; who unsubscribed from everything stays off new lists too."""
    import_csv("email\nada@example.org\ngrace@example.org\n")
    assert subscriber_store.unsubscribe(ADA, list_name="weekly")
    assert subscriber_store.unsubscribe(GRACE)
    assert not subscriber_store.unsubscribe(GRACE)
    assert {"unsubscribed": 2} == outcomes(
        import_csv("email,status\nada@example.org,active\ngrace@example.org,active\n")
    )
    assert [] == active(store)
    import_csv("email\nada@example.org\ngrace@example.org\n", list_name="monthly")
    assert ["ada@example.org"] == active(store, "monthly")


def test_states_of_other_systems(import_csv: Any, store: Store) -> None:
    """Unsubscribed stays unsubscribed, pending unconfirmed; who bounced or complained is suppressed."""
    states = {"a": "active", "b": "unsubscribed", "c": "cleaned", "d": "pending"}
    content = "email,status\n" + "".join(f"{n}@example.org,{s}\n" for n, s in states.items())
    assert {"added": 1, "unsubscribed": 1, "suppressed": 1, "unconfirmed": 1} == outcomes(
        import_csv(content)
    )
    assert ["a@example.org"] == active(store)
    assert {"unchanged": 2, "unsubscribed": 1, "suppressed": 1} == outcomes(import_csv(content))


def test_import_can_unsubscribe_but_not_subscribe_again(
    subscriber_store: SubscriberStore, import_csv: Any, store: Store
) -> None:
    """A later file that says unsubscribed counts; one that says active afterwards does not."""
    import_csv("email\nada@example.org\n")
    import_csv("email,status\nada@example.org,unsubscribed\n")
    import_csv("email,status\nada@example.org,active\n")
    assert [] == active(store)


def test_import_of_suppressed_addresses(import_csv: Any, store: Store) -> None:
    """Bounces of the old system are never sent to, on whatever list they are or will be."""
    import_csv("email\nada@example.org\n")
    report = import_csv("ada@example.org\nlater@example.org\n", list_name=None, suppress=True)
    assert {"suppressed": 2} == outcomes(report)
    assert {"suppressed": 1} == outcomes(import_csv("email\nlater@example.org\n"))
    assert [] == active(store)


def test_erased_subscribers_are_not_imported_again(
    subscriber_store: SubscriberStore, import_csv: Any, store: Store
) -> None:
    """After an erasure no table contains the address, and no import adds it again."""
    import_csv("email,name\nada@example.org,Ada\n")
    subscriber_store.suppress(ADA, reason="requested")
    assert subscriber_store.erase(ADA)
    with store.reading() as connection:
        for name in ("subscribers", "memberships", "tags", "suppressions"):
            assert (
                "ada" not in repr(connection.execute(text(f"SELECT * FROM {name}")).all()).lower()
            )
    assert {"suppressed": 1} == outcomes(import_csv("email\nada@example.org\n"))
    assert [] == active(store)


def test_dry_run_changes_nothing(
    import_csv: Any, subscriber_store: SubscriberStore, store: Store
) -> None:
    """A dry run reports what the import would do, and leaves the store as it was."""
    import_csv("email\nada@example.org\n")
    report = import_csv(
        "email,name\nada@example.org,Ada\nnew@example.org,N\nx,y\n", list_name="other", dry_run=True
    )
    assert {"updated": 1, "added": 1, "refused": 1} == outcomes(report)
    assert ["weekly"] == [counts.name for counts in subscriber_store.count_lists()]
    assert ["ada@example.org"] == active(store)


def test_list_counts(import_csv: Any, subscriber_store: SubscriberStore) -> None:
    """Every subscriber of a list is counted once, by the current state."""
    import_csv(
        "email,status\na@example.org,on\nb@example.org,on\nc@example.org,pending\nd@example.org,on\n"
    )
    subscriber_store.unsubscribe(parse_address("b@example.org"), list_name="weekly")
    subscriber_store.suppress(parse_address("d@example.org"), reason="bounced")
    (counts,) = subscriber_store.count_lists()
    assert (1, 1, 1, 1) == (
        counts.reachable,
        counts.unconfirmed,
        counts.suppressed,
        counts.unsubscribed,
    )


def test_import_of_several_batches(store: Store, subscriber_store: SubscriberStore) -> None:
    """More rows than one batch are all imported, in order; a second import changes nothing."""
    rows = [ImportRow(line=n, address=parse_address(f"r{n}@example.org")) for n in range(1, 11_002)]
    assert {"added": 11_001} == outcomes(import_test_rows(store, rows))
    assert {"unchanged": 11_001} == outcomes(import_test_rows(store, rows))
    assert [f"r{n}@example.org" for n in range(1, 11_002)] == [
        subscriber.address.email
        for subscriber in subscriber_store.list_subscribers(list_name="weekly")
    ]


def test_suppression_keeps_its_first_reason(
    subscriber_store: SubscriberStore, clock: ManualClock
) -> None:
    """A second suppression overwrites neither the reason nor the date of the first."""
    assert subscriber_store.suppress(ADA, reason="complained")
    before = clock.now()
    clock.advance(timedelta(days=3))
    assert not subscriber_store.suppress(ADA, reason="requested")
    suppression = subscriber_store.get_details(ADA).suppression
    assert suppression is not None
    assert ("complained", before) == (suppression.reason, suppression.created_at)


def test_details_contain_everything_stored(
    import_csv: Any, subscriber_store: SubscriberStore, store: Store
) -> None:
    """The JSON for a data request has every column of the subscriber, except internal ones."""
    import_csv(
        "email,name,language,timezone,tags,donor\nada@example.org,Ada,en,Europe/London,press,once\n"
    )
    details = subscriber_store.get_details(ADA).to_json()["subscriber"]
    with store.reading() as connection:
        row = connection.execute(select(subscribers)).one()
    for name, value in row._mapping.items():
        if name not in ("id", "key", "digest", "updated_at"):
            text_value = value.isoformat() if hasattr(value, "isoformat") else value
            assert repr(text_value) in repr(details), name


@pytest.mark.parametrize("name", ["", " ", 'a"b', "x" * 101, "a\nb"])
def test_invalid_list_name(import_csv: Any, name: str) -> None:
    """A name that cannot be written in a command or a segment is rejected."""
    with pytest.raises(ConfigError, match="is not a valid list name"):
        import_csv("email\nada@example.org\n", list_name=name)


def test_adding_one_subscriber(subscriber_store: SubscriberStore) -> None:
    """Somebody added manually is confirmed; who has unsubscribed stays unsubscribed."""
    assert ImportOutcome.ADDED is subscriber_store.add(
        ADA, list_name="weekly", attributes={"donor": "once"}
    )
    subscriber = subscriber_store.get_details(ADA).subscriber
    assert subscriber is not None
    assert "manual" == subscriber.consent.method
    subscriber_store.unsubscribe(ADA)
    assert ImportOutcome.UNSUBSCRIBED is subscriber_store.add(
        ADA, list_name="weekly", attributes={}
    )
