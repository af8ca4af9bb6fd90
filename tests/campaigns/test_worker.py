"""The worker: one of those alive sends what is due, and what is too late is paused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from pipeline.campaigns import CampaignService, LatePolicy
from pipeline.campaigns.delivery import freeze
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.tables import batches, campaigns, deliveries
from pipeline.campaigns.store.tables import processes as process_rows
from pipeline.campaigns.workers import lease, processes
from pipeline.campaigns.workers.locks import get_lock_manager
from pipeline.campaigns.workers.reaping import StalledProcessMonitor
from pipeline.clock import SystemClock
from pipeline.database import Store
from pipeline.errors import ScheduleError, SendError, StateError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders import Sender
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import (
    NOON,
    add_subscribers,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)

HOUR = timedelta(hours=1)


def run_worker(service: CampaignService, *, name: str | None = None) -> None:
    """Run a worker once."""
    with service.start_worker(
        name, stop=threading.Event(), stale_after=timedelta(hours=12)
    ) as worker:
        worker.run(once=True)


def test_a_scheduled_campaign_is_sent_when_due(store: Store) -> None:
    """The worker sends what is due, and nothing else."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(make_plan(make_recipients(3), at=NOON + HOUR))
    run_worker(service)
    assert [] == list_sent_emails(sender)
    assert [(record.id, NOON + HOUR)] == [
        (left.campaign_id, left.at) for left in service.list_unfinished()
    ]
    clock.advance(HOUR)
    run_worker(service)

    assert 3 == len(list_sent_emails(sender))
    assert CampaignState.SENT is service.get(record.id).state
    assert [] == service.list_unfinished()


def test_drafts_and_paused_campaigns_wait(store: Store) -> None:
    """The worker sends neither drafts nor paused campaigns."""
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    service.create(make_plan(make_recipients(1), needs_approval=True))
    service.pause(
        service.create(make_plan(make_recipients(1), edition=None, at=NOON), allow_repeat=True).id
    )
    run_worker(service)

    assert [] == list_sent_emails(sender)
    assert {"draft (approval)", "paused (requested)"} == {
        left.reason for left in service.list_unfinished()
    }


def test_a_stale_campaign_is_paused(store: Store) -> None:
    """A schedule that no worker was running for is paused until a person resumes it."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(make_plan(make_recipients(1), at=NOON + HOUR))
    clock.advance(13 * HOUR + timedelta(seconds=1))
    run_worker(service)

    held = service.get(record.id)
    assert CampaignState.PAUSED is held.state and (held.reason or "").startswith("stale")
    assert [] == list_sent_emails(sender)
    assert CampaignState.SENT is service.resume(record.id).state


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_resumed_stale_campaign_is_sent_by_a_worker(store: Store, is_begun: bool) -> None:
    """However late it is, a living worker sends it and does not pause it again."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(make_plan(make_recipients(1), at=NOON + HOUR))
    if is_begun:
        clock.advance(HOUR)
        with service.start_process() as process:
            freeze.start_sending(service.context, record.id, process, is_attended=True)
    clock.advance(25 * HOUR)
    with service.start_worker(None, stop=threading.Event(), stale_after=12 * HOUR) as worker:
        worker.run(once=True)
        worker.stop.clear()
        assert CampaignState.PAUSED is service.get(record.id).state
        assert CampaignState.SENDING is service.resume(record.id).state
        worker.run(once=True)
    assert CampaignState.SENT is service.get(record.id).state
    assert 1 == len(list_sent_emails(sender))


def test_an_old_orphaned_campaign_is_paused(store: Store) -> None:
    """The campaign of a dead process continues at once, but not after half a day."""
    for away, state in ((HOUR, CampaignState.SENT), (13 * HOUR, CampaignState.PAUSED)):
        clock = ManualClock(NOON)
        service = make_service(store, clock=clock)
        record = service.create(make_plan(make_recipients(5)), allow_repeat=True)
        with store.writing() as connection:
            connection.execute(
                update(campaigns)
                .where(campaigns.c.id == record.id)
                .values(state="sending", process_id=None, last_active_at=NOON)
            )
        clock.advance(away)
        run_worker(service)
        assert state is service.get(record.id).state


def test_an_expired_schedule_is_cancelled(store: Store) -> None:
    """A campaign that expired before it started is sent to nobody."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(
        make_plan(make_recipients(2), at=NOON + HOUR, expires_at=NOON + 2 * HOUR)
    )
    clock.advance(3 * HOUR)
    run_worker(service)

    assert (CampaignState.CANCELLED, 2) == (
        service.get(record.id).state,
        service.get(record.id).count(DeliveryState.SKIPPED),
    )
    assert [] == list_sent_emails(sender)


def test_a_campaign_is_due_at_its_local_time(store: Store) -> None:
    """When the rules of its time zone change, a campaign is due at its local time."""
    clock, sender = ManualClock(datetime(2026, 6, 1, 7, 59, tzinfo=NOON.tzinfo)), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    wall = datetime(2026, 6, 1, 9, tzinfo=ZoneInfo("Europe/London")).replace(tzinfo=None)
    by_other_rules = datetime(2026, 6, 1, 9, tzinfo=NOON.tzinfo)
    record = service.create(make_plan(make_recipients(1), at=by_other_rules, local_time=wall))
    run_worker(service)
    assert [] == list_sent_emails(sender)
    clock.advance(timedelta(minutes=1))
    run_worker(service)

    assert 1 == len(list_sent_emails(sender))
    assert datetime(2026, 6, 1, 8, tzinfo=NOON.tzinfo) == service.get(record.id).at


def test_recipients_receive_it_at_their_local_time(store: Store) -> None:
    """Tokyo first, then the publication's zone for recipients without one, then New York."""
    clock, sender = ManualClock(NOON), RecordingSender()
    add_subscribers(store, "tokyo@example.org", zone="Asia/Tokyo")
    add_subscribers(store, "somewhere@example.org")
    add_subscribers(store, "york@example.org", zone="America/New_York")
    service = make_service(store, sender=sender, clock=clock)
    wall = datetime(2026, 3, 3, 9, tzinfo=ZoneInfo("Europe/London")).replace(tzinfo=None)
    plan = service.check_schedule(
        make_plan(list_name="weekly", local_time=wall, in_recipient_zone=True, at=NOON)
    )
    assert datetime(2026, 3, 3, 0, tzinfo=NOON.tzinfo) == plan.at
    assert ["Asia/Tokyo", "Europe/London", "America/New_York"] == [
        turn.zone for turn in service.list_send_times(plan)
    ]
    record = service.create(plan)
    order = []
    for hour in (0, 9, 14):
        clock.set(datetime(2026, 3, 3, hour, tzinfo=NOON.tzinfo))
        run_worker(service)
        order.append(list_sent_emails(sender)[-1])

    assert ["tokyo@example.org", "somewhere@example.org", "york@example.org"] == order
    assert CampaignState.SENT is service.get(record.id).state


def test_a_time_past_for_some_needs_a_late_policy(store: Store) -> None:
    """Recipients whose local time is past are sent to at once or skipped, as chosen."""
    add_subscribers(store, "tokyo@example.org", zone="Asia/Tokyo")
    add_subscribers(store, "york@example.org", zone="America/New_York")
    wall = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/London")).replace(tzinfo=None)
    for late, expected in ((None, []), (LatePolicy.SEND, [0, 2]), (LatePolicy.SKIP, [0, 1])):
        clock, sender = ManualClock(NOON), RecordingSender()
        service = make_service(store, sender=sender, clock=clock)
        plan = make_plan(
            list_name="weekly", local_time=wall, in_recipient_zone=True, late_policy=late, at=NOON
        )
        if late is None:
            with pytest.raises(ScheduleError, match="Asia/Tokyo"):
                service.check_schedule(plan)
            continue
        record = service.create(service.check_schedule(plan), allow_repeat=True)
        clock.advance(3 * HOUR)
        run_worker(service)
        assert expected[1] == len(list_sent_emails(sender))
        assert CampaignState.SENT is service.get(record.id).state


def test_a_past_time_is_an_error(store: Store) -> None:
    """Neither a past time nor an expiry before the start is accepted."""
    service = make_service(store)
    with pytest.raises(ScheduleError, match="is in the past"):
        service.check_schedule(
            make_plan(make_recipients(1), at=NOON - HOUR, local_time=NOON.replace(tzinfo=None))
        )
    with pytest.raises(ScheduleError, match="would expire"):
        service.check_schedule(
            make_plan(make_recipients(1), at=NOON + HOUR, expires_at=NOON + HOUR)
        )


def test_an_unreachable_server_is_retried(store: Store) -> None:
    """A campaign whose server is unreachable is retried with growing delays."""
    clock = ManualClock(NOON)
    is_away = True

    def answer(message: Message) -> Receipt:
        if is_away:
            raise SendError("The relay does not answer.", temporary=True)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    sender = RecordingSender(answer)
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(make_plan(make_recipients(3)))
    for _ in range(4):
        run_worker(service)
        left = service.get(record.id)
        assert (CampaignState.SENDING, "The relay does not answer.") == (left.state, left.reason)
        clock.advance(timedelta(minutes=5))
    offered = len(sender.attempted)
    assert 4 == offered
    is_away = False
    clock.advance(timedelta(minutes=15))
    run_worker(service)

    assert CampaignState.SENT is service.get(record.id).state
    assert 3 == len(list_sent_emails(sender))


def test_a_long_outage_pauses_the_campaign(store: Store) -> None:
    """If the server is unreachable for longer than a schedule may be late, the campaign is paused as stale."""
    clock = ManualClock(NOON)

    def answer(message: Message) -> Receipt:
        if message.sequence > 1:
            raise SendError("The relay does not answer.", temporary=True)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    service = make_service(store, sender=RecordingSender(answer), clock=clock)
    record = service.create(make_plan(make_recipients(3)))
    with service.start_worker(
        None, stop=threading.Event(), stale_after=timedelta(hours=2)
    ) as worker:
        while service.get(record.id).state is CampaignState.SENDING or clock.now() == NOON:
            worker.run(once=True)
            worker.stop.clear()
            clock.advance(timedelta(minutes=10))

    held = service.get(record.id)
    assert CampaignState.PAUSED is held.state
    assert (
        "stale: no response since 2026-03-02 12:00 UTC: The relay does not answer." == held.reason
    )
    assert timedelta(hours=2) < clock.now() - NOON < timedelta(hours=3)

    with service.start_worker(
        None, stop=threading.Event(), stale_after=timedelta(hours=2)
    ) as worker:
        assert CampaignState.SENDING is service.resume(record.id).state
        for _ in range(9):  # still away: it is tried again for as long
            worker.run(once=True)
            worker.stop.clear()
            clock.advance(timedelta(minutes=10))
        assert CampaignState.SENDING is service.get(record.id).state
    run_worker(make_service(store, sender=(sender := RecordingSender()), clock=clock))
    assert CampaignState.SENT is service.get(record.id).state
    assert 2 == len(list_sent_emails(sender))


def test_a_worker_that_runs_once_waits_for_others(store: Store) -> None:
    """With once, a worker sends what is due even if another process looks at the campaign in that moment."""
    service = make_service(store, sender=(sender := RecordingSender()), clock=ManualClock(NOON))
    record = service.create(make_plan(make_recipients(3)))
    is_locked = threading.Event()

    def hold_it() -> None:
        with store.writing() as connection:
            campaign_records.find(connection, record.id, for_update=True)
            is_locked.set()
            time.sleep(1)

    other = threading.Thread(target=hold_it)
    other.start()
    assert is_locked.wait(10)
    run_worker(service)
    other.join()

    assert CampaignState.SENT is service.get(record.id).state
    assert 3 == len(list_sent_emails(sender))


def test_deferred_messages_are_retried(store: Store) -> None:
    """The worker retries deferred messages when they are due."""
    clock = ManualClock(NOON)
    states = [DeliveryState.DEFERRED, DeliveryState.ACCEPTED]
    sender = RecordingSender(lambda m: Receipt(sequence=m.sequence, state=states.pop(0)))
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(make_plan(make_recipients(1)))
    run_worker(service)
    assert (CampaignState.SENDING, 1) == (service.get(record.id).state, len(sender.attempted))
    clock.advance(timedelta(minutes=6))
    run_worker(service)

    assert CampaignState.SENT is service.get(record.id).state


@pytest.mark.parametrize("error", [SendError("The password is wrong."), ZeroDivisionError("oops")])
def test_an_error_fails_one_campaign_only(store: Store, error: Exception) -> None:
    """A rejected login or a bug in a plug-in fails its campaign with a reason; the next one is sent."""
    good = RecordingSender()

    def fail(_: Message) -> Receipt:
        raise error

    senders = {"bad": RecordingSender(fail), "good": good}
    service = make_service(store, by_name=senders)
    bad = service.create(make_plan(make_recipients(1), sender="bad"))
    service.create(make_plan(make_recipients(1), sender="good"), allow_repeat=True)
    run_worker(service)

    failed = service.get(bad.id)
    assert CampaignState.FAILED is failed.state and str(error) in (failed.reason or "")
    assert 1 == len(list_sent_emails(good))


def test_living_workers_have_unique_names(store: Store) -> None:
    """A second worker with the same name is an error while the first is alive."""
    service = make_service(store)
    with service.start_worker("desk", stop=threading.Event(), stale_after=HOUR):
        assert ["desk"] == service.list_workers()
        with pytest.raises(StateError, match='"desk" is already running'):
            run_worker(service, name="desk")
        run_worker(service, name="lamp")
    run_worker(service, name="desk")
    assert [] == service.list_workers()


def test_one_process_sends_a_campaign(store: Store) -> None:
    """While one process sends it, another gets an error that names the first; a worker ignores it."""
    service = make_service(store)
    other = make_service(store)
    record = service.create(make_plan(make_recipients(40)))
    errors: list[str] = []

    def meddle(message: Message) -> Receipt:
        if message.sequence == 5:
            with pytest.raises(StateError) as refused:
                other.send(record.id)
            errors.append(str(refused.value))
            run_worker(other)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    sender = RecordingSender(meddle)
    service.send(record.id, sender=sender)

    assert "is being sent by foreground" in errors[0]
    assert 40 == len(list_sent_emails(sender))


def orphan_campaign(store: Store, service: CampaignService, *, claimed: int) -> tuple[str, str]:
    """Orphan a campaign like a process that dies with *claimed* messages in flight; return both IDs."""
    record = service.create(make_plan(make_recipients(60)))
    with processes.start_process(
        store, kind="worker", name=None, clock=service.context.clock
    ) as process:
        pass
    with store.writing() as connection:
        connection.execute(
            update(process_rows)
            .where(process_rows.c.id == process.id)
            # Its heartbeat came after the server was started: nobody waits whether it comes back.
            .values(ended_at=None, end_reason=None, heartbeat_at=SystemClock().now())
        )
        connection.execute(update(campaigns).values(state="sending"))
        connection.execute(
            update(batches).values(
                process_id=process.id,
                epoch=1,
                offered=claimed,
                claims=[[claimed, NOON.isoformat()]],
            )
        )
    return record.id, process.id


def test_a_dead_worker_is_taken_over(store: Store) -> None:
    """Its open claims are uncertain; the next worker sends everything else."""
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    campaign_id, _ = orphan_campaign(store, service, claimed=7)
    run_worker(service)

    done = service.get(campaign_id)
    assert (CampaignState.SENT, 53, 7) == (
        done.state,
        done.count(DeliveryState.ACCEPTED),
        done.count(DeliveryState.UNCERTAIN),
    )
    assert [f"reader{n}@example.org" for n in range(8, 61)] == list_sent_emails(sender)


def test_a_living_process_keeps_its_work(store: Store) -> None:
    """A process that holds its lock is not dead, however old its heartbeat is."""
    sender = RecordingSender()
    clock = ManualClock(NOON)
    service = make_service(store, sender=sender, clock=clock)
    campaign_id, process_id = orphan_campaign(store, service, claimed=7)
    lock = get_lock_manager(store).acquire(f"process {process_id}")
    assert lock is not None
    clock.advance(timedelta(days=3))  # a clock that was set tells nothing
    run_worker(service)
    assert [] == list_sent_emails(sender)
    assert 60 == service.get(campaign_id).count(DeliveryState.PENDING)
    lock.release()
    clock.set(NOON)
    run_worker(service)
    assert 53 == len(list_sent_emails(sender))


def test_a_stalled_worker_loses_its_campaign_after_its_lease(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its claims become uncertain, and another worker takes its campaign."""
    service = make_service(store)
    campaign_id, process_id = orphan_campaign(store, service, claimed=7)
    lock = get_lock_manager(store).acquire(f"process {process_id}")
    assert lock is not None
    beats = lease.LEASE // lease.HEARTBEAT_INTERVAL
    with service.start_process() as living:
        monitor = StalledProcessMonitor(store, living)
        monkeypatch.setattr(living, "heartbeats", 5)
        assert 0 == monitor.check()
        monkeypatch.setattr(living, "heartbeats", 5 + beats - 1)
        assert 0 == monitor.check()
        monkeypatch.setattr(living, "heartbeats", 5 + beats)
        assert 7 == monitor.check()
    run_worker(service)
    lock.release()

    done = service.get(campaign_id)
    assert (53, 7) == (done.count(DeliveryState.ACCEPTED), done.count(DeliveryState.UNCERTAIN))


class SleepingSender(RecordingSender):
    """Its machine sleeps past the lease after the third message; earlier receipts arrive after it wakes up."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__()
        self._wake = wake

    def send(self, messages):
        for receipt in super().send(messages):
            if receipt.sequence == 3:
                self._wake()
            yield receipt


def test_a_woken_worker_settles_and_sends_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After another process took over it sends nothing; the receipts it still had settle uncertain deliveries."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(60)))
    others = RecordingSender()

    def sleep() -> None:
        process = worker.process
        with store.writing() as connection:
            from pipeline.campaigns.store import campaign_records as queries
            from pipeline.campaigns.store import transitions

            queries.release_all(connection, process.id)
            transitions.mark_uncertain(connection, process.id)
        now = lease.boot_seconds() + 500
        monkeypatch.setattr(lease, "boot_seconds", lambda: now)
        monkeypatch.setattr(process, "send_heartbeat", lambda: None)
        make_service(store, sender=others).send(record.id)

    sleeper: Sender = SleepingSender(sleep)
    slept = make_service(store, sender=sleeper)
    with slept.start_worker(None, stop=threading.Event(), stale_after=HOUR) as worker:
        worker.run(once=True)

    assert isinstance(sleeper, RecordingSender)
    got = list_sent_emails(sleeper) + list_sent_emails(others)
    assert len(got) == len(set(got))
    done = service.get(record.id)
    assert 60 == len(got) + done.count(DeliveryState.UNCERTAIN)
    with store.reading() as connection:
        third = connection.scalar(select(deliveries.c.state).where(deliveries.c.sequence == 3))
    assert "accepted" == third


def test_a_stopped_worker_pauses_nothing(store: Store) -> None:
    """Messages in flight are completed; the campaign stays `sending`, and the next worker completes it."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(100)))
    stop = threading.Event()

    def answer(message: Message) -> Receipt:
        if message.sequence == 10:
            stop.set()
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    first, second = RecordingSender(answer), RecordingSender()
    with make_service(store, sender=first).start_worker(
        None, stop=stop, stale_after=HOUR
    ) as worker:
        worker.run()
    assert CampaignState.SENDING is service.get(record.id).state
    run_worker(make_service(store, sender=second))

    assert CampaignState.SENT is service.get(record.id).state
    assert [f"reader{n}@example.org" for n in range(1, 101)] == list_sent_emails(
        first
    ) + list_sent_emails(second)
