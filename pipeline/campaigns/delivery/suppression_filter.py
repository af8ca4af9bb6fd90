"""Who may still be written to, looked at once more in the transaction that claims a delivery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from pipeline.database import among_named, listed
from pipeline.models.delivery import SkipReason
from pipeline.subscribers.suppressions import find_suppressed
from pipeline.subscribers.tables import lists, memberships, subscribers


@dataclass(frozen=True, kw_only=True)
class Screen:
    """
    What keeps a delivery from being claimed.

    Args:
        digest_of: Returns the keyed hash under which a mailbox is suppressed.
        list: The list of the campaign, whoever left it is left out; null if people were named.
    """

    digest_of: Callable[[str], str]
    list: str | None = None

    def stopped(
        self,
        connection: Connection,
        rows: Sequence[Row[Any]],  # Any: columns of deliveries
    ) -> dict[int, SkipReason]:
        """Return which of *rows*, by sequence, may not be written to any more, and why."""
        by_digest = {self.digest_of(row.mailbox): row.sequence for row in rows}
        found = find_suppressed(connection, by_digest)
        stopped = {by_digest[digest]: SkipReason.SUPPRESSED for digest in found}
        known = {row.subscriber: row.sequence for row in rows if row.subscriber is not None}
        if known:
            staying = set(connection.scalars(self._staying, {"all": listed(known)}))
            for subscriber, sequence in known.items():
                if subscriber not in staying:
                    stopped.setdefault(sequence, SkipReason.UNSUBSCRIBED)
        return stopped

    @cached_property
    def _staying(self) -> Any:  # Any: a Select of one column
        query = select(subscribers.c.id).where(
            among_named(subscribers.c.id, "all"), subscribers.c.state == "confirmed"
        )
        if self.list is None:
            return query
        is_on_it = (
            exists()
            .where(memberships.c.subscriber_id == subscribers.c.id)
            .where(memberships.c.unsubscribed_at.is_(None))
            .where(memberships.c.list_id.in_(select(lists.c.id).where(lists.c.name == self.list)))
        )
        return query.where(is_on_it)  # joined, SQLite would look at everybody on the list
