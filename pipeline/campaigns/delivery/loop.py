"""
The delivery loop of one campaign: claim, compose, send, settle.

The sender runs in a thread of its own, which also composes and claims; see `exchange` and `open_claims`. The caller's
thread stores receipts while the sender waits for a server, and gives a sender up that does not end when it should.
"""

from __future__ import annotations

import logging
from time import monotonic

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.exchange import MessageExchange
from pipeline.campaigns.delivery.file_composer import FileComposer
from pipeline.campaigns.delivery.open_claims import OpenClaims
from pipeline.campaigns.delivery.progress import LoopResult, ProgressListener, StopReason
from pipeline.campaigns.delivery.sender_connections import SenderConnections
from pipeline.campaigns.delivery.sender_thread import SenderThread, describe_crash
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.errors import PipelineError, SendError, StoreError
from pipeline.mail import Composer
from pipeline.senders import MAX_IN_FLIGHT, Sender

log = logging.getLogger(__name__)

#: How often the caller's thread looks after the sender.
_WATCH_INTERVAL_S = 0.1
#: A pause or a cancellation is noticed within this time while the sender waits for a server.
_STATUS_INTERVAL_S = 1.0
#: When it should stop, a sender is given up after this time without a receipt, or after this time in all.
_STOP_GRACE_S, _MAX_STOP_S = 5.0, 30.0


class DeliveryLoop:
    """
    Sends the deliveries of *campaign* through *sender* and stores their outcomes.

    Args:
        sender: Open, and stays open.
        connections: Those of *sender* that it may open.
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
        connections: SenderConnections,
        process: WorkerProcess,
        claimer: Claimer,
        threshold: FailureThreshold,
        progress: ProgressListener,
    ) -> None:
        self.campaign = campaign
        self._sender = sender
        self._process = process
        self._claimer = claimer
        self._threshold = threshold
        self._progress = progress
        self._last_check = monotonic()
        self._stop_seen_at: float | None = None
        self._claims = OpenClaims(
            campaign,
            context=context,
            process=process,
            claimer=claimer,
            threshold=threshold,
            progress=progress,
            max_open=MAX_IN_FLIGHT * sender.connections,
            low=sender.connections,
        )
        self._exchange = MessageExchange(
            campaign,
            context=context,
            composer=composer,
            sender=sender,
            connections=connections,
            process=process,
            claimer=claimer,
            claims=self._claims,
            threshold=threshold,
            progress=progress,
        )

    def run(self) -> LoopResult:
        """Send everything that can be sent now, and store its outcome."""
        exchange = self._exchange
        has_lease = exchange.has_lease
        self._sender.has_lease = lambda: has_lease() and not exchange.is_abandoned
        thread = SenderThread(exchange.run, name=self.campaign.id)
        thread.start()
        try:
            self._watch(thread)
        except BaseException:  # an interrupt, or the store is unavailable
            self._abandon()
            raise
        if exchange.is_abandoned:
            return LoopResult(stop_reason=exchange.stop_reason or StopReason.REQUESTED)
        error = exchange.error or thread.error
        if isinstance(error, SendError):
            return self._conclude_failure(error)
        self._claims.conclude(is_uncertain=True)
        if exchange.error is not None:
            raise exchange.error
        if error is not None or exchange.violation is not None:
            return self._describe_violation(error)
        return self._describe_stop()

    def _watch(self, thread: SenderThread) -> None:
        """Return when the sender has ended, or was given up; store receipts meanwhile."""
        while not thread.wait(_WATCH_INTERVAL_S):
            self._settle_meanwhile()
            if self._should_abandon():
                self._abandon()
                return

    def _settle_meanwhile(self) -> None:
        """Store receipts, unless the sender's thread is about to, and notice that the campaign was paused."""
        claims, now = self._claims, monotonic()
        is_late = claims.is_late
        is_check_due = now - max(claims.last_write, self._last_check) > _STATUS_INTERVAL_S
        if not (is_late or is_check_due) or not claims.lock.acquire(blocking=False):
            return
        try:
            self._last_check = now
            if is_late:
                claims.settle()
            claims.check_status()
        except StoreError as error:  # the sender's thread finds it when it needs the store
            log.warning("%s", error, extra={"action": "store.unavailable"} | self._log_fields)
        finally:
            claims.lock.release()

    def _should_abandon(self) -> bool:
        is_stopped = self._exchange.stop_reason in (StopReason.NOT_SENDING, StopReason.LEASE_LOST)
        if not (is_stopped or self._progress.should_stop()):
            self._stop_seen_at = None
            return False
        now = monotonic()
        self._stop_seen_at = self._stop_seen_at or now
        since_progress_s = now - max(self._stop_seen_at, self._exchange.last_progress)
        return since_progress_s > _STOP_GRACE_S or now - self._stop_seen_at > _MAX_STOP_S

    def _abandon(self) -> None:
        """Give the sender up: what it has is uncertain, and it gets nothing more."""
        self._exchange.is_abandoned = self._sender.is_abandoned = True
        log.info(
            "%s: the sender did not end in time.",
            self.campaign.id,
            extra={"action": "campaign.sender_abandoned"} | self._log_fields,
        )
        with self._claims.lock:
            self._claims.conclude(is_uncertain=True, reason="The sender did not end in time.")

    # How it ended

    def _conclude_failure(self, error: SendError) -> LoopResult:
        log.info("%s", error, extra={"action": "campaign.sender_failed"} | self._log_fields)
        is_ours = error is self._exchange.error
        self._claims.conclude(is_uncertain=error.uncertain or is_ours)
        if not self._exchange.has_lease():
            return LoopResult(stop_reason=StopReason.LEASE_LOST)
        return LoopResult(
            stop_reason=StopReason.SENDER_FAILED, message=str(error), is_temporary=error.temporary
        )

    def _describe_violation(self, error: BaseException | None) -> LoopResult:
        """Return the result of a sender that broke its contract; waiting does not help."""
        if isinstance(error, PipelineError):
            message = str(error)
        else:
            what = describe_crash(error) if error is not None else self._exchange.violation
            message = f'the sender "{self.campaign.sender}" {what}. Update its plug-in, or use another sender'
        log.info(
            "%s: %s",
            self.campaign.id,
            message,
            exc_info=error if log.isEnabledFor(logging.DEBUG) else None,
            extra={"action": "campaign.sender_crashed"} | self._log_fields,
        )
        return LoopResult(stop_reason=StopReason.SENDER_CRASHED, message=message)

    def _describe_stop(self) -> LoopResult:
        """Return the result of a sender that did as it should."""
        stop_reason = self._exchange.stop_reason
        if stop_reason is StopReason.THRESHOLD_EXCEEDED:
            message = self._threshold.exceeded() or ""
            return LoopResult(stop_reason=stop_reason, message=message)
        if stop_reason is StopReason.DEFERRED:
            message = self._threshold.find_deferral() or ""
            return LoopResult(stop_reason=stop_reason, message=message)
        if stop_reason is None and (available_at := self._claimer.available_at):
            return LoopResult(stop_reason=StopReason.RATE_LIMITED, available_at=available_at)
        return LoopResult(stop_reason=stop_reason or StopReason.EXHAUSTED)

    @property
    def _log_fields(self) -> dict[str, str]:
        return {"campaign": self.campaign.id, "process_id": self._process.id}
