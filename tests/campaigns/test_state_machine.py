"""
Any sequence of actions, with crashes at any write: no recipient is lost, none is mailed twice by us.

The model knows only what the server received. After each step each recipient is in exactly one state, an accepted
message was received by the make_sender, and a message received twice was retried by a person's decision.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import event, select

from pipeline.campaigns import RetryScope
from pipeline.campaigns.store.tables import deliveries
from pipeline.database import open_store
from pipeline.errors import SendError, StateError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, make_plan, make_recipients, make_service, use_sender

READERS = 40


class Crash(BaseException):
    """The process died: nothing after this happens."""


class Machine(RuleBasedStateMachine):
    """One campaign, its store on disk, and a server that records what it receives."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock(NOON)
        self.seen: Counter[str] = Counter()
        self.decided: Counter[str] = Counter()
        self.crash_at: int | None = None
        self.is_dead = False
        self.open()

    def open(self) -> None:
        """Restart the process."""
        self.is_dead = False
        self.writes = 0
        self.store = open_store(f"sqlite:///{self.folder.name}/h.db", root=Path(self.folder.name))
        event.listen(self.store.engine, "commit", self._commit)
        self.service = make_service(self.store, clock=self.clock)

    def _commit(self, _: Any) -> None:  # Any: a connection
        """Crash just before a commit, so that nothing is written."""
        self.writes += 1
        if self.crash_at is not None and self.writes >= self.crash_at:
            self.is_dead = True
        if self.is_dead:
            raise Crash

    def teardown(self) -> None:
        """Remove the store."""
        self.crash_at, self.is_dead = None, False
        self.store.close()
        self.folder.cleanup()

    @initialize()
    def plan(self) -> None:
        """Create the campaign."""
        self.id = self.service.create(make_plan(make_recipients(READERS))).id

    def run(self, what: Any, crash_at: int | None) -> None:  # Any: a call
        """Do something that may crash at its n-th write; then restart the process."""
        self.writes, self.crash_at = 0, crash_at
        try:
            with suppress(StateError):
                what()
        except Crash:
            pass
        self.crash_at = None
        if self.is_dead:
            self.is_dead = False
            self.store.close()
            self.open()
        with self.service:  # looks for the dead, and closes
            pass
        self.open()

    def make_sender(self, seed: int) -> RecordingSender:
        """Return a sender whose receipts depend on *seed*; the server records what it receives."""
        chance = random.Random(seed)

        def answer(message: Message) -> Receipt:
            kind = chance.random()
            if kind < 0.01:
                raise SendError("The cable is cut.", temporary=True)
            if kind < 0.02:
                self.seen[message.recipient.email] += 1
                raise SendError("The cable was cut after the dot.", uncertain=True)
            if kind < 0.1:
                return Receipt(sequence=message.sequence, state=DeliveryState.DEFERRED)
            if kind < 0.15:
                return Receipt(sequence=message.sequence, state=DeliveryState.REFUSED)
            self.seen[message.recipient.email] += 1
            if kind < 0.2:
                return Receipt(sequence=message.sequence, state=DeliveryState.UNCERTAIN)
            return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

        return RecordingSender(answer)

    @rule(seed=st.integers(0, 10_000), crash_at=st.integers(1, 9))
    def send(self, seed: int, crash_at: int | None) -> None:
        """Send until the crash; a complete send takes about seven writes."""
        sender = self.make_sender(seed)
        self.run(lambda: self.service.send(self.id, sender=sender), crash_at)

    @rule(crash_at=st.none() | st.integers(1, 3))
    def pause(self, crash_at: int | None) -> None:
        """Pause."""
        self.run(lambda: self.service.pause(self.id), crash_at)

    @rule(seed=st.integers(0, 10_000), scope=st.sampled_from([None, RetryScope.FAILED]))
    def resume(self, seed: int, scope: RetryScope | None) -> None:
        """Resume, or retry refused messages: a person's decision."""
        sender = self.make_sender(seed)
        use_sender(self.service, sender)
        self.run(lambda: self.service.resume(self.id, scope=scope), None)

    @rule(retry=st.booleans(), crash_at=st.none() | st.integers(1, 2))
    def resolve(self, retry: bool, crash_at: int | None) -> None:
        """Resolve uncertain deliveries; a retried recipient may receive it twice."""
        if retry:
            for email, state in self.read_states().items():
                if state is DeliveryState.UNCERTAIN:
                    self.decided[email] += 1
        self.run(lambda: self.service.resolve(self.id, retry=retry), crash_at)

    @rule()
    @precondition(lambda self: sum(self.seen.values()) > READERS // 2)
    def cancel(self) -> None:
        """Cancel the campaign."""
        self.run(lambda: self.service.cancel(self.id), None)

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(hours=hours))

    def read_states(self) -> dict[str, DeliveryState]:
        """Return the stored state of each recipient."""
        with self.store.reading() as connection:
            rows = connection.execute(select(deliveries.c.email, deliveries.c.state)).all()
        return {email: DeliveryState(state) for email, state in rows}

    @invariant()
    def no_recipient_is_missing_or_mailed_twice(self) -> None:
        """Each recipient has one state; accepted means received; received twice means retried by decision."""
        if not hasattr(self, "id"):
            return
        states = self.read_states()
        assert READERS == len(states)
        assert DeliveryState.CLAIMED not in states.values()
        for email, state in states.items():
            if state is DeliveryState.ACCEPTED:
                assert self.seen[email], email
            if state in (DeliveryState.PENDING, DeliveryState.DEFERRED):
                assert self.seen[email] <= self.decided[email], email
            assert self.seen[email] <= 1 + self.decided[email], email
        campaign = self.service.get(self.id)
        assert READERS == campaign.recipient_count
        if campaign.state in (CampaignState.SENT, CampaignState.CANCELLED):
            assert not campaign.count(DeliveryState.PENDING)
            assert not campaign.count(DeliveryState.DEFERRED)


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=15, stateful_step_count=8, deadline=None)
