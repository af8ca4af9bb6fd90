"""What each engine does for the workers: the embedded one and Procrastinate, on one PostgreSQL server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from pipeline.campaigns import CampaignService
from pipeline.campaigns.workers.embedded_engine import EmbeddedEngine
from pipeline.campaigns.workers.tickets import (
    Engine,
    Ticket,
    TicketKind,
    make_campaign_ticket,
)
from pipeline.campaigns.workers.worker import PolledMailbox, Worker
from pipeline.clock import SystemClock
from pipeline.config.schema import WorkerTable
from pipeline.database import Store, open_store
from pipeline.fleet.engine_tables import upgrade_schema
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.project.engine_factory import make_engine
from pipeline.testing import RecordingSender
from tests import databases
from tests.campaigns.support import list_sent_emails, make_plan, make_recipients, make_service

HOUR = timedelta(hours=1)


class Fleet:
    """A database, and workers with one kind of engine on it."""

    def __init__(self, store: Store, kind: str) -> None:
        self.store = store
        self.kind = kind
        self.sender = RecordingSender()

    def make_service(self, sender: RecordingSender | None = None) -> CampaignService:
        """Return a service, as one process has."""
        service = make_service(self.store, sender=sender or self.sender, clock=SystemClock())
        service.context = replace(service.context, engine=self.make_engine())
        return service

    def make_engine(self) -> Engine:
        """Return an engine, as one process has."""
        table = WorkerTable.model_validate({"engine": self.kind, "concurrency": 2})
        return make_engine(table, self.store)

    @contextmanager
    def run_worker(
        self, service: CampaignService | None = None, mailbox: PolledMailbox | None = None
    ) -> Iterator[Worker]:
        """Run a worker in a thread for the block."""
        stop = threading.Event()
        service = service or self.make_service()
        with service.start_worker(None, stop=stop, stale_after=HOUR, mailbox=mailbox) as worker:
            thread = threading.Thread(target=worker.run)
            thread.start()
            try:
                yield worker
            finally:
                stop.set()
                thread.join()

    def lose_tickets(self) -> None:
        """Empty the engine's tables."""
        if self.kind == "procrastinate":
            with self.store.writing() as connection:
                connection.execute(text("DELETE FROM procrastinate_jobs WHERE status = 'todo'"))


@pytest.fixture(scope="module", params=["embedded", "procrastinate"])
def fleet(
    request: pytest.FixtureRequest,
    postgres: databases.Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fleet]:
    """A fleet with one engine."""
    url = postgres.create_database()
    with open_store(url, root=tmp_path_factory.mktemp("fleet")) as store:
        if request.param == "procrastinate":
            upgrade_schema(store)
        yield Fleet(store, request.param)


@pytest.fixture
def worker(fleet: Fleet) -> Iterator[Worker]:
    """A worker that runs beside the test."""
    with fleet.run_worker() as worker:
        yield worker


def wait_for(is_done: Callable[[], object]) -> None:
    """Wait until *is_done*; a minute is for machines with much to do."""
    end = time.monotonic() + 60
    while not is_done():
        assert time.monotonic() < end, "it did not happen within a minute"
        time.sleep(0.02)


def wait_until_sent(service: CampaignService, *ids: str) -> None:
    """Wait until these campaigns are sent."""
    wait_for(lambda: all(service.get(each).state is CampaignState.SENT for each in ids))


def create(service: CampaignService, count: int = 5, *, at: datetime | None = None) -> str:
    """Create a campaign for *count* recipients, due now or *at* an instant."""
    plan = make_plan(make_recipients(count), at=at or datetime.now(UTC))
    return service.create(plan, allow_repeat=True).id


def count_sent(fleet: Fleet, campaign_id: str, sender: RecordingSender | None = None) -> int:
    """Return how many messages of a campaign the sender accepted, each recipient counted every time."""
    accepted = (sender or fleet.sender).accepted
    return sum(message.campaign_id == campaign_id for message in accepted)


def test_what_is_due_is_sent(fleet: Fleet, worker: Worker) -> None:
    """Campaigns that another process creates are sent, more of them than are sent at once."""
    service = fleet.make_service()
    ids = [create(service) for _ in range(5)]
    wait_until_sent(service, *ids)
    assert [5] * 5 == [count_sent(fleet, each) for each in ids]


def test_nothing_is_sent_before_its_instant(fleet: Fleet, worker: Worker) -> None:
    """A scheduled campaign waits for its instant, and is sent then."""
    service = fleet.make_service()
    due_at = datetime.now(UTC) + timedelta(seconds=1.5)
    campaign_id = create(service, at=due_at)
    wait_for(lambda: service.get(campaign_id).state is not CampaignState.SCHEDULED)
    assert due_at <= datetime.now(UTC)
    wait_until_sent(service, campaign_id)
    assert 5 == count_sent(fleet, campaign_id)


def test_missing_tickets_are_made_again(fleet: Fleet, worker: Worker) -> None:
    """If the engine's tables are emptied, the poll of the ledger finds the work."""
    service = fleet.make_service()
    campaign_id = create(service, at=datetime.now(UTC) + timedelta(seconds=0.5))
    fleet.lose_tickets()
    wait_until_sent(service, campaign_id)
    assert 5 == count_sent(fleet, campaign_id)


def test_doubled_and_late_tickets_do_no_harm(fleet: Fleet, worker: Worker) -> None:
    """However many tickets there are, before and after: each recipient gets one message."""
    service = fleet.make_service()
    campaign_id = create(service, 50)
    for second in range(20):
        at = datetime.now(UTC) + timedelta(seconds=second / 10)
        service.context.engine.add(make_campaign_ticket(campaign_id, at))
    wait_until_sent(service, campaign_id)
    service.context.engine.add(make_campaign_ticket(campaign_id))
    other = create(service)
    wait_until_sent(service, other)
    assert (50, 5) == (count_sent(fleet, campaign_id), count_sent(fleet, other))


def test_a_ticket_is_taken_back_with_its_transaction(fleet: Fleet, worker: Worker) -> None:
    """What is rolled back leaves neither a campaign nor a ticket; the transaction bears a ticket that exists."""
    service = fleet.make_service()
    later = make_campaign_ticket("2099-01-01-never", datetime.now(UTC) + HOUR)
    with pytest.raises(ZeroDivisionError), fleet.store.writing() as connection:
        service.context.engine.add(later, connection)
        raise ZeroDivisionError
    with fleet.store.writing() as connection:
        service.context.engine.add(later, connection)
        service.context.engine.add(later, connection)
        assert 1 == connection.scalar(text("SELECT 1"))
    if fleet.kind == "procrastinate":
        with fleet.store.reading() as connection:
            count = text(
                "SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'campaign_id' = :id"
            )
            assert 1 == connection.scalar(count, {"id": later.campaign_id})


def test_foreign_tickets_do_no_harm(fleet: Fleet, worker: Worker) -> None:
    """Tickets for what does not exist, and jobs of another version, are passed over."""
    service = fleet.make_service()
    service.context.engine.add(make_campaign_ticket("2026-01-01-gone"))
    service.context.engine.add(Ticket(kind=TicketKind.FEEDS))
    if fleet.kind == "procrastinate":
        with fleet.store.writing() as connection:
            for name, arguments in (
                ("handbill.balloons", "{}"),
                ("handbill.campaign", '{"campaign_id": "x", "batch": 3}'),
            ):
                connection.execute(
                    text(
                        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
                        "VALUES ('handbill.campaign', :name, CAST(:arguments AS jsonb))"
                    ),
                    {"name": name, "arguments": arguments},
                )
    campaign_id = create(service)
    wait_until_sent(service, campaign_id)
    assert 5 == count_sent(fleet, campaign_id)


def test_a_bug_fails_one_campaign(fleet: Fleet) -> None:
    """What a sender raises fails its campaign; the worker sends the next one."""

    def answer(message: Message) -> Receipt:
        if message.campaign_id == broken:
            raise ZeroDivisionError
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    service = fleet.make_service(sender := RecordingSender(answer))
    broken, sound = create(service), create(service)
    with fleet.run_worker(service):
        wait_until_sent(service, sound)
        wait_for(lambda: service.get(broken).state is CampaignState.FAILED)
    assert (0, 5) == (count_sent(fleet, broken, sender), count_sent(fleet, sound, sender))


def test_a_stopped_worker_completes_what_it_began(fleet: Fleet) -> None:
    """Stopped in the middle of a campaign, it ends without uncertain deliveries, and another worker sends the rest."""
    reached, go_on = threading.Event(), threading.Event()

    def answer(message: Message) -> Receipt:
        if message.sequence == 10:
            reached.set()
            go_on.wait()
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    service = fleet.make_service(sender := RecordingSender(answer))
    campaign_id = create(service, 40)
    with fleet.run_worker(service) as worker:
        wait_for(reached.is_set)
        worker.stop.set()
        go_on.set()
    stopped = service.get(campaign_id)
    assert (CampaignState.SENDING, 0) == (stopped.state, stopped.count(DeliveryState.UNCERTAIN))
    assert 10 <= stopped.count(DeliveryState.ACCEPTED) < 40
    with fleet.run_worker(service):
        wait_until_sent(service, campaign_id)
    assert 40 == len(set(list_sent_emails(sender))) == count_sent(fleet, campaign_id, sender)


def test_the_database_may_go_away(
    fleet: Fleet, postgres: databases.Server, caplog: pytest.LogCaptureFixture
) -> None:
    """After a restart of the server the worker works on: what it was sending, and what comes after."""
    reached, go_on = threading.Event(), threading.Event()

    def answer(message: Message) -> Receipt:
        if message.sequence == 5:
            reached.set()
            go_on.wait()
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    service = fleet.make_service(sender := RecordingSender(answer))
    first = create(service, 20)
    with fleet.run_worker(service):
        wait_for(reached.is_set)
        postgres.stop("immediate")
        go_on.set()
        noticed = "engine.restarted" if fleet.kind == "procrastinate" else "store.unavailable"
        wait_for(lambda: any(noticed == getattr(r, "action", None) for r in caplog.records))
        postgres.start()
        second = create(service)
        wait_until_sent(service, second)
        wait_until_sent(service, first)
    emails = [each.recipient.email for each in sender.accepted if each.campaign_id == first]
    done = service.get(first)
    assert len(set(emails)) == len(emails), "nobody gets it twice"
    assert 20 == done.count(DeliveryState.ACCEPTED) + done.count(DeliveryState.UNCERTAIN)
    assert 5 == count_sent(fleet, second, sender)


class CountingMailbox:
    """Knows when it was read."""

    interval = timedelta(seconds=2)

    def __init__(self) -> None:
        self.read_at: list[float] = []

    def poll(self, stop: threading.Event) -> None:
        """Note the time."""
        self.read_at.append(time.time())


def test_the_mailbox_is_read_again_and_again(fleet: Fleet) -> None:
    """It is read when a worker starts, and then once in each interval, by one of the workers of a fleet."""
    mailbox = CountingMailbox()
    with fleet.run_worker(mailbox=mailbox), fleet.run_worker(mailbox=mailbox):
        wait_for(lambda: len(mailbox.read_at) >= 6)
    if fleet.kind == "procrastinate":
        regular = [int(each // 2) for each in mailbox.read_at[3:]]
        assert len(set(regular)) == len(regular)


def test_the_default_engine_is_embedded(fleet: Fleet) -> None:
    """Without a setting, a worker relies on nothing but the store."""
    assert isinstance(make_engine(WorkerTable(), fleet.store), EmbeddedEngine)
