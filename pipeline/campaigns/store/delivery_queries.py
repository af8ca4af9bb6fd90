"""Queries that read deliveries: of a campaign, and of one recipient to be shown to them or erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)

from pipeline.campaigns.store.tables import campaigns, deliveries
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, SkipReason
from pipeline.subscribers.tables import subscribers

_D = deliveries.c


def find_next_due(connection: Connection, number: int) -> datetime | None:
    """Return when the next waiting delivery is due; None if none waits for a time."""
    found: datetime | None = connection.scalar(
        select(func.min(_D.not_before)).where(
            _D.campaign == number, _is_in(DeliveryState.PENDING, DeliveryState.DEFERRED)
        )
    )
    return found


def has_unscheduled(connection: Connection, number: int) -> bool:
    """Whether a pending delivery waits for no time."""
    return _exists(connection, number, _is_in(DeliveryState.PENDING), _D.not_before.is_(None))


def is_finished(connection: Connection, number: int) -> bool:
    """Whether nothing of the campaign *number* is pending, claimed or deferred."""
    is_open = _is_in(DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
    return not _exists(connection, number, is_open)


def is_sent_up_to(connection: Connection, number: int, last: int) -> bool:
    """Whether everything up to the sequence number *last* was sent once."""
    is_unsent = _is_in(DeliveryState.PENDING, DeliveryState.CLAIMED)
    return not _exists(connection, number, _D.sequence <= last, is_unsent)


def has_due(connection: Connection, number: int, *, now: datetime, last: int | None) -> bool:
    """Whether a delivery up to the sequence number *last* could be claimed now."""
    conditions = [
        _is_in(DeliveryState.PENDING, DeliveryState.DEFERRED),
        or_(_D.not_before.is_(None), _D.not_before <= now),
    ]
    if last is not None:
        conditions.append(_D.sequence <= last)
    return _exists(connection, number, *conditions)


def find_last_settled(connection: Connection, number: int) -> datetime | None:
    """Return when the last receipt was stored."""
    found: datetime | None = connection.scalar(
        select(func.max(_D.settled_at)).where(_D.campaign == number)
    )
    return found


def find_frequent_response(connection: Connection, number: int, state: DeliveryState) -> str | None:
    """Return the most frequent code and response of deliveries in *state*; None without one."""
    code = func.coalesce(_D.enhanced_code, cast(_D.code, String), "")
    row = connection.execute(
        select(code, func.coalesce(_D.response, ""))
        .where(_D.campaign == number, _is_in(state))
        .group_by(code, _D.response)
        .order_by(func.count().desc(), code)
        .limit(1)
    ).one_or_none()
    return " ".join(filter(None, row))[:120] if row else None


def list_deliveries(
    connection: Connection, number: int, *states: DeliveryState
) -> Iterator[Row[Any]]:  # Any: the columns of the table
    """Yield the deliveries of the campaign *number* in sequence, only those in *states* if any are given."""
    query = select(deliveries).where(_D.campaign == number).order_by(_D.sequence)
    if states:
        query = query.where(or_(*(_D.state == state.value for state in states)))
    with connection.execute(query, execution_options={"yield_per": 2000}) as rows:
        yield from rows


def list_skip_reasons(connection: Connection, number: int) -> list[tuple[str, int]]:
    """Return each reason for skipped deliveries with its count."""
    rows = connection.execute(
        select(_D.reason, func.count())
        .where(_D.campaign == number, _is_in(DeliveryState.SKIPPED))
        .group_by(_D.reason)
        .order_by(_D.reason)
    )
    return [(reason, count) for reason, count in rows]


def find_deliveries(connection: Connection, mailbox: str) -> list[dict[str, Any]]:
    """
    Return what was sent to *mailbox*, oldest first: `[{"campaign", "subject", "at", "state"}]`.

    What only the outbox accepted is "written to the outbox".
    """
    rows = connection.execute(
        select(
            campaigns.c.id,
            campaigns.c.subject,
            campaigns.c.scheduled_at,
            campaigns.c.delivers_mail,
            _D.state,
        )
        .join(campaigns, campaigns.c.number == _D.campaign)
        .where(_D.mailbox == mailbox)
        .order_by(campaigns.c.scheduled_at, campaigns.c.number)
    )
    return [
        {
            "campaign": row.id,
            "subject": row.subject,
            "at": row.scheduled_at.isoformat(),
            "state": _describe_state(row.state, delivers_mail=row.delivers_mail),
        }
        for row in rows
    ]


def _describe_state(state: str, *, delivers_mail: bool) -> str:
    is_accepted = DeliveryState(state).counted_as is DeliveryState.ACCEPTED
    return "written to the outbox" if is_accepted and not delivers_mail else state


def erase_deliveries(connection: Connection, mailbox: str, digest: str) -> int:
    """
    Erase the recipient with *mailbox* from all campaigns; return from how many.

    Their rows stay without any personal data, so that counts stay correct. What was not sent yet never is.

    Args:
        digest: The keyed hash that replaces the mailbox.
    """
    is_open = _is_in(DeliveryState.PENDING, DeliveryState.DEFERRED)
    return connection.execute(
        update(deliveries)
        .where(_D.mailbox == mailbox)
        .values(
            mailbox=f"erased:{digest}",
            email="",
            name="",
            # No subscriber has the ID -1, so that it is skipped if it is ever claimed.
            subscriber_id=func.coalesce(_D.subscriber_id, -1),
            values=None,
            response=None,
            state=case((is_open, DeliveryState.SKIPPED.value), else_=_D.state),
            reason=case((is_open, SkipReason.SUPPRESSED.value), else_=_D.reason),
        )
    ).rowcount


def readdress_pending(connection: Connection, mailbox: str, address: Address) -> None:
    """Send what waits for the former *mailbox* of a subscriber to *address*, unless it gets the same campaign."""
    other = deliveries.alias()
    is_repeated = exists().where(other.c.campaign == _D.campaign, other.c.mailbox == address.key)
    subscriber = select(subscribers.c.id).where(subscribers.c.key == address.key).scalar_subquery()
    connection.execute(
        update(deliveries)
        .where(
            _D.mailbox == mailbox,
            _is_in(DeliveryState.PENDING, DeliveryState.DEFERRED),
            _D.subscriber_id.is_not(None),
            ~is_repeated,
        )
        .values(mailbox=address.key, email=address.email, subscriber_id=subscriber)
    )


def _is_in(*states: DeliveryState) -> ColumnElement[bool]:
    return _D.state.in_([state.value for state in states])


def _exists(connection: Connection, number: int, *conditions: ColumnElement[bool]) -> bool:
    query = select(_D.sequence).where(_D.campaign == number, *conditions).limit(1)
    return connection.execute(query).first() is not None
