"""
Queries on the connections of a sender, which all processes that send through it share.

Each process has a share for each campaign that it sends. Shares differ by one connection at most; together they are
never more than the sender has. Where there are not enough for all, whoever asked last waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from pipeline.campaigns.store.tables import campaigns, connection_shares
from pipeline.database import lock_name

_S = connection_shares.c


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """
    The share of one process in the connections of a sender.

    Args:
        held: How many it may open now.
        fair: How many it should have, given all others.
        free: How many nobody else holds.
        has_rival: Another campaign waits, and there are not enough connections for all.
    """

    held: int
    fair: int
    free: int
    has_rival: bool

    @property
    def attainable(self) -> int:
        """How many it could have now: others give up what is beyond their share a little later."""
        return max(0, min(self.fair, self.free))


def divide(total: int, count: int, index: int) -> int:
    """Return the share of the one at *index* among *count* that share *total* connections."""
    return total // count + (index < total % count)


def read_share(
    connection: Connection, sender: str, process_id: str, number: int, total: int
) -> Share | None:
    """Return the share of a process for the campaign *number*, None if it has none (any more)."""
    return _find_share(_list_rows(connection, sender), process_id, number, total)


def claim_share(
    connection: Connection, sender: str, process_id: str, number: int, total: int
) -> int:
    """
    Return how many of the *total* connections of *sender* a process may open for a campaign from now on.

    None is 0: it waits, and asks again. It never has fewer than before: see `lower_share()`.
    """
    lock_name(connection, f"connections {sender}")
    rows = _list_rows(connection, sender)
    share = _find_share(rows, process_id, number, total)
    if share is None:
        last = connection.scalar(select(func.max(_S.position)))
        row = {"sender": sender, "process_id": process_id, "campaign": number}
        connection.execute(
            insert(connection_shares).values(**row, position=(last or 0) + 1, connections=0)
        )
        share = _find_share(_list_rows(connection, sender), process_id, number, total)
        assert share is not None, "it was inserted"
    count = max(share.held, share.attainable)
    _store(connection, sender, process_id, number, count)
    return count


def lower_share(
    connection: Connection, sender: str, process_id: str, number: int, count: int
) -> None:
    """Leave all but *count* connections to others; those beyond it are closed by now."""
    _store(connection, sender, process_id, number, count)


def release_shares(connection: Connection, process_id: str, number: int | None = None) -> None:
    """Free what a process holds, only for the campaign *number* if given."""
    query = delete(connection_shares).where(_S.process_id == process_id)
    connection.execute(query if number is None else query.where(_S.campaign == number))


def list_campaigns(connection: Connection, process_id: str) -> list[tuple[int, str]]:
    """Return number and ID of each campaign for which a process has a share, or waits for one."""
    query = select(campaigns.c.number, campaigns.c.id).join(
        connection_shares, _S.campaign == campaigns.c.number
    )
    rows = connection.execute(query.where(_S.process_id == process_id).distinct())
    return [(number, campaign_id) for number, campaign_id in rows]


def _store(connection: Connection, sender: str, process_id: str, number: int, count: int) -> None:
    connection.execute(
        update(connection_shares)
        .where(_S.sender == sender, _S.process_id == process_id, _S.campaign == number)
        .values(connections=count)
    )


def _list_rows(connection: Connection, sender: str) -> Sequence[Row[Any]]:  # Any: the columns
    query = select(connection_shares).where(_S.sender == sender)
    return connection.execute(query.order_by(_S.position, _S.process_id)).all()


def _find_share(
    rows: Sequence[Row[Any]], process_id: str, number: int, total: int
) -> Share | None:  # Any: as above
    for index, row in enumerate(rows):
        if (row.process_id, row.campaign) == (process_id, number):
            others = sum(each.connections for each in rows) - row.connections
            return Share(
                held=row.connections,
                fair=divide(total, len(rows), index),
                free=total - others,
                has_rival=len(rows) > total
                and any(not each.connections and each.campaign != number for each in rows),
            )
    return None
