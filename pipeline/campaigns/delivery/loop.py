"""
The delivery loop of one campaign: claim, compose, send, settle.

Claims and receipts are written in groups, one durable transaction for both: when the claimed deliveries are used up,
receipts are settled and as many new ones are claimed as keep the open claims within bounds. After a crash at most these
are uncertain.

The sender runs in a thread of its own, which also composes and claims. The caller's thread stores receipts while the
sender waits for a server, and gives a sender up that does not end when it should. A lock protects what both use.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, bindparam, select

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.check_receipt import InvalidReceipt, check_receipt, describe_state
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.file_composer import FileComposer
from pipeline.campaigns.delivery.progress import LoopResult, ProgressListener, StopReason
from pipeline.campaigns.delivery.sender_thread import SenderThread, describe_crash
from pipeline.campaigns.delivery.suppression import suppress_rejected
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.rates.windows import count_sent
from pipeline.campaigns.store import deliveries, transitions
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.store.deliveries import Claim, DeliveryOutcome
from pipeline.campaigns.store.offer_log import OfferLog, OfferState
from pipeline.campaigns.store.tables import campaigns, processes
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.errors import ComposeError, PipelineError, SendError, StoreError
from pipeline.mail import Composer
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt, SkipReason
from pipeline.models.message import Message
from pipeline.senders import MAX_IN_FLIGHT, Sender
from pipeline.tokens import TokenPurpose

log = logging.getLogger(__name__)

#: A receipt is stored within this time.
_MAX_SETTLE_DELAY_S = 0.25
#: What is known of an offered message by its receipt, until that is stored.
_OFFER_STATES = {
    DeliveryState.ACCEPTED: OfferState.ACCEPTED,
    DeliveryState.REFUSED: OfferState.NOT_ACCEPTED,
    DeliveryState.DEFERRED: OfferState.NOT_ACCEPTED,
}
#: How often the caller's thread looks after the sender.
_WATCH_INTERVAL_S = 0.1
#: A pause or a cancellation is noticed within this time while the sender waits for a server.
_STATUS_INTERVAL_S = 1.0
#: When it should stop, a sender is given up after this time without a receipt, or after this time in all.
_STOP_GRACE_S, _MAX_STOP_S = 5.0, 30.0
#: A pause or a cancellation is noticed within this time while the rate limit allows nothing.
_RATE_POLL_S = 1.0
#: A rate limit that allows more within this time is waited for with connections open.
_MAX_RATE_WAIT = timedelta(seconds=20)
#: How long an unavailable store is waited for; the delay between attempts doubles.
_STORE_WAIT_S, _FIRST_STORE_DELAY_S, _MAX_STORE_DELAY_S = 600, 0.1, 5.0

_STATUS = (
    select(
        campaigns.c.process_id,
        campaigns.c.state,
        campaigns.c.expires_at,
        campaigns.c.pause_after,
        processes.c.ended_at,
    )
    .join(processes, processes.c.id == bindparam("process"))
    .where(campaigns.c.number == bindparam("number"))
)


class DeliveryLoop:
    """
    Sends the deliveries of *campaign* through *sender* and stores their outcomes.

    Args:
        sender: Open, and stays open.
        claimer: Claims for this campaign and process.
        threshold: Counts every receipt; the loop stops when it is exceeded.
    """

    def __init__(
        self,
        campaign: CampaignRecord,
        *,
        context: CampaignContext,
        composer: Composer | FileComposer,
        sender: Sender,
        process: WorkerProcess,
        claimer: Claimer,
        threshold: FailureThreshold,
        progress: ProgressListener,
    ) -> None:
        self.campaign = campaign
        self._context = context
        self._composer = composer
        self._sender = sender
        self._process = process
        self._claimer = claimer
        self._threshold = threshold
        self._progress = progress
        self._max_open_claims = MAX_IN_FLIGHT * sender.connections
        self._queue: deque[Claim] = deque()
        self._in_flight: dict[int, Claim] = {}
        self._outcomes: list[tuple[Claim, DeliveryOutcome]] = []
        self._last_write = self._last_progress = self._last_check = monotonic()
        self._stop_reason: StopReason | None = None
        self._stop_seen_at: float | None = None
        self._lock = threading.RLock()
        self._is_abandoned = False
        self._is_source_exhausted = False
        self._violation: str | None = None
        self._own_error: BaseException | None = None
        self._offers = OfferLog(
            context.store.local_folder,
            process.id,
            campaign.number,
            slots=2 * self._max_open_claims,
        )

    def run(self) -> LoopResult:
        """Send everything that can be sent now, and store its outcome."""
        self._sender.has_lease = lambda: self._process.has_lease and not self._is_abandoned
        thread = SenderThread(self._send_all, name=self.campaign.id)
        thread.start()
        try:
            self._watch(thread)
        except BaseException:  # an interrupt, or the store is unavailable
            self._abandon()
            raise
        if self._is_abandoned:
            return LoopResult(stop_reason=self._stop_reason or StopReason.REQUESTED)
        error = self._own_error or thread.error
        if isinstance(error, SendError):
            return self._conclude_failure(error)
        self._conclude(is_uncertain=True)
        if self._own_error is not None:
            raise self._own_error
        if error is not None or self._violation is not None:
            return self._describe_violation(error)
        if self._stop_reason is StopReason.THRESHOLD_EXCEEDED:
            return LoopResult(
                stop_reason=self._stop_reason, message=self._threshold.exceeded() or ""
            )
        if self._stop_reason is StopReason.DEFERRED:
            return LoopResult(
                stop_reason=self._stop_reason, message=self._threshold.find_deferral() or ""
            )
        if self._stop_reason is None and (available_at := self._claimer.available_at):
            return LoopResult(stop_reason=StopReason.RATE_LIMITED, available_at=available_at)
        return LoopResult(stop_reason=self._stop_reason or StopReason.EXHAUSTED)

    def _conclude_failure(self, error: SendError) -> LoopResult:
        log.warning("%s", error, extra={"action": "campaign.sender_failed"} | self._log_fields)
        self._conclude(is_uncertain=error.uncertain or error is self._own_error)
        if not self._process.has_lease:
            return LoopResult(stop_reason=StopReason.LEASE_LOST)
        return LoopResult(
            stop_reason=StopReason.SENDER_FAILED, message=str(error), is_temporary=error.temporary
        )

    def _describe_violation(self, error: BaseException | None) -> LoopResult:
        """Return the result of a sender that broke its contract; waiting does not help."""
        if isinstance(error, PipelineError):
            message = str(error)
        else:
            what = describe_crash(error) if error is not None else self._violation
            message = f'the sender "{self.campaign.sender}" {what}. Update its plug-in, or use another sender'
        log.info(
            "%s: %s",
            self.campaign.id,
            message,
            exc_info=error if log.isEnabledFor(logging.DEBUG) else None,
            extra={"action": "campaign.sender_crashed"} | self._log_fields,
        )
        return LoopResult(stop_reason=StopReason.SENDER_CRASHED, message=message)

    # In the caller's thread, while the sender works

    def _watch(self, thread: SenderThread) -> None:
        """Return when the sender has ended, or was given up; store receipts meanwhile."""
        while not thread.wait(_WATCH_INTERVAL_S):
            self._settle_meanwhile()
            if self._should_abandon():
                self._abandon()
                return

    def _settle_meanwhile(self) -> None:
        """Store receipts, unless the sender's thread is about to, and notice that the campaign was paused."""
        now = monotonic()
        is_late = bool(self._outcomes) and now - self._last_write > _MAX_SETTLE_DELAY_S
        is_check_due = now - max(self._last_write, self._last_check) > _STATUS_INTERVAL_S
        if not (is_late or is_check_due) or not self._lock.acquire(blocking=False):
            return
        try:
            self._last_check = now
            if is_late:
                self._write(self._settle)
            with self._context.store.reading() as connection:
                self._stop_reason = self._read_stop_reason(connection) or self._stop_reason
        except StoreError as error:  # the sender's thread finds it when it needs the store
            log.warning("%s", error, extra={"action": "store.unavailable"} | self._log_fields)
        finally:
            self._lock.release()

    def _should_abandon(self) -> bool:
        is_stopped = self._stop_reason in (StopReason.NOT_SENDING, StopReason.LEASE_LOST)
        if not (is_stopped or self._progress.should_stop()):
            self._stop_seen_at = None
            return False
        now = monotonic()
        self._stop_seen_at = self._stop_seen_at or now
        since_progress_s = now - max(self._stop_seen_at, self._last_progress)
        return since_progress_s > _STOP_GRACE_S or now - self._stop_seen_at > _MAX_STOP_S

    def _abandon(self) -> None:
        """Give the sender up: what it has is uncertain, and it gets nothing more."""
        self._is_abandoned = self._sender.is_abandoned = True
        log.info(
            "%s: the sender did not end in time.",
            self.campaign.id,
            extra={"action": "campaign.sender_abandoned"} | self._log_fields,
        )
        with self._lock:
            self._conclude(is_uncertain=True, reason="The sender did not end in time.")

    # In the sender's thread

    def _send_all(self) -> None:
        while True:
            self._is_source_exhausted = False
            for receipt in self._sender.send(self._compose_messages()):
                if not self._receive(receipt):
                    return
            if self._is_abandoned or self._own_error or self._violation:
                return
            if not self._is_source_exhausted:
                self._violation = "ended before it had taken all messages"
                return
            try:
                if self._stop_reason or not self._wait_for_rate_limit():
                    return
            except BaseException as error:
                self._own_error = error
                return

    def _wait_for_rate_limit(self) -> bool:
        """Wait until the rate limit allows more, if that is soon; return whether it does."""
        while not self._queue and self._stop_reason is None:
            available_at = self._claimer.available_at
            now = self._context.clock.now()
            if available_at is None or available_at - now > _MAX_RATE_WAIT:
                return False
            if self._progress.should_stop():
                self._stop_reason = StopReason.REQUESTED
                return False
            remaining_s = (available_at - self._context.clock.now()).total_seconds()
            sleep(min(max(remaining_s, _FIRST_STORE_DELAY_S), _RATE_POLL_S))
            self._write(self._settle_and_claim)  # notices a pause too
        return self._stop_reason is None

    @property
    def _log_fields(self) -> dict[str, str]:
        return {"campaign": self.campaign.id, "process_id": self._process.id}

    def _compose_messages(self) -> Iterator[Message]:
        while True:
            with self._lock:
                if self._is_abandoned:
                    return
                try:
                    message = self._compose_next()
                except BaseException as error:  # ours, whatever the sender makes of it
                    self._own_error = error
                    raise
            if message is None:
                self._is_source_exhausted = True
                return
            yield message

    def _compose_next(self) -> Message | None:
        """Return the next message, which is then in flight, None if nothing can be sent now."""
        while True:
            self._stop_reason = self._find_stop_reason()
            if self._stop_reason:
                return None
            if not self._queue or monotonic() - self._last_write > _MAX_SETTLE_DELAY_S:
                self._write(self._settle_and_claim)
            if self._stop_reason or not self._queue:
                return None
            claim = self._queue.popleft()
            message = self._compose(claim)
            if message:
                self._in_flight[claim.sequence] = claim
                self._offers.offer(claim.sequence)
                self._last_progress = monotonic()
                return message

    def _find_stop_reason(self) -> StopReason | None:
        if self._progress.should_stop():
            return StopReason.REQUESTED
        if not self._process.has_lease:
            return StopReason.LEASE_LOST
        if self._threshold.exceeded():
            return StopReason.THRESHOLD_EXCEEDED
        if self._threshold.find_deferral():
            return StopReason.DEFERRED
        return None

    def _compose(self, claim: Claim) -> Message | None:
        """Compose a message; if that fails for a recipient, their delivery is refused and all others go on."""
        token = self._context.keys.tokens.make(
            TokenPurpose.UNSUBSCRIBE,
            campaign=self.campaign.number,
            campaign_id=self.campaign.id,
            sequence=claim.sequence,
            mailbox=claim.mailbox,
        )
        try:
            return self._composer.compose(
                claim.to_recipient(token=token), sequence=claim.sequence, at=claim.composed_at
            )
        except ComposeError as error:
            receipt = Receipt(
                sequence=claim.sequence, state=DeliveryState.REFUSED, response=str(error)
            )
            self._record(claim, receipt)
            return None

    def _receive(self, value: object) -> bool:
        """Record a receipt; return whether to go on."""
        with self._lock:
            if self._is_abandoned:
                return False
            try:
                receipt = check_receipt(value, in_flight=self._in_flight)
            except InvalidReceipt as error:
                self._violation = str(error)
                return False
            try:
                self._record(self._in_flight[receipt.sequence], receipt)
                self._last_progress = monotonic()
                if self._last_progress - self._last_write > _MAX_SETTLE_DELAY_S:
                    self._write(self._settle)
            except BaseException as error:
                self._own_error = error
                return False
            if receipt is not value:
                self._violation = describe_state(value)
            return self._violation is None

    def _record(self, claim: Claim, receipt: Receipt) -> None:
        self._store_outcome(claim, receipt)
        self._progress.on_receipt(receipt)

    def _store_outcome(self, claim: Claim, receipt: Receipt) -> None:
        self._outcomes.append((claim, self._decide_outcome(claim, receipt)))
        self._in_flight.pop(claim.sequence, None)  # only now: what is in flight is never released
        if (state := _OFFER_STATES.get(receipt.state)) is not None:
            self._offers.settle(claim.sequence, state)
        self._threshold.record(receipt)

    def _decide_outcome(self, claim: Claim, receipt: Receipt) -> DeliveryOutcome:
        if receipt.state is not DeliveryState.DEFERRED:
            return DeliveryOutcome(receipt=receipt, state=receipt.state)
        retry_at = self._context.retry_policy.next_attempt(
            attempts=claim.attempts,
            first_attempt=claim.first_attempt_at,
            now=self._context.clock.now(),
            retry_after=receipt.retry_after,
            random=self._context.random,
        )
        if retry_at is None:
            return DeliveryOutcome(receipt=receipt, state=DeliveryState.REFUSED)
        return DeliveryOutcome(receipt=receipt, state=DeliveryState.DEFERRED, not_before=retry_at)

    # In a transaction of the store

    def _settle_and_claim(self, connection: Connection) -> None:
        """Store outcomes, check that the campaign is still sending, and claim as many deliveries as may be open."""
        self._settle(connection)
        number, process_id = self.campaign.number, self._process.id
        now = self._context.clock.now()
        row = connection.execute(_STATUS, {"number": number, "process": process_id}).one()
        self._stop_reason = self._find_status_reason(row)
        if self._stop_reason:
            return
        if row.expires_at and now >= row.expires_at:
            deliveries.release(connection, number, process_id=process_id, keep=[*self._in_flight])
            self._queue.clear()
            transitions.skip_remaining(connection, number, SkipReason.EXPIRED, now)
        elif not self._queue:
            limit = self._max_open_claims - len(self._in_flight)
            if limit <= 0:
                self._violation = (
                    f"took {len(self._in_flight)} messages without returning a receipt"
                )
                return
            self._queue.extend(
                self._claimer.claim(connection, limit, last=row.pause_after, now=now)
            )

    def _read_stop_reason(self, connection: Connection) -> StopReason | None:
        keys = {"number": self.campaign.number, "process": self._process.id}
        return self._find_status_reason(connection.execute(_STATUS, keys).one())

    def _find_status_reason(self, row: Any) -> StopReason | None:  # Any: a row of _STATUS
        if row.ended_at is not None or row.process_id != self._process.id:
            return StopReason.LEASE_LOST
        if row.state != CampaignState.SENDING.value:
            return StopReason.NOT_SENDING
        return None

    def _settle(self, connection: Connection) -> None:
        now = self._context.clock.now()
        deliveries.settle(
            connection,
            self.campaign.number,
            self._outcomes,
            process_id=self._process.id,
            now=now,
        )
        mailboxes = (claim.mailbox for claim, _ in self._outcomes)
        count_sent(connection, self._claimer.rate_policy, mailboxes, now)
        suppress_rejected(connection, self._outcomes, self._context.keys, now)

    def _write(self, work: Callable[[Connection], None]) -> None:
        """Do *work* in a transaction; if the store is unavailable, wait and start over."""
        delay_s, started = _FIRST_STORE_DELAY_S, monotonic()
        is_repeated = False
        while True:
            queue = list(self._queue)
            try:
                with self._context.store.writing() as connection:
                    if is_repeated:  # the last attempt may have been committed without our knowing
                        self._release_unknown_claims(connection, queue)
                    work(connection)
            except StoreError as error:
                self._queue = deque(queue)
                is_too_long = monotonic() - started > _STORE_WAIT_S
                if not error.temporary or is_too_long or self._progress.should_stop():
                    raise
                log.warning("%s", error, extra={"action": "store.unavailable"} | self._log_fields)
                sleep(delay_s)
                delay_s, is_repeated = min(delay_s * 2, _MAX_STORE_DELAY_S), True
            else:
                for claim, _ in self._outcomes:
                    self._offers.forget(claim.sequence)
                self._outcomes.clear()
                self._last_write = monotonic()
                return

    def _release_unknown_claims(self, connection: Connection, queue: list[Claim]) -> None:
        known = [*self._in_flight, *(claim.sequence for claim in queue)]
        known += [claim.sequence for claim, _ in self._outcomes]
        deliveries.release(
            connection, self.campaign.number, process_id=self._process.id, keep=known
        )

    def _conclude(
        self, *, is_uncertain: bool, reason: str = "The sender returned no receipt."
    ) -> None:
        """Store all outcomes and release unsent claims; messages without a receipt are uncertain if *is_uncertain*."""
        receipts = []
        for claim in [*self._in_flight.values()] if is_uncertain else ():
            receipt = Receipt(
                sequence=claim.sequence, state=DeliveryState.UNCERTAIN, response=reason
            )
            self._store_outcome(claim, receipt)
            receipts.append(receipt)
        self._in_flight.clear()
        self._queue.clear()
        self._write(self._settle_and_release)
        self._offers.close()
        for receipt in receipts:
            self._progress.on_receipt(receipt)

    def _settle_and_release(self, connection: Connection) -> None:
        number = self.campaign.number
        self._settle(connection)
        deliveries.release(connection, number, process_id=self._process.id)
        state = connection.scalar(select(campaigns.c.state).where(campaigns.c.number == number))
        if state == CampaignState.CANCELLED.value:  # while messages were in flight
            transitions.skip_remaining(
                connection, number, SkipReason.CANCELLED, self._context.clock.now()
            )
