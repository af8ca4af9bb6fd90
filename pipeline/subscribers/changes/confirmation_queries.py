"""Queries for what was asked for on the public pages and has to be confirmed by a link in a message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from pipeline.database import in_values
from pipeline.models.address import Address
from pipeline.subscribers.tables import confirmations

#: Rows are deleted after this time, the longest that a link works.
_KEPT_FOR = timedelta(days=30)
_C = confirmations.c


class ConfirmationKind(Enum):
    """What a link confirms."""

    #: The new address, to which the message goes.
    ADDRESS = "address"
    #: That who asks for the data stored about an address can read its email.
    DATA = "data"
    #: That a former address, to which the message goes, is to be used again.
    RESTORE = "restore"


def add(
    connection: Connection,
    kind: ConfirmationKind,
    mailbox: str,
    recipient: Address | None,
    *,
    now: datetime,
) -> int:
    """
    Store what was asked for, delete what is too old, and return its number.

    Args:
        mailbox: The address key of the subscriber.
        recipient: Who gets the message; None if nobody does.
    """
    connection.execute(delete(confirmations).where(_C.created_at < now - _KEPT_FOR))
    row = {
        "kind": kind.value,
        "mailbox": mailbox,
        "recipient": recipient.key if recipient else None,
        "email": recipient.email if recipient else None,
        "created_at": now,
    }
    number: int = connection.execute(insert(confirmations).returning(_C.number), row).scalar_one()
    return number


def count_since(
    connection: Connection, since: datetime, kind: ConfirmationKind, *, mailboxes: Collection[str]
) -> int:
    """Return how often the subscriber with *mailboxes* asked for it since that time."""
    query = select(func.count()).where(
        _C.kind == kind.value, in_values(_C.mailbox, mailboxes), _C.created_at > since
    )
    return connection.scalar(query) or 0


def is_recipient(connection: Connection, since: datetime, recipient: str) -> bool:
    """Whether a message went, or goes, to the address key *recipient* since that time, whoever asked."""
    query = select(_C.number).where(_C.recipient == recipient, _C.created_at > since).limit(1)
    return connection.execute(query).first() is not None


def find(connection: Connection, number: int) -> Row[Any] | None:  # Any: columns of the table
    """Return the row *number*."""
    return connection.execute(select(confirmations).where(_C.number == number)).one_or_none()


def describe(connection: Connection, mailboxes: Collection[str]) -> list[dict[str, str | None]]:
    """Return what a person asked for, the oldest first: `[{"kind", "recipient", "at", "confirmed_at"}]`."""
    query = select(confirmations).where(in_values(_C.mailbox, mailboxes)).order_by(_C.number)
    return [
        {
            "kind": row.kind,
            "recipient": row.email,
            "at": row.created_at.isoformat(),
            "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
        }
        for row in connection.execute(query)
    ]


def mark_confirmed(connection: Connection, number: int, *, now: datetime) -> None:
    """Store that the link was used."""
    connection.execute(update(confirmations).where(_C.number == number).values(confirmed_at=now))


def list_unsent(connection: Connection, since: datetime) -> Sequence[int]:
    """Return the numbers of those since that time whose message was not sent yet, the oldest first."""
    query = select(_C.number).where(
        _C.recipient.is_not(None), _C.sent_at.is_(None), _C.created_at > since
    )
    return connection.scalars(query.order_by(_C.number)).all()


def claim(connection: Connection, number: int, *, now: datetime) -> bool:
    """Store that the message is being sent; return whether no other process did."""
    updated = connection.execute(
        update(confirmations).where(_C.number == number, _C.sent_at.is_(None)).values(sent_at=now)
    )
    return updated.rowcount > 0


def release(connection: Connection, number: int) -> None:
    """Store that the message was not sent after all, so that it is tried again."""
    connection.execute(update(confirmations).where(_C.number == number).values(sent_at=None))


def erase(connection: Connection, mailboxes: Collection[str]) -> None:
    """Delete what a person asked for, and what others asked to be sent to them."""
    is_theirs = or_(in_values(_C.mailbox, mailboxes), in_values(_C.recipient, mailboxes))
    connection.execute(delete(confirmations).where(is_theirs))
