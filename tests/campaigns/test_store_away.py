"""While the store is away or busy nobody's heartbeat reaches it, and nobody is taken for dead or stalled."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select, text

from pipeline.campaigns import CampaignService
from pipeline.campaigns.delivery.freeze import start_sending
from pipeline.campaigns.store import batches as batch_queries
from pipeline.campaigns.store.tables import batches
from pipeline.campaigns.workers import lease
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.campaigns.workers.reaping import StalledProcessMonitor, reap_dead
from pipeline.clock import SystemClock
from pipeline.database import Store, open_store
from pipeline.errors import StoreError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.testing import ManualClock, RecordingSender
from tests import databases
from tests.campaigns.support import database, make_plan, make_recipients, make_service
from tests.campaigns.test_connection_shares import wait_for

HOUR = timedelta(hours=1)


@contextmanager
def block_store(store: Store, request: pytest.FixtureRequest | None) -> Iterator[None]:
    """Let nobody reach the store: stop its server, or hold its only writer."""
    if store.is_shared and request:
        server: databases.Server = request.getfixturevalue("postgres")
        server.stop("fast")
        try:
            yield
        finally:
            server.start()
        return
    with store.engine.connect() as connection, connection.begin():
        yield


@pytest.fixture
def impatient(store: Store, store_url: str, tmp_path: Path) -> Iterator[Store]:
    """The same store, where a writer waits for 50 ms only."""
    with open_store(store_url, root=tmp_path, lock_timeout_s=0.05) as opened:
        yield opened


def read_holder(store: Store) -> str | None:
    """Return the ID of the process that holds the first batch."""
    with store.reading() as connection:
        holder: str | None = connection.scalar(select(batches.c.process_id))
    return holder


def hold_batch(service: CampaignService, process: WorkerProcess) -> None:
    """Let *process* hold the only batch of a new campaign."""
    record = service.create(make_plan(make_recipients(10)))
    start_sending(service.context, record.id, process, is_attended=False)
    with service.context.store.writing() as connection:
        assert batch_queries.claim_batch(
            connection,
            record.number,
            process_id=process.id,
            now=service.context.clock.now(),
            last=None,
        )


def end(*processes: WorkerProcess) -> None:
    """End processes whose heartbeats were sent by hand."""
    for process in processes:
        process.__exit__(None, None, None)


def test_an_hour_without_a_store_is_no_silence(
    store: Store, impatient: Store, request: pytest.FixtureRequest
) -> None:
    """When it is back all leases are out, and nobody is taken for dead; but who stays silent is."""
    clock = ManualClock(SystemClock().now())
    service = make_service(impatient, clock=clock)
    one, two = service.start_process(), service.start_process()
    monitor = StalledProcessMonitor(impatient, two)
    hold_batch(service, one)
    monitor.check()
    with block_store(store, request):
        for _ in range(lease.count_heartbeats()):
            clock.advance(HOUR)
            for process in (one, two):
                with pytest.raises(StoreError):
                    process.send_heartbeat()
    two.send_heartbeat()  # whoever comes first
    assert [0, 0] == [monitor.check(), reap_dead(impatient, clock=clock)]
    assert one.id == read_holder(impatient)
    one.send_heartbeat()
    assert [0, 0] == [monitor.check(), reap_dead(impatient, clock=clock)]
    for _ in range(lease.count_heartbeats()):
        assert one.id == read_holder(impatient)
        two.send_heartbeat()
        monitor.check()
    assert read_holder(impatient) is None
    end(one, two)


def test_a_file_that_is_busy_once_is_no_warning(
    store: Store,
    impatient: Store,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The first heartbeat in a row that a busy file keeps waiting is no warning, each further one is; a server's is."""
    monkeypatch.setattr(lease, "HEARTBEAT_INTERVAL", timedelta(milliseconds=10))
    failures: list[StoreError] = []
    send = WorkerProcess.send_heartbeat

    def note(process: WorkerProcess) -> None:
        try:
            send(process)
        except StoreError as error:
            failures.append(error)
            raise

    monkeypatch.setattr(WorkerProcess, "send_heartbeat", note)
    with make_service(impatient, clock=SystemClock()).start_process() as process:
        with block_store(store, request):
            wait_for("three failures", lambda: len(failures) > 2)
        before = process.heartbeats
        wait_for("another heartbeat", lambda: process.heartbeats > before)
    warnings = [
        each for each in caplog.records if getattr(each, "action", "") == "process.heartbeat_failed"
    ]
    assert len(warnings) == len(failures) - (not store.is_shared)


def test_who_has_no_lock_may_come_back(store: Store) -> None:
    """After the network of the server was away no lock is held; a worker that is back gives others time to come."""
    if not store.is_shared:
        return  # locks of files end with their process alone
    service = make_service(store, clock=SystemClock())
    one = service.start_process()
    hold_batch(service, one)
    with service.start_worker(None, stop=Event(), stale_after=HOUR) as worker:
        with store.engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                    "AND pid <> pg_backend_pid() AND database = "
                    "(SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            )
        worker.run(once=True)
        assert worker.process.is_recovering and one.id == read_holder(store)
        one.send_heartbeat()
        worker.process.heartbeats += lease.count_heartbeats()
        worker.stop.clear()
        worker.run(once=True)
        assert not worker.process.is_recovering and one.id == read_holder(store)
    end(one)


class CallCounter(RecordingSender):
    """Counts how often it was called: once, unless its process loses its lease."""

    calls = 0

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Count."""
        self.calls += 1
        yield from super().send(messages)


def test_a_busy_writer_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A backup or an import holds the only writer for longer than a lease, while two processes send.

    They send what they had claimed and wait; both go on as if nothing had been, and nothing is uncertain.
    """
    for name, seconds in (("LEASE", 3), ("LEASE_MARGIN", 1), ("HEARTBEAT_INTERVAL", 0.2)):
        monkeypatch.setattr(lease, name, timedelta(seconds=seconds))
    monkeypatch.setattr(batch_queries, "BATCH_SIZE", 20)
    senders = [CallCounter(answer_slowly) for _ in range(2)]
    with open_store(database(tmp_path), root=tmp_path) as store:
        service = make_service(store, clock=SystemClock())
        record = service.create(make_plan(make_recipients(200), at=SystemClock().now()))
        stop = Event()

        def work(sender: RecordingSender) -> None:
            with open_store(database(tmp_path), root=tmp_path) as own:
                service = make_service(own, sender=sender, clock=SystemClock())
                with service.start_worker(None, stop=stop, stale_after=HOUR) as worker:
                    worker.run()

        threads = [Thread(target=work, args=(sender,)) for sender in senders]
        for thread in threads:
            thread.start()
        try:
            wait_for("both send", lambda: all(sender.accepted for sender in senders))
            with block_store(store, None):
                time.sleep(1.1 * lease.LEASE.total_seconds())
                sent = [len(sender.accepted) for sender in senders]
            wait_for("the end", lambda: service.get(record.id).state is CampaignState.SENT)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        campaign = service.get(record.id)

    assert [1, 1] == [sender.calls for sender in senders], "a lease was lost"
    assert {DeliveryState.ACCEPTED: 200} == campaign.counts
    assert 200 == sum(len(sender.accepted) for sender in senders)
    assert all(len(sender.accepted) > count for sender, count in zip(senders, sent, strict=True))


def answer_slowly(message: Message) -> Receipt:
    """Accept a message after a moment."""
    time.sleep(0.01)
    return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)
