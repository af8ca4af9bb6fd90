"""Queries that decide about deliveries nobody has in hand: leave them out, or offer them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from pipeline.campaigns.store.tables import deliveries
from pipeline.models.delivery import DeliveryState, SkipReason

_D = deliveries.c
_ENDED = "The process that handed it over ended before the answer was written down."


def skip(
    connection: Connection, number: int, sequences: Sequence[int], reason: SkipReason, now: datetime
) -> None:
    """Leave *sequences* out, for *reason*."""
    connection.execute(
        update(deliveries)
        .where(_D.campaign == number, _D.sequence.in_(sequences))
        .values(
            state=DeliveryState.SKIPPED.value, reason=reason.value, settled_at=now, not_before=None
        )
    )


def skip_overdue(connection: Connection, number: int, *, before: datetime, now: datetime) -> int:
    """Leave out those whose time was *before* that instant; return how many there are."""
    return connection.execute(
        update(deliveries)
        .where(
            _D.campaign == number,
            _D.state == DeliveryState.PENDING.value,
            _D.not_before < before,
        )
        .values(state=DeliveryState.SKIPPED.value, reason=SkipReason.EXPIRED.value, settled_at=now)
    ).rowcount


def skip_rest(connection: Connection, number: int, reason: SkipReason, now: datetime) -> int:
    """Leave out all that was not handed over yet; return how many there are."""
    return connection.execute(
        update(deliveries)
        .where(
            _D.campaign == number,
            _D.state.in_([DeliveryState.PENDING.value, DeliveryState.DEFERRED.value]),
        )
        .values(
            state=DeliveryState.SKIPPED.value, reason=reason.value, settled_at=now, not_before=None
        )
    ).rowcount


def doubt(
    connection: Connection, run: str, *, number: int | None = None, words: str = _ENDED
) -> int:
    """
    Call the open claims of *run* uncertain: nobody knows what came of them. Return how many there are.

    Args:
        number: Only those of this campaign; null for all.
        words: What a person is told of it.
    """
    query = update(deliveries).where(_D.run == run, _D.state == DeliveryState.CLAIMED.value)
    if number is not None:
        query = query.where(_D.campaign == number)
    return connection.execute(
        query.values(state=DeliveryState.UNCERTAIN.value, response=words)
    ).rowcount


def resolve(connection: Connection, number: int, *, retry: bool, now: datetime) -> int:
    """Decide about what is uncertain: offer it again as a new message, or leave it; return how many there were."""
    doubtful = update(deliveries).where(
        _D.campaign == number, _D.state == DeliveryState.UNCERTAIN.value
    )
    if retry:
        query = doubtful.values(state=DeliveryState.PENDING.value, again=False, not_before=None)
    else:
        query = doubtful.values(
            state=DeliveryState.SKIPPED.value, reason=SkipReason.RESOLVED.value, settled_at=now
        )
    return connection.execute(query).rowcount


def resolve_known(connection: Connection, number: int, *, window: timedelta, now: datetime) -> int:
    """
    Offer again, octet for octet, what is uncertain and what the sender would know again; return how many there were.

    Args:
        window: For how long it knows a message again.
    """
    try:
        since = now - window
    except OverflowError:  # for ever
        since = None
    query = update(deliveries).where(
        _D.campaign == number, _D.state == DeliveryState.UNCERTAIN.value
    )
    if since is not None:
        query = query.where(_D.offered_at > since)
    return connection.execute(
        query.values(state=DeliveryState.PENDING.value, again=True, not_before=None)
    ).rowcount


def retry_refused(connection: Connection, number: int) -> int:
    """Offer again what was refused; return how many there are."""
    return connection.execute(
        update(deliveries)
        .where(_D.campaign == number, _D.state == DeliveryState.REFUSED.value)
        .values(
            state=DeliveryState.PENDING.value,
            first_offered_at=None,
            attempts=0,
        )
    ).rowcount
