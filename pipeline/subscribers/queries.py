"""Queries and updates of the subscriber tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    update,
)

from pipeline.database import UtcDateTime, in_values, insert_or_ignore
from pipeline.models.address import Address
from pipeline.models.subscriber import Consent, Subscriber, SubscriberState
from pipeline.subscribers.segment_sql import IS_SUPPRESSED, is_on_list
from pipeline.subscribers.tables import lists, memberships, subscribers, suppressions, tags

_CONFIRMED = SubscriberState.CONFIRMED.value
_UNSUBSCRIBED = SubscriberState.UNSUBSCRIBED.value

# Built once: these run for every press of a button, and building one takes longer than running it.
_AT: Any = bindparam("new_at", type_=UtcDateTime())  # Any: a value for any column
_OF_KEY = subscribers.c.key == bindparam("of_key")
_OF_LIST = and_(
    memberships.c.list_id.in_(select(lists.c.id).where(lists.c.name == bindparam("of_list"))),
    memberships.c.subscriber_id.in_(select(subscribers.c.id).where(_OF_KEY)),
)
_IS_KNOWN = select(subscribers.c.id).where(_OF_KEY)
_LEAVE_ALL = (
    update(subscribers)
    .where(_OF_KEY, subscribers.c.state != _UNSUBSCRIBED)
    .values(state=_UNSUBSCRIBED, unsubscribed_at=_AT, updated_at=_AT)
)
_RETURN_TO_ALL = (
    update(subscribers)
    .where(_OF_KEY, subscribers.c.state == _UNSUBSCRIBED)
    .values(state=_CONFIRMED, unsubscribed_at=None, updated_at=_AT)
)
_LEAVE_LIST = (
    update(memberships)
    .where(memberships.c.unsubscribed_at.is_(None), _OF_LIST)
    .values(unsubscribed_at=_AT)
)
_UNTIL: Any = bindparam("new_until", type_=UtcDateTime())  # Any: as above
_PAUSE = (
    update(subscribers)
    .where(
        _OF_KEY,
        or_(subscribers.c.paused_until.is_(None), subscribers.c.paused_until != _UNTIL),
    )
    .values(paused_until=_UNTIL, updated_at=_AT)
)
_RESUME = (
    update(subscribers)
    .where(_OF_KEY, subscribers.c.paused_until.is_not(None))
    .values(paused_until=None, updated_at=_AT)
)
_RETURN_TO_LIST = (
    update(memberships)
    .where(memberships.c.unsubscribed_at.is_not(None), _OF_LIST)
    .values(unsubscribed_at=None)
)


def get_or_create_list(connection: Connection, name: str, *, at: datetime) -> int:
    """Return the id of the list *name*; create the list if it does not exist."""
    query = select(lists.c.id).where(lists.c.name == name)
    if connection.scalar(query) is None:
        insert_or_ignore(connection, lists, [{"name": name, "created_at": at}])
    return int(connection.scalars(query).one())


def count_lists(connection: Connection, *, now: datetime) -> Sequence[Row[Any]]:
    """
    Return a row for each list: `name`, `reachable`, `paused`, `unconfirmed`, `suppressed`, `unsubscribed`.

    Each subscriber of a list is counted once; *reachable* are those that a campaign would be sent to.
    """
    is_unsubscribed = or_(
        memberships.c.unsubscribed_at.is_not(None), subscribers.c.state == _UNSUBSCRIBED
    )
    is_confirmed = subscribers.c.state == _CONFIRMED
    is_paused = and_(subscribers.c.paused_until.is_not(None), subscribers.c.paused_until > now)
    conditions = {
        "reachable": and_(~is_unsubscribed, is_confirmed, ~IS_SUPPRESSED, ~is_paused),
        "paused": and_(~is_unsubscribed, is_confirmed, ~IS_SUPPRESSED, is_paused),
        "unconfirmed": and_(~is_unsubscribed, ~is_confirmed, ~IS_SUPPRESSED),
        "suppressed": IS_SUPPRESSED,
        "unsubscribed": and_(is_unsubscribed, ~IS_SUPPRESSED, subscribers.c.id.is_not(None)),
    }
    counts = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)
        for name, condition in conditions.items()
    ]
    return connection.execute(
        select(lists.c.name, *counts)
        .select_from(lists)
        .outerjoin(memberships, memberships.c.list_id == lists.c.id)
        .outerjoin(subscribers, subscribers.c.id == memberships.c.subscriber_id)
        .group_by(lists.c.name)
        .order_by(lists.c.name)
    ).all()


def find_subscriber(connection: Connection, key: str) -> Subscriber | None:
    """Return the subscriber with the address key *key*, see `Address.key`."""
    row = connection.execute(select(subscribers).where(subscribers.c.key == key)).one_or_none()
    return next(_build_subscribers(connection, [row])) if row else None


def search_subscribers(connection: Connection, text: str, *, limit: int) -> list[Subscriber]:
    """Return subscribers whose name or address contains *text*, in the order they were added."""
    query = (
        select(subscribers)
        .where(
            or_(
                func.lower(subscribers.c.email).contains(text.lower(), autoescape=True),
                func.lower(subscribers.c.name).contains(text.lower(), autoescape=True),
            )
        )
        .order_by(subscribers.c.id)
        .limit(limit)
    )
    return list(_build_subscribers(connection, connection.execute(query).all()))


def iterate_subscribers(
    connection: Connection,
    *,
    list_name: str | None,
    condition: ColumnElement[bool] | None = None,
    page_size: int = 2000,
) -> Iterator[Subscriber]:
    """Yield the subscribers of a list, or all, in the order they were added; in constant memory."""
    last_id = 0
    while True:
        query = (
            select(subscribers)
            .where(subscribers.c.id > last_id)
            .order_by(subscribers.c.id)
            .limit(page_size)
        )
        if list_name is not None:
            query = query.where(is_on_list(list_name))
        if condition is not None:
            query = query.where(condition)
        rows = connection.execute(query).all()
        if not rows:
            return
        yield from _build_subscribers(connection, rows)
        last_id = rows[-1].id


def get_rows_by_key(connection: Connection, keys: Collection[str]) -> dict[str, Row[Any]]:
    """Return the rows of `subscribers` with one of *keys*, by key."""
    rows = connection.execute(select(subscribers).where(in_values(subscribers.c.key, keys)))
    return {row.key: row for row in rows}


def is_known(connection: Connection, key: str) -> bool:
    """Whether there is a subscriber with the address key *key*."""
    return connection.scalar(_IS_KNOWN, {"of_key": key}) is not None


def unsubscribe_from_all(connection: Connection, key: str, *, at: datetime) -> bool:
    """Unsubscribe the address *key* from everything; return whether it was subscribed before."""
    return connection.execute(_LEAVE_ALL, {"of_key": key, "new_at": at}).rowcount > 0


def unsubscribe_from_list(
    connection: Connection, key: str, list_name: str, *, at: datetime
) -> bool:
    """Unsubscribe the address *key* from one list; return whether it was on it."""
    values = {"of_key": key, "of_list": list_name, "new_at": at}
    return connection.execute(_LEAVE_LIST, values).rowcount > 0


def undo_unsubscribing(
    connection: Connection, key: str, list_name: str | None, *, now: datetime
) -> bool:
    """
    Undo that the address *key* unsubscribed from a list, or from everything; return whether it had.

    Args:
        list_name: None for everything; a list they left before stays left.
    """
    if list_name is None:
        return connection.execute(_RETURN_TO_ALL, {"of_key": key, "new_at": now}).rowcount > 0
    return connection.execute(_RETURN_TO_LIST, {"of_key": key, "of_list": list_name}).rowcount > 0


def set_pause(connection: Connection, key: str, until: datetime | None, *, now: datetime) -> bool:
    """Send nothing to the address *key* until that time, None to end it; return whether that is a change."""
    values = {"of_key": key, "new_until": until, "new_at": now}
    return connection.execute(_RESUME if until is None else _PAUSE, values).rowcount > 0


def erase_subscriber(connection: Connection, key: str, digest: str) -> bool:
    """Delete the subscriber *key* and the address in its suppression; return whether there was a subscriber."""
    connection.execute(
        update(suppressions).where(suppressions.c.digest == digest).values(email=None)
    )
    deleted = connection.execute(delete(subscribers).where(subscribers.c.key == key))
    return deleted.rowcount > 0


def _build_subscribers(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Subscriber]:
    """Yield the subscribers of *rows* with their lists and tags."""
    ids = [row.id for row in rows]
    current: dict[int, list[str]] = {}
    former: dict[int, list[str]] = {}
    on_lists = (
        select(memberships.c.subscriber_id, lists.c.name, memberships.c.unsubscribed_at)
        .join(lists, lists.c.id == memberships.c.list_id)
        .where(in_values(memberships.c.subscriber_id, ids))
        .order_by(lists.c.name)
    )
    for subscriber_id, name, unsubscribed_at in connection.execute(on_lists):
        names = current if unsubscribed_at is None else former
        names.setdefault(subscriber_id, []).append(name)
    tags_by_id: dict[int, list[str]] = {}
    tag_query = select(tags).where(in_values(tags.c.subscriber_id, ids)).order_by(tags.c.tag)
    for subscriber_id, tag in connection.execute(tag_query):
        tags_by_id.setdefault(subscriber_id, []).append(tag)
    digests = select(suppressions.c.digest).where(
        in_values(suppressions.c.digest, [row.digest for row in rows])
    )
    suppressed = set(connection.scalars(digests))
    for row in rows:
        attributes: Mapping[str, str] = row.attributes
        yield Subscriber(
            address=Address(email=row.email, name=row.name),
            state=SubscriberState(row.state),
            language=row.language,
            zone=row.zone,
            attributes=attributes,
            tags=tuple(tags_by_id.get(row.id, ())),
            lists=tuple(current.get(row.id, ())),
            unsubscribed_lists=tuple(former.get(row.id, ())),
            consent=Consent(method=row.consent, at=row.consent_at, source=row.consent_source),
            created_at=row.created_at,
            unsubscribed_at=row.unsubscribed_at,
            paused_until=row.paused_until,
            is_suppressed=row.digest in suppressed,
        )
