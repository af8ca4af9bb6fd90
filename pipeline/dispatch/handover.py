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
from dataclasses import dataclass
from enum import Enum
from time import monotonic
from typing import Protocol, TypeVar

from sqlalchemy import Connection, select

from pipeline.campaign import CampaignState
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.delivery import DeliveryState, Receipt, SkipReason
from pipeline.dispatch import ledger, suppressing
from pipeline.dispatch.campaigns import Record
from pipeline.dispatch.ledger import Claim, Outcome
from pipeline.dispatch.retry import Patience
from pipeline.dispatch.runs import Run
from pipeline.dispatch.screening import Screen
from pipeline.dispatch.tables import campaigns, runs
from pipeline.errors import ComposeError, SendError, StoreError
from pipeline.mail import Press
from pipeline.message import Message
from pipeline.senders import MAX_UNANSWERED, Sender

T = TypeVar("T")
log = logging.getLogger(__name__)

#: A receipt waits no longer than this to be written down, and a pause or cancellation no longer to be seen.
_AT_ONCE_S = 0.25
#: How long a store that is away is waited for, in steps of this and twice as long each time up to the last.
_STORE_PATIENCE_S, _FIRST_WAIT_S, _LONGEST_WAIT_S = 600, 0.1, 5.0


class Progress(Protocol):
    """Whoever watches a campaign."""

    def received(self, receipt: Receipt) -> None:
        """Learn of one receipt."""
        ...

    def wants_stop(self) -> bool:
        """Whether no further message should be begun."""
        ...


class Unwatched:
    """Nobody watches, and nobody stops it."""

    def received(self, receipt: Receipt) -> None:
        """Take no notice."""

    def wants_stop(self) -> bool:
        """Go on."""
        return False


class Ending(Enum):
    """Why a hand-over came to its end."""

    #: Nothing is left that could be claimed now.
    DRY = "dry"
    #: Whoever watches wants it stopped.
    STOPPED = "stopped"
    #: The campaign is no longer being sent: somebody paused or cancelled it.
    MOVED = "moved"
    #: The sender cannot go on.
    BROKEN = "broken"
    #: The run lost its lease: others believe it dead.
    LOST = "lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a hand-over ended, with the words of a sender that cannot go on."""

    why: Ending
    words: str = ""
    is_temporary: bool = False


class Handover:
    """
    The messages of *campaign*, from the ledger to *sender* and back.

    Args:
        sender: Open; it stays so.
        screen: Who may still be written to.
        token_of: Returns the opaque token of a mailbox.
        chance: From 0 to 1; spreads what is deferred.
    """

    def __init__(
        self,
        campaign: Record,
        *,
        store: Store,
        press: Press,
        sender: Sender,
        run: Run,
        screen: Screen,
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
        self._screen = screen
        self._token_of = token_of
        self._clock = clock
        self._progress = progress
        self._patience = patience
        self._chance = chance
        self._most = MAX_UNANSWERED * sender.connections
        self._queue: deque[Claim] = deque()
        self._out: dict[int, Claim] = {}
        self._outcomes: list[tuple[Claim, Outcome]] = []
        self._last_exchange = 0.0
        self._why: Ending | None = None
        self._waking = threading.Event()

    def go(self) -> Ended:
        """Hand over all that can be handed over now, and write down what became of it."""
        self._sender.may_begin = lambda: self._run.may_begin
        try:
            for receipt in self._sender.send(self._messages()):
                self._received(receipt)
        except SendError as error:
            log.warning("%s", error, extra={"action": "campaign.broken"} | self._named)
            self._conclude(in_doubt=error.uncertain)
            if not self._run.may_begin:
                return Ended(why=Ending.LOST)
            return Ended(why=Ending.BROKEN, words=str(error), is_temporary=error.temporary)
        except BaseException:
            self._conclude(in_doubt=True)
            raise
        self._conclude(in_doubt=True)
        return Ended(why=self._why or Ending.DRY)

    @property
    def _named(self) -> dict[str, str]:
        return {"campaign": self.campaign.id, "run": self._run.id}

    def _messages(self) -> Iterator[Message]:
        while True:
            if self._progress.wants_stop():
                self._why = Ending.STOPPED
                return
            if not self._run.may_begin:
                self._why = Ending.LOST
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
                sequence=claim.sequence, state=DeliveryState.REFUSED, words=str(error)
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
            select(
                campaigns.c.run,
                campaigns.c.state,
                campaigns.c.expires_at,
                campaigns.c.pause_after,
                runs.c.ended_at,
            )
            .join(runs, runs.c.id == self._run.id)
            .where(campaigns.c.number == self.campaign.number)
        ).one()
        if row.ended_at is not None or row.run != self._run.id:
            self._why = Ending.LOST
        elif row.state != CampaignState.SENDING.value:
            self._why = Ending.MOVED
        elif row.expires_at and self._clock.now() >= row.expires_at:
            ledger.release(connection, self.campaign.number, run=self._run.id, but=[*self._out])
            self._queue.clear()
            ledger.skip_rest(
                connection, self.campaign.number, SkipReason.EXPIRED, self._clock.now()
            )
        elif not self._queue:
            self._queue.extend(self._claim(connection, row.pause_after))

    def _claim(self, connection: Connection, last: int | None) -> list[Claim]:
        number, now = self.campaign.number, self._clock.now()
        claims: list[Claim] = []
        while (room := self._most - len(self._out) - len(claims)) > 0:
            rows = ledger.open_rows(connection, number, limit=room, now=now, last=last)
            if not rows:
                break
            stopped = self._screen.stopped(connection, rows)
            for reason in set(stopped.values()):
                out = [sequence for sequence, why in stopped.items() if why is reason]
                ledger.skip(connection, number, out, reason, now)
            free = [row for row in rows if row.sequence not in stopped]
            claims += ledger.take(connection, number, free, run=self._run.id, now=now)
            if not stopped:
                break
        return claims

    def _settle(self, connection: Connection) -> None:
        now = self._clock.now()
        ledger.settle(connection, self.campaign.number, self._outcomes, run=self._run.id, now=now)
        suppressing.suppress_refused(connection, self._outcomes, self._screen.digest_of, now)

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
                        ledger.release(
                            connection, self.campaign.number, run=self._run.id, but=known
                        )
                    work(connection)
            except StoreError as error:
                self._queue = deque(queue)
                if not error.temporary or monotonic() - since > _STORE_PATIENCE_S:
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
                words="There was no answer.",
            )
            self._settled(claim, receipt)
        self._out.clear()
        self._queue.clear()
        self._durably(self._give_back)

    def _give_back(self, connection: Connection) -> None:
        self._settle(connection)
        ledger.release(connection, self.campaign.number, run=self._run.id)
