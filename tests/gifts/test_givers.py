"""Givers are not asked again: only where a project asks for it, by keyed hash, and gone when they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text, update

from pipeline.database import Store
from pipeline.gifts import GiftStore, givers
from pipeline.gifts.payment import Payment, PaymentKind
from pipeline.models.address import parse_address
from pipeline.project import Project
from pipeline.subscribers.changes.address_changes import change_address
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.subscribers.tables import givers as givers_table
from pipeline.subscribers.tables import subscribers
from pipeline.testing import ManualClock
from pipeline.web.public.page_writer import PageWriter
from pipeline.web.public.personal_data import describe_data
from tests.campaigns.support import SECRET, add_subscribers
from tests.rendering.appeal.test_reference_codes import edit, find_codes
from tests.rendering.sample_issues import PUBLICATION, article, render_sample

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ADA, BEN, CLEO, DOV = (f"{name}@example.org" for name in ("ada", "ben", "cleo", "dov"))
STRANGER = "stranger@elsewhere.example"
HASHER = AddressHasher(SECRET)


def make_gifts(store: Store, *, matches: bool = True, now: datetime = NOW) -> GiftStore:
    """Return the gifts of *store*."""
    return GiftStore(store, secret=SECRET, clock=ManualClock(now), match_subscribers=matches)


def make_subscribers(store: Store) -> SubscriberStore:
    """Return the subscribers of *store*, as in a project."""
    return SubscriberStore(store, secret=SECRET, clock=ManualClock(NOW), gifts=givers)


def write(path: Path, *rows: str) -> Path:
    """Write a Donorbox export with *rows*."""
    heading = (
        "Donor Email,Donation Type,Amount,Currency,Receipt Id,Donated At,Recurring Plan Id,"
        "Amount Refunded,UTM Content"
    )
    path.write_text("\n".join((heading, *rows)) + "\n")
    return path


def read_donors(store: Store) -> dict[str, tuple[str, str]]:
    """Return the two attributes of each subscriber that has one of them."""
    with store.reading() as connection:
        rows = connection.execute(select(subscribers.c.email, subscribers.c.attributes)).all()
    return {
        row.email: (row.attributes.get("donor", ""), row.attributes.get("donor_since", ""))
        for row in rows
        if row.attributes
    }


EXPORT = (
    f"{ADA},monthly,5.00,EUR,1,2026-09-28 10:00:00,p1,",
    f"{ADA},monthly,5.00,EUR,2,2026-10-28 10:00:00,p1,",
    f"{BEN},one-time,20.00,EUR,3,2026-11-02 10:00:00,,",
    f"{CLEO.upper()},one-time,20.00,EUR,4,2025-10-02 10:00:00,,",
    f"{DOV},one-time,20.00,EUR,5,2026-11-20 10:00:00,,20.00",
    f"{STRANGER},one-time,20.00,EUR,6,2026-11-20 10:00:00,,",
    "not an address,one-time,20.00,EUR,7,2026-11-20 10:00:00,,",
)


@pytest.fixture
def readers(store: Store) -> Store:
    """A store with four subscribers."""
    add_subscribers(store, ADA, BEN, CLEO, DOV)
    return store


def dump(store: Store) -> str:
    """Return everything in the database."""
    with store.reading() as connection:
        names = inspect(connection).get_table_names()
        return "".join(repr(connection.execute(text(f'SELECT * FROM "{n}"')).all()) for n in names)


def test_subscribers_who_gave_are_marked(readers: Store, tmp_path: Path) -> None:
    """Monthly, once, or long ago; whose gift was given back did not give. Nothing is kept about anybody else."""
    path = write(tmp_path / "gifts.csv", *EXPORT)
    make_gifts(readers, matches=False).import_file(path)
    assert {} == read_donors(readers)

    for _ in range(2):
        make_gifts(readers).import_file(path)
        assert {
            ADA: ("monthly", "2026-09-28"),
            BEN: ("once", "2026-11-02"),
            CLEO: ("lapsed", "2025-10-02"),
        } == read_donors(readers)
    content = dump(readers)
    assert STRANGER not in content and HASHER.hash(STRANGER) not in content
    assert "not an address" not in content


def test_marks_follow_what_comes_later(readers: Store, tmp_path: Path) -> None:
    """A refund and a plan that stopped change them; so does a year; without the setting all of it goes."""
    make_gifts(readers).import_file(write(tmp_path / "a.csv", *EXPORT))
    later = (
        f"{BEN},one-time,20.00,EUR,3,2026-11-02 10:00:00,,20.00",
        f"{STRANGER},one-time,1.00,EUR,8,2026-12-30 10:00:00,,",
    )
    new = NOW + timedelta(days=30)
    make_gifts(readers, now=new).import_file(write(tmp_path / "b.csv", *later))

    assert {ADA: ("lapsed", "2026-10-28"), CLEO: ("lapsed", "2025-10-02")} == read_donors(readers)
    make_gifts(readers, matches=False).import_file(tmp_path / "b.csv")
    assert {} == read_donors(readers)
    assert () == make_subscribers(readers).get_details(parse_address(ADA)).gifts


def test_imported_values_stay_where_more_may_be_known(readers: Store, tmp_path: Path) -> None:
    """An imported `monthly` is kept; other values give way to gifts, and come back with none."""
    with readers.writing() as connection:
        for email, value in ((BEN, "monthly"), (CLEO, "once"), (DOV, "once")):
            connection.execute(
                update(subscribers)
                .where(subscribers.c.email == email)
                .values(attributes={"donor": value})
            )
    make_gifts(readers).import_file(write(tmp_path / "a.csv", *EXPORT))

    donors = read_donors(readers)
    assert (("monthly", ""), ("lapsed", "2025-10-02"), ("once", "")) == (
        donors[BEN],
        donors[CLEO],
        donors[DOV],
    )


def test_gifts_move_with_a_subscriber_and_are_erased_with_them(
    readers: Store, tmp_path: Path
) -> None:
    """Two subscribers who become one keep the gifts of both; old gifts find the new address; an erasure leaves none."""
    make_gifts(readers).import_file(write(tmp_path / "a.csv", *EXPORT))
    with readers.writing() as connection:
        assert change_address(connection, ADA, parse_address(DOV), HASHER.hash, source="", now=NOW)
    make_gifts(readers).import_file(
        write(tmp_path / "b.csv", f"{ADA},monthly,5.00,EUR,9,2026-11-28 10:00:00,p1,")
    )
    store = make_subscribers(readers)
    details = store.get_details(parse_address(DOV))

    assert ("monthly", "2026-09-28") == read_donors(readers)[DOV]
    assert [500, 500, 2000, 500] == [each["amount"] for each in details.gifts]
    assert [0, 0, 2000, 0] == [each["refunded"] for each in details.gifts]
    assert details.to_json()["gifts"] == list(details.gifts)
    texts = PageWriter(PUBLICATION).in_language("en")
    section = next(each for each in describe_data(details, texts) if each.title == "What you gave")
    monthly, once = "5.00 EUR (Give every month)", "0.00 EUR (Give once)"
    assert [monthly, monthly, once, monthly] == [row.value for row in section.rows]
    assert store.erase(parse_address(DOV))
    with readers.reading() as connection:
        rows = connection.execute(select(givers_table.c.transaction)).scalars().all()
    assert {"3", "4"} == set(rows)


@pytest.mark.parametrize(
    ("gifts", "expected"),
    [
        ([(NOW, False, 0)], ("once", "2026-12-01")),
        ([(NOW - timedelta(days=366), False, 0)], ("lapsed", "2025-11-30")),
        ([(NOW, False, 100)], None),
        ([(NOW, False, 99)], ("once", "2026-12-01")),
        ([(NOW - timedelta(days=44), True, 0)], ("monthly", "2026-10-18")),
        ([(NOW - timedelta(days=46), True, 0)], ("lapsed", "2026-10-16")),
        ([(NOW - timedelta(days=80), True, 0), (NOW, False, 0)], ("once", "2026-12-01")),
        ([(NOW - timedelta(days=80), True, 0), (NOW, True, 0)], ("monthly", "2026-09-12")),
        ([(NOW - timedelta(days=80), True, 0), (NOW, True, 100)], ("lapsed", "2026-09-12")),
    ],
)
def test_what_follows_from_gifts(
    gifts: list[tuple[datetime, bool, int]], expected: tuple[str, str] | None
) -> None:
    """A refund of everything takes a gift back, one of a part does not; a missing payment ends a plan."""
    payments = [
        Payment(
            processor="p",
            kind=PaymentKind.GIFT,
            transaction=str(number),
            plan="plan" if is_monthly else "",
            gave_at=at,
            minor=100,
            refunded=refunded,
            currency="EUR",
            is_monthly=is_monthly,
        )
        for number, (at, is_monthly, refunded) in enumerate(gifts)
    ]
    found = givers.find_donor(payments, {}, {"p": NOW}, now=NOW)

    assert expected == (found and (found.status.value, found.since.isoformat()))


def test_no_link_tells_who_gave() -> None:
    """The codes of variants by `donor` say nothing, and differ; a name that would is rejected."""
    variants = [
        {"when": f'donor = "{value}"', "heading": value} for value in ("monthly", "lapsed", "once")
    ]
    edition = render_sample(edit(article("Text.", title="Bell"), variants=variants))
    codes = {value: find_codes(edition, donor=value) for value in ("", "monthly", "lapsed", "once")}

    assert 4 == len({frozenset(each) for each in codes.values()})
    assert not any(
        word in code for each in codes.values() for code in each for word in list(codes)[1:]
    )
    with pytest.raises(Exception, match="would tell in every link that the reader gave"):
        edit(article("Text."), variants=[{**variants[0], "name": "monthly"}])


def test_project_reads_the_setting(tmp_path: Path) -> None:
    """It is off unless a project asks for it."""
    config = '[publication]\nname = "x"\nfrom = "x@example.org"\n'
    (tmp_path / "handbill.toml").write_text(config)
    assert not Project.open(tmp_path).config.gifts.match_subscribers
    (tmp_path / "handbill.toml").write_text(f"{config}[gifts]\nmatch_subscribers = true\n")
    assert replace(Project.open(tmp_path)).config.gifts.match_subscribers
