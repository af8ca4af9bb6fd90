"""The roll: import, leave, suppress, forget; nobody comes back who left."""

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
from pipeline.subscribers.imports.import_report import Outcome, Report
from pipeline.subscribers.imports.row import Row
from pipeline.subscribers.segment_sql import select_members
from pipeline.subscribers.subscriber_store import Roll
from pipeline.subscribers.tables import subscribers
from pipeline.testing import ManualClock
from tests.subscribers.rolls import SECRET, put

ADA = parse_address("Ada <ada@example.org>")
GRACE = parse_address("grace@example.org")


@pytest.fixture
def clock() -> ManualClock:
    """A clock at noon."""
    return ManualClock()


@pytest.fixture
def roll(store: Store, clock: ManualClock) -> Iterator[Roll]:
    """An empty roll."""
    yield Roll(store, secret=SECRET, clock=clock)


@pytest.fixture
def table(tmp_path: Path, roll: Roll) -> Any:  # Any: a function with options
    """Import a table from its text."""

    def imported(content: str, **options: Any) -> Report:
        path = tmp_path / "readers.csv"
        path.write_text(content, encoding="utf-8")
        return roll.import_table(path, **{"list_name": "weekly", **options})

    return imported


def outcomes(report: Report) -> dict[str, int]:
    """Return the counts of *report* that are not nought."""
    return {outcome.value: count for outcome, count in report.counts.items() if count}


def reachable(store: Store, name: str = "weekly") -> list[str]:
    """Return whom a campaign to the list would mail."""
    with store.reading() as connection:
        rows = connection.execute(select_members(name)).all()
    return [row.email for row in rows if not row.is_suppressed]


def test_an_import_makes_confirmed_subscribers_with_their_consent(
    roll: Roll, table: Any, clock: ManualClock
) -> None:
    """Rows become confirmed subscribers on the list; how, when and from where is kept."""
    report = table("email,name,donor\nada@example.org,Ada,once\ngrace@example.org,,\n")
    assert {"added": 2} == outcomes(report)
    held = roll.show(ADA).subscriber
    assert held is not None
    assert (SubscriberState.CONFIRMED, ("weekly",)) == (held.state, held.lists)
    assert ("import", clock.now(), "readers.csv") == (
        held.consent.how,
        held.consent.at,
        held.consent.source,
    )
    assert {"donor": "once"} == held.attributes


def test_a_second_import_updates_and_doubles_nobody(roll: Roll, table: Any) -> None:
    """What the table says is written; what it leaves open stays; one mailbox is one subscriber, however it is spelt."""
    table("email,name,donor,city\nada@example.org,Ada,once,Paris\ngrace@example.org,G,,\n")
    report = table(
        "email,name,donor\nADA@Example.org,,monthly\ngrace@example.org,,\nAda@example.org,B,x\n"
    )
    assert {"updated": 1, "unchanged": 1, "repeated": 1} == outcomes(report)
    held = roll.show(ADA).subscriber
    assert held is not None
    assert ("Ada", {"donor": "monthly", "city": "Paris"}) == (held.address.name, held.attributes)


def test_domains_in_two_spellings_are_one_mailbox(roll: Roll, table: Any, store: Store) -> None:
    """An international domain and its ASCII form are the same."""
    table("email\nada@bücher.example.org\nada@xn--bcher-kva.example.org\n")
    assert ["ada@xn--bcher-kva.example.org"] == reachable(store)


def test_who_left_is_not_brought_back(roll: Roll, table: Any, store: Store) -> None:
    """Neither who left one list nor who left everything comes back by an import; new lists are open to the first."""
    table("email\nada@example.org\ngrace@example.org\n")
    assert roll.leave(ADA, list_name="weekly")
    assert roll.leave(GRACE)
    assert not roll.leave(GRACE)
    assert {"left": 2} == outcomes(
        table("email,status\nada@example.org,active\ngrace@example.org,active\n")
    )
    assert [] == reachable(store)
    table("email\nada@example.org\ngrace@example.org\n", list_name="monthly")
    assert ["ada@example.org"] == reachable(store, "monthly")


def test_an_old_systems_states_are_kept(table: Any, store: Store) -> None:
    """Unsubscribed stays unsubscribed, pending unconfirmed, and who bounced or complained is suppressed."""
    states = {"a": "active", "b": "unsubscribed", "c": "cleaned", "d": "pending"}
    content = "email,status\n" + "".join(f"{n}@example.org,{s}\n" for n, s in states.items())
    assert {"added": 3, "suppressed": 1} == outcomes(table(content))
    assert ["a@example.org"] == reachable(store)
    assert {"unchanged": 1, "left": 1, "suppressed": 1} | {"unchanged": 2} == outcomes(
        table(content)
    )


def test_a_table_may_make_somebody_leave_but_not_come_back(
    roll: Roll, table: Any, store: Store
) -> None:
    """A later table that says unsubscribed is believed; one that says active afterwards is not."""
    table("email\nada@example.org\n")
    table("email,status\nada@example.org,unsubscribed\n")
    table("email,status\nada@example.org,active\n")
    assert [] == reachable(store)


def test_suppressing_a_table(table: Any, store: Store) -> None:
    """The old system's bounces are never written to, on whatever list they stand or will stand."""
    table("email\nada@example.org\n")
    report = table("ada@example.org\nlater@example.org\n", list_name=None, is_suppressing=True)
    assert {"suppressed": 2} == outcomes(report)
    assert {"suppressed": 1} == outcomes(table("email\nlater@example.org\n"))
    assert [] == reachable(store)


def test_who_was_erased_does_not_come_back(roll: Roll, table: Any, store: Store) -> None:
    """After an erasure no row holds the address, and no import brings them back."""
    table("email,name\nada@example.org,Ada\n")
    roll.suppress(ADA, reason="asked")
    assert roll.forget(ADA)
    with store.reading() as connection:
        for name in ("subscribers", "memberships", "tags", "suppressions"):
            assert (
                "ada" not in repr(connection.execute(text(f"SELECT * FROM {name}")).all()).lower()
            )
    assert {"suppressed": 1} == outcomes(table("email\nada@example.org\n"))
    assert [] == reachable(store)


def test_a_dry_run_keeps_nothing(table: Any, roll: Roll, store: Store) -> None:
    """A dry run reports as the real one would and leaves the store as it was."""
    table("email\nada@example.org\n")
    report = table(
        "email,name\nada@example.org,Ada\nnew@example.org,N\nx,y\n", list_name="other", is_dry=True
    )
    assert {"updated": 1, "added": 1, "refused": 1} == outcomes(report)
    assert ["weekly"] == [found.name for found in roll.lists()]
    assert ["ada@example.org"] == reachable(store)


def test_lists_in_numbers(table: Any, roll: Roll) -> None:
    """Everybody on a list is counted once, as what they are now."""
    table("email,status\na@example.org,\nb@example.org,\nc@example.org,pending\nd@example.org,\n")
    roll.leave(parse_address("b@example.org"), list_name="weekly")
    roll.suppress(parse_address("d@example.org"), reason="bounced")
    (found,) = roll.lists()
    assert (1, 1, 1, 1) == (found.reachable, found.unconfirmed, found.suppressed, found.left)


def test_many_rows_come_through_batches(store: Store, roll: Roll) -> None:
    """More rows than a batch holds all arrive, in the order they came, and a second time change nothing."""
    rows = [Row(line=n, address=parse_address(f"r{n}@example.org")) for n in range(1, 11_002)]
    assert {"added": 11_001} == outcomes(put(store, rows))
    assert {"unchanged": 11_001} == outcomes(put(store, rows))
    assert [f"r{n}@example.org" for n in range(1, 11_002)] == [
        person.address.email for person in roll.subscribers(list_name="weekly")
    ]


def test_suppression_is_noted_once_with_the_first_reason(roll: Roll, clock: ManualClock) -> None:
    """A second reason does not overwrite the first, nor its date."""
    assert roll.suppress(ADA, reason="complained")
    before = clock.now()
    clock.advance(timedelta(days=3))
    assert not roll.suppress(ADA, reason="asked")
    never = roll.show(ADA).suppression
    assert never is not None
    assert ("complained", before) == (never.reason, never.at)


def test_the_copy_for_a_person_holds_everything(table: Any, roll: Roll, store: Store) -> None:
    """Every column of somebody's row is in the copy they are given, but the two that only find it."""
    table(
        "email,name,language,timezone,tags,donor\nada@example.org,Ada,en,Europe/London,press,once\n"
    )
    copy = roll.show(ADA).to_json()["subscriber"]
    with store.reading() as connection:
        row = connection.execute(select(subscribers)).one()
    for name, value in row._mapping.items():
        if name not in ("id", "key", "digest", "changed_at"):
            shown = value.isoformat() if hasattr(value, "isoformat") else value
            assert repr(shown) in repr(copy), name


@pytest.mark.parametrize("name", ["", " ", 'a"b', "x" * 101, "a\nb"])
def test_a_lists_name_can_be_said(table: Any, name: str) -> None:
    """A list whose name could not stand in a command or a segment is refused."""
    with pytest.raises(ConfigError, match="cannot be the name of a list"):
        table("email\nada@example.org\n", list_name=name)


def test_one_person_is_added_by_hand(roll: Roll) -> None:
    """Somebody added by hand is confirmed, with that as their consent; who left stays away."""
    assert Outcome.ADDED is roll.add(ADA, list_name="weekly", attributes={"donor": "once"})
    held = roll.show(ADA).subscriber
    assert held is not None
    assert "by hand" == held.consent.how
    roll.leave(ADA)
    assert Outcome.LEFT is roll.add(ADA, list_name="weekly", attributes={})
