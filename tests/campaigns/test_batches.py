"""Batches that several processes share: nobody is offered a message by two of them, and nobody is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from pipeline.campaigns import CampaignService, FirstBatch
from pipeline.campaigns.delivery import freeze, send
from pipeline.campaigns.delivery.progress import NullListener
from pipeline.campaigns.planning.schedule import parse_local_time
from pipeline.campaigns.rates.limits import RateLimit, RatePolicy
from pipeline.campaigns.store import batches as batch_queries
from pipeline.campaigns.store import transitions
from pipeline.campaigns.store.batch_recipients import list_unanswered
from pipeline.campaigns.store.batches import BatchTakenOver
from pipeline.campaigns.store.tables import batches, deliveries, receipts
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.database import Store, open_store
from pipeline.errors import StoreError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import (
    NOON,
    SECRET,
    add_subscribers,
    database,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)

ACCEPTED = DeliveryState.ACCEPTED
SIZE = 20


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut batches of a few recipients, so that a few messages go through many."""
    monkeypatch.setattr(batch_queries, "BATCH_SIZE", SIZE)


def read_states(store: Store) -> dict[int, str]:
    """Return the state of each delivery by its sequence."""
    with store.reading() as connection:
        query = select(deliveries.c.sequence, deliveries.c.state).order_by(deliveries.c.sequence)
        rows = connection.execute(query).all()
    return {row.sequence: row.state for row in rows}


def check_balance(store: Store, service: CampaignService, campaign_id: str) -> None:
    """The counts are those of the view; in a batch that nobody holds everybody up to `offered` has a receipt."""
    states = list(read_states(store).values())
    counts = service.get(campaign_id).counts
    assert {DeliveryState(each): states.count(each) for each in set(states)} == counts
    with store.reading() as connection:
        for row in connection.execute(select(batches)).all():
            batch = batch_queries._to_batch(row)
            assert row.receipts == batch_queries.count_receipts(connection, batch)
            assert row.process_id or not list_unanswered(connection, batch)


class Interrupting(RecordingSender):
    """Accepts everything; does something before the receipt of one message."""

    def __init__(self, at: int, what: Any) -> None:  # Any: a call
        super().__init__(self._answer)
        self._at = at
        self._what = what

    def _answer(self, message: Message) -> Receipt:
        if message.sequence == self._at:
            self._what()
        return Receipt(sequence=message.sequence, state=ACCEPTED)


def send_unattended(service: CampaignService, campaign_id: str, process: WorkerProcess) -> None:
    """Send as a worker does."""
    send.send(service.context, campaign_id, process=process, is_attended=False)


def free(store: Store, process: WorkerProcess) -> int:
    """Free what *process* holds, as others do when its lease ends."""
    with store.writing() as connection:
        return transitions.mark_uncertain(connection, process.id)


def test_processes_share_a_campaign(store: Store) -> None:
    """While one process sends a batch, others send the next ones; whoever is last concludes the campaign."""
    names: list[str] = []
    with ExitStack() as stack:
        service = make_service(store)
        processes = [stack.enter_context(service.start_process()) for _ in range(3)]
        record = service.create(make_plan(make_recipients(5 * SIZE)))
        senders = [RecordingSender()]

        def join() -> None:
            if len(senders) < 3:
                senders.append(Interrupting(2 * SIZE + 3, join))
                other = make_service(store, sender=senders[-1])
                send_unattended(other, record.id, processes[len(senders) - 1])
                names.append(other.get(record.id).state.value)

        senders[0] = Interrupting(3, join)
        send_unattended(make_service(store, sender=senders[0]), record.id, processes[0])

        assert CampaignState.SENT is service.get(record.id).state
        check_balance(store, service, record.id)
    emails = [email for sender in senders for email in list_sent_emails(sender)]
    assert 5 * SIZE == len(emails) == len(set(emails))
    assert all(list_sent_emails(sender) for sender in senders[:2])
    assert {"sending"} == set(names)


def test_a_process_that_was_replaced_writes_nothing_and_offers_nothing(store: Store) -> None:
    """Its batch went to another process: what it claimed is uncertain, its late receipts settle that, and no more."""
    service = make_service(store)
    others = RecordingSender()
    record = service.create(make_plan(make_recipients(3 * SIZE)))
    with service.start_process() as old, service.start_process() as new:

        def replace_it() -> None:
            assert 16 == free(store, old)
            send_unattended(make_service(store, sender=others), record.id, new)

        sleeper = Interrupting(5, replace_it)
        send_unattended(make_service(store, sender=sleeper), record.id, old)

        emails = list_sent_emails(sleeper) + list_sent_emails(others)
        assert len(emails) == len(set(emails))
        assert 16 >= len(list_sent_emails(sleeper))
        states = read_states(store)
        assert {"accepted"} == {
            states[int(email[6:].partition("@")[0])] for email in list_sent_emails(sleeper)
        }
        check_balance(store, service, record.id)
        assert CampaignState.SENT is service.get(record.id).state


def test_what_the_heir_of_a_woken_process_had_is_taken_over_too(store: Store) -> None:
    """A process is stalled, replaced, wakes up and ends; then its heir dies: nobody is left to nobody."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(3 * SIZE)))
    rest = RecordingSender()
    with ExitStack() as stack:
        old, heir, third = (stack.enter_context(service.start_process()) for _ in range(3))

        def wake_and_end() -> None:
            stale = held[0]
            with pytest.raises(BatchTakenOver), store.writing() as connection:
                batch_queries.put_batch_down(
                    connection, replace(stale, offered=stale.last), process_id=old.id
                )
            assert free(store, heir)
            send_unattended(make_service(store, sender=rest), record.id, third)

        freeze.start_sending(service.context, record.id, old, is_attended=False)
        held = []
        with store.writing() as connection:
            batch = batch_queries.claim_batch(
                connection, record.number, process_id=old.id, now=NOON, last=None
            )
            assert batch is not None
            held.append(batch)
        free(store, old)
        heirs = Interrupting(5, wake_and_end)
        send_unattended(make_service(store, sender=heirs), record.id, heir)

        states = [*read_states(store).values()]
        assert {"accepted", "uncertain"} >= set(states) and states.count("uncertain") <= 16
        emails = list_sent_emails(heirs) + list_sent_emails(rest)
        assert len(emails) == len(set(emails)) and states.count("accepted") <= len(emails)
        check_balance(store, service, record.id)


def test_a_fence_stops_whoever_does_not_hold_the_batch(store: Store) -> None:
    """Neither storing nor putting down a batch works after it was freed, taken by another, or taken again."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(SIZE)))
    with service.start_process() as old, service.start_process() as new:
        with store.writing() as connection:
            stale = batch_queries.claim_batch(
                connection, record.number, process_id=old.id, now=NOON, last=None
            )
            assert stale is not None
        for taker in (None, new, old):
            free(store, old)
            with store.writing() as connection:
                if taker is not None:
                    free_batch = batch_queries.claim_batch(
                        connection, record.number, process_id=taker.id, now=NOON, last=None
                    )
                    assert free_batch is not None
            for write in (batch_queries.store_batch, batch_queries.put_batch_down):
                with pytest.raises(BatchTakenOver), store.writing() as connection:
                    write(connection, stale, process_id=old.id)
            free(store, new)


@pytest.mark.parametrize("is_committed", [True, False])
@pytest.mark.parametrize("at", [2, 3, 4, 5])
def test_a_commit_without_an_answer_loses_and_repeats_nothing(
    tmp_path: Path, is_committed: bool, at: int
) -> None:
    """Whether a transaction whose answer was lost is committed or not, everybody receives one message."""
    sender = RecordingSender()
    with open_store(database(tmp_path), root=tmp_path) as store:
        service = make_service(store, sender=sender)
        record = service.create(make_plan(make_recipients(3 * SIZE)))
        with service.start_process() as process:
            writing, count = store.writing, 0

            @contextmanager
            def lose_answer(*locks: Any) -> Iterator[Any]:  # Any: as in `Store`
                nonlocal count
                count += 1
                if count != at:
                    with writing(*locks) as connection:
                        yield connection
                    return
                with writing(*locks) as connection:
                    yield connection
                    if not is_committed:
                        raise StoreError("The connection is lost.", temporary=True)
                raise StoreError("The connection is lost.", temporary=True)

            store.writing = lose_answer  # type: ignore[method-assign]
            send_unattended(service, record.id, process)
            store.writing = writing  # type: ignore[method-assign]
        check_balance(store, service, record.id)
        assert CampaignState.SENT is service.get(record.id).state
    assert 3 * SIZE == len(list_sent_emails(sender)) == len(set(list_sent_emails(sender)))


def test_what_was_not_handed_over_is_pending(store: Store) -> None:
    """A process that stops after 5 of 16 claimed messages leaves the others pending, and the batch free."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(2 * SIZE)))
    stopped = RecordingSender()

    class StopAfterFive(NullListener):
        """Stops with eleven claims open."""

        def should_stop(self) -> bool:
            return len(stopped.accepted) >= 5

    with service.start_process() as process:
        send.send(
            make_service(store, sender=stopped).context,
            record.id,
            process=process,
            progress=StopAfterFive(),
            is_attended=False,
        )
    sent = len(list_sent_emails(stopped))
    with store.reading() as connection:
        offered = connection.scalar(select(func.min(batches.c.offered)))
        held = connection.scalars(select(batches.c.process_id)).all()

    assert (5, 5, {None}) == (sent, offered, set(held))
    assert ["accepted"] * sent + ["pending"] * (2 * SIZE - sent) == [*read_states(store).values()]
    service.resume(record.id)
    check_balance(store, service, record.id)


def test_cancelling_stops_batches_and_touches_no_recipient(store: Store) -> None:
    """While three processes hold batches everything balances, and nobody has a receipt for being cancelled."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(6 * SIZE)))
    with ExitStack() as stack:
        processes = [stack.enter_context(service.start_process()) for _ in range(3)]
        senders: list[RecordingSender] = []

        def start() -> None:
            if len(senders) == 3:
                service.cancel(record.id)
                return
            senders.append(Interrupting(1 + SIZE * len(senders), start))
            send_unattended(
                make_service(store, sender=senders[-1]), record.id, processes[len(senders) - 1]
            )

        start()
    done = service.get(record.id)
    sent = sum(len(list_sent_emails(sender)) for sender in senders)
    assert CampaignState.CANCELLED is done.state
    assert (sent, 6 * SIZE - sent) == (done.count(ACCEPTED), done.count(DeliveryState.SKIPPED))
    check_balance(store, service, record.id)
    with store.reading() as connection:
        assert sent == connection.scalar(select(func.count()).select_from(receipts))


def test_a_first_batch_ends_within_a_batch(store: Store) -> None:
    """However many processes send, the campaign pauses after exactly as many as were asked for."""
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    first = FirstBatch(count=SIZE + 7)
    add_subscribers(store, *(f"reader{n}@example.org" for n in range(3 * SIZE)))
    record = service.create(make_plan(list_name="weekly", first_batch=first))
    with service.start_process() as one, service.start_process() as two:
        for process in (one, two):
            if service.get(record.id).state is not CampaignState.PAUSED:
                send_unattended(service, record.id, process)
    with store.reading() as connection:
        ends = connection.scalars(select(batches.c.last).order_by(batches.c.first)).all()

    assert SIZE + 7 in ends
    assert SIZE + 7 == len(list_sent_emails(sender))
    assert CampaignState.PAUSED is service.get(record.id).state
    service.resume(record.id)
    assert 3 * SIZE == len(set(list_sent_emails(sender)))


def test_a_batch_has_one_time(store: Store) -> None:
    """Recipients of several zones are sent to at their own local times, also where clocks change on that day."""
    clock, sender = ManualClock(NOON), RecordingSender()
    zones = {"a": "Europe/London", "b": "Europe/Berlin", "c": "America/New_York", "d": None}
    for prefix, zone in zones.items():
        add_subscribers(store, *(f"{prefix}{n}@example.org" for n in range(7)), zone=zone)
    local = parse_local_time("2026-03-29 02:30")  # skipped in Berlin
    service = make_service(store, sender=sender, clock=clock)
    plan = make_plan(list_name="weekly", local_time=local, in_recipient_zone=True)
    record = service.create(plan)
    hours: dict[str, set[int]] = {prefix: set() for prefix in zones}
    with service.start_process() as process:
        for _ in range(12 * 28):
            before = len(list_sent_emails(sender))
            send_unattended(service, record.id, process)
            for email in list_sent_emails(sender)[before:]:
                hours[email[0]].add(clock.now().hour)
            if service.get(record.id).state is CampaignState.SENT:
                break
            at = service.get(record.id).next_attempt_at
            assert at is not None
            clock.set(at)
    with store.reading() as connection:
        times = connection.scalars(select(batches.c.not_before).order_by(batches.c.first)).all()

    assert 28 == len(list_sent_emails(sender))
    assert 2 == len(set(times)) and sorted(times) == list(times)
    assert {"a": {1}, "b": {1}, "c": {6}, "d": {1}} == hours


def test_limits_hold_for_all_processes(store: Store) -> None:
    """Two processes together send no more in any window than the limit allows."""
    window = timedelta(hours=1)
    clock = ManualClock(NOON)
    policy = RatePolicy(sender="relay", limits=(RateLimit(count=10, window=window),))
    arrived: list[datetime] = []

    def answer(message: Message) -> Receipt:
        arrived.append(clock.now())
        clock.advance(timedelta(minutes=1))
        return Receipt(sequence=message.sequence, state=ACCEPTED)

    service = make_service(store, clock=clock)
    record = service.create(make_plan(make_recipients(3 * SIZE)))
    limited = make_service(store, sender=RecordingSender(answer), clock=clock, rate_policy=policy)
    with service.start_process() as one, service.start_process() as two:
        for turn in range(200):
            send_unattended(limited, record.id, (one, two)[turn % 2])
            if service.get(record.id).state is CampaignState.SENT:
                break
            clock.advance(timedelta(minutes=7))

    assert 3 * SIZE == len(arrived)
    for instant in arrived:
        assert 10 >= sum(instant - window < other <= instant for other in arrived)


def test_what_one_process_claimed_counts_for_another(store: Store) -> None:
    """Messages that are on their way from one process use up the limit for the other."""
    clock = ManualClock(NOON)
    policy = RatePolicy(sender="relay", limits=(RateLimit(count=10, window=timedelta(hours=1)),))
    service = make_service(store, clock=clock, rate_policy=policy)
    record = service.create(make_plan(make_recipients(3 * SIZE)))
    others = RecordingSender()
    with service.start_process() as one, service.start_process() as two:
        first = Interrupting(
            4,
            lambda: send_unattended(
                make_service(store, sender=others, clock=clock, rate_policy=policy),
                record.id,
                two,
            ),
        )
        send_unattended(
            make_service(store, sender=first, clock=clock, rate_policy=policy), record.id, one
        )

    assert (10, 0) == (len(list_sent_emails(first)), len(list_sent_emails(others)))


def test_an_erased_recipient_of_a_held_batch_receives_nothing(store: Store) -> None:
    """What is erased while a process holds the batch is not sent, and leaves no address behind."""
    from pipeline.campaigns.store import delivery_queries
    from pipeline.models.address import parse_address

    add_subscribers(store, *(f"reader{n}@example.org" for n in range(1, SIZE + 1)))
    subscribers = SubscriberStore(
        store, secret=SECRET, clock=ManualClock(NOON), deliveries=delivery_queries
    )
    last = f"reader{SIZE}@example.org"
    sender = Interrupting(2, lambda: subscribers.erase(parse_address(last)))
    service = make_service(store, sender=sender)
    record = service.create(make_plan(list_name="weekly"))
    service.send(record.id)

    assert SIZE - 1 == len(list_sent_emails(sender))
    assert last not in list_sent_emails(sender)
    with store.reading() as connection:
        assert last not in repr(connection.execute(select(deliveries)).all())
    check_balance(store, service, record.id)


def test_a_worker_wakes_for_what_others_left(store: Store) -> None:
    """A worker sends the batches that another process left free, and only these."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(2 * SIZE)))
    rest = RecordingSender()

    def run_worker() -> None:
        with make_service(store, sender=rest).start_worker(
            None, stop=threading.Event(), stale_after=timedelta(hours=12)
        ) as worker:
            worker.run(once=True)

    with service.start_process() as process:
        sender = Interrupting(3, run_worker)
        send_unattended(make_service(store, sender=sender), record.id, process)

    assert {f"reader{n}@example.org" for n in range(SIZE + 1, 2 * SIZE + 1)} == {
        *list_sent_emails(rest)
    }
    assert 2 * SIZE == len(list_sent_emails(rest)) + len(list_sent_emails(sender))
    assert CampaignState.SENT is service.get(record.id).state
