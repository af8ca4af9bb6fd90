"""Claim deliveries: those that are due, that may still be written to, and as many as the pace allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from pipeline.campaigns.delivery.suppression_filter import Screen
from pipeline.campaigns.rates import windows
from pipeline.campaigns.rates.limits import Pace, domains_over
from pipeline.campaigns.rates.windows import Allowance
from pipeline.campaigns.store import deliveries, transitions
from pipeline.campaigns.store.deliveries import Claim
from pipeline.models.delivery import SkipReason


@dataclass
class Claimer:
    """
    Claims for one campaign and one run.

    Attributes:
        free_at: When the pace allows more, if it was the pace that allowed none; else null.
    """

    number: int
    run: str
    screen: Screen
    pace: Pace
    free_at: datetime | None = None

    def claim(
        self, connection: Connection, most: int, *, last: int | None, now: datetime
    ) -> list[Claim]:
        """Claim up to *most* deliveries, none after the sequence *last*."""
        allowed = windows.allowance(connection, self.pace, now)
        most = most if allowed.most is None else min(most, allowed.most)
        domains = dict(allowed.domains)
        claims: list[Claim] = []
        while (room := most - len(claims)) > 0:
            over = list(domains_over(domains))
            rows = deliveries.open_rows(
                connection, self.number, limit=room, now=now, last=last, but=over
            )
            free = self._screened(connection, rows, now)
            paced = _within(free, domains)
            claims += deliveries.take(connection, self.number, paced, run=self.run, now=now)
            if not rows or (len(free) == len(rows) and len(paced) == len(free)):
                break
        self.free_at = self._held_until(connection, allowed, last=last, now=now, claims=claims)
        return claims

    def _screened(
        self, connection: Connection, rows: Sequence[Row[Any]], now: datetime
    ) -> Sequence[Row[Any]]:  # Any: columns of deliveries
        stopped = self.screen.stopped(connection, rows) if rows else {}
        for reason in SkipReason:
            if out := [sequence for sequence, why in stopped.items() if why is reason]:
                transitions.skip(connection, self.number, out, reason, now)
        return [row for row in rows if row.sequence not in stopped]

    def _held_until(
        self,
        connection: Connection,
        allowed: Allowance,
        *,
        last: int | None,
        now: datetime,
        claims: list[Claim],
    ) -> datetime | None:
        if claims or allowed.free_at <= now:
            return None
        waiting = deliveries.open_rows(connection, self.number, limit=1, now=now, last=last)
        return allowed.free_at if waiting else None


def _within(
    rows: Sequence[Row[Any]], domains: dict[str, int]
) -> Sequence[Row[Any]]:  # Any: columns of deliveries
    """Return those of *rows* for whose domain there is room, which is less by them afterwards."""
    taken: Counter[str] = Counter()
    found = []
    for row in rows:
        domain = row.mailbox.rpartition("@")[2].lower()
        if domain not in domains or taken[domain] < domains[domain]:
            taken[domain] += 1
            found.append(row)
    for domain in domains:
        domains[domain] -= taken[domain]
    return found
