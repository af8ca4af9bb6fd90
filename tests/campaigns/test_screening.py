"""Who was frozen and must not be sent to any more: found when their message is claimed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete, select, update

from pipeline.campaigns.delivery import freeze
from pipeline.campaigns.store.tables import deliveries
from pipeline.database import Store
from pipeline.subscribers.suppressions import AddressHasher, suppress
from pipeline.subscribers.tables import memberships, subscribers
from pipeline.testing import RecordingSender
from tests.campaigns.support import (
    NOON,
    SECRET,
    add_subscribers,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)

_PEOPLE = (
    "free",
    "suppressed",
    "moved",
    "moved-suppressed",
    "left",
    "unconfirmed",
    "paused",
    "gone",
)


def test_what_changed_since_the_freeze_counts(store: Store) -> None:
    """Each reason to send nothing is found, and told; a new address does not hide that the old one is suppressed."""
    add_subscribers(store, *(f"{name}@example.org" for name in _PEOPLE))
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    record = service.create(make_plan(list_name="weekly"))
    with service.start_process() as process:
        freeze.start_sending(service.context, record.id, process, is_attended=True)
        with store.writing() as connection:
            _change(connection)
        service.send(record.id, process=process)

    assert ["free@example.org", "moved@example.org"] == sorted(list_sent_emails(sender))
    assert {
        "free": None,
        "moved": None,
        "suppressed": "suppressed",
        "moved-suppressed": "suppressed",
        "left": "unsubscribed",
        "unconfirmed": "unsubscribed",
        "gone": "unsubscribed",
        "paused": "paused",
    } == _read_reasons(store)


def test_a_named_recipient_may_be_suppressed(store: Store) -> None:
    """An address that belongs to no subscriber is looked up by its keyed hash."""
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    record = service.create(make_plan(make_recipients(3)))
    with store.writing() as connection:
        _suppress(connection, "reader2@example.org")
    service.send(record.id)

    assert ["reader1@example.org", "reader3@example.org"] == list_sent_emails(sender)


def _change(connection: Connection) -> None:
    """Let something happen to everybody but one."""
    for name, values in (
        ("moved", {"key": "new@example.org"}),
        ("moved-suppressed", {"key": "newer@example.org", "digest": "another"}),
        ("unconfirmed", {"state": "unconfirmed"}),
        ("paused", {"paused_until": NOON + timedelta(days=1)}),
    ):
        key = f"{name}@example.org"
        connection.execute(update(subscribers).where(subscribers.c.key == key).values(values))
    for name in ("suppressed", "moved-suppressed"):
        _suppress(connection, f"{name}@example.org")
    left = select(subscribers.c.id).where(subscribers.c.key == "left@example.org")
    connection.execute(
        update(memberships)
        .where(memberships.c.subscriber_id == left.scalar_subquery())
        .values(unsubscribed_at=NOON)
    )
    gone = select(subscribers.c.id).where(subscribers.c.key == "gone@example.org").scalar_subquery()
    connection.execute(delete(memberships).where(memberships.c.subscriber_id == gone))
    connection.execute(delete(subscribers).where(subscribers.c.key == "gone@example.org"))


def _suppress(connection: Connection, mailbox: str) -> None:
    digest = AddressHasher(SECRET).hash(mailbox)
    suppress(connection, digest, email=mailbox, reason="asked", source="test", at=NOON)


def _read_reasons(store: Store) -> dict[str, str | None]:
    """Return why each was skipped, None if they were not, by the first part of the address."""
    with store.reading() as connection:
        rows = connection.execute(select(deliveries.c.mailbox, deliveries.c.reason)).all()
    return {row.mailbox.partition("@")[0]: row.reason for row in rows}
