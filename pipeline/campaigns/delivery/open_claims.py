"""
The claimed deliveries of a campaign, until their outcomes are stored; see `held_batches` for their batches.

Claims and receipts are written in groups, one durable transaction for both: when the claimed deliveries are nearly used
up, receipts are settled and as many new ones are claimed as keep the open claims within bounds. After a crash at most
these are uncertain.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, bindparam, select

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.claim_transaction import ClaimTransaction
from pipeline.campaigns.delivery.held_batches import HeldBatches
from pipeline.campaigns.delivery.progress import ProgressListener, StopReason
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.rates.recent_receipts import exchange_receipts, forget_receipts
from pipeline.campaigns.store import campaign_records, claims, transitions
from pipeline.campaigns.store.batches import BatchTakenOver
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.store.claims import Claim, Outcome
from pipeline.campaigns.store.offer_log import OfferLog, OfferState
from pipeline.campaigns.store.tables import campaigns, processes
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.database import UtcDateTime, execute_prepared
from pipeline.errors import StoreError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt, SkipReason

log = logging.getLogger(__name__)

#: A receipt is stored within this time.
_MAX_SETTLE_DELAY_S = 0.25
#: How long an unavailable store is waited for; the delay between attempts doubles.
_STORE_WAIT_S, _FIRST_STORE_DELAY_S, _MAX_STORE_DELAY_S = 600, 0.1, 5.0
# Names for what is compared for each message: to look a member of an enumeration up takes a tenth of a microsecond.
_ACCEPTED, _DEFERRED = DeliveryState.ACCEPTED, DeliveryState.DEFERRED
_UNCERTAIN, _OFFER_ACCEPTED = DeliveryState.UNCERTAIN, OfferState.ACCEPTED
#: While it is sent, `campaigns.last_active_at` is stored this often.
_ACTIVE_INTERVAL = timedelta(minutes=1)
#: Processes tell each other this often how many messages were refused.
_THRESHOLD_INTERVAL_S = 0.5
_STATUS = (
    select(
        campaigns.c.state,
        campaigns.c.pause_after,
        (campaigns.c.expires_at <= bindparam("now", type_=UtcDateTime())).label("is_expired"),
        (campaigns.c.last_active_at <= bindparam("inactive", type_=UtcDateTime())).label(
            "is_inactive"
        ),
        processes.c.ended_at.is_not(None).label("has_ended"),
    )
    .join(processes, processes.c.id == bindparam("process"))
    .where(campaigns.c.number == bindparam("number"))
)


class OpenClaims:
    """
    Claims the deliveries of *campaign*, and stores their outcomes.

    Args:
        claimer: Claims for this campaign and process.
        threshold: Its counts are exchanged with those of other processes.
        progress: Is informed of each outcome; if it should stop, an unavailable store is not waited for.
        max_open: How many deliveries may be claimed without a stored outcome.
        low: With fewer in the queue, at least 1, more are claimed, see `is_running_low`.

    Attributes:
        lock: To be held by each thread that uses it.
        queue: Claimed, not yet sent.
        in_flight: What the sender has, by sequence.
        stop_reason: Why the campaign, as stored, is not for this process to send.
        is_full: The last attempt to claim found as many messages in flight as may be open.
        has_more: The last attempt to claim ended early: there may be more to claim.
        last_write: When outcomes were last stored, on the monotonic clock.
    """

    def __init__(
        self,
        campaign: CampaignRecord,
        *,
        context: CampaignContext,
        process: WorkerProcess,
        claimer: Claimer,
        threshold: FailureThreshold,
        progress: ProgressListener,
        max_open: int,
        low: int = 1,
    ) -> None:
        self.lock = threading.RLock()
        self.queue: deque[Claim] = deque()
        self.in_flight: dict[int, Claim] = {}
        self.stop_reason: StopReason | None = None
        self.is_full = False
        self.has_more = False
        self.last_write = monotonic()
        self._campaign = campaign
        self._context = context
        self._process = process
        self._claimer = claimer
        self._threshold = threshold
        self._exchanged_at = float("-inf")
        self._is_concluded = False
        self._progress = progress
        self._max_open = max_open
        self._low = low
        self._has_claimed_all = False
        self._outcomes: list[Outcome] = []
        self._batches = HeldBatches(campaign.number, process.id)
        self._transaction = ClaimTransaction(
            campaign.number, process.id, claimer=claimer, held=self._batches, keys=context.keys
        )
        self._offers = OfferLog(
            context.store.local_folder, process.id, campaign.number, slots=2 * max_open
        )

    @property
    def is_late(self) -> bool:
        """Whether outcomes wait to be stored for longer than they should."""
        return bool(self._outcomes) and self.is_write_due

    @property
    def is_running_low(self) -> bool:
        """
        Whether to claim now, ahead of need: when a receipt comes.

        By then a sender has passed on all that its servers were ready for, and they work while this waits for the disk;
        when it asks for a message, one of them is idle. That is a fiftieth of the time of a campaign by SMTP.
        """
        count = len(self.queue)
        is_low = self._has_claimed_all and count < self._low
        return is_low and count + len(self.in_flight) <= self._max_open // 2

    @property
    def is_write_due(self) -> bool:
        """Whether the last transaction was longer ago than an outcome may wait."""
        return monotonic() - self.last_write > _MAX_SETTLE_DELAY_S

    def offer(self, claim: Claim) -> None:
        """Record that the message of *claim* is about to be passed to the sender."""
        self.in_flight[claim.sequence] = claim
        self._offers.offer(claim.sequence)

    def record(self, claim: Claim, receipt: Receipt) -> None:
        """Record what became of *claim*; it is stored with the next transaction."""
        self._add_outcome(claim, receipt)
        self._progress.on_receipt(receipt)

    def settle(self) -> None:
        """Store what is recorded."""
        self._write(self._settle)

    def settle_and_claim(self) -> None:
        """Store what is recorded, check that the campaign is still sending, and claim what may be open."""
        self._write(self._settle_and_claim)

    def check_status(self) -> None:
        """Find out whether the campaign is still for this process to send."""
        with self._context.store.reading() as connection:
            row = self._read_status(connection, self._context.clock.now())
        self.stop_reason = self._find_stop_reason(row) or self.stop_reason

    def conclude(
        self, *, is_uncertain: bool, reason: str = "The sender returned no receipt."
    ) -> None:
        """Store all outcomes and release unsent claims; messages without a receipt are uncertain if *is_uncertain*."""
        receipts = []
        for claim in [*self.in_flight.values()] if is_uncertain else ():
            receipt = Receipt(
                sequence=claim.sequence, state=DeliveryState.UNCERTAIN, response=reason
            )
            self._add_outcome(claim, receipt)
            receipts.append(receipt)
        self.in_flight.clear()
        self.queue.clear()
        self._is_concluded = True
        self._write(self._settle_and_release)
        self._offers.close()
        for receipt in receipts:
            self._progress.on_receipt(receipt)

    def _add_outcome(self, claim: Claim, receipt: Receipt) -> None:
        state, not_before = receipt.state, None
        if state is _DEFERRED:
            not_before = self._find_retry(claim, receipt)
            state = _DEFERRED if not_before else DeliveryState.REFUSED
        self._outcomes.append(Outcome(claim, receipt, state, not_before))
        self.in_flight.pop(claim.sequence, None)  # only now: what is in flight is never released
        if state is _ACCEPTED:
            self._offers.settle(claim.sequence, _OFFER_ACCEPTED)
        elif state is not _UNCERTAIN:
            self._offers.settle(claim.sequence, OfferState.NOT_ACCEPTED)

    def _find_retry(self, claim: Claim, receipt: Receipt) -> datetime | None:
        return self._context.retry_policy.next_attempt(
            attempts=claim.attempts,
            first_attempt=claim.first_attempt_at,
            now=self._context.clock.now(),
            retry_after=receipt.retry_after,
            random=self._context.random,
        )

    # In a transaction of the store

    def _write(self, work: Callable[[Connection], None]) -> None:
        """Do *work* in a transaction; if the store is unavailable, wait and start over."""
        delay_s, started = _FIRST_STORE_DELAY_S, monotonic()
        is_repeated = False
        while True:
            queue, held = list(self.queue), self._batches.get_state()
            try:
                with self._context.store.writing() as connection:
                    if is_repeated:  # the last attempt may have been committed without our knowing
                        self._catch_up(connection)
                    work(connection)
                    self._exchange_receipts(connection)
            except BatchTakenOver as error:
                self._batches.restore(held)
                self._drop_batch(error.first, queue)
            except StoreError as error:
                self.queue = deque(queue)
                self._batches.restore(held)
                is_too_long = monotonic() - started > _STORE_WAIT_S
                if not error.temporary or is_too_long or self._progress.should_stop():
                    raise
                log.warning(
                    "%s",
                    error,
                    extra={
                        "action": "store.unavailable",
                        "campaign": self._campaign.id,
                        "process_id": self._process.id,
                    },
                )
                sleep(delay_s)
                delay_s, is_repeated = min(delay_s * 2, _MAX_STORE_DELAY_S), True
            else:
                self._forget_offers(self._outcomes)
                self._outcomes.clear()
                self.last_write = monotonic()
                return

    def _exchange_receipts(self, connection: Connection) -> None:
        """Tell other processes how many messages were refused, and learn it from them; after batches are locked."""
        number, process_id, own = self._campaign.number, self._process.id, self._threshold.own
        if self._is_concluded:
            if self._threshold.find_deferral():
                exchange_receipts(connection, number, process_id, own, is_final=True)
            else:
                forget_receipts(connection, process_id, number)
        elif monotonic() - self._exchanged_at > _THRESHOLD_INTERVAL_S:
            self._exchanged_at = monotonic()
            self._threshold.others = exchange_receipts(connection, number, process_id, own)

    def _forget_offers(self, outcomes: Iterable[Outcome]) -> None:
        self._offers.forget_all(outcome.claim.sequence for outcome in outcomes)

    def _drop_batch(self, first: int, queue: list[Claim]) -> None:
        """Send nothing more of a batch that another process took over, nor of any other."""
        self._batches.drop(first)
        self.queue = deque(claim for claim in queue if claim.batch != first)
        self.stop_reason = StopReason.LEASE_LOST
        log.warning(
            "%s: another process took over.",
            self._campaign.id,
            extra={
                "action": "batch.taken_over",
                "campaign": self._campaign.id,
                "process_id": self._process.id,
                "batch": first,
            },
        )

    def _catch_up(self, connection: Connection) -> None:
        """Release what was claimed, and forget what was stored, by a transaction that we took for failed."""
        unstored = self._batches.catch_up(connection, self._outcomes)
        missing = {outcome.claim.sequence for outcome in unstored}
        self._forget_offers(each for each in self._outcomes if each.claim.sequence not in missing)
        self._outcomes = unstored
        known = [*self.in_flight, *(claim.sequence for claim in self.queue), *missing]
        claims.release(connection, self._campaign.number, process_id=self._process.id, keep=known)

    def _settle(self, connection: Connection) -> None:
        self._store(connection)

    def _settle_and_claim(self, connection: Connection) -> None:
        number, now = self._campaign.number, self._context.clock.now()
        row = self._read_status(connection, now)
        if self._outcomes and row.is_inactive:
            campaign_records.update_columns(connection, number, last_active_at=now)
        self.stop_reason = self._find_stop_reason(row) or self.stop_reason
        self.is_full = False
        if self.stop_reason:
            self._store(connection)
        elif row.is_expired:
            self._store(connection)
            self.queue.clear()  # `conclude()` releases it, and then it is skipped, see `delivery.conclude`
            self._claimer.available_at = None
        else:
            count = len(self.queue)
            limit = 0 if count >= self._low else self._max_open - len(self.in_flight) - count
            self.is_full = not self.queue and limit <= 0
            self._store(connection, limit=limit, last=row.pause_after)

    def _store(
        self,
        connection: Connection,
        *,
        limit: int = 0,
        last: int | None = None,
        puts_down: bool = True,
    ) -> None:
        claimed = self._transaction.run(
            connection,
            self._outcomes,
            self._list_open(),
            limit=limit,
            last=last,
            puts_down=puts_down,
            now=self._context.clock.now(),
        )
        self.queue.extend(claimed.claims)
        self._has_claimed_all = 0 < limit <= len(claimed.claims)  # so there are likely more
        self.has_more = claimed.has_more

    def _list_open(self) -> list[Claim]:
        return [*self.in_flight.values(), *self.queue]

    def _read_status(self, connection: Connection, now: datetime) -> Any:  # Any: its columns
        values = {
            "number": self._campaign.number,
            "process": self._process.id,
            "now": now,
            "inactive": now - _ACTIVE_INTERVAL,
        }
        (row,) = execute_prepared(connection, _STATUS, values).rows
        return row

    def _find_stop_reason(self, row: Any) -> StopReason | None:  # Any: a row of _STATUS
        if row.has_ended:
            return StopReason.LEASE_LOST
        if row.state != CampaignState.SENDING.value:
            return StopReason.NOT_SENDING
        return None

    def _settle_and_release(self, connection: Connection) -> None:
        number = self._campaign.number
        self._batches.lock(connection)
        self._store(connection, puts_down=False)
        claims.release(connection, number, process_id=self._process.id)
        self._batches.release(connection)
        state = connection.scalar(select(campaigns.c.state).where(campaigns.c.number == number))
        if state == CampaignState.CANCELLED.value:  # while messages were in flight
            transitions.skip_waiting(
                connection, number, SkipReason.CANCELLED, self._context.clock.now()
            )
