"""Change the address of a subscriber, and remember the former one, by which old links and erasures find them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from pipeline.database import insert_or_ignore
from pipeline.models.address import Address
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.suppressions import get_suppression, remove, suppress
from pipeline.subscribers.tables import former_addresses, givers, memberships, subscribers, tags

#: The reason of the suppression of a former address: no import adds it, nothing is sent there.
MOVED = "moved"
_F = former_addresses.c


def can_receive(connection: Connection, key: str, digest: str) -> bool:
    """
    Whether somebody may ask for email to the address *key*, with the hash *digest*.

    Not if its owner left, or if it is suppressed: nobody is written to again because somebody else typed their address.
    """
    found = get_suppression(connection, digest)
    if found is not None and found.reason != MOVED:
        return False
    state = connection.scalar(select(subscribers.c.state).where(subscribers.c.key == key))
    return state != SubscriberState.UNSUBSCRIBED.value


def change_address(
    connection: Connection,
    key: str,
    address: Address,
    hash_address: Callable[[str], str],
    *,
    source: str,
    now: datetime,
) -> bool:
    """
    Change the address of the subscriber *key*, who confirmed the new one; return whether that was possible.

    If it belongs to a subscriber already, they become one: with all lists that either is on. The former address is
    suppressed.

    Args:
        hash_address: Returns the keyed hash of an address key.
        source: Of the suppression.
    """
    old = _find(connection, key)
    digest = hash_address(address.key)
    if old is None or address.key == key or not can_receive(connection, address.key, digest):
        return False
    remove(connection, digest, reason=MOVED)
    connection.execute(delete(former_addresses).where(_F.key == address.key))
    other = _find(connection, address.key)
    if other is None:
        values = {"key": address.key, "digest": digest, "email": address.email, "updated_at": now}
        connection.execute(update(subscribers).where(subscribers.c.id == old.id).values(values))
    else:
        _merge(connection, old, other, now)
    kept_id = old.id if other is None else other.id
    suppress(connection, old.digest, email=old.email, reason=MOVED, source=source, at=now)
    row = {"key": key, "email": old.email, "subscriber_id": kept_id, "changed_at": now}
    connection.execute(insert(former_addresses).values(row))
    return True


def find_current_key(connection: Connection, key: str) -> str:
    """Return the address key that the subscriber with the former or current *key* has now."""
    query = (
        select(subscribers.c.key)
        .join(former_addresses, _F.subscriber_id == subscribers.c.id)
        .where(_F.key == key)
    )
    return connection.scalar(query) or key


def find_keys(connection: Connection, key: str) -> list[str]:
    """Return all address keys of the person with *key*, the current one first; those of nobody are just *key*."""
    current = find_current_key(connection, key)
    former = (
        select(_F.key)
        .join(subscribers, subscribers.c.id == _F.subscriber_id)
        .where(subscribers.c.key == current)
        .order_by(_F.changed_at)
    )
    return list(dict.fromkeys((current, *connection.scalars(former), key)))


def find_former_emails(connection: Connection, key: str) -> tuple[str, ...]:
    """Return the addresses that the subscriber *key* had before, the first one first."""
    query = (
        select(_F.email)
        .join(subscribers, subscribers.c.id == _F.subscriber_id)
        .where(subscribers.c.key == key)
        .order_by(_F.changed_at)
    )
    return tuple(connection.scalars(query))


def find_recent_owner(connection: Connection, key: str, since: datetime) -> Address | None:
    """Return the address that the subscriber *key* had before the first change since that time, None without one."""
    query = (
        select(_F.email)
        .join(subscribers, subscribers.c.id == _F.subscriber_id)
        .where(subscribers.c.key == key, _F.changed_at > since)
        .order_by(_F.changed_at)
        .limit(1)
    )
    email: str | None = connection.scalar(query)
    return Address(email=email) if email else None


def _find(connection: Connection, key: str) -> Row[Any] | None:  # Any: columns of the table
    return connection.execute(select(subscribers).where(subscribers.c.key == key)).one_or_none()


def _merge(connection: Connection, old: Row[Any], other: Row[Any], now: datetime) -> None:
    """Make the subscriber *other* what both are, and delete *old*."""
    values = {
        "name": other.name or old.name,
        "language": other.language or old.language,
        "zone": other.zone or old.zone,
        "attributes": {**old.attributes, **other.attributes},
        "state": old.state,
        "paused_until": old.paused_until,
        "updated_at": now,
    }
    connection.execute(update(subscribers).where(subscribers.c.id == other.id).values(values))
    _merge_lists(connection, old.id, other.id)
    rows = connection.scalars(select(tags.c.tag).where(tags.c.subscriber_id == old.id)).all()
    insert_or_ignore(connection, tags, [{"subscriber_id": other.id, "tag": tag} for tag in rows])
    connection.execute(
        update(former_addresses).where(_F.subscriber_id == old.id).values(subscriber_id=other.id)
    )
    connection.execute(
        update(givers).where(givers.c.subscriber_id == old.id).values(subscriber_id=other.id)
    )
    connection.execute(delete(subscribers).where(subscribers.c.id == old.id))


def _merge_lists(connection: Connection, old_id: int, other_id: int) -> None:
    """Put the subscriber *other_id* on the lists of *old_id*; a list that only one of them left stays."""
    current = (
        select(memberships.c.list_id)
        .where(memberships.c.subscriber_id == old_id, memberships.c.unsubscribed_at.is_(None))
        .scalar_subquery()
    )
    connection.execute(
        update(memberships)
        .where(memberships.c.subscriber_id == other_id, memberships.c.list_id.in_(current))
        .values(unsubscribed_at=None)
    )
    rows = connection.execute(
        select(memberships).where(memberships.c.subscriber_id == old_id)
    ).mappings()
    copies = [{**row, "subscriber_id": other_id} for row in rows]
    insert_or_ignore(connection, memberships, copies)
