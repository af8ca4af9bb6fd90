"""A desk without a project: what the tests of sending share."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from pipeline.campaigns import Desk, Kind, Means, Plan
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.mail import UNSIGNED
from pipeline.models.address import Address
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.senders import Sender
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.subscribers.tables import lists, memberships, subscribers
from pipeline.testing import ManualClock, RecordingSender
from tests.mail.samples import edition

SECRET = b"plum-jam"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def desk(store: Store, *, sender: Sender | None = None, clock: Clock | None = None) -> Desk:
    """Return a desk over *store*, by whose senders every name means *sender*."""
    return Desk(
        Means(
            store=store,
            clock=clock or ManualClock(NOON),
            secret=SECRET,
            open_sender=lambda _: sender or RecordingSender(),
            signing=lambda _: UNSIGNED,
            token_of=lambda mailbox: hashlib.sha256(mailbox.encode()).hexdigest()[:8],
            digest_of=AddressHasher(SECRET).hash,
            chance=lambda: 0.0,
        )
    )


def people(count: int, *, start: int = 1) -> list[Recipient]:
    """Return *count* readers."""
    return [
        Recipient(address=Address(email=f"reader{n}@example.org"))
        for n in range(start, start + count)
    ]


def wish(
    people: Sequence[Recipient] | None = None,
    *,
    of: Edition | None = None,
    at: datetime = NOON,
    delivers_mail: bool = True,
    **more: object,
) -> Plan:
    """Return a plan."""
    return Plan(
        **{  # type: ignore[arg-type]  # each as the plan has it
            "edition": of or edition(),
            "subject": "News",
            "sender": "relay",
            "kind": Kind.CAMPAIGN,
            "delivers_mail": delivers_mail,
            "people": people,
            "at": at,
            "zone": "Europe/London",
            **more,
        }
    )


def subscribe(store: Store, *emails: str, list: str = "weekly", zone: str | None = None) -> None:
    """Put *emails* on *list*, made if need be."""
    digests = AddressHasher(SECRET)
    with store.writing() as connection:
        number = connection.scalar(select(lists.c.id).where(lists.c.name == list))
        if number is None:
            made = insert(lists).values(name=list, created_at=NOON).returning(lists.c.id)
            number = connection.scalar(made)
        for email in emails:
            row = insert(subscribers).values(
                key=email,
                digest=digests.hash(email),
                email=email,
                name="",
                state="confirmed",
                zone=zone,
                attributes={},
                consent="import",
                consent_source="test",
                created_at=NOON,
                updated_at=NOON,
            )
            subscriber = connection.scalar(row.returning(subscribers.c.id))
            connection.execute(
                insert(memberships).values(
                    list_id=number, subscriber_id=subscriber, subscribed_at=NOON
                )
            )


def mailed(sender: RecordingSender) -> list[str]:
    """Return the addresses *sender* accepted messages for, in order."""
    return [message.recipient.email for message in sender.accepted]


def database(folder: Path) -> str:
    """Return the address of a SQLite store in *folder*."""
    return f"sqlite:///{folder}/handbill.db"
