"""Claim deliveries that are due and allowed: by suppression and by rate limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from pipeline.campaigns.delivery.suppression import SuppressionFilter
from pipeline.campaigns.rates import windows
from pipeline.campaigns.rates.limits import RatePolicy, exhausted_domains
from pipeline.campaigns.rates.windows import Allowance
from pipeline.campaigns.store import deliveries, transitions
from pipeline.campaigns.store.deliveries import Claim
from pipeline.models.delivery import SkipReason


@dataclass
class Claimer:
    """
    Claims deliveries of one campaign for one process.

    Attributes:
        available_at: When the rate limit allows more, if the last claim got nothing because of it; else None.
    """

    number: int
    process_id: str
    suppression_filter: SuppressionFilter
    rate_policy: RatePolicy
    available_at: datetime | None = None

    def claim(
        self, connection: Connection, limit: int, *, last: int | None, now: datetime
    ) -> list[Claim]:
        """Claim up to *limit* deliveries, none after the sequence number *last*."""
        allowance = windows.read_allowance(connection, self.rate_policy, now)
        if allowance.remaining is not None:
            limit = min(limit, allowance.remaining)
        domains = dict(allowance.domains)
        claims: list[Claim] = []
        while (missing := limit - len(claims)) > 0:
            rows = deliveries.list_claimable(
                connection,
                self.number,
                limit=missing,
                now=now,
                last=last,
                exclude_domains=list(exhausted_domains(domains)),
            )
            allowed = self._skip_blocked(connection, rows, now)
            granted = _apply_domain_limits(allowed, domains)
            claims += deliveries.claim(
                connection, self.number, granted, process_id=self.process_id, now=now
            )
            if not rows or len(granted) == len(rows):
                break
        self.available_at = self._find_wait(connection, allowance, claims, last=last, now=now)
        return claims

    def _skip_blocked(
        self, connection: Connection, rows: Sequence[Row[Any]], now: datetime
    ) -> Sequence[Row[Any]]:  # Any: columns of deliveries
        blocked = self.suppression_filter.find_blocked(connection, rows, now) if rows else {}
        for reason in SkipReason:
            if sequences := [sequence for sequence, why in blocked.items() if why is reason]:
                transitions.skip(connection, self.number, sequences, reason, now)
        return [row for row in rows if row.sequence not in blocked]

    def _find_wait(
        self,
        connection: Connection,
        allowance: Allowance,
        claims: list[Claim],
        *,
        last: int | None,
        now: datetime,
    ) -> datetime | None:
        if claims or allowance.available_at <= now:
            return None
        waiting = deliveries.list_claimable(connection, self.number, limit=1, now=now, last=last)
        return allowance.available_at if waiting else None


def _apply_domain_limits(
    rows: Sequence[Row[Any]], domains: dict[str, int]
) -> Sequence[Row[Any]]:  # Any: columns of deliveries
    """Return those of *rows* that the limits in *domains* allow, and lower these limits accordingly."""
    counts: Counter[str] = Counter()
    granted = []
    for row in rows:
        domain = row.mailbox.rpartition("@")[2].lower()
        if domain not in domains or counts[domain] < domains[domain]:
            counts[domain] += 1
            granted.append(row)
    for domain in domains:
        domains[domain] -= counts[domain]
    return granted
