"""What the store contains about one recipient: exported for them, and erased on request."""

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


def make_subscriber_store(store: Store) -> SubscriberStore:
    """Return the subscribers of *store*, as in a project."""
    return SubscriberStore(
        store, secret=SECRET, clock=ManualClock(NOON), deliveries=delivery_queries
    )


def find_tables_with(store: Store, mailbox: str) -> list[str]:
    """Return the tables that contain *mailbox*."""
    names = ("subscribers", "deliveries", "suppressions", "memberships")
    with store.reading() as connection:
        return [
            name
            for name in names
            if mailbox in repr(connection.execute(text(f"SELECT * FROM {name}")).all())
        ]


def test_an_export_lists_deliveries(store: Store) -> None:
    """The export for a subscriber lists every campaign they were part of, and its state."""
    add_subscribers(store, *MAILBOXES)
    with make_service(store) as service:
        campaign = service.send(service.create(make_plan(list_name="weekly")).id)
    held = make_subscriber_store(store).get_details(GONE)
    assert [(campaign.id, "accepted")] == [(d["campaign"], d["state"]) for d in held.deliveries]


@pytest.mark.parametrize("is_on_list", [True, False])
def test_an_erased_recipient_is_nowhere_and_sent_nothing(store: Store, is_on_list: bool) -> None:
    """Counts stay correct, no personal data remains, and nothing more is sent."""

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
            mailbox: [name for name in find_tables_with(store, mailbox) if name == "deliveries"]
            for mailbox in (GONE.email, LAST.email)
        }
        assert make_subscriber_store(store).erase(GONE)
        assert make_subscriber_store(store).erase(LAST)
        assert [] == find_tables_with(store, GONE.email) + find_tables_with(store, LAST.email)

        service.resume(record.id)
        done = service.resume(record.id, scope=RetryScope.FAILED)

    assert list(MAILBOXES[1:5]) == list_sent_emails(sender)
    assert 6 == done.recipient_count
    assert () == make_subscriber_store(store).get_details(GONE).deliveries
