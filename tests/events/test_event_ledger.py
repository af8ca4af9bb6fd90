"""Each event is recorded once, and changes what the rules say, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, permutations

import pytest
from sqlalchemy import select

from pipeline.campaigns.store.tables import deliveries
from pipeline.database import Store
from pipeline.events import EventStore, event_rows
from pipeline.models.address import parse_address
from pipeline.models.event import BounceClass, Event, EventKind
from pipeline.recipient_tokens import TokenPurpose
from pipeline.subscribers.queries import find_subscriber
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.subscribers.tables import memberships, subscribers, suppressions
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, SECRET, add_subscribers, make_plan, make_service

ADDRESSES = [f"r{number}@example.org" for number in range(1, 7)]
_KEYS = count(1)


@pytest.fixture
def sent(store: Store) -> RecordingSender:
    """A campaign to six subscribers of a list, sent."""
    add_subscribers(store, *ADDRESSES)
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    service.send(service.create(make_plan(list_name="weekly")).id)
    return sender


@pytest.fixture
def ledger(store: Store) -> EventStore:
    return EventStore(store, secret=SECRET, clock=ManualClock(NOON))


def make_event(kind: EventKind, sequence: int = 1, at: datetime = NOON, **fields: object) -> Event:
    values = {"source": "mailbox", "source_key": str(next(_KEYS)), "campaign": 1} | fields
    return Event(
        kind=kind,
        at=at,
        sequence=sequence,
        mailbox=ADDRESSES[sequence - 1],
        **values,  # type: ignore[arg-type]
    )


def read_state(store: Store, sequence: int = 1) -> str:
    with store.reading() as connection:
        return str(
            connection.scalar(select(deliveries.c.state).where(deliveries.c.sequence == sequence))
        )


def is_suppressed(store: Store, sequence: int = 1) -> bool:
    digest = AddressHasher(SECRET).hash(ADDRESSES[sequence - 1])
    with store.reading() as connection:
        query = select(suppressions.c.digest).where(suppressions.c.digest == digest)
        return connection.scalar(query) is not None


def is_on_list(store: Store, sequence: int = 1) -> bool:
    with store.reading() as connection:
        query = (
            select(memberships.c.unsubscribed_at, subscribers.c.state)
            .join(subscribers, subscribers.c.id == memberships.c.subscriber_id)
            .where(subscribers.c.key == ADDRESSES[sequence - 1])
        )
        left_at, state = connection.execute(query).one()
        return left_at is None and state == "confirmed"


def test_a_bounce_of_a_mailbox_that_is_gone_suppresses(
    store: Store, sent: RecordingSender, ledger: EventStore
) -> None:
    """The delivery is bounced and the address is never sent to again; the ledger says so."""
    event = make_event(EventKind.BOUNCED, bounce_class=BounceClass.GONE, enhanced_code="5.1.1")
    report = ledger.record([event])
    assert "bounced; suppressed (bounced)" == report.recorded[0].effect
    assert ("bounced", True) == (read_state(store), is_suppressed(store))


@pytest.mark.parametrize("bounce_class", [c for c in BounceClass if c is not BounceClass.GONE])
def test_no_other_bounce_suppresses_at_once(
    store: Store, sent: RecordingSender, ledger: EventStore, bounce_class: BounceClass
) -> None:
    """A full mailbox, our reputation, the content: none of them is a reason to drop somebody at once."""
    ledger.record([make_event(EventKind.BOUNCED, bounce_class=bounce_class)])
    assert ("bounced", False) == (read_state(store), is_suppressed(store))


def test_a_mailbox_full_for_weeks_is_suppressed(
    store: Store, sent: RecordingSender, ledger: EventStore
) -> None:
    """Three days over a fortnight; fewer days, a shorter time, or a delivery in between are not enough."""
    days = {1: (0, 7, 14), 2: (0, 1, 2), 3: (0, 14), 4: (0, 7, 14)}
    for sequence, offsets in days.items():
        for offset in offsets:
            at = NOON + timedelta(days=offset)
            ledger.record(
                [make_event(EventKind.BOUNCED, sequence, at, bounce_class=BounceClass.FULL)]
            )
        if sequence == 4:
            continue
        assert (sequence == 1) is is_suppressed(store, sequence)
    assert is_suppressed(store, 4)


def test_a_delivery_between_two_bounces_proves_a_full_mailbox_alive(
    store: Store, sent: RecordingSender, ledger: EventStore
) -> None:
    """What was delivered after the first bounces starts the count again."""
    for offset in (0, 7):
        at = NOON + timedelta(days=offset)
        ledger.record([make_event(EventKind.BOUNCED, 1, at, bounce_class=BounceClass.FULL)])
    ledger.record([make_event(EventKind.DELIVERED, 1, NOON + timedelta(days=8))])
    at = NOON + timedelta(days=16)
    ledger.record([make_event(EventKind.BOUNCED, 1, at, bounce_class=BounceClass.FULL)])
    assert not is_suppressed(store)


def send_monthly(store: Store, ledger: EventStore, month: int) -> list[int]:
    """Send one more campaign, *month* months after the first; return its number for each of the six."""
    at = NOON + timedelta(days=30 * month)
    service = make_service(store, sender=RecordingSender(), clock=ManualClock(at))
    record = service.create(make_plan(list_name="weekly", at=at), allow_repeat=True)
    service.send(record.id)
    number = ledger.find_campaign_number(record.id)
    assert number
    return [number] * len(ADDRESSES)


@pytest.mark.parametrize(
    ("months", "unless", "expected"),
    [
        (5, "", True),
        (4, "", False),
        (5, "one message arrived", False),
        (5, "it replied in between", False),
        (5, "its domain returns everything", False),
    ],
)
def test_an_address_that_bounces_for_months_is_suppressed(
    store: Store,
    sent: RecordingSender,
    ledger: EventStore,
    months: int,
    unless: str,
    expected: bool,
) -> None:
    """Bounces without a reason, of five campaigns over three months, and nothing that speaks for the address."""
    for month in range(1, months + 1):
        [number, *_] = send_monthly(store, ledger, month)
        at = NOON + timedelta(days=30 * month, hours=1)
        if month == 3 and "replied" in unless:
            ledger.record([make_event(EventKind.REPLIED, 1, at, campaign=number)])
        if month == 3 and "arrived" in unless:
            extra = send_monthly(store, ledger, month)
            assert number != extra[0]
        people = range(1, 7) if "domain" in unless else (1,)
        ledger.record(
            [
                make_event(
                    EventKind.BOUNCED, each, at, campaign=number, bounce_class=BounceClass.UNKNOWN
                )
                for each in people
            ]
        )
    assert expected is is_suppressed(store)


def test_the_same_event_counts_once(
    store: Store, sent: RecordingSender, ledger: EventStore
) -> None:
    """Providers report more than once; in one batch or later, the second report changes nothing."""
    event = make_event(EventKind.DELIVERED)
    assert (1, 1) == (len((first := ledger.record([event, event])).recorded), first.repeated)
    assert 1 == ledger.record([event]).repeated
    assert 1 == len(list(ledger.list_events()))


def test_deliveries_only_move_forward(
    store: Store, sent: RecordingSender, ledger: EventStore
) -> None:
    """Whatever the order of arrival, a complaint is not overwritten by what happened before it."""
    kinds = (EventKind.DELIVERED, EventKind.BOUNCED, EventKind.COMPLAINED)
    for sequence, order in enumerate(permutations(kinds), start=1):
        for kind in order:
            ledger.record([make_event(kind, sequence)])
        assert "complained" == read_state(store, sequence)


def test_the_later_event_counts(store: Store, sent: RecordingSender, ledger: EventStore) -> None:
    """Of unsubscribing and taking it back, the later one counts, even if it arrives first."""
    later = NOON + timedelta(hours=1)
    left = make_event(EventKind.UNSUBSCRIBED, list_name="weekly")
    back = make_event(EventKind.RESUBSCRIBED, at=later, list_name="weekly")
    ledger.record([left])
    assert not is_on_list(store)
    ledger.record([back])
    assert is_on_list(store)
    ledger.record([make_event(EventKind.RESUBSCRIBED, 2, later, list_name="weekly")])
    ledger.record([make_event(EventKind.UNSUBSCRIBED, 2, list_name="weekly")])
    assert is_on_list(store, 2)


def test_who_left_everything_and_signs_up_is_on_that_list_only(
    store: Store, sent: RecordingSender, ledger: EventStore
) -> None:
    """The later of the two counts, even if it arrives first; an address of somebody else subscribes nobody."""
    later = NOON + timedelta(hours=1)
    ledger.record([make_event(EventKind.UNSUBSCRIBED)])
    signed_up = make_event(EventKind.SUBSCRIBED, 1, later, list_name="board", text=ADDRESSES[0])
    (recorded,) = ledger.record([signed_up]).recorded
    assert "subscribed to board" == recorded.effect
    with store.reading() as connection:
        found = find_subscriber(connection, ADDRESSES[0])
    assert found
    assert (("board",), ("weekly",)) == (found.lists, found.unsubscribed_lists)
    ledger.record([make_event(EventKind.UNSUBSCRIBED, 2, later)])
    late = make_event(EventKind.SUBSCRIBED, 2, list_name="weekly", text=ADDRESSES[1])
    other = make_event(EventKind.SUBSCRIBED, 2, later, list_name="weekly", text=ADDRESSES[0])
    assert ["", ""] == [each.effect for each in ledger.record([late, other]).recorded]
    assert not is_on_list(store, 2)


def test_unsubscribing_from_everything(
    store: Store, sent: RecordingSender, ledger: EventStore
) -> None:
    """Without a list, the subscriber leaves all of them."""
    report = ledger.record([make_event(EventKind.UNSUBSCRIBED)])
    assert "unsubscribed from everything" == report.recorded[0].effect
    assert not is_on_list(store)


def test_tokens_of_a_sent_message_lead_to_its_recipient(
    store: Store, sent: RecordingSender, ledger: EventStore
) -> None:
    """The token in the Message-ID names the message; for another purpose or changed it names nobody."""
    message = sent.accepted[2]
    token = message.message_id.strip("<>").partition("@")[0]
    target = ledger.find_target(token, TokenPurpose.MESSAGE)
    assert target is not None
    assert (ADDRESSES[2], "weekly", 3) == (target.mailbox, target.list_name, target.sequence)
    assert ledger.find_target(token, TokenPurpose.BOUNCE) is None
    assert (
        ledger.find_target(f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}", TokenPurpose.MESSAGE)
        is None
    )
    other = EventStore(store, secret=b"quince", clock=ManualClock(NOON))
    assert other.find_target(token, TokenPurpose.MESSAGE) is None


def test_events_are_found_by_kind_and_recipient(sent: RecordingSender, ledger: EventStore) -> None:
    """The list can be narrowed, is newest first, and names the campaign."""
    ledger.record([make_event(EventKind.REPLIED, 1), make_event(EventKind.DELIVERED, 2)])
    assert [2, 1] == [each.number for each in ledger.list_events()]
    assert [1] == [each.number for each in ledger.list_events(kind=EventKind.REPLIED)]
    (found,) = ledger.list_events(mailbox=ADDRESSES[1])
    assert found == ledger.get_event(2)
    assert found.campaign_id


def test_responses_of_a_campaign_are_counted(
    store: Store, sent: RecordingSender, ledger: EventStore
) -> None:
    """Each recipient is counted once for each kind and class of bounce, and in words only what came back."""
    bounces = {BounceClass.GONE: (1, 2, 2), BounceClass.FULL: (3,)}
    for bounce_class, sequences in bounces.items():
        ledger.record(
            [make_event(EventKind.BOUNCED, n, bounce_class=bounce_class) for n in sequences]
        )
    others = (EventKind.UNSUBSCRIBED, EventKind.RESUBSCRIBED, EventKind.REPLIED, EventKind.REPLIED)
    ledger.record([make_event(kind, 4, NOON + timedelta(hours=n)) for n, kind in enumerate(others)])
    ledger.record([make_event(EventKind.COMPLAINED, 5, campaign=None)])
    found = next(ledger.list_events(mailbox=ADDRESSES[0]))
    assert found.campaign_id
    assert [
        (3, "bounced (address does not exist: 2, mailbox full: 1)"),
        (1, "unsubscribed (1 took it back)"),
        (1, "replied"),
    ] == list(ledger.count_responses(found.campaign_id).describe())
    assert [] == list(ledger.count_responses("another").describe())


@pytest.mark.parametrize(
    "event",
    [
        make_event(EventKind.BOUNCED, bounce_class=BounceClass.GONE),
        make_event(EventKind.COMPLAINED),
    ],
    ids=lambda event: event.kind.value,
)
def test_an_old_report_does_not_undo_a_later_decision(
    store: Store, sent: RecordingSender, ledger: EventStore, event: Event
) -> None:
    """What happened before an address was unsuppressed does not suppress it again; what happens later does."""
    address = parse_address(ADDRESSES[0])
    later = ManualClock(NOON + timedelta(days=2))
    subscribers = SubscriberStore(store, secret=SECRET, clock=later, events=event_rows)
    ledger.record([event])
    assert subscribers.unsuppress(address, reason="a slip of the pen")
    ledger.record([replace(event, source_key="reported twice")])
    assert not is_suppressed(store)
    ledger.record([replace(event, source_key="again", at=NOON + timedelta(days=3))])
    assert is_suppressed(store)
