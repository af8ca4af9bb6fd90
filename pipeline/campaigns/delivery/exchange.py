"""Give a sender the messages of a campaign, and take its receipts: what happens in the sender's thread."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from time import monotonic, sleep

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.check_receipt import InvalidReceipt, check_receipt, describe_state
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.file_composer import FileComposer
from pipeline.campaigns.delivery.open_claims import OpenClaims
from pipeline.campaigns.delivery.progress import ProgressListener, StopReason
from pipeline.campaigns.delivery.sender_connections import SenderConnections
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.store.claims import Claim
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.errors import ComposeError
from pipeline.mail import Composer
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.models.recipient import Recipient, is_split_name
from pipeline.recipient_tokens import TokenPurpose
from pipeline.senders import Sender

#: A pause or a cancellation is noticed within this time while the rate limit allows nothing.
_RATE_POLL_S, _MIN_RATE_POLL_S = 1.0, 0.1
#: A rate limit that allows more within this time is waited for with connections open.
_MAX_RATE_WAIT = timedelta(seconds=20)


class MessageExchange:
    """
    Claims, composes and passes on messages, and records the receipts for them.

    Args:
        connections: Those of *sender* that it may open; it ends when they should be others.
        threshold: Counts every receipt; when it is exceeded, no more messages are passed on.

    Attributes:
        violation: How the sender broke its contract.
        error: An error of ours; the sender may have made something else of it.
        is_abandoned: The sender was given up: it gets nothing more, and its receipts are ignored.
        has_lease: Whether the lease of *process* that it began with still holds.
        last_progress: When a message or a receipt was passed last, on the monotonic clock.
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
        claims: OpenClaims,
        threshold: FailureThreshold,
        progress: ProgressListener,
    ) -> None:
        self.violation: str | None = None
        self.error: BaseException | None = None
        self.is_abandoned = False
        self.last_progress = monotonic()
        self._campaign = campaign
        self._context = context
        self._composer = composer
        fields = composer.recipient_fields
        self._needs_unsubscribe_token = "unsubscribe_token" in fields
        self._needs_preferences_token = "preferences_token" in fields
        self._needs_digest = any(map(is_split_name, fields))
        self._sender = sender
        self._connections = connections
        self.has_lease = process.lease.get_check()
        self._claimer = claimer
        self._claims = claims
        self._threshold = threshold
        self._progress = progress
        self._stop_reason: StopReason | None = None
        self._is_exhausted = False

    @property
    def stop_reason(self) -> StopReason | None:
        """Why no more messages are passed on; None while they are, and if nothing is left."""
        return self._claims.stop_reason or self._stop_reason

    def run(self) -> None:
        """Pass on messages until nothing can be sent now, or the sender fails."""
        while True:
            self._is_exhausted = False
            for receipt in self._sender.send(self._compose_messages()):
                if not self._receive(receipt):
                    return
            if self.is_abandoned or self.error or self.violation:
                return
            if not self._is_exhausted:
                self.violation = "ended before it had taken all messages"
                return
            try:
                if self.stop_reason or not self._wait_for_rate_limit():
                    return
            except BaseException as error:
                self.error = error
                return

    def _wait_for_rate_limit(self) -> bool:
        """Wait until the rate limit allows more, if that is soon; return whether it does."""
        while not self._claims.queue and self.stop_reason is None:
            available_at = self._claimer.available_at
            now = self._context.clock.now()
            if available_at is None or available_at - now > _MAX_RATE_WAIT:
                return False
            if self._progress.should_stop():
                self._stop_reason = StopReason.REQUESTED
                return False
            remaining_s = (available_at - self._context.clock.now()).total_seconds()
            sleep(min(max(remaining_s, _MIN_RATE_POLL_S), _RATE_POLL_S))
            with self._claims.lock:
                if self.is_abandoned:
                    return False
                self._claims.settle_and_claim()  # notices a pause too
                if self._connections.is_changed():
                    self._stop_reason = StopReason.SHARE_CHANGED
        return self.stop_reason is None

    def _compose_messages(self) -> Iterator[Message]:
        while True:
            with self._claims.lock:
                if self.is_abandoned:
                    return
                try:
                    message = self._compose_next()
                except BaseException as error:  # ours, whatever the sender makes of it
                    self.error = error
                    raise
            if message is None:
                self._is_exhausted = True
                return
            yield message

    def _compose_next(self) -> Message | None:
        """Return the next message, which is then in flight, None if nothing can be sent now."""
        claims = self._claims
        while True:
            self._stop_reason = self._find_stop_reason()
            if self.stop_reason:
                return None
            if not claims.queue or claims.is_write_due:
                claims.settle_and_claim()
            if claims.is_full and not self.stop_reason:
                self.violation = (
                    f"took {len(claims.in_flight)} messages without returning a receipt"
                )
            if self.stop_reason or not (claims.queue or claims.has_more):
                return None
            if not claims.queue:  # everybody was skipped so far
                continue
            claim = claims.queue.popleft()
            message = self._compose(claim)
            if message:
                claims.offer(claim)
                self.last_progress = monotonic()
                return message

    def _find_stop_reason(self) -> StopReason | None:
        if self._progress.should_stop():
            return StopReason.REQUESTED
        if not self.has_lease():
            return StopReason.LEASE_LOST
        if self._threshold.exceeded():
            return StopReason.THRESHOLD_EXCEEDED
        if self._threshold.find_deferral():
            return StopReason.DEFERRED
        if self._connections.is_changed():
            return StopReason.SHARE_CHANGED
        return None

    def _compose(self, claim: Claim) -> Message | None:
        """Compose a message; if that fails for a recipient, their delivery is refused and all others go on."""
        recipient = self._make_recipient(claim)
        try:
            return self._composer.compose(recipient, sequence=claim.sequence, at=claim.composed_at)
        except ComposeError as error:
            receipt = Receipt(
                sequence=claim.sequence, state=DeliveryState.REFUSED, response=str(error)
            )
            self._record(claim, receipt)
            return None

    def _make_recipient(self, claim: Claim) -> Recipient:
        """Return the recipient, with as much as the edition needs: all of it takes a fifth as long as composing."""
        token = preferences_token = digest = ""
        if self._needs_unsubscribe_token:
            token = self._make_token(TokenPurpose.UNSUBSCRIBE, claim)
        if self._needs_preferences_token:
            preferences_token = self._make_token(TokenPurpose.PREFERENCES, claim)
        if self._needs_digest:
            digest = self._context.keys.hash_mailbox(claim.mailbox)
        return claim.to_recipient(token=token, preferences_token=preferences_token, digest=digest)

    def _make_token(self, purpose: TokenPurpose, claim: Claim) -> str:
        return self._context.keys.tokens.make(
            purpose,
            campaign=self._campaign.number,
            campaign_id=self._campaign.id,
            sequence=claim.sequence,
            mailbox=claim.mailbox,
        )

    def _receive(self, value: object) -> bool:
        """Record a receipt; return whether to go on."""
        claims = self._claims
        with claims.lock:
            if self.is_abandoned:
                return False
            try:
                receipt = check_receipt(value, in_flight=claims.in_flight)
            except InvalidReceipt as error:
                self.violation = str(error)
                return False
            try:
                self._record(claims.in_flight[receipt.sequence], receipt)
                self.last_progress = monotonic()
                if claims.is_running_low:
                    claims.settle_and_claim()
                elif claims.is_write_due:
                    claims.settle()
            except BaseException as error:
                self.error = error
                return False
            if receipt is not value:
                self.violation = describe_state(value)
            return self.violation is None

    def _record(self, claim: Claim, receipt: Receipt) -> None:
        self._threshold.record(receipt)
        self._claims.record(claim, receipt)
