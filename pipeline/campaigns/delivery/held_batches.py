"""The batches of a campaign that one process holds, from when it takes them until everybody in them has a receipt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from sqlalchemy import Connection

from pipeline.campaigns.store import batch_claims, batches
from pipeline.campaigns.store.batch_recipients import list_unanswered
from pipeline.campaigns.store.batches import Batch
from pipeline.campaigns.store.claims import Claim, Outcome


class HeldBatches:
    """
    The batches of the campaign *number* that a process holds, as they were last known to be stored, and what changed.

    Each is stored once in a transaction, by `flush()`. Whoever runs one calls `get_state()` before it and `restore()`
    if it fails. Locks are taken in the order that `store.batches` gives.
    """

    def __init__(self, number: int, process_id: str) -> None:
        self._number = number
        self._process_id = process_id
        self._known: dict[int, Batch] = {}
        #: As they were taken; perhaps in a transaction that was committed without our knowing.
        self._taken: dict[int, Batch] = {}
        self._current: int | None = None
        self._changed: set[int] = set()
        self._with_claims: set[int | None] = set()

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
        self._changed.clear()

    def drop(self, first: int) -> None:
        """Forget a batch that another process took over."""
        self._known.pop(first, None)

    def lock(self, connection: Connection) -> None:
        """Lock all batches until the transaction ends."""
        if self._known:
            batches.lock_held(connection, self._number, self._process_id)

    def hold(self, batch: Batch | None) -> None:
        """Hold *batch*, which was just taken and is claimed from; None if nothing is left to take."""
        self._current = None if batch is None else batch.first
        if batch is not None:
            self._known[batch.first] = self._taken[batch.first] = batch

    def change(self, batch: Batch, *, has_claims: bool) -> None:
        """Change *batch*, in which deliveries were just claimed if *has_claims*."""
        self._known[batch.first] = batch
        self._changed.add(batch.first)
        if has_claims:
            self._with_claims.add(batch.first)

    def settle(
        self, outcomes: Iterable[Outcome], open_claims: Iterable[Claim]
    ) -> tuple[list[Outcome], list[Outcome]]:
        """
        Count *outcomes*; *open_claims* are what has none yet. Returns those of batches, and those of single claims.

        What was claimed in a batch that another process took over is uncertain by now: its receipt arrives late, and is
        settled like that of a single claim.
        """
        of_batches = [each for each in outcomes if each.claim.batch in self._known]
        others = [each for each in outcomes if each.claim.batch not in self._known]
        oldest: dict[int | None, int] = {}
        for claim in open_claims:
            oldest[claim.batch] = min(oldest.get(claim.batch, claim.sequence), claim.sequence)
        self._with_claims = {*oldest}
        for first, count in Counter(outcome.claim.batch for outcome in of_batches).items():
            assert first is not None, "it is known"
            batch = self._known[first]
            batch = replace(batch, receipts=batch.receipts + count)
            self.change(batch.forget_claims_before(oldest.get(first)), has_claims=False)
        return of_batches, others

    def flush(
        self, connection: Connection, last: int | None = None, *, puts_down: bool = True
    ) -> None:
        """
        Store what changed; put down the batches with no open claim and nothing left to claim, none after *last*.

        Args:
            puts_down: False if there are claims that `settle()` was not given.

        Raises:
            BatchTakenOver: Another process has one of them.
        """
        for first in sorted(self._known):
            batch = self._known[first]
            if puts_down and batch.is_exhausted(last) and first not in self._with_claims:
                batches.put_batch_down(connection, batch, process_id=self._process_id)
                del self._known[first]
            elif first in self._changed:
                batches.store_batch(connection, batch, process_id=self._process_id)
        self._changed.clear()

    def release(self, connection: Connection) -> None:
        """Put down all batches; what was claimed and has no receipt was certainly not sent, and is pending again."""
        for first in sorted(self._known):
            batch = self._known.pop(first)
            unsent = list_unanswered(connection, batch)
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
        sequences = [each.claim.sequence for each in outcomes if each.claim.batch in self._known]
        stored_now = batch_claims.list_settled(connection, self._number, sequences)
        return [
            each
            for each in outcomes
            if each.claim.batch not in self._known or each.claim.sequence not in stored_now
        ]
