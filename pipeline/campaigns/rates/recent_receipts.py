"""Queries on the last receipts of a campaign, which the processes that send it count together."""

from __future__ import annotations

from dataclasses import asdict, fields

from sqlalchemy import Connection, delete, func, insert, select, update

from pipeline.campaigns.rates.failures import RecentReceipts
from pipeline.campaigns.store.tables import recent_receipts

_R = recent_receipts.c
_SUMS = select(
    *(func.coalesce(func.sum(_R[each.name]), 0).label(each.name) for each in fields(RecentReceipts))
)


def exchange_receipts(
    connection: Connection,
    number: int,
    process_id: str,
    own: RecentReceipts,
    *,
    is_final: bool = False,
) -> RecentReceipts:
    """
    Store the last receipts of a process for the campaign *number*; return those of all other processes.

    Args:
        is_final: The process stops because of them; others are to see that too.
    """
    of_campaign, values = _R.campaign == number, {**asdict(own), "is_final": is_final}
    stored = update(recent_receipts).where(of_campaign, _R.process_id == process_id)
    if not connection.execute(stored.values(**values)).rowcount:
        row = {"campaign": number, "process_id": process_id}
        connection.execute(insert(recent_receipts).values(**row, **values))
    row_sums = connection.execute(_SUMS.where(of_campaign, _R.process_id != process_id)).one()
    return RecentReceipts(**{name: int(count) for name, count in row_sums._mapping.items()})


def forget_final(connection: Connection, number: int) -> None:
    """Forget why processes stopped sending the campaign *number*: it goes on."""
    connection.execute(delete(recent_receipts).where(_R.campaign == number, _R.is_final))


def forget_receipts(connection: Connection, process_id: str, number: int | None = None) -> None:
    """Count the receipts of a process no more, only those for the campaign *number* if given."""
    query = delete(recent_receipts).where(_R.process_id == process_id)
    connection.execute(query if number is None else query.where(_R.campaign == number))
