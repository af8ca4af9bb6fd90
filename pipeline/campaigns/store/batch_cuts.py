"""Cut the recipients of a campaign into batches."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    case,
    func,
    insert,
    literal,
    select,
    update,
)

from pipeline.campaigns.store import batches as batch_queries
from pipeline.campaigns.store.batches import BatchState
from pipeline.campaigns.store.tables import batches, recipients
from pipeline.database import insert_all

_B, _R = batches.c, recipients.c


def cut_batches(connection: Connection, number: int, *, cut_at: int | None = None) -> None:
    """
    Cut the recipients after the last batch of the campaign *number* into batches.

    Args:
        cut_at: No batch contains this sequence and the next; each has one time when it is due, too.
    """
    last = func.coalesce(
        select(func.max(_B.last)).where(_B.campaign == number).scalar_subquery(), 0
    )
    groups: list[ColumnElement[Any]] = [
        _R.not_before,
        (_R.sequence - 1) // batch_queries.BATCH_SIZE,
    ]
    if cut_at is not None:
        groups.append(case((_R.sequence <= cut_at, 0), else_=1))
    query = (
        select(
            literal(number),
            func.min(_R.sequence),
            func.max(_R.sequence),
            func.count(),
            _R.not_before,
            literal(BatchState.OPEN.value),
            literal(0, Integer()),
            func.min(_R.sequence) - 1,
            literal(0, Integer()),
        )
        .where(_R.campaign == number, _R.sequence > last)
        .group_by(*groups)
    )
    connection.execute(insert(batches).from_select(_CUT_COLUMNS, query))


_CUT_COLUMNS = (
    "campaign",
    "first",
    "last",
    "size",
    "not_before",
    "state",
    "epoch",
    "offered",
    "receipts",
)


def add_to_batches(connection: Connection, number: int, sequences: Sequence[int]) -> list[int]:
    """
    Cut batches of *sequences*, ascending, beside those that the campaign has; return the ones within one of these.

    They are counted there, and need a receipt to be claimed by.
    """
    known = connection.execute(
        select(_B.first, _B.last).where(_B.campaign == number).order_by(_B.first)
    ).all()
    starts = [row.first for row in known]
    groups: dict[tuple[int, int], list[int]] = {}
    within: dict[int, list[int]] = {}
    for sequence in sequences:
        index = bisect_right(starts, sequence)
        if index and sequence <= known[index - 1].last:
            within.setdefault(known[index - 1].first, []).append(sequence)
        else:
            groups.setdefault((index, (sequence - 1) // batch_queries.BATCH_SIZE), []).append(
                sequence
            )
    rows = [
        {
            "campaign": number,
            "first": group[0],
            "last": group[-1],
            "size": len(group),
            "not_before": None,
            "state": BatchState.OPEN.value,
            "epoch": 0,
            "offered": group[0] - 1,
            "receipts": 0,
        }
        for group in groups.values()
    ]
    insert_all(connection, batches, rows)
    for first, group in within.items():
        connection.execute(
            update(batches)
            .where(_B.campaign == number, _B.first == first)
            .values(size=_B.size + len(group), receipts=_B.receipts + len(group))
        )
    return [sequence for group in within.values() for sequence in group]
