"""Bring back a subscriber who unsubscribed or was suppressed; each return is recorded with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.errors import ConfigError
from pipeline.models.address import Address
from pipeline.models.subscriber import Subscriber, SubscriberState
from pipeline.subscribers import queries
from pipeline.subscribers.suppressions import get_suppression
from pipeline.subscribers.tables import memberships, returns, subscribers, suppressions

#: The reason of the suppression of an address that was erased.
ERASED = "erased"


@dataclass(frozen=True, kw_only=True, slots=True)
class Return:
    """
    A return of a subscriber.

    Args:
        action: "resubscribed" or "unsuppressed".
        list_name: The list, if they resubscribed.
        reason: How they given for it.
        previous: What it undid: when they had unsubscribed, or why they were suppressed.
    """

    action: str
    list_name: str | None
    reason: str
    previous: str
    created_at: datetime

    def to_json(self) -> dict[str, str | None]:
        """Return `{"action", "list", "reason", "previous", "created_at"}`."""
        return {
            "action": self.action,
            "list": self.list_name,
            "reason": self.reason,
            "previous": self.previous,
            "created_at": self.created_at.isoformat(),
        }


def resubscribe(
    connection: Connection,
    address: Address,
    digest: str,
    *,
    list_name: str,
    reason: str,
    at: datetime,
) -> bool:
    """
    Subscribe *address* to a list again, and to no other; return whether it had unsubscribed.

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
        return False
    if left_everything:
        _unsubscribe_from_other_lists(connection, address.key, at=found.unsubscribed_at or at)
    _subscribe(connection, address.key, list_name, reason=reason, at=at)
    previous = _describe_unsubscription(found, list_name)
    _record(connection, digest, "resubscribed", reason, previous, at=at, list_name=list_name)
    return True


def unsuppress(
    connection: Connection, address: Address, digest: str, *, reason: str, at: datetime
) -> bool:
    """
    Take *address* off the suppression list; return whether it was on it.

    Raises:
        ConfigError: It was erased.
    """
    found = get_suppression(connection, digest)
    if found is None:
        return False
    _refuse_erased(address, found.reason)
    connection.execute(delete(suppressions).where(suppressions.c.digest == digest))
    previous = f"{found.reason}, {found.created_at.date().isoformat()}"
    _record(connection, digest, "unsuppressed", reason, previous, at=at)
    return True


def find_returns(connection: Connection, digest: str) -> Sequence[Return]:
    """Return the returns of an address, oldest first."""
    rows = connection.execute(
        select(returns).where(returns.c.digest == digest).order_by(returns.c.id)
    )
    return [
        Return(
            action=row.action,
            list_name=row.list_name,
            reason=row.reason,
            previous=row.previous,
            created_at=row.created_at,
        )
        for row in rows
    ]


def erase_returns(connection: Connection, digest: str) -> None:
    """Delete the returns of an address."""
    connection.execute(delete(returns).where(returns.c.digest == digest))


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


def _record(
    connection: Connection,
    digest: str,
    action: str,
    reason: str,
    previous: str,
    *,
    at: datetime,
    list_name: str | None = None,
) -> None:
    connection.execute(
        insert(returns).values(
            digest=digest,
            action=action,
            list_name=list_name,
            reason=reason,
            previous=previous,
            created_at=at,
        )
    )
