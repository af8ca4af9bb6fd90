"""What somebody is subscribed to, as a page for them needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, select

from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.tables import lists, memberships, subscribers, suppressions


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """
    How an address stands to one list.

    Args:
        language: Of the subscriber, None if it is not known.
        is_known: Whether there is such a subscriber.
        on_list: Whether they are on the list, even if they left everything.
        left_all_at: When they unsubscribed from everything, None if they did not.
        is_suppressed: Whether the address is on the suppression list.
    """

    language: str | None = None
    is_known: bool = False
    on_list: bool = False
    left_all_at: datetime | None = None
    is_suppressed: bool = False


_MEMBERSHIP = and_(
    memberships.c.subscriber_id == subscribers.c.id,
    memberships.c.unsubscribed_at.is_(None),
    memberships.c.list_id.in_(select(lists.c.id).where(lists.c.name == bindparam("list_name"))),
)
_SUBSCRIPTION = (
    select(
        subscribers.c.language,
        subscribers.c.state,
        subscribers.c.unsubscribed_at,
        subscribers.c.updated_at,
        memberships.c.list_id,
    )
    .select_from(subscribers)
    .join(memberships, _MEMBERSHIP, isouter=True)
    .where(subscribers.c.key == bindparam("key"))
)
_SUPPRESSED = select(suppressions.c.digest).where(suppressions.c.digest == bindparam("digest"))


def find_subscription(
    connection: Connection, key: str, digest: str, list_name: str | None
) -> Subscription:
    """Return how the address *key*, with the hash *digest*, stands to the list *list_name*."""
    row = connection.execute(_SUBSCRIPTION, {"key": key, "list_name": list_name}).one_or_none()
    is_suppressed = connection.scalar(_SUPPRESSED, {"digest": digest}) is not None
    if row is None:
        return Subscription(is_suppressed=is_suppressed)
    has_left = row.state == SubscriberState.UNSUBSCRIBED.value
    return Subscription(
        language=row.language,
        is_known=True,
        on_list=row.list_id is not None,
        left_all_at=(row.unsubscribed_at or row.updated_at) if has_left else None,
        is_suppressed=is_suppressed,
    )
