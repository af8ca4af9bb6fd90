"""
Hand the messages of one campaign over: claim, compose, offer, settle.

Claims and receipts are written in groups, one durable transaction for both: when the claimed are used up, what came
back is settled and as many more are claimed as keep the open claims within bounds. After a crash those at most are in
doubt.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import monotonic

from sqlalchemy import Connection, bindparam, select

from pipeline.campaigns.delivery import suppress
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.progress import Ended, Ending, Progress
from pipeline.campaigns.rates import windows
from pipeline.campaigns.rates.limits import Alarm
from pipeline.campaigns.rates.retry import Patience
from pipeline.campaigns.store import deliveries, transitions
from pipeline.campaigns.store.campaign_records import Record
from pipeline.campaigns.store.deliveries import Claim, Outcome
from pipeline.campaigns.store.tables import campaigns, runs
from pipeline.campaigns.workers.processes import Run
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.errors import ComposeError, SendError, StoreError
from pipeline.mail import Composer
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt, SkipReason
from pipeline.models.message import Message
from pipeline.senders import MAX_IN_FLIGHT, Sender

log = logging.getLogger(__name__)

#: A receipt waits no longer than this to be written down, and a pause or cancellation no longer to be seen.
_AT_ONCE_S = 0.25
_LOOK_S = 1.0
#: A pace that allows more within this is waited for with the connections open.
_SOON = timedelta(seconds=20)
#: How long a store that is away is waited for, in steps of this and twice as long each time up to the last.
_STORE_PATIENCE_S, _FIRST_WAIT_S, _LONGEST_WAIT_S = 600, 0.1, 5.0

_STANDING = (
    select(
        campaigns.c.run,
        campaigns.c.state,
        campaigns.c.expires_at,
        campaigns.c.pause_after,
        runs.c.ended_at,
    )
    .join(runs, runs.c.id == bindparam("run"))
    .where(campaigns.c.number == bindparam("number"))
)


class Handover:
    """
    The messages of *campaign*, from the ledger to *sender* and back.

    Args:
        sender: Open; it stays so.
        claimer: Claims for this campaign and run.
        alarm: Hears every receipt; when it rings, the hand-over ends.
        token_of: Returns the opaque token of a mailbox.
        chance: From 0 to 1; spreads what is deferred.
    """

    def __init__(
        self,
        campaign: Record,
        *,
        store: Store,
        press: Composer,
        sender: Sender,
        run: Run,
        claimer: Claimer,
        alarm: Alarm,
        token_of: Callable[[str], str],
        clock: Clock,
        progress: Progress,
        patience: Patience,
        chance: Callable[[], float],
    ) -> None:
        self.campaign = campaign
        self._store = store
        self._press = press
        self._sender = sender
        self._run = run
        self._claimer = claimer
        self._alarm = alarm
        self._token_of = token_of
        self._clock = clock
        self._progress = progress
        self._patience = patience
        self._chance = chance
        self._most = MAX_IN_FLIGHT * sender.connections
        self._queue: deque[Claim] = deque()
        self._out: dict[int, Claim] = {}
        self._outcomes: list[tuple[Claim, Outcome]] = []
        self._last_exchange = 0.0
        self._why: Ending | None = None
        self._waking = threading.Event()

    def go(self) -> Ended:
        """Hand over all that can be handed over now, and write down what became of it."""
        self._sender.has_lease = lambda: self._run.has_lease
        try:
            while True:
                for receipt in self._sender.send(self._messages()):
                    self._received(receipt)
                if self._why or not self._wait_for_pace():
                    break
        except SendError as error:
            log.warning("%s", error, extra={"action": "campaign.broken"} | self._named)
            self._conclude(in_doubt=error.uncertain)
            if not self._run.has_lease:
                return Ended(why=Ending.LOST)
            return Ended(why=Ending.BROKEN, words=str(error), is_temporary=error.temporary)
        except BaseException:
            self._conclude(in_doubt=True)
            raise
        self._conclude(in_doubt=True)
        if self._why is Ending.ALARM:
            return Ended(why=Ending.ALARM, words=self._alarm.rings() or "")
        if self._why is None and (until := self._claimer.free_at):
            return Ended(why=Ending.PACED, until=until)
        return Ended(why=self._why or Ending.DRY)

    def _wait_for_pace(self) -> bool:
        """Wait until the pace allows more, if that is soon; return whether it does."""
        while not self._queue and self._why is None:
            until = self._claimer.free_at
            if until is None or until - self._clock.now() > _SOON:
                return False
            if self._progress.wants_stop():
                self._why = Ending.STOPPED
                return False
            left = (until - self._clock.now()).total_seconds()
            self._waking.wait(min(max(left, _FIRST_WAIT_S), _LOOK_S))
            self._durably(self._exchange)  # sees a pause too
        return self._why is None

    @property
    def _named(self) -> dict[str, str]:
        return {"campaign": self.campaign.id, "run": self._run.id}

    def _messages(self) -> Iterator[Message]:
        while True:
            if self._progress.wants_stop():
                self._why = Ending.STOPPED
                return
            if not self._run.has_lease:
                self._why = Ending.LOST
                return
            if self._alarm.rings():
                self._why = Ending.ALARM
                return
            if not self._queue or monotonic() - self._last_exchange > _AT_ONCE_S:
                self._durably(self._exchange)
            if self._why or not self._queue:
                return
            claim = self._queue.popleft()
            message = self._compose(claim)
            if message:
                self._out[claim.sequence] = claim
                yield message

    def _compose(self, claim: Claim) -> Message | None:
        """Compose the message; a reader for whom it cannot be composed is refused, and holds up nobody else."""
        reader = claim.recipient(token=self._token_of(claim.mailbox))
        try:
            return self._press.compose(reader, sequence=claim.sequence, at=claim.at)
        except ComposeError as error:
            receipt = Receipt(
                sequence=claim.sequence, state=DeliveryState.REFUSED, response=str(error)
            )
            self._settled(claim, receipt)
            return None

    def _received(self, receipt: Receipt) -> None:
        claim = self._out.pop(receipt.sequence)
        self._settled(claim, receipt)
        if monotonic() - self._last_exchange > _AT_ONCE_S:
            self._durably(self._settle)

    def _settled(self, claim: Claim, receipt: Receipt) -> None:
        self._outcomes.append((claim, self._outcome(claim, receipt)))
        self._alarm.hear(receipt)
        self._progress.received(receipt)

    def _outcome(self, claim: Claim, receipt: Receipt) -> Outcome:
        if receipt.state is not DeliveryState.DEFERRED:
            return Outcome(receipt=receipt, state=receipt.state)
        again = self._patience.next_attempt(
            attempts=claim.attempts,
            first_attempt=claim.first_offered_at,
            now=self._clock.now(),
            retry_after=receipt.retry_after,
            chance=self._chance,
        )
        if again is None:
            return Outcome(receipt=receipt, state=DeliveryState.REFUSED)
        return Outcome(receipt=receipt, state=DeliveryState.DEFERRED, not_before=again)

    # With the store

    def _exchange(self, connection: Connection) -> None:
        """Settle what came back, see whether to go on, and claim as many as may be open."""
        self._settle(connection)
        row = connection.execute(
            _STANDING, {"number": self.campaign.number, "run": self._run.id}
        ).one()
        if row.ended_at is not None or row.run != self._run.id:
            self._why = Ending.LOST
        elif row.state != CampaignState.SENDING.value:
            self._why = Ending.MOVED
        elif row.expires_at and self._clock.now() >= row.expires_at:
            deliveries.release(connection, self.campaign.number, run=self._run.id, but=[*self._out])
            self._queue.clear()
            transitions.skip_rest(
                connection, self.campaign.number, SkipReason.EXPIRED, self._clock.now()
            )
        elif not self._queue:
            most = self._most - len(self._out)
            now = self._clock.now()
            self._queue.extend(self._claimer.claim(connection, most, last=row.pause_after, now=now))

    def _settle(self, connection: Connection) -> None:
        now = self._clock.now()
        deliveries.settle(
            connection, self.campaign.number, self._outcomes, run=self._run.id, now=now
        )
        offered = (claim.mailbox for claim, _ in self._outcomes)
        windows.count(connection, self._claimer.pace, offered, now)
        suppress.suppress_refused(connection, self._outcomes, self._claimer.screen.digest_of, now)

    def _durably(self, work: Callable[[Connection], None]) -> None:
        """Do *work* in a transaction; wait for a store that is away, and start over when it is back."""
        wait, since = _FIRST_WAIT_S, monotonic()
        is_repeated = False
        while True:
            queue = list(self._queue)
            try:
                with self._store.writing() as connection:
                    if is_repeated:  # the last try may have been written although nobody told us
                        known = [*self._out, *(claim.sequence for claim in queue)]
                        known += [claim.sequence for claim, _ in self._outcomes]
                        deliveries.release(
                            connection, self.campaign.number, run=self._run.id, but=known
                        )
                    work(connection)
            except StoreError as error:
                self._queue = deque(queue)
                is_too_long = monotonic() - since > _STORE_PATIENCE_S
                if not error.temporary or is_too_long or self._progress.wants_stop():
                    raise
                log.warning("%s", error, extra={"action": "store.away"} | self._named)
                self._waking.wait(wait)
                wait, is_repeated = min(wait * 2, _LONGEST_WAIT_S), True
            else:
                self._outcomes.clear()
                self._last_exchange = monotonic()
                return

    def _conclude(self, *, in_doubt: bool) -> None:
        """Write down all that is known; give back what was not offered; without an answer, what was is in doubt."""
        for claim in self._out.values() if in_doubt else ():
            receipt = Receipt(
                sequence=claim.sequence,
                state=DeliveryState.UNCERTAIN,
                response="There was no answer.",
            )
            self._settled(claim, receipt)
        self._out.clear()
        self._queue.clear()
        self._durably(self._give_back)

    def _give_back(self, connection: Connection) -> None:
        number = self.campaign.number
        self._settle(connection)
        deliveries.release(connection, number, run=self._run.id)
        state = connection.scalar(select(campaigns.c.state).where(campaigns.c.number == number))
        if state == CampaignState.CANCELLED.value:  # while these were in hand
            transitions.skip_rest(connection, number, SkipReason.CANCELLED, self._clock.now())
