"""Bring back a subscriber who unsubscribed or was suppressed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete

from pipeline.errors import ConfigError
from pipeline.models.address import Address
from pipeline.models.subscriber import Consent, Subscriber, SubscriberState
from pipeline.subscribers import queries
from pipeline.subscribers.changes.subscribe import subscribe_to_list, unsubscribe_from_lists
from pipeline.subscribers.suppressions import get_suppression
from pipeline.subscribers.tables import suppressions

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
        unsubscribe_from_lists(connection, address.key, at=found.unsubscribed_at or at)
    consent = Consent(method="manual", at=at, source=reason)
    subscribe_to_list(connection, address.key, list_name, consent=consent, now=at)
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


def _describe_unsubscription(found: Subscriber, list_name: str) -> str:
    if found.state is not SubscriberState.UNSUBSCRIBED:
        return f"unsubscribed from {list_name}"
    day = f", {found.unsubscribed_at.date().isoformat()}" if found.unsubscribed_at else ""
    return f"unsubscribed from all lists{day}"
