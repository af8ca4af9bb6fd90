"""The batches of a campaign that one process holds, from when it takes them until everybody in them has a receipt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from pipeline.campaigns.delivery.claim import Claimed
from pipeline.campaigns.store import batch_claims, batches, claims
from pipeline.campaigns.store.batches import Batch, BatchTakenOver
from pipeline.campaigns.store.claims import Claim, DeliveryOutcome

Outcome = tuple[Claim, DeliveryOutcome]


class HeldBatches:
    """
    Settles and claims in batches of the campaign *number*, as they were last known to be stored.

    Whoever runs a transaction calls `get_state()` before it and `restore()` if it fails.

    Attributes:
        current: The batch that is claimed from, None without one.
    """

    def __init__(self, number: int, process_id: str) -> None:
        self._number = number
        self._process_id = process_id
        self._known: dict[int, Batch] = {}
        #: As they were taken; perhaps in a transaction that was committed without our knowing.
        self._taken: dict[int, Batch] = {}
        self._current: int | None = None

    @property
    def current(self) -> Batch | None:
        """The batch that is claimed from, None without one."""
        return None if self._current is None else self._known.get(self._current)

    def get_state(self) -> tuple[dict[int, Batch], int | None]:
        """Return what `restore()` needs."""
        return dict(self._known), self._current

    def restore(self, state: tuple[dict[int, Batch], int | None]) -> None:
        """Forget what a transaction that failed did."""
        self._known, self._current = dict(state[0]), state[1]

    def drop(self, first: int) -> None:
        """Forget a batch that another process took over."""
        self._known.pop(first, None)

    def add(self, claimed: Claimed) -> None:
        """Hold what was taken, as it is after claiming."""
        for batch in claimed.taken:
            self._taken[batch.first] = batch
            self._known[batch.first] = batch
        self._known |= claimed.changed
        self._current = claimed.batch.first if claimed.batch else None

    def settle(
        self,
        connection: Connection,
        outcomes: Sequence[Outcome],
        open_claims: Iterable[Claim],
        *,
        now: datetime,
    ) -> None:
        """
        Store *outcomes*; *open_claims* are what has none yet.

        What was claimed in a batch that another process took over is uncertain by now: its receipt arrives late.

        Raises:
            BatchTakenOver: Another process has one of the batches.
        """
        counts = Counter(claim.batch for claim, _ in outcomes if claim.batch in self._known)
        oldest: dict[int | None, int] = {}
        for claim in open_claims:
            oldest[claim.batch] = min(oldest.get(claim.batch, claim.sequence), claim.sequence)
        for first in sorted(first for first in counts if first is not None):
            batch = self._known[first]
            batch = replace(batch, receipts=batch.receipts + counts[first])
            batch = batch.forget_claims_before(oldest.get(first))
            batches.store_batch(connection, batch, process_id=self._process_id)
            self._known[first] = batch
        of_batches = [each for each in outcomes if each[0].batch in self._known]
        batch_claims.store_outcomes(
            connection, self._number, of_batches, process_id=self._process_id, now=now
        )
        others = [each for each in outcomes if each[0].batch not in self._known]
        claims.settle(connection, self._number, others, process_id=self._process_id, now=now)

    def finish(
        self, connection: Connection, open_claims: Iterable[Claim], *, last: int | None
    ) -> None:
        """Put down the batches in which nothing is left to claim, none after *last*, and no claim is open."""
        is_open = {claim.batch for claim in open_claims}
        for first in sorted(self._known):
            batch = self._known[first]
            if batch.is_exhausted(last) and first not in is_open:
                batches.put_batch_down(connection, batch, process_id=self._process_id)
                del self._known[first]

    def release(self, connection: Connection) -> None:
        """Put down all batches; what was claimed and has no receipt was certainly not sent, and is pending again."""
        for first in sorted(self._known):
            batch = self._known.pop(first)
            unsent = [row.sequence for row in batches.list_unanswered(connection, batch)]
            batch, rest = batches.lower_offered(connection, batch, unsent)
            batches.put_batch_down(connection, batch, process_id=self._process_id)
            batch_claims.set_aside(connection, self._number, rest)

    def catch_up(self, connection: Connection, outcomes: Collection[Outcome]) -> list[Outcome]:
        """
        Store the batches as they are known, after a transaction that may have been committed without our knowing.

        What it claimed was never handed over, and is pending again. Returns those of *outcomes* that it did not store.
        """
        held = {
            each.first: each
            for each in batches.list_held(connection, self._process_id, self._number)
        }
        known = self._known
        self._known = {}
        for first, stored in held.items():
            batch = known.get(first) or self._taken.get(first)
            if batch is None or batch.epoch != stored.epoch:
                continue
            batch = replace(batch, receipts=batches.count_receipts(connection, batch))
            batches.store_batch(connection, batch, process_id=self._process_id)
            self._known[first] = batch
            if batch.offered < batch.last:
                self._current = first
        sequences = [claim.sequence for claim, _ in outcomes if claim.batch in self._known]
        stored_now = batch_claims.list_settled(connection, self._number, sequences)
        return [
            each
            for each in outcomes
            if each[0].batch not in self._known or each[0].sequence not in stored_now
        ]


__all__ = ["BatchTakenOver", "HeldBatches", "Outcome"]
