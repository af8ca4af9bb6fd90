"""Claim deliveries that are due and allowed: by suppression and by rate limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Row

from pipeline.campaigns.delivery.held_batches import HeldBatches
from pipeline.campaigns.delivery.suppression import SuppressionFilter
from pipeline.campaigns.rates import windows
from pipeline.campaigns.rates.limits import RatePolicy, exhausted_domains
from pipeline.campaigns.store import batch_claims, batches, transitions
from pipeline.campaigns.store import claims as claiming
from pipeline.campaigns.store.batch_recipients import list_unclaimed
from pipeline.campaigns.store.batches import Batch
from pipeline.campaigns.store.claims import Claim, Waiting
from pipeline.models.delivery import SkipReason

#: How many recipients over the limit of a domain may leave their batch in one transaction, to wait alone.
_MAX_ASIDE = 500
#: How often to look for what waits alone, while there is more to claim in a batch.
_PROBE_INTERVAL_S = 0.25
#: How many batches may be taken in one transaction if everybody in them is skipped.
_MAX_TAKEN = 4


@dataclass(kw_only=True, slots=True)
class Claimed:
    """
    What one transaction claimed.

    Args:
        skipped: Recipients of batches that must not be sent to, and why; to be stored.
        aside: Recipients of batches over the limit of their domain, who are to wait alone; to be stored.
        has_more: It ended early: there may be more to claim.
    """

    claims: list[Claim] = field(default_factory=list)
    skipped: dict[int, SkipReason] = field(default_factory=dict)
    aside: list[int] = field(default_factory=list)
    has_more: bool = False


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
    _probed_at: float = field(default=float("-inf"), init=False)

    def claim(
        self,
        connection: Connection,
        limit: int,
        *,
        held: HeldBatches,
        last: int | None,
        now: datetime,
    ) -> Claimed:
        """
        Claim up to *limit* deliveries, none after the sequence number *last*; those of batches when *held* is flushed.

        First what waits alone and was never sent, then the rest of a batch or the next one, then what was deferred.

        Raises:
            BatchTakenOver: Another process has one of the batches *held*.
        """
        allowance = windows.read_allowance(connection, self.rate_policy, now)
        if allowance.remaining is not None:
            limit = min(limit, allowance.remaining)
        domains = dict(allowance.domains)
        claimed = Claimed()
        is_probe_due = monotonic() - self._probed_at > _PROBE_INTERVAL_S
        if is_probe_due:
            self._probed_at = monotonic()
            held.lock(connection)
            self._claim_waiting(connection, claimed, Waiting.PENDING, limit, domains, last, now)
        taken = 0
        while len(claimed.claims) < limit:
            batch = held.current
            if batch is None or batch.is_exhausted(last):
                if claimed.claims:
                    break
                if taken == _MAX_TAKEN:
                    claimed.has_more = True
                    break
                held.flush(connection, last)  # locked before a batch that is not held yet
                batch = batches.claim_batch(
                    connection, self.number, process_id=self.process_id, now=now, last=last
                )
                held.hold(batch)
                if batch is None:
                    break
                taken += 1
            if len(claimed.aside) >= _MAX_ASIDE:
                claimed.has_more = True
                break
            self._claim_next(connection, claimed, held, batch, limit, domains, last, now)
        if not claimed.claims or is_probe_due:
            held.flush(connection, last)  # locked before what waits alone
            for waiting in Waiting:
                self._claim_waiting(connection, claimed, waiting, limit, domains, last, now)
        self.available_at = None
        is_limited = not (claimed.claims or claimed.has_more) and allowance.available_at > now
        if is_limited and self._has_waiting(connection, held.current, last, now):
            self.available_at = allowance.available_at
        return claimed

    def _has_waiting(
        self, connection: Connection, batch: Batch | None, last: int | None, now: datetime
    ) -> bool:
        """Whether anything could be claimed if no limit were in the way."""
        return (
            (batch is not None and not batch.is_exhausted(last))
            or batches.has_takeable(connection, self.number, now=now, last=last)
            or any(
                claiming.list_claimable(connection, self.number, each, limit=1, now=now, last=last)
                for each in Waiting
            )
        )

    def _claim_next(
        self,
        connection: Connection,
        claimed: Claimed,
        held: HeldBatches,
        batch: Batch,
        limit: int,
        domains: dict[str, int],
        last: int | None,
        now: datetime,
    ) -> None:
        """Claim the next of *batch*."""
        rows, until = list_unclaimed(
            connection,
            batch,
            limit=limit - len(claimed.claims),
            last=last,
            list_name=self.suppression_filter.list_name,
            now=now,
        )
        blocked = self.suppression_filter.find_blocked(connection, rows)
        allowed = [row for row in rows if row.sequence not in blocked] if blocked else rows
        granted = _apply_domain_limits(allowed, domains)
        claims = batch_claims.make_claims(granted, batch=batch.first, now=now)
        aside: list[int] = []
        if len(granted) < len(allowed):
            sequences = {claim.sequence for claim in claims}
            aside = [row.sequence for row in allowed if row.sequence not in sequences]
        batch = replace(
            batch,
            offered=until,
            receipts=batch.receipts + len(blocked) + len(aside),
            claims=(*batch.claims, (claims[-1].sequence, now)) if claims else batch.claims,
        )
        held.change(batch, has_claims=bool(claims))
        claimed.claims += claims
        claimed.skipped |= blocked
        claimed.aside += aside

    def _claim_waiting(
        self,
        connection: Connection,
        claimed: Claimed,
        waiting: Waiting,
        limit: int,
        domains: dict[str, int],
        last: int | None,
        now: datetime,
    ) -> None:
        """Claim what waits alone."""
        while (missing := limit - len(claimed.claims)) > 0:
            rows = claiming.list_claimable(
                connection,
                self.number,
                waiting,
                limit=missing,
                now=now,
                last=last,
                list_name=self.suppression_filter.list_name,
                exclude_domains=list(exhausted_domains(domains)),
            )
            blocked = self.suppression_filter.find_blocked(connection, rows)
            for reason in SkipReason:
                if sequences := [sequence for sequence, why in blocked.items() if why is reason]:
                    transitions.skip(connection, self.number, sequences, reason, now)
            allowed = [row for row in rows if row.sequence not in blocked]
            granted = _apply_domain_limits(allowed, domains)
            claimed.claims += claiming.claim(
                connection, self.number, granted, process_id=self.process_id, now=now
            )
            if not rows or len(granted) == len(rows):
                return


def _apply_domain_limits(
    rows: Sequence[Row[Any]], domains: dict[str, int]
) -> Sequence[Row[Any]]:  # Any: columns of deliveries
    """Return those of *rows* that the limits in *domains* allow, and lower these limits accordingly."""
    if not domains:
        return rows
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
