"""
Several processes send one campaign; each may die at any write, lose an answer, or be stalled, replaced and wake up.

While one waits for the server, others do what they do: so a process sleeps through all of it, and goes on afterwards.
`HANDBILL_TEST_MACHINE=300` searches for longer, also on PostgreSQL.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from pipeline.campaigns.delivery import loop, send
from pipeline.campaigns.store import batches as batch_queries
from pipeline.campaigns.store.batch_recipients import list_unanswered
from pipeline.campaigns.store.tables import batches, deliveries
from pipeline.campaigns.workers.lease import boot_seconds
from pipeline.campaigns.workers.processes import WorkerProcess, free_work
from pipeline.campaigns.workers.reaping import reap_dead
from pipeline.database import Store, open_store
from pipeline.errors import StateError, StoreError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.testing import ManualClock, RecordingSender
from tests import databases
from tests.campaigns.support import NOON, make_plan, make_recipients, make_service, use_sender

READERS, SIZE, HOLDERS = 36, 12, 3
#: Open claims of a process: a batch takes several of them.
WINDOW = 4
VARIABLE = "HANDBILL_TEST_MACHINE"
EXAMPLES = int(os.environ.get(VARIABLE, "6"))


class Crash(BaseException):
    """The process died: nothing after this happens."""


class Fault(Enum):
    """What goes wrong with a write."""

    #: The process is killed before it is committed.
    KILLED_BEFORE = "killed before"
    #: The process is killed after it was committed.
    KILLED_AFTER = "killed after"
    #: It is not committed, and the process learns that the connection was lost.
    LOST = "lost"
    #: It is committed, and the process learns that the connection was lost.
    COMMITTED = "committed"


@dataclass(frozen=True)
class Move:
    """
    What a process does.

    Args:
        holder: Which process sends.
        seed: What the server says.
        fault: What goes wrong at its write number *at_write*, if anything.
        at_message: During this one *meanwhile* happens.
        frees: Whether others take it for stalled then.
    """

    holder: int
    seed: int
    fault: Fault | None
    at_write: int
    at_message: int
    frees: bool
    meanwhile: tuple[Move, ...] = ()


def moves(inner: st.SearchStrategy[tuple[Move, ...]]) -> st.SearchStrategy[Move]:
    """Moves during which *inner* happen."""
    return st.builds(
        Move,
        holder=st.integers(0, HOLDERS - 1),
        seed=st.integers(0, 10_000),
        fault=st.none() | st.sampled_from(Fault),
        at_write=st.integers(1, 16),
        at_message=st.integers(1, 16),
        frees=st.booleans(),
        meanwhile=inner,
    )


MOVES = moves(
    st.lists(moves(st.lists(moves(st.just(())), max_size=1).map(tuple)), max_size=2).map(tuple)
)


class Holder:
    """One process: its own connections to the store, and its lock."""

    def __init__(self, url: str, folder: Path, clock: ManualClock) -> None:
        self.is_dead = self.is_busy = False
        self.writes = 0
        self.fault: tuple[int, Fault] | None = None
        self.store = open_store(url, root=folder)
        self._writing = self.store.writing
        self.store.writing = self._write  # type: ignore[method-assign]
        self.service = make_service(self.store, clock=clock)
        self.process: WorkerProcess = self.service.start_process()

    @contextmanager
    def _write(self, *locks: Any) -> Iterator[Any]:  # Any: as in `Store`
        """Run a transaction that may have a fault."""
        if self.is_dead:
            raise Crash
        self.writes += 1
        fault = self.fault[1] if self.fault and self.fault[0] == self.writes else None
        with self._writing(*locks) as connection:
            yield connection
            self._fail(fault, Fault.KILLED_BEFORE, Fault.LOST)
        self._fail(fault, Fault.KILLED_AFTER, Fault.COMMITTED)

    def _fail(self, fault: Fault | None, killed: Fault, failed: Fault) -> None:
        if fault is killed:
            self.is_dead = True
            raise Crash
        if fault is failed:
            raise StoreError("The connection is lost.", temporary=True)

    def free_locks(self) -> None:
        """Free its locks, as the kernel does."""
        for lock in self.process._locks.values():
            lock.release()
        self.store.close()


class Machine(RuleBasedStateMachine):
    """One campaign, several processes, and a server that records what it receives."""

    server: ClassVar[databases.Server | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(batch_queries, "BATCH_SIZE", SIZE)
        patch.setattr(loop, "MAX_IN_FLIGHT", WINDOW)
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.url = f"sqlite:///{self.folder}/h.db"
        if self.server is not None:
            self.url = self.server.create_store()
        self.clock = ManualClock(NOON)
        self.seen: Counter[str] = Counter()
        self.decided: Counter[str] = Counter()
        self.store: Store = self.stack.enter_context(open_store(self.url, root=self.folder))
        self.service = make_service(self.store, clock=self.clock)
        self.holders = [Holder(self.url, self.folder, self.clock) for _ in range(HOLDERS)]

    def teardown(self) -> None:
        """Everybody who is left sends the rest: nobody is forgotten."""
        try:
            self.finish()
        finally:
            for holder in self.holders:
                holder.free_locks()
            self.stack.close()

    def finish(self) -> None:
        """Send what is left, without faults."""
        for _ in range(60):
            campaign = self.service.get(self.id)
            if campaign.state in (CampaignState.SENT, CampaignState.CANCELLED):
                break
            last = Move(0, 0, None, 0, 0, frees=False)
            reap_dead(self.store, clock=self.clock)  # a server that just started gave them time
            if campaign.state is CampaignState.PAUSED:  # resolved after it had been sent
                use_sender(self.service, self.make_sender(last, self.holders[0]))
                self.service.resume(self.id)
            self.play(last)
            self.clock.advance(timedelta(hours=3))
        self.check()
        states = Counter(self.read_states().values())
        assert {DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.CLAIMED}.isdisjoint(
            states
        ), states

    @initialize()
    def plan(self) -> None:
        """Create the campaign."""
        self.id = self.service.create(make_plan(make_recipients(READERS))).id

    # What happens

    @rule(move=MOVES)
    def send(self, move: Move) -> None:
        """A process sends, and others meanwhile."""
        self.play(move)

    @rule(retry=st.booleans())
    def resolve(self, retry: bool) -> None:
        """Somebody resolves uncertain deliveries; who is retried may receive it twice."""
        if retry:
            for email, state in self.read_states().items():
                if state is DeliveryState.UNCERTAIN:
                    self.decided[email] += 1
        with suppress(StateError):
            self.service.resolve(self.id, retry=retry)

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(hours=hours))

    def play(self, move: Move) -> None:
        """Let a process send, unless it is busy; it is replaced by a new one if it dies."""
        holder = self.holders[move.holder]
        if holder.is_busy:
            return
        holder.is_busy, holder.writes = True, 0
        holder.fault = (move.at_write, move.fault) if move.fault else None
        holder.process.lease.renew(boot_seconds())  # as a heartbeat does, which nobody sends here
        use_sender(holder.service, self.make_sender(move, holder))
        try:
            send.send(holder.service.context, self.id, process=holder.process, is_attended=False)
        except (Crash, StateError):
            pass
        except StoreError as error:
            assert error.temporary, error
        holder.is_busy, holder.fault = False, None
        if holder.is_dead:
            holder.free_locks()
            self.holders[move.holder] = Holder(self.url, self.folder, self.clock)
            self.check()
            reap_dead(self.store, clock=self.clock)
        else:  # as the poll of a worker does
            with self.store.writing() as connection:
                free_work(connection, holder.process.id, now=self.clock.now())
        self.check()

    def make_sender(self, move: Move, holder: Holder) -> RecordingSender:
        """Return a sender whose server answers by chance, and during one message lets others act."""
        chance = random.Random(move.seed)
        count = 0

        def answer(message: Message) -> Receipt:
            nonlocal count
            count += 1
            if count == move.at_message:
                if move.frees:
                    with self.store.writing() as connection:
                        free_work(connection, holder.process.id, now=self.clock.now())
                    self.check()
                for each in move.meanwhile:
                    self.play(each)
            kind = chance.random()
            if kind < 0.05:
                return Receipt(sequence=message.sequence, state=DeliveryState.DEFERRED)
            if kind < 0.1:
                return Receipt(sequence=message.sequence, state=DeliveryState.REFUSED)
            self.seen[message.recipient.email] += 1
            state = DeliveryState.UNCERTAIN if kind < 0.15 else DeliveryState.ACCEPTED
            return Receipt(sequence=message.sequence, state=state)

        return RecordingSender(answer)

    # What holds at any time

    def read_states(self) -> dict[str, DeliveryState]:
        """Return the stored state of each recipient."""
        with self.store.reading() as connection:
            rows = connection.execute(select(deliveries.c.email, deliveries.c.state)).all()
        return {email: DeliveryState(state) for email, state in rows}

    @invariant()
    def check(self) -> None:
        """Nobody is missing or mailed twice; in a batch without a holder everybody up to `offered` has a receipt."""
        if not hasattr(self, "id"):
            return
        with self.store.reading() as connection:
            for row in connection.execute(select(batches)).all():
                batch = batch_queries._to_batch(row)
                assert row.receipts == batch_queries.count_receipts(connection, batch)
                assert row.process_id or not list_unanswered(connection, batch)
        states = self.read_states()
        assert READERS == len(states)
        for email, state in states.items():
            assert self.seen[email] <= 1 + self.decided[email], email
            if state is DeliveryState.ACCEPTED:
                assert self.seen[email], email
            if state in (DeliveryState.PENDING, DeliveryState.DEFERRED):
                assert self.seen[email] <= self.decided[email], email
        counts = Counter(states.values())
        assert dict(counts) == self.service.get(self.id).counts


class PostgresMachine(Machine):
    """The same on PostgreSQL."""


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=EXAMPLES, stateful_step_count=5, deadline=None)


@pytest.mark.by_hand(VARIABLE)
def test_on_postgresql(postgres: databases.Server) -> None:
    """The same holds there."""
    PostgresMachine.server = postgres
    case = PostgresMachine.TestCase
    case.settings = settings(max_examples=EXAMPLES, stateful_step_count=5, deadline=None)
    case("runTest").runTest()
