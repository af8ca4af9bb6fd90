"""
Workers that are killed and frozen at random, as processes of their own, on both databases and both engines.

    HANDBILL_TEST_KILLS=100 make test ARGS="-n 0 -s tests/campaigns/test_random_kills.py"
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.campaigns import CampaignService
from pipeline.campaigns.delivery import sender_connections
from pipeline.campaigns.store import batches as batch_queries
from pipeline.campaigns.store.batch_recipients import list_unanswered
from pipeline.campaigns.store.tables import batches, connection_shares, deliveries
from pipeline.campaigns.workers import lease
from pipeline.campaigns.workers.reaping import reap_dead
from pipeline.clock import SystemClock
from pipeline.config.schema import WorkerTable
from pipeline.database import Store, open_store
from pipeline.fleet.engine_tables import upgrade_schema
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.project.engine_factory import make_engine
from pipeline.senders import MAX_IN_FLIGHT
from pipeline.testing import RecordingSender
from tests import databases
from tests.campaigns.support import make_plan, make_recipients, make_service
from tests.campaigns.test_connection_shares import StopFile, wait_for

VARIABLE = "HANDBILL_TEST_KILLS"
ROUNDS = int(os.environ.get(VARIABLE, "2"))
KINDS = ["sqlite-embedded", "postgresql-embedded", "postgresql-procrastinate"]
COUNT = 200 * ROUNDS
WORKERS = 4 if VARIABLE in os.environ else 3
CONNECTIONS = 4
#: How long a message takes: the campaign is to last as long as the rounds do.
DELAY_S = 0.01 if ROUNDS < 10 else 0.04
BATCH_SIZE = 100
#: Shorter than in earnest; on a busy machine some of the living are taken for stalled, which must do no harm.
LEASE_S, MARGIN_S, HEARTBEAT_S = 4, 2, 0.5


class FileSender(RecordingSender):
    """Writes to a file who was sent a message, and takes its time, so that something is always on its way."""

    def __init__(self, path: Path, delay_s: float) -> None:
        super().__init__(self._send)
        self.connections = self.connection_limit = CONNECTIONS
        self._delay_s = delay_s
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def _send(self, message: Message) -> Receipt:
        time.sleep(self._delay_s / 2)
        os.write(self._file, f"{message.recipient.email}\n".encode())
        time.sleep(self._delay_s / 2)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)


def run_worker(url: str, folder: Path, engine: str) -> None:
    """Work until the file `stop` is there."""
    batch_queries.BATCH_SIZE = BATCH_SIZE
    sender_connections._CHECK_INTERVAL_S = sender_connections._WAIT_INTERVAL_S = 0.1
    lease.LEASE, lease.LEASE_MARGIN, lease.HEARTBEAT_INTERVAL = (
        timedelta(seconds=each) for each in (LEASE_S, MARGIN_S, HEARTBEAT_S)
    )
    with open_store(url, root=folder) as store:
        sender = FileSender(folder / "mailed", delay_s=DELAY_S)
        service = make_service(store, sender=sender, clock=SystemClock())
        table = WorkerTable.model_validate({"engine": engine, "concurrency": 2})
        service.context = replace(service.context, engine=make_engine(table, store))
        stop = StopFile(folder / "stop")
        with service.start_worker(None, stop=stop, stale_after=timedelta(hours=12)) as worker:
            worker.run()


@dataclass
class Workers:
    """The workers on one store, some of them frozen."""

    url: str
    folder: Path
    engine: str
    choice: random.Random = field(default_factory=lambda: random.Random(20261130))
    running: list[BaseProcess] = field(default_factory=list)
    frozen: dict[BaseProcess, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def start(self) -> None:
        """Start another one."""
        context = get_context("forkserver")
        context.set_forkserver_preload([__name__])
        process = context.Process(target=run_worker, args=(self.url, self.folder, self.engine))
        process.start()
        self.running.append(process)

    def strike(self) -> None:
        """Kill one and start another, or freeze one for a time that is shorter or longer than its lease."""
        awake = [each for each in self.running if each not in self.frozen]
        victim = self.choice.choice(awake if len(awake) > 1 else self.running)
        if self.choice.random() < 0.3 and len(awake) > 1:
            os.kill(victim.pid or 0, signal.SIGSTOP)
            self.frozen[victim] = time.monotonic() + self.choice.uniform(0.5, 2 * LEASE_S)
            self.counts["frozen"] += 1
            return
        victim.kill()
        victim.join()
        self.running.remove(victim)
        self.frozen.pop(victim, None)
        self.counts["killed"] += 1
        self.start()

    def wake(self, *, everybody: bool = False) -> None:
        """Wake those whose time has come."""
        for process, end in [*self.frozen.items()]:
            if everybody or time.monotonic() > end:
                os.kill(process.pid or 0, signal.SIGCONT)
                del self.frozen[process]

    def end(self) -> None:
        """Let all end what they are doing, or kill them."""
        self.wake(everybody=True)
        (self.folder / "stop").touch()
        for process in self.running:
            process.join(60)
        codes = [process.exitcode for process in self.running]
        for process in self.running:
            process.kill()
        assert {0} == set(codes)


@pytest.fixture(params=KINDS if VARIABLE in os.environ else KINDS[:1])
def workers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workers]:
    """Workers on a new store."""
    kind, _, engine = request.param.partition("-")
    url = f"sqlite:///{tmp_path}/handbill.db"
    if kind == "postgresql":
        server: databases.Server = request.getfixturevalue("postgres")
        url = server.create_store()
    (tmp_path / ".handbill").mkdir()
    with open_store(url, root=tmp_path) as store:
        if engine == "procrastinate":
            upgrade_schema(store)
    found = Workers(url, tmp_path, engine)
    for _ in range(WORKERS):
        found.start()
    yield found
    for process in found.running:
        process.kill()


def test_random_kills_and_stalls(
    workers: Workers, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is sent two messages; of everybody it is known, or in doubt, and of few; nothing is left to anybody."""
    monkeypatch.setattr(batch_queries, "BATCH_SIZE", BATCH_SIZE)
    begun = time.monotonic()
    mailed = workers.folder / "mailed"
    mailed.touch()
    with open_store(workers.url, root=workers.folder) as store:
        service = make_service(store, clock=SystemClock())
        record = service.create(make_plan(make_recipients(COUNT), at=SystemClock().now()))
        wait_for("the first message", lambda: mailed.stat().st_size)
        while sum(workers.counts.values()) < ROUNDS:
            if service.get(record.id).state is not CampaignState.SENDING:
                break
            workers.strike()
            for _ in range(workers.choice.randrange(1, 12)):
                time.sleep(0.1)
                workers.wake()
        workers.wake(everybody=True)
        end = time.monotonic() + 60 + COUNT / 20
        while service.get(record.id).state is not CampaignState.SENT:
            assert time.monotonic() < end, service.get(record.id)
            time.sleep(0.2)
        workers.end()
        check(store, service, record.id, mailed, workers, request.node.name, begun)


def check(
    store: Store,
    service: CampaignService,
    campaign_id: str,
    mailed: Path,
    workers: Workers,
    name: str,
    begun: float,
) -> None:
    """Compare what was stored with what was sent."""
    reap_dead(store, clock=SystemClock())
    received = Counter(mailed.read_text().split())
    with store.reading() as connection:
        rows = connection.execute(select(deliveries.c.email, deliveries.c.state)).all()
        states = {row.email: DeliveryState(row.state) for row in rows}
        for row in connection.execute(select(batches)):
            batch = batch_queries._to_batch(row)
            assert row.process_id is None and [] == list_unanswered(connection, batch)
            assert row.receipts == row.size == batch_queries.count_receipts(connection, batch)
        assert [] == connection.execute(select(connection_shares)).all()
    tally = Counter(states.values())
    arrived = sum(states[email] is DeliveryState.UNCERTAIN for email in received)
    sys.stderr.write(
        f"\n{name}: {dict(workers.counts)}, {COUNT:,} recipients in {time.monotonic() - begun:.0f} s: "
        f"{len(received):,} mailed, {sum(n > 1 for n in received.values())} twice; "
        + ", ".join(f"{count:,} {state.value}" for state, count in tally.items())
        + f" ({arrived} of those uncertain had arrived)\n"
    )
    assert COUNT == len(states)
    assert {1} == set(received.values()), "somebody was sent two messages"
    assert {DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN} >= set(tally)
    assert {e for e, state in states.items() if state is DeliveryState.ACCEPTED} <= set(received)
    strikes = sum(workers.counts.values())
    assert strikes and tally[DeliveryState.UNCERTAIN] <= MAX_IN_FLIGHT * CONNECTIONS * strikes
    assert service.get(campaign_id).counts == tally
