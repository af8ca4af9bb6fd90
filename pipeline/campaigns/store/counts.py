"""Queries that look at the deliveries of a campaign: what is left, what is due, who got it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from pipeline.campaigns.store.tables import deliveries
from pipeline.models.delivery import DeliveryState

_STREAM = {"yield_per": 2000}
_D = deliveries.c


def next_due(connection: Connection, number: int) -> datetime | None:
    """Return when the next delivery that waits is due; null if none waits for an instant."""
    found: datetime | None = connection.scalar(
        select(func.min(_D.not_before)).where(
            _D.campaign == number,
            _D.state.in_([DeliveryState.PENDING.value, DeliveryState.DEFERRED.value]),
        )
    )
    return found


def is_undated(connection: Connection, number: int) -> bool:
    """Whether a delivery is pending that waits for no instant."""
    query = select(_D.sequence).where(
        _D.campaign == number,
        _D.state == DeliveryState.PENDING.value,
        _D.not_before.is_(None),
    )
    return connection.execute(query.limit(1)).first() is not None


def is_over(connection: Connection, number: int) -> bool:
    """Whether nothing of the campaign *number* is pending, claimed or deferred."""
    states = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
    return not connection.execute(
        select(_D.sequence)
        .where(_D.campaign == number, _D.state.in_([state.value for state in states]))
        .limit(1)
    ).first()


def is_reached(connection: Connection, number: int, last: int) -> bool:
    """Whether nothing up to the sequence *last* is still to be handed over."""
    states = (DeliveryState.PENDING, DeliveryState.CLAIMED)
    return not connection.execute(
        select(_D.sequence)
        .where(
            _D.campaign == number,
            _D.sequence <= last,
            _D.state.in_([state.value for state in states]),
        )
        .limit(1)
    ).first()


def has_due(connection: Connection, number: int, *, now: datetime, last: int | None) -> bool:
    """Whether a delivery up to the sequence *last* could be claimed now."""
    states = [DeliveryState.PENDING.value, DeliveryState.DEFERRED.value]
    query = select(_D.sequence).where(
        _D.campaign == number,
        _D.state.in_(states),
        or_(_D.not_before.is_(None), _D.not_before <= now),
    )
    if last is not None:
        query = query.where(_D.sequence <= last)
    return connection.execute(query.limit(1)).first() is not None


def last_settled(connection: Connection, number: int) -> datetime | None:
    """Return when the last answer was written down."""
    found: datetime | None = connection.scalar(
        select(func.max(_D.settled_at)).where(_D.campaign == number)
    )
    return found


def mailboxes(connection: Connection, number: int) -> set[str]:
    """Return the mailboxes of the campaign *number*."""
    return set(connection.scalars(select(_D.mailbox).where(_D.campaign == number)))


def rows_of(connection: Connection, number: int, *states: DeliveryState) -> Iterator[Row[Any]]:
    """Yield the deliveries of the campaign *number*, those in *states* if any are named, in their order."""
    query = select(deliveries).where(_D.campaign == number).order_by(_D.sequence)
    if states:
        query = query.where(or_(*(_D.state == state.value for state in states)))
    with connection.execute(query, execution_options=_STREAM) as rows:
        yield from rows
