"""Queries that change the state of deliveries that nobody is sending: skip them, or retry them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection, Update, select, update

from pipeline.campaigns.store.deliveries import release
from pipeline.campaigns.store.offer_log import OfferState
from pipeline.campaigns.store.tables import deliveries, rate_windows
from pipeline.database import in_values
from pipeline.models.delivery import DeliveryState, SkipReason

_D = deliveries.c
_PROCESS_ENDED = "The process that sent it ended before the receipt was stored."


def skip(
    connection: Connection, number: int, sequences: Sequence[int], reason: SkipReason, now: datetime
) -> None:
    """Skip the deliveries *sequences* for *reason*."""
    query = _update(number).where(_D.sequence.in_(sequences))
    connection.execute(_as_skipped(query, reason, now))


def skip_overdue(connection: Connection, number: int, *, before: datetime, now: datetime) -> int:
    """Skip pending deliveries that were due *before* that time; return how many."""
    query = _update(number, DeliveryState.PENDING).where(_D.not_before < before)
    return connection.execute(_as_skipped(query, SkipReason.EXPIRED, now)).rowcount


def skip_remaining(connection: Connection, number: int, reason: SkipReason, now: datetime) -> int:
    """Skip everything that was not sent yet; return how many."""
    query = _update(number, DeliveryState.PENDING, DeliveryState.DEFERRED)
    return connection.execute(_as_skipped(query, reason, now)).rowcount


def mark_uncertain(
    connection: Connection,
    process_id: str,
    *,
    number: int | None = None,
    response: str = _PROCESS_ENDED,
) -> int:
    """
    Mark the open claims of the process *process_id* as uncertain; return how many.

    Args:
        number: Only those of this campaign; None for all.
        response: The explanation that people see.
    """
    query = update(deliveries).where(
        _D.process_id == process_id, _D.state == DeliveryState.CLAIMED.value
    )
    if number is not None:
        query = query.where(_D.campaign == number)
    return connection.execute(
        query.values(state=DeliveryState.UNCERTAIN.value, response=response)
    ).rowcount


def settle_offered(
    connection: Connection,
    process_id: str,
    number: int,
    offered: Mapping[int, OfferState],
    *,
    now: datetime,
) -> None:
    """
    Settle those open claims of a dead process that are certain: release what was not sent, accept what was accepted.

    Args:
        offered: The messages that it offered to its sender, by sequence.
    """
    claims = set(
        connection.scalars(
            select(_D.sequence).where(
                _D.campaign == number,
                _D.process_id == process_id,
                _D.state == DeliveryState.CLAIMED.value,
            )
        )
    )
    if connection.execute(select(rate_windows.c.scope).limit(1)).first() is not None:
        # Rate limits count what is uncertain, and would not count what is settled here.
        offered = dict.fromkeys(offered, OfferState.OFFERED)
    accepted = [each for each in claims if offered.get(each) is OfferState.ACCEPTED]
    if accepted:
        connection.execute(
            _update(number)
            .where(in_values(_D.sequence, accepted))
            .values(
                state=DeliveryState.ACCEPTED.value,
                response=f"Accepted. {_PROCESS_ENDED}",
                settled_at=now,
            )
        )
    keep = [each for each in claims if offered.get(each) is OfferState.OFFERED]
    release(connection, number, process_id=process_id, keep=keep)


def resolve_uncertain(
    connection: Connection, number: int, *, retry: bool, now: datetime, last: int | None = None
) -> int:
    """
    Retry the uncertain deliveries with new messages, or skip them; return how many.

    Args:
        last: The last sequence number to resolve, None for all.
    """
    query = _update(number, DeliveryState.UNCERTAIN)
    if last is not None:
        query = query.where(_D.sequence <= last)
    if retry:
        query = query.values(state=DeliveryState.PENDING.value, is_retry=False, not_before=None)
    else:
        query = _as_skipped(query, SkipReason.RESOLVED, now)
    return connection.execute(query).rowcount


def retry_idempotent(
    connection: Connection, number: int, *, window: timedelta, now: datetime
) -> int:
    """
    Retry, with the same bytes, the uncertain deliveries that the sender recognises; return how many.

    Args:
        window: How long the sender recognises a message by its idempotency key.
    """
    query = _update(number, DeliveryState.UNCERTAIN)
    with suppress(OverflowError):  # a sender that recognises messages forever
        query = query.where(_D.composed_at > now - window)
    return connection.execute(
        query.values(state=DeliveryState.PENDING.value, is_retry=True, not_before=None)
    ).rowcount


def retry(connection: Connection, number: int, state: DeliveryState) -> int:
    """Retry the deliveries in *state*, refused or deferred, as if they were new; return how many."""
    return connection.execute(
        _update(number, state).values(
            state=DeliveryState.PENDING.value, not_before=None, first_attempt_at=None, attempts=0
        )
    ).rowcount


def _update(number: int, *states: DeliveryState) -> Update:
    query = update(deliveries).where(_D.campaign == number)
    return query.where(_D.state.in_([state.value for state in states])) if states else query


def _as_skipped(query: Update, reason: SkipReason, now: datetime) -> Update:
    return query.values(
        state=DeliveryState.SKIPPED.value, reason=reason.value, settled_at=now, not_before=None
    )
