"""What the ledger holds about one person: shown to them, and erased on their word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from pipeline.campaigns import RetryScope, parse_first_batch
from pipeline.campaigns.store import delivery_queries
from pipeline.database import Store
from pipeline.models.address import parse_address
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import (
    NOON,
    SECRET,
    add_subscribers,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)

MAILBOXES = tuple(f"reader{number}@example.org" for number in range(1, 7))
GONE = parse_address(MAILBOXES[0])
LAST = parse_address(MAILBOXES[-1])


def roll_of(store: Store) -> SubscriberStore:
    """Return the roll of *store*, as a project has it."""
    return SubscriberStore(
        store, secret=SECRET, clock=ManualClock(NOON), deliveries=delivery_queries
    )


def is_named(store: Store, mailbox: str) -> list[str]:
    """Return the tables that hold *mailbox*."""
    names = ("subscribers", "deliveries", "suppressions", "memberships")
    with store.reading() as connection:
        return [
            name
            for name in names
            if mailbox in repr(connection.execute(text(f"SELECT * FROM {name}")).all())
        ]


def test_a_person_can_be_shown_what_they_were_sent(store: Store) -> None:
    """The copy for a person lists every campaign they were part of, and how far it came."""
    add_subscribers(store, *MAILBOXES)
    with make_service(store) as service:
        campaign = service.send(service.create(make_plan(list_name="weekly")).id)
    held = roll_of(store).get_details(GONE)
    assert [(campaign.id, "accepted")] == [(d["campaign"], d["state"]) for d in held.deliveries]


@pytest.mark.parametrize("is_on_list", [True, False])
def test_who_is_erased_is_named_nowhere_and_sent_nothing_more(
    store: Store, is_on_list: bool
) -> None:
    """Whether their turn had come or not: counts hold, nobody is named, and nothing takes them up again."""

    def refusing_first(message: Message) -> Receipt:
        words = f"<{message.recipient.email}>: not today"
        state = DeliveryState.REFUSED if message.sequence == 1 else DeliveryState.ACCEPTED
        return Receipt(sequence=message.sequence, state=state, response=words)

    if is_on_list:
        add_subscribers(store, *MAILBOXES)
    who = make_plan(list_name="weekly") if is_on_list else make_plan(make_recipients(6))
    sender = RecordingSender(refusing_first)
    with make_service(store, sender=sender) as service:
        record = service.create(replace(who, first_batch=parse_first_batch("3")))
        service.send(record.id)
        assert list(MAILBOXES[1:3]) == list_sent_emails(sender)
        assert {GONE.email: ["deliveries"], LAST.email: ["deliveries"]} == {
            mailbox: [name for name in is_named(store, mailbox) if name == "deliveries"]
            for mailbox in (GONE.email, LAST.email)
        }
        assert roll_of(store).erase(GONE)
        assert roll_of(store).erase(LAST)
        assert [] == is_named(store, GONE.email) + is_named(store, LAST.email)

        service.resume(record.id)
        done = service.resume(record.id, scope=RetryScope.FAILED)

    assert list(MAILBOXES[1:5]) == list_sent_emails(sender)
    assert 6 == done.recipient_count
    assert () == roll_of(store).get_details(GONE).deliveries
