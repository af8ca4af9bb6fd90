"""Bring back a subscriber who unsubscribed or was suppressed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.errors import ConfigError
from pipeline.models.address import Address
from pipeline.models.subscriber import Subscriber, SubscriberState
from pipeline.subscribers import queries
from pipeline.subscribers.suppressions import get_suppression
from pipeline.subscribers.tables import memberships, subscribers, suppressions

#: The reason of the suppression of an address that was erased.
ERASED = "erased"


def resubscribe(
    connection: Connection,
    address: Address,
    digest: str,
    *,
    list_name: str,
    reason: str,
    at: datetime,
) -> str | None:
    """
    Subscribe *address* to a list again, and to no other.

    Returns:
        What that undoes, "unsubscribed from all lists, 2026-03-02"; None if it had not unsubscribed.

    Raises:
        ConfigError: It is suppressed or erased, or was never a subscriber.
    """
    _refuse_suppressed(connection, address, digest)
    found = queries.find_subscriber(connection, address.key)
    if found is None:
        raise ConfigError(
            f"{address.email} was never a subscriber. "
            f'Add them: handbill subscribers add {address.email} --list "{list_name}"'
        )
    left_everything = found.state is SubscriberState.UNSUBSCRIBED
    if not left_everything and list_name not in found.unsubscribed_lists:
        return None
    if left_everything:
        _unsubscribe_from_other_lists(connection, address.key, at=found.unsubscribed_at or at)
    _subscribe(connection, address.key, list_name, reason=reason, at=at)
    return _describe_unsubscription(found, list_name)


def unsuppress(connection: Connection, address: Address, digest: str) -> str | None:
    """
    Take *address* off the suppression list.

    Returns:
        What that undoes, "bounced, 2026-03-02"; None if it was not on the list.

    Raises:
        ConfigError: It was erased.
    """
    found = get_suppression(connection, digest)
    if found is None:
        return None
    _refuse_erased(address, found.reason)
    connection.execute(delete(suppressions).where(suppressions.c.digest == digest))
    return f"{found.reason}, {found.created_at.date().isoformat()}"


def _refuse_suppressed(connection: Connection, address: Address, digest: str) -> None:
    if found := get_suppression(connection, digest):
        _refuse_erased(address, found.reason)
        raise ConfigError(
            f"{address.email} is suppressed ({found.reason}). If it can be sent to again: "
            f'handbill subscribers unsuppress {address.email} --reason "…"'
        )


def _refuse_erased(address: Address, reason: str) -> None:
    if reason == ERASED:
        raise ConfigError(
            f"{address.email} was erased at its owner's request. No command brings it back."
        )


def _unsubscribe_from_other_lists(connection: Connection, key: str, *, at: datetime) -> None:
    """Record that a subscriber who left everything left each list: only the one they return to is theirs again."""
    ids = select(subscribers.c.id).where(subscribers.c.key == key)
    connection.execute(
        update(memberships)
        .where(memberships.c.subscriber_id.in_(ids), memberships.c.unsubscribed_at.is_(None))
        .values(unsubscribed_at=at)
    )


def _subscribe(
    connection: Connection, key: str, list_name: str, *, reason: str, at: datetime
) -> None:
    connection.execute(
        update(subscribers)
        .where(subscribers.c.key == key)
        .values(
            state=SubscriberState.CONFIRMED.value,
            unsubscribed_at=None,
            updated_at=at,
            consent="manual",
            consent_at=at,
            consent_source=reason,
        )
    )
    list_id = queries.get_or_create_list(connection, list_name, at=at)
    subscriber_id = connection.scalar(select(subscribers.c.id).where(subscribers.c.key == key))
    of_both = (memberships.c.list_id == list_id, memberships.c.subscriber_id == subscriber_id)
    updated = connection.execute(
        update(memberships).where(*of_both).values(unsubscribed_at=None, subscribed_at=at)
    )
    if not updated.rowcount:
        connection.execute(
            insert(memberships).values(
                list_id=list_id, subscriber_id=subscriber_id, subscribed_at=at
            )
        )


def _describe_unsubscription(found: Subscriber, list_name: str) -> str:
    if found.state is not SubscriberState.UNSUBSCRIBED:
        return f"unsubscribed from {list_name}"
    day = f", {found.unsubscribed_at.date().isoformat()}" if found.unsubscribed_at else ""
    return f"unsubscribed from all lists{day}"
