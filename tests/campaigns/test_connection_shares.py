"""`connections` is a total: all processes together never open more, and share them again when one comes or leaves."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.campaigns.delivery import sender_connections
from pipeline.campaigns.delivery.progress import NullListener
from pipeline.campaigns.rates import connection_shares as shares
from pipeline.campaigns.store import batches as batch_queries
from pipeline.campaigns.store.tables import batches, connection_shares, processes
from pipeline.campaigns.workers.reaping import reap_dead, release_orphans
from pipeline.clock import SystemClock
from pipeline.database import Store, open_store
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.senders.failover import FailoverSender
from pipeline.senders.smtp import SmtpSender
from pipeline.testing import RecordingSender
from tests.campaigns.support import NOON, make_plan, make_recipients, make_service
from tests.senders.smtp.smtp_sink import Moment, Sink

TOTAL = 4
SIZE = 20
HOUR = timedelta(hours=1)


@dataclass
class ConnectionCounter:
    """A script for the sink: takes its time for each message, and counts connections from greeting to QUIT."""

    delay_s: float = 0.05
    most: int = 0
    now: set[int] = field(default_factory=set)
    by_connection: Counter[int] = field(default_factory=Counter)

    def __call__(self, moment: Moment) -> None:
        """Count."""
        if moment.step == "CONNECT":
            self.now.add(moment.connection)
            self.most = max(self.most, len(self.now))
        elif moment.step == "QUIT":
            self.now.discard(moment.connection)
        elif moment.step == "DOT":
            self.by_connection[moment.connection] += 1
            time.sleep(self.delay_s)


def make_sender(port: int, connections: int = TOTAL) -> SmtpSender:
    """Return a sender for the sink."""
    return SmtpSender(host="127.0.0.1", port=port, security="none", connections=connections)


class StopFile(Event):
    """Is set once the file *path* exists."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def is_set(self) -> bool:
        """Whether the file is there."""
        return self._path.exists()

    def wait(self, timeout: float | None = None) -> bool:
        """Look a few times."""
        end = time.monotonic() + min(timeout or 0, 0.2)
        while not self.is_set() and time.monotonic() < end:
            time.sleep(0.05)
        return self.is_set()

    def set(self) -> None:
        """End only this worker: it ends anyway."""


def run_worker(url: str, folder: Path, port: int, connections: int) -> None:
    """Work in a process of its own until the file `stop` is there; look often whether others came or left."""
    batch_queries.BATCH_SIZE = SIZE
    sender_connections._CHECK_INTERVAL_S = sender_connections._WAIT_INTERVAL_S = 0.05
    with open_store(url, root=folder) as store:
        sender = make_sender(port, connections)
        service = make_service(store, sender=sender, clock=SystemClock())
        stop = StopFile(folder / "stop")
        with service.start_worker(None, stop=stop, stale_after=HOUR) as worker:
            worker.run()


def wait_for(what: object, is_done: Callable[[], object]) -> None:
    """Wait until *is_done*."""
    end = time.monotonic() + 60
    while not is_done():
        assert time.monotonic() < end, f"{what}: not within a minute"
        time.sleep(0.01)


def list_shares(store: Store) -> list[int]:
    """Return the shares, greatest first."""
    with store.reading() as connection:
        found = connection.scalars(select(connection_shares.c.connections))
        return sorted(found, reverse=True)


def list_holders(store: Store) -> set[str]:
    """Return the IDs of the processes that hold a batch."""
    with store.reading() as connection:
        query = select(batches.c.process_id).where(batches.c.process_id.is_not(None))
        return {*connection.scalars(query)}


def is_shared(store: Store, counter: ConnectionCounter, expected: list[int]) -> bool:
    """Whether processes hold as many connections as *expected*, and batches, and all connections are open."""
    held = list_shares(store), len(list_holders(store)), len(counter.now)
    return (expected, len(expected), sum(expected)) == held


@contextmanager
def run_processes(*arguments: Any) -> Iterator[Callable[[], BaseProcess]]:  # Any: of run_worker()
    """A function that starts a worker; all have ended at the end of the block."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    started: list[BaseProcess] = []

    def start() -> BaseProcess:
        process = context.Process(target=run_worker, args=arguments)
        process.start()
        started.append(process)
        return process

    try:
        yield start
        for process in started:
            process.join(60)
            assert process.exitcode in (0, -signal.SIGKILL)
    finally:
        for process in started:
            process.kill()
            process.join()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut batches of a few recipients."""
    monkeypatch.setattr(batch_queries, "BATCH_SIZE", SIZE)


@pytest.mark.parametrize("total", range(1, 9))
@pytest.mark.parametrize("count", range(1, 10))
def test_shares_are_the_whole(total: int, count: int) -> None:
    """The shares of all are what there is, each as large as the next, or one larger."""
    divided = [shares.divide(total, count, index) for index in range(count)]

    assert total == sum(divided)
    assert 1 >= divided[0] - divided[-1] and divided == sorted(divided, reverse=True)


def test_processes_never_open_more_than_the_total(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """Three workers share four connections; who comes gets some of those of the others, who leaves leaves them."""
    counter = ConnectionCounter()
    service = make_service(store, clock=SystemClock())
    with Sink(counter) as sink:
        service.create(make_plan(make_recipients(40 * SIZE), at=SystemClock().now()))
        with run_processes(store_url, tmp_path, sink.port, TOTAL) as start:
            for expected in ([4], [2, 2], [2, 1, 1]):
                start()
                wait_for(expected, partial(is_shared, store, counter, expected))
            counter.delay_s = 0
            (record,) = service.list_records()
            wait_for("the end", lambda: service.get(record.id).state is CampaignState.SENT)
            (tmp_path / "stop").touch()
    (campaign,) = service.list_campaigns()

    assert TOTAL == counter.most
    assert set() == counter.now
    assert (CampaignState.SENT, 40 * SIZE) == (
        campaign.state,
        campaign.count(DeliveryState.ACCEPTED),
    )
    assert 40 * SIZE == len(sink.ended) == len(set(sink.ended))
    assert [] == list_shares(store)


def test_who_has_no_connection_takes_no_batch(store: Store, store_url: str, tmp_path: Path) -> None:
    """Two workers and one connection: the second waits, and goes on when the first is dead."""
    counter = ConnectionCounter()
    service = make_service(store, clock=SystemClock())
    with Sink(counter) as sink:
        service.create(make_plan(make_recipients(5 * SIZE), at=SystemClock().now()))
        with run_processes(store_url, tmp_path, sink.port, 1) as start:
            first = start()
            wait_for("a message", lambda: sink.ended)
            (holder,) = list_holders(store)
            start()
            wait_for("both ask", lambda: [1, 0] == list_shares(store))
            before = len(sink.ended)
            wait_for("more messages", lambda: len(sink.ended) > before + 5)
            assert {holder} == list_holders(store) and 1 == len(counter.now)
            first.kill()
            first.join()
            counter.now.clear()
            counter.delay_s = 0
            (record,) = service.list_records()
            wait_for("the end", lambda: service.get(record.id).state is CampaignState.SENT)
            (tmp_path / "stop").touch()
    (campaign,) = service.list_campaigns()

    uncertain = campaign.count(DeliveryState.UNCERTAIN)
    assert CampaignState.SENT is campaign.state
    assert 5 * SIZE == campaign.count(DeliveryState.ACCEPTED) + uncertain
    assert uncertain <= 16 and len(sink.ended) == len(set(sink.ended))
    assert 1 == counter.most


class Limited(RecordingSender):
    """Accepts everything over at most *limit* connections, all of which it says are open."""

    def __init__(self, limit: int, counts: list[int]) -> None:
        super().__init__()
        self.connections = self.connection_limit = limit
        self.counts = counts

    def send(self, messages: Any) -> Any:  # Any: as in the base class
        """Record with how many connections each message was sent."""
        for receipt in super().send(messages):
            self.counts.append(self.connections)
            time.sleep(0.002)
            yield receipt


def test_campaigns_take_turns_at_one_connection(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small campaign does not wait for the end of a large one, although there is one connection for both."""
    monkeypatch.setattr(sender_connections, "_CHECK_INTERVAL_S", 0.02)
    monkeypatch.setattr(sender_connections, "_WAIT_INTERVAL_S", 0.02)
    monkeypatch.setattr(sender_connections, "_TURN_S", 0.1)
    sender = Limited(1, [])
    service = make_service(store, sender=sender, clock=SystemClock())
    large = service.create(make_plan(make_recipients(30 * SIZE)))
    small = service.create(make_plan(make_recipients(SIZE, start=1000)), allow_repeat=True)
    ended: list[str] = []

    def send(campaign_id: str) -> None:
        make_service(store, sender=Limited(1, sender.counts), clock=SystemClock()).send(campaign_id)
        ended.append(campaign_id)

    threads = [Thread(target=send, args=(each.id,)) for each in (large, small)]
    threads[0].start()
    wait_for("the large one is being sent", lambda: sender.counts)
    threads[1].start()
    for thread in threads:
        thread.join()

    assert [small.id, large.id] == ended
    assert 31 * SIZE == len(sender.counts)
    assert all(CampaignState.SENT is each.state for each in service.list_campaigns())


def test_a_list_of_senders_has_a_share_of_each(store: Store) -> None:
    """Both are shared by their own names; a campaign waits for neither while another has the other."""
    with (
        make_service(store) as service,
        service.start_process() as one,
        service.start_process() as two,
    ):
        plan = make_plan(make_recipients(SIZE), sender="relay, spare")
        record = service.create(plan)
        relay, spare = Limited(4, []), Limited(2, [])
        both = FailoverSender({"relay": relay, "spare": spare})
        first = sender_connections.SenderConnections(service.context, record, both, one)
        assert first.wait(NullListener()) is None
        assert (4, 2, 4) == (relay.connections, spare.connections, both.connections)

        def claim() -> list[int]:
            with store.writing() as connection:
                return [
                    shares.claim_share(connection, name, two.id, record.number, limit)
                    for name, limit in (("relay", 4), ("spare", 2))
                ]

        assert [0, 0] == claim()
        first.adjust()
        assert (2, 1, 2) == (relay.connections, spare.connections, both.connections)
        assert [2, 1] == claim()
        first.release()
        assert (4, 2, 4) == (relay.connections, spare.connections, both.connections)
        assert [4, 2] == claim()


def test_the_dead_leave_their_share(store: Store) -> None:
    """Whoever ends, dies or is orphaned by its own thread holds no connection any more."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(SIZE)))
    with service.start_process() as one:
        with store.writing() as connection:
            assert 4 == shares.claim_share(connection, "relay", one.id, record.number, 4)
            assert 0 == shares.claim_share(connection, "relay", "dead", record.number, 4)
            connection.execute(
                processes.insert().values(
                    id="dead",
                    name="dead",
                    kind="worker",
                    host="",
                    pid=1,
                    started_at=NOON,
                    heartbeat_at=SystemClock().now(),  # after the server was started
                )
            )
        reap_dead(store, clock=service.context.clock)
        assert [4] == list_shares(store)
        assert 1 == release_orphans(store, one.id, keep=[])
        assert [] == list_shares(store)
        with store.writing() as connection:
            shares.claim_share(connection, "relay", one.id, record.number, 4)
    assert [] == list_shares(store)
