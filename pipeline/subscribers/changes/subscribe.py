"""Subscribe somebody to a list because they, or the owner of the publication for them, decided so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.models.address import Address
from pipeline.models.subscriber import Consent, SubscriberState
from pipeline.subscribers import queries
from pipeline.subscribers.changes.address_changes import MOVED
from pipeline.subscribers.suppressions import get_suppression, remove
from pipeline.subscribers.tables import former_addresses, memberships, subscribers


def subscribe_owner(
    connection: Connection,
    address: Address,
    digest: str,
    *,
    list_name: str,
    consent: Consent,
    now: datetime,
) -> bool:
    """
    Subscribe the owner of *address*, who confirmed it, to a list; return whether that is possible and a change.

    Whoever had left everything, or never confirmed, is on no other list afterwards.

    Args:
        digest: The keyed hash of the address.
    """
    suppression = get_suppression(connection, digest)
    if suppression is not None and suppression.reason != MOVED:
        return False
    found = queries.find_subscriber(connection, address.key)
    if found is None:
        remove(connection, digest, reason=MOVED)
        connection.execute(delete(former_addresses).where(former_addresses.c.key == address.key))
        _insert(connection, address, digest, now)
    elif found.state is SubscriberState.CONFIRMED:
        if list_name in found.lists:
            return False
    else:
        unsubscribe_from_lists(connection, address.key, at=found.unsubscribed_at or now)
    subscribe_to_list(connection, address.key, list_name, consent=consent, now=now)
    return True


def unsubscribe_from_lists(connection: Connection, key: str, *, at: datetime) -> None:
    """Record that a subscriber left each of their lists: only one that they return to is theirs again."""
    ids = select(subscribers.c.id).where(subscribers.c.key == key)
    connection.execute(
        update(memberships)
        .where(memberships.c.subscriber_id.in_(ids), memberships.c.unsubscribed_at.is_(None))
        .values(unsubscribed_at=at)
    )


def subscribe_to_list(
    connection: Connection, key: str, list_name: str, *, consent: Consent, now: datetime
) -> None:
    """Put the subscriber *key* on a list, and store how they gave consent."""
    connection.execute(
        update(subscribers)
        .where(subscribers.c.key == key)
        .values(
            state=SubscriberState.CONFIRMED.value,
            unsubscribed_at=None,
            updated_at=now,
            consent=consent.method,
            consent_at=consent.at,
            consent_source=consent.source,
        )
    )
    list_id = queries.get_or_create_list(connection, list_name, at=now)
    subscriber_id = connection.scalar(select(subscribers.c.id).where(subscribers.c.key == key))
    of_both = (memberships.c.list_id == list_id, memberships.c.subscriber_id == subscriber_id)
    updated = connection.execute(
        update(memberships).where(*of_both).values(unsubscribed_at=None, subscribed_at=now)
    )
    if not updated.rowcount:
        connection.execute(
            insert(memberships).values(
                list_id=list_id, subscriber_id=subscriber_id, subscribed_at=now
            )
        )


def _insert(connection: Connection, address: Address, digest: str, now: datetime) -> None:
    row = {
        "key": address.key,
        "digest": digest,
        "email": address.email,
        "name": "",
        "state": SubscriberState.CONFIRMED.value,
        "attributes": {},
        "consent": "",
        "consent_source": "",
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(insert(subscribers), row)
