"""The recipients of a batch: the next ones to claim, and those who may have been offered a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, Select, bindparam, select

from pipeline.campaigns.store.batches import Batch
from pipeline.campaigns.store.claims import VALUES
from pipeline.campaigns.store.screening import get_screening_column
from pipeline.campaigns.store.tables import batches, campaigns, receipts, recipients
from pipeline.database import execute_prepared

_R, _D, _B = recipients.c, receipts.c, batches.c

_WITH_RECEIPT = (
    select(_D.sequence)
    .where(
        _D.campaign == bindparam("number"),
        _D.sequence > bindparam("after"),
        _D.sequence <= bindparam("until"),
    )
    .order_by(_D.sequence)
)
_IN_RANGE = (
    _R.campaign == bindparam("number"),
    _R.sequence > bindparam("after"),
    _R.sequence <= bindparam("until"),
)
# In order: without it PostgreSQL may take the index of mailboxes, and read the whole campaign.
_MAILBOXES = select(_R.sequence, _R.mailbox).where(*_IN_RANGE).order_by(_R.sequence)
_SEQUENCES = select(_R.sequence).where(*_IN_RANGE).order_by(_R.sequence)


@cache
def _get_recipients_query(list_name: str | None) -> Select[Any]:  # Any: the columns below
    """Return the query of recipients in a range; `settled` is the first sequence there that has a receipt."""
    return (
        select(
            _R.sequence,
            _R.mailbox,
            _R.email,
            _R.name,
            _R.subscriber_id,
            VALUES,
            get_screening_column(list_name),
            _WITH_RECEIPT.limit(1).scalar_subquery().label("settled"),
        )
        .where(*_IN_RANGE)
        .order_by(_R.sequence)
        .limit(bindparam("limit", type_=Integer()))
    )


def list_unclaimed(
    connection: Connection,
    batch: Batch,
    *,
    limit: int,
    last: int | None,
    list_name: str | None,
    now: datetime,
) -> tuple[Sequence[Any], int]:  # Any: the columns of `_get_recipients_query()`
    """
    Return the next recipients of *batch* without a claim or a receipt, and the last sequence that was looked at.

    Args:
        limit: How many to look at.
        last: None after this sequence.
        list_name: The list they are to be on still, see `screening`.
    """
    end = batch.get_end(last)
    values = {"number": batch.campaign, "after": batch.offered, "until": end}
    query = _get_recipients_query(list_name)
    rows = execute_prepared(connection, query, values | {"limit": limit, "now": now}).rows
    until = rows[-1].sequence if len(rows) == limit else end
    if not rows or rows[0].settled is None:
        return rows, until
    settled = set(connection.scalars(_WITH_RECEIPT, values | {"until": until}))
    return [row for row in rows if row.sequence not in settled], until


def list_mailboxes_on_the_way(connection: Connection, sender: str) -> list[str]:
    """Return who in held batches may have been offered a message by *sender*, and has no receipt: their mailboxes."""
    query = (
        select(_B.campaign, _B.first, _B.offered)
        .join(campaigns, campaigns.c.number == _B.campaign)
        .where(campaigns.c.sender == sender, _B.process_id.is_not(None))
    )
    found = []
    for number, first, offered in connection.execute(query).all():
        values = {"number": number, "after": first - 1, "until": offered}
        settled = set(connection.scalars(_WITH_RECEIPT, values))
        rows = connection.execute(_MAILBOXES, values)
        found += [mailbox for sequence, mailbox in rows if sequence not in settled]
    return found


def list_unanswered(connection: Connection, batch: Batch) -> list[int]:
    """Return the sequences of *batch* that may have been offered a message and have no receipt."""
    values = {"number": batch.campaign, "after": batch.first - 1, "until": batch.offered}
    settled = set(connection.scalars(_WITH_RECEIPT, values))
    return [each for each in connection.scalars(_SEQUENCES, values) if each not in settled]
