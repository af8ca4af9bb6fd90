"""
Counts of the deliveries of a campaign, without looking at each of them.

Batches know how many receipts they have, and an index holds every receipt but accepted ones: what is left is accepted.
"""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, ScalarSelect, Table, func, select

from pipeline.campaigns.store.batches import BatchState
from pipeline.campaigns.store.tables import IS_NOT_ACCEPTED, batches, receipts, recipients
from pipeline.models.delivery import DeliveryState

_B, _D = batches.c, receipts.c


def count_by_state(connection: Connection, number: int) -> dict[DeliveryState, int]:
    """Return the number of deliveries of the campaign *number* in each state."""
    counts: Counter[DeliveryState] = Counter()
    rows = connection.execute(
        select(_D.state, func.count())
        .where(_D.campaign == number, IS_NOT_ACCEPTED)
        .with_hint(receipts, "INDEXED BY ix_receipts_state", "sqlite")
        .group_by(_D.state)
    )
    for state, count in rows:
        counts[DeliveryState(state)] = count
    others = counts.total()
    for _, state, unanswered, settled in _list_batch_sums(connection, number):
        counts[DeliveryState.ACCEPTED] += settled
        is_stopped = state == BatchState.STOPPED.value
        counts[DeliveryState.SKIPPED if is_stopped else DeliveryState.PENDING] += unanswered
    counts[DeliveryState.ACCEPTED] -= others
    for state, claimed in _list_claimed(connection, number):
        is_stopped = state == BatchState.STOPPED.value
        counts[DeliveryState.SKIPPED if is_stopped else DeliveryState.PENDING] -= claimed
        counts[DeliveryState.CLAIMED] += claimed
    return {state: count for state, count in counts.items() if count}


def list_skip_reasons(connection: Connection, number: int) -> list[tuple[str, int]]:
    """Return each reason for skipped deliveries with its count."""
    counts: Counter[str] = Counter()
    rows = connection.execute(
        select(_D.reason, func.count())
        .where(_D.campaign == number, IS_NOT_ACCEPTED, _D.state == DeliveryState.SKIPPED.value)
        .with_hint(receipts, "INDEXED BY ix_receipts_state", "sqlite")
        .group_by(_D.reason)
    )
    for reason, count in rows:
        counts[reason] += count
    for reason, state, unanswered, _ in _list_batch_sums(connection, number):
        if state == BatchState.STOPPED.value:
            counts[reason] += unanswered
    return sorted((reason, count) for reason, count in counts.items() if count)


def _list_batch_sums(connection: Connection, number: int) -> list[tuple[str, str, int, int]]:
    """Return reason, state, recipients without a receipt, and with one, of the batches with that reason and state."""
    rows = connection.execute(
        select(
            _B.reason,
            _B.state,
            func.sum(_B.size) - func.sum(_B.receipts),
            func.sum(_B.receipts),
        )
        .where(_B.campaign == number)
        .group_by(_B.reason, _B.state)
    )
    return [(reason, state, int(left), int(settled)) for reason, state, left, settled in rows]


def _list_claimed(connection: Connection, number: int) -> list[tuple[str, int]]:
    """
    Return state and open claims of each batch that a process holds.

    Two counts for each, and no join: without statistics, as after a freeze, PostgreSQL 15 spends minutes on that if
    the campaign has ten million recipients.
    """

    def count(table: Table) -> ScalarSelect[int]:
        in_range = (
            table.c.campaign == _B.campaign,
            table.c.sequence >= _B.first,
            table.c.sequence <= _B.offered,
        )
        query = select(func.count()).select_from(table).where(*in_range)
        return query.correlate(batches).scalar_subquery()

    query = select(_B.state, count(recipients) - count(receipts)).where(
        _B.campaign == number, _B.process_id.is_not(None)
    )
    return [(state, claimed) for state, claimed in connection.execute(query)]
