"""What is asked of the tables of the audience, and what is written into them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from pipeline.database import among, among_named, listed
from pipeline.models.address import Address
from pipeline.models.subscriber import Consent, Subscriber, SubscriberState
from pipeline.subscribers.tables import lists, memberships, subscribers, suppressions, tags

_CONFIRMED = SubscriberState.CONFIRMED.value
_LEFT = SubscriberState.UNSUBSCRIBED.value


def make_list(connection: Connection, name: str, *, at: datetime) -> int:
    """Return the id of the list *name*, made if need be."""
    found = connection.scalar(select(lists.c.id).where(lists.c.name == name))
    if found is None:
        made = insert(lists).values(name=name, made_at=at).returning(lists.c.id)
        found = connection.scalars(made).one()
    return int(found)


def count_lists(connection: Connection) -> Sequence[Row[Any]]:
    """
    Return a row for each list: `name`, `reachable`, `unconfirmed`, `suppressed`, `left`.

    Everybody on a list is counted once: *reachable* are those a campaign to it would mail now.
    """
    is_suppressed = exists().where(suppressions.c.digest == subscribers.c.digest)
    is_left = or_(memberships.c.left_at.is_not(None), subscribers.c.state == _LEFT)
    is_confirmed = subscribers.c.state == _CONFIRMED
    kinds = {
        "reachable": and_(~is_left, is_confirmed, ~is_suppressed),
        "unconfirmed": and_(~is_left, ~is_confirmed, ~is_suppressed),
        "suppressed": and_(~is_left, is_suppressed),
        "left": and_(is_left, subscribers.c.id.is_not(None)),
    }
    counts = [
        func.coalesce(func.sum(case((test, 1), else_=0)), 0).label(name)
        for name, test in kinds.items()
    ]
    return connection.execute(
        select(lists.c.name, *counts)
        .select_from(lists)
        .outerjoin(memberships, memberships.c.list_id == lists.c.id)
        .outerjoin(subscribers, subscribers.c.id == memberships.c.subscriber_id)
        .group_by(lists.c.name)
        .order_by(lists.c.name)
    ).all()


def find(connection: Connection, key: str) -> Subscriber | None:
    """Return the subscriber of the mailbox *key*, see `Address.key`."""
    row = connection.execute(select(subscribers).where(subscribers.c.key == key)).one_or_none()
    return next(_with_lists(connection, [row])) if row else None


def search(connection: Connection, words: str, *, most: int) -> list[Subscriber]:
    """Return some subscribers whose name or address holds *words*, in the order they came."""
    wanted = (
        select(subscribers)
        .where(
            or_(
                func.lower(subscribers.c.email).contains(words.lower(), autoescape=True),
                func.lower(subscribers.c.name).contains(words.lower(), autoescape=True),
            )
        )
        .order_by(subscribers.c.id)
        .limit(most)
    )
    return list(_with_lists(connection, connection.execute(wanted).all()))


def select_all(
    connection: Connection, *, list_name: str | None, test: Any = None, batch: int = 2000
) -> Iterator[Subscriber]:  # Any: a clause of SQLAlchemy's, or nothing
    """Yield the subscribers of a list, or all, in the order they came; in flat memory."""
    last = 0
    while True:
        wanted = (
            select(subscribers)
            .where(subscribers.c.id > last)
            .order_by(subscribers.c.id)
            .limit(batch)
        )
        if list_name is not None:
            wanted = wanted.where(_is_on(list_name))
        if test is not None:
            wanted = wanted.where(test)
        rows = connection.execute(wanted).all()
        if not rows:
            return
        yield from _with_lists(connection, rows)
        last = rows[-1].id


def by_key(connection: Connection, keys: Collection[str]) -> dict[str, Row[Any]]:
    """Return the rows of `subscribers` for *keys*, by key."""
    rows = connection.execute(select(subscribers).where(among(subscribers.c.key, keys)))
    return {row.key: row for row in rows}


_SUPPRESSED = select(suppressions.c.digest).where(among_named(suppressions.c.digest, "all"))


def suppressed_among(connection: Connection, digests: Collection[str]) -> set[str]:
    """Return those of *digests* that must not be written to."""
    return set(connection.scalars(_SUPPRESSED, {"all": listed(digests)}))


def find_suppression(connection: Connection, digest: str) -> Row[Any] | None:
    """Return the row of `suppressions` for *digest*."""
    return connection.execute(
        select(suppressions).where(suppressions.c.digest == digest)
    ).one_or_none()


def suppress(
    connection: Connection,
    digest: str,
    *,
    email: str | None,
    reason: str,
    source: str,
    at: datetime,
) -> bool:
    """Never write to *digest* again; return whether that is new. The first reason stays."""
    if find_suppression(connection, digest):
        return False
    connection.execute(
        insert(suppressions).values(digest=digest, email=email, reason=reason, source=source, at=at)
    )
    return True


def leave_everything(connection: Connection, key: str, *, at: datetime) -> bool:
    """Unsubscribe the mailbox *key* from everything; return whether it was on the roll and had not left before."""
    left = connection.execute(
        update(subscribers)
        .where(subscribers.c.key == key, subscribers.c.state != _LEFT)
        .values(state=_LEFT, left_at=at, changed_at=at)
    )
    return left.rowcount > 0


def leave_list(connection: Connection, key: str, list_name: str, *, at: datetime) -> bool:
    """Take the mailbox *key* off one list; return whether it was on it."""
    left = connection.execute(
        update(memberships)
        .where(
            memberships.c.left_at.is_(None),
            memberships.c.list_id.in_(select(lists.c.id).where(lists.c.name == list_name)),
            memberships.c.subscriber_id.in_(
                select(subscribers.c.id).where(subscribers.c.key == key)
            ),
        )
        .values(left_at=at)
    )
    return left.rowcount > 0


def erase(connection: Connection, key: str, digest: str) -> bool:
    """Take the mailbox *key* off the roll, and its address off the suppressions; return whether it was on the roll."""
    connection.execute(
        update(suppressions).where(suppressions.c.digest == digest).values(email=None)
    )
    gone = connection.execute(delete(subscribers).where(subscribers.c.key == key))
    return gone.rowcount > 0


def _is_on(list_name: str) -> Any:  # Any: a clause of SQLAlchemy's
    return (
        exists()
        .where(memberships.c.subscriber_id == subscribers.c.id)
        .where(memberships.c.left_at.is_(None))
        .where(memberships.c.list_id.in_(select(lists.c.id).where(lists.c.name == list_name)))
    )


def _with_lists(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Subscriber]:
    ids = [row.id for row in rows]
    on: dict[int, list[str]] = {}
    left: dict[int, list[str]] = {}
    membership = (
        select(memberships.c.subscriber_id, lists.c.name, memberships.c.left_at)
        .join(lists, lists.c.id == memberships.c.list_id)
        .where(among(memberships.c.subscriber_id, ids))
        .order_by(lists.c.name)
    )
    for subscriber, name, left_at in connection.execute(membership):
        (on if left_at is None else left).setdefault(subscriber, []).append(name)
    tagged: dict[int, list[str]] = {}
    wanted = select(tags).where(among(tags.c.subscriber_id, ids)).order_by(tags.c.tag)
    for subscriber, tag in connection.execute(wanted):
        tagged.setdefault(subscriber, []).append(tag)
    for row in rows:
        yield _subscriber(row, on.get(row.id, ()), left.get(row.id, ()), tagged.get(row.id, ()))


def _subscriber(
    row: Any, on: Sequence[str], left: Sequence[str], tagged: Sequence[str]
) -> Subscriber:  # Any: a row of `subscribers`
    attributes: Mapping[str, str] = row.attributes
    return Subscriber(
        address=Address(email=row.email, name=row.name),
        state=SubscriberState(row.state),
        language=row.language,
        zone=row.zone,
        attributes=attributes,
        tags=tuple(tagged),
        lists=tuple(on),
        left=tuple(left),
        consent=Consent(how=row.consent, at=row.consent_at, source=row.consent_source),
        added_at=row.added_at,
        left_at=row.left_at,
    )
