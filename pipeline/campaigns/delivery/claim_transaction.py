"""One transaction of the exchange with the store: outcomes are settled, and what is next is claimed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from pipeline.campaigns.context import RecipientKeys
from pipeline.campaigns.delivery.claim import Claimed, Claimer
from pipeline.campaigns.delivery.held_batches import HeldBatches
from pipeline.campaigns.delivery.suppression import suppress_rejected
from pipeline.campaigns.rates.windows import count_sent
from pipeline.campaigns.store import batch_claims, claims
from pipeline.campaigns.store.claims import Claim, Outcome


class ClaimTransaction:
    """
    Settles and claims deliveries of the campaign *number*, with one update of each batch.

    What it locks, it locks in the order that `store.batches` gives.
    """

    def __init__(
        self,
        number: int,
        process_id: str,
        *,
        claimer: Claimer,
        held: HeldBatches,
        keys: RecipientKeys,
    ) -> None:
        self._number = number
        self._process_id = process_id
        self._claimer = claimer
        self._held = held
        self._keys = keys

    def run(
        self,
        connection: Connection,
        outcomes: Sequence[Outcome],
        open_claims: Collection[Claim],
        *,
        limit: int,
        last: int | None,
        puts_down: bool,
        now: datetime,
    ) -> Claimed:
        """
        Store *outcomes*, and claim up to *limit* deliveries, none after the sequence *last*.

        Args:
            open_claims: The claims without an outcome.
            puts_down: Whether these are all; then batches without any, and with nothing left to claim, are put down.

        Raises:
            BatchTakenOver: Another process has one of the batches.
        """
        held, policy = self._held, self._claimer.rate_policy
        count_sent(connection, policy, (outcome.claim.mailbox for outcome in outcomes), now)
        of_batches, others = held.settle(outcomes, open_claims)
        claimed = Claimed()
        if limit > 0:
            if policy.has_limits:  # what has a receipt is not in flight any more
                held.lock(connection)
                held.flush(connection)
                self._store_outcomes(connection, of_batches, now)
                of_batches = []
            claimed = self._claimer.claim(connection, limit, held=held, last=last, now=now)
        held.flush(connection, last, puts_down=puts_down)
        self._store_outcomes(connection, of_batches, now)
        if claimed.skipped:
            batch_claims.store_skipped(connection, self._number, claimed.skipped.items(), now)
        if claimed.aside:
            batch_claims.set_aside(connection, self._number, claimed.aside)
        claims.settle(connection, self._number, others, process_id=self._process_id, now=now)
        suppress_rejected(connection, outcomes, self._keys, now)
        return claimed

    def _store_outcomes(
        self, connection: Connection, outcomes: Sequence[Outcome], now: datetime
    ) -> None:
        batch_claims.store_outcomes(
            connection, self._number, outcomes, process_id=self._process_id, now=now
        )
