"""Queries that change the state of deliveries that nobody is sending: skip them, retry them, or mark them uncertain."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Update, select, update

from pipeline.campaigns.store.batch_claims import set_aside, store_unanswered
from pipeline.campaigns.store.batch_recipients import list_unanswered
from pipeline.campaigns.store.batches import (
    Batch,
    find_claim_time,
    list_held,
    lower_offered,
    put_batch_down,
    stop_batches,
)
from pipeline.campaigns.store.claims import release
from pipeline.campaigns.store.offer_log import OfferState
from pipeline.campaigns.store.tables import campaigns, rate_windows, receipts
from pipeline.database import in_values
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, SkipReason

_D = receipts.c
_PROCESS_ENDED = "The process that sent it ended before the receipt was stored."
_ACCEPTED = f"Accepted. {_PROCESS_ENDED}"


def skip(
    connection: Connection, number: int, sequences: Sequence[int], reason: SkipReason, now: datetime
) -> None:
    """Skip the deliveries *sequences*, which have a receipt, for *reason*."""
    query = _update(number).where(_D.sequence.in_(sequences))
    connection.execute(_as_skipped(query, reason, now))


def skip_remaining(connection: Connection, number: int, reason: SkipReason, now: datetime) -> None:
    """Skip everything that was not sent yet."""
    stop_batches(connection, number, reason)
    skip_waiting(connection, number, reason, now)


def skip_waiting(connection: Connection, number: int, reason: SkipReason, now: datetime) -> None:
    """Skip what waits alone, outside of the batches."""
    query = _update(number, DeliveryState.PENDING, DeliveryState.DEFERRED)
    connection.execute(_as_skipped(query, reason, now))


def skip_cancelled(connection: Connection, now: datetime) -> None:
    """Skip what still waits alone in cancelled campaigns: a process may have put it there just after, and died."""
    is_cancelled = select(campaigns.c.number).where(
        campaigns.c.state == CampaignState.CANCELLED.value
    )
    query = update(receipts).where(
        _D.campaign.in_(is_cancelled),
        _D.state != DeliveryState.ACCEPTED.value,  # the index has no others
        _D.state.in_([DeliveryState.PENDING.value, DeliveryState.DEFERRED.value]),
    )
    connection.execute(_as_skipped(query, SkipReason.CANCELLED, now))


def mark_uncertain(
    connection: Connection,
    process_id: str,
    *,
    number: int | None = None,
    response: str = _PROCESS_ENDED,
) -> int:
    """
    Mark the open claims of the process *process_id* as uncertain and free its batches; return how many there were.

    Args:
        number: Only those of this campaign; None for all.
        response: The explanation that people see.
    """
    count = 0
    for batch in list_held(connection, process_id, number):
        claimed = list_unanswered(connection, batch)
        _free(connection, batch, process_id, uncertain=claimed, response=response)
        count += len(claimed)
    query = update(receipts).where(
        _D.process_id == process_id, _D.state == DeliveryState.CLAIMED.value
    )
    if number is not None:
        query = query.where(_D.campaign == number)
    return (
        count
        + connection.execute(
            query.values(state=DeliveryState.UNCERTAIN.value, response=response)
        ).rowcount
    )


def settle_offered(
    connection: Connection,
    process_id: str,
    number: int,
    offered: Mapping[int, OfferState],
    *,
    now: datetime,
) -> int:
    """
    Settle the open claims of a dead process in a campaign whose offers are known; return how many are uncertain.

    What was not sent is released, what was accepted is accepted.

    Args:
        offered: The messages that it offered to its sender, by sequence.
    """
    if connection.execute(select(rate_windows.c.scope).limit(1)).first() is not None:
        # Rate limits count what is uncertain, and would not count what is settled here.
        offered = dict.fromkeys(offered, OfferState.OFFERED)
    count = 0
    for batch in list_held(connection, process_id, number):
        claimed = list_unanswered(connection, batch)
        uncertain = [each for each in claimed if offered.get(each) is OfferState.OFFERED]
        accepted = [each for each in claimed if offered.get(each) is OfferState.ACCEPTED]
        unsent = {*claimed} - {*uncertain, *accepted}
        _free(
            connection,
            batch,
            process_id,
            uncertain=uncertain,
            accepted=accepted,
            unsent=unsent,
            now=now,
        )
        count += len(uncertain)
    waiting = set(
        connection.scalars(
            select(_D.sequence).where(
                _D.campaign == number,
                _D.process_id == process_id,
                _D.state == DeliveryState.CLAIMED.value,
            )
        )
    )
    if accepted := [each for each in waiting if offered.get(each) is OfferState.ACCEPTED]:
        connection.execute(
            _update(number)
            .where(in_values(_D.sequence, accepted))
            .values(
                state=DeliveryState.ACCEPTED.value,
                response=_ACCEPTED,
                settled_at=now,
            )
        )
    keep = [each for each in waiting if offered.get(each) is OfferState.OFFERED]
    release(connection, number, process_id=process_id, keep=keep)
    return count


def _free(
    connection: Connection,
    batch: Batch,
    process_id: str,
    *,
    uncertain: Collection[int],
    accepted: Collection[int] = (),
    unsent: Collection[int] = (),
    now: datetime | None = None,
    response: str = _PROCESS_ENDED,
) -> None:
    """Free *batch* of a process that says nothing more, with what is known of its open claims."""
    for state, sequences, at, explanation in (
        (DeliveryState.UNCERTAIN, uncertain, None, response),
        (DeliveryState.ACCEPTED, accepted, now, _ACCEPTED),
    ):
        store_unanswered(
            connection,
            batch.campaign,
            ((each, find_claim_time(batch, each)) for each in sequences),
            state,
            process_id=process_id,
            response=explanation,
            settled_at=at,
        )
    batch = replace(batch, receipts=batch.receipts + len(uncertain) + len(accepted))
    batch, rest = lower_offered(connection, batch, unsent)
    put_batch_down(connection, batch, process_id=process_id)
    set_aside(connection, batch.campaign, rest)


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
    query = update(receipts).where(_D.campaign == number)
    return query.where(_D.state.in_([state.value for state in states])) if states else query


def _as_skipped(query: Update, reason: SkipReason, now: datetime) -> Update:
    return query.values(
        state=DeliveryState.SKIPPED.value, reason=reason.value, settled_at=now, not_before=None
    )
