"""
Any sequence of moves, with crashes at any write: nobody is forgotten, nobody is mailed twice by us.

The model knows only what the server saw. After each step each recipient is in exactly one state, whoever is accepted
was seen by the server, and whoever was seen twice was sent to again by a person's decision.
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
    """The process is gone: nothing after this happens."""


class Machine(RuleBasedStateMachine):
    """One campaign, its store on disk, and a server that sees what arrives."""

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
        """Start the process anew."""
        self.is_dead = False
        self.writes = 0
        self.store = open_store(f"sqlite:///{self.folder.name}/h.db", root=Path(self.folder.name))
        event.listen(self.store.engine, "commit", self._commit)
        self.service = make_service(self.store, clock=self.clock)

    def _commit(self, _: Any) -> None:  # Any: a connection
        """Crash just before a commit: what was to be written never was."""
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
        """CampaignPlan the campaign."""
        self.id = self.service.create(make_plan(make_recipients(READERS))).id

    def run(self, what: Any, crash_at: int | None) -> None:  # Any: a call
        """Do something that may crash at its n-th write; then the process is started anew."""
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

    def server(self, seed: int) -> RecordingSender:
        """Return a relay whose answers are settled by *seed*; the server behind it sees what it is offered."""
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
        """Send, as far as it goes before the crash; a send of all takes some seven writes."""
        sender = self.server(seed)
        self.run(lambda: self.service.send(self.id, sender=sender), crash_at)

    @rule(crash_at=st.none() | st.integers(1, 3))
    def pause(self, crash_at: int | None) -> None:
        """Pause."""
        self.run(lambda: self.service.pause(self.id), crash_at)

    @rule(seed=st.integers(0, 10_000), scope=st.sampled_from([None, RetryScope.FAILED]))
    def resume(self, seed: int, scope: RetryScope | None) -> None:
        """Go on, or try the refused again: a person's decision."""
        sender = self.server(seed)
        use_sender(self.service, sender)
        self.run(lambda: self.service.resume(self.id, scope=scope), None)

    @rule(retry=st.booleans(), crash_at=st.none() | st.integers(1, 2))
    def resolve(self, retry: bool, crash_at: int | None) -> None:
        """Decide about the uncertain; whoever is to be sent to again may get it twice."""
        if retry:
            for email, state in self.states().items():
                if state is DeliveryState.UNCERTAIN:
                    self.decided[email] += 1
        self.run(lambda: self.service.resolve(self.id, retry=retry), crash_at)

    @rule()
    @precondition(lambda self: sum(self.seen.values()) > READERS // 2)
    def cancel(self) -> None:
        """Call it off."""
        self.run(lambda: self.service.cancel(self.id), None)

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(hours=hours))

    def states(self) -> dict[str, DeliveryState]:
        """Return the state of each recipient, as the store has it."""
        with self.store.reading() as connection:
            rows = connection.execute(select(deliveries.c.email, deliveries.c.state)).all()
        return {email: DeliveryState(state) for email, state in rows}

    @invariant()
    def nobody_is_forgotten_or_doubled(self) -> None:
        """Everybody is in one state; who is accepted was seen; who was seen twice was decided about."""
        if not hasattr(self, "id"):
            return
        states = self.states()
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
