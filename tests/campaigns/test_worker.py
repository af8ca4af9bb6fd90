"""The worker: what is due is sent, by one of those alive, and what is too late is held."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from pipeline.campaigns import CampaignService, LatePolicy
from pipeline.campaigns.delivery import freeze
from pipeline.campaigns.store.tables import campaigns, deliveries
from pipeline.campaigns.store.tables import processes as process_rows
from pipeline.campaigns.workers import processes
from pipeline.campaigns.workers.locks import get_lock_manager
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


def work(service: CampaignService, *, name: str | None = None) -> None:
    """Let a worker do all that is due."""
    with service.start_worker(
        name, stop=threading.Event(), stale_after=timedelta(hours=12)
    ) as worker:
        worker.run(once=True)


def test_a_scheduled_campaign_is_sent_at_its_time_and_not_before(store: Store) -> None:
    """The worker leaves what is not due, and sends what is."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(make_plan(make_recipients(3), at=NOON + HOUR))
    work(service)
    assert [] == list_sent_emails(sender)
    assert [(record.id, NOON + HOUR)] == [
        (left.campaign_id, left.at) for left in service.list_unfinished()
    ]
    clock.advance(HOUR)
    work(service)

    assert 3 == len(list_sent_emails(sender))
    assert CampaignState.SENT is service.get(record.id).state
    assert [] == service.list_unfinished()


def test_drafts_and_the_paused_wait_for_a_person(store: Store) -> None:
    """The worker takes up neither what nobody approved of nor what somebody stopped."""
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    service.create(make_plan(make_recipients(1), needs_approval=True))
    service.pause(
        service.create(make_plan(make_recipients(1), edition=None, at=NOON), allow_repeat=True).id
    )
    work(service)

    assert [] == list_sent_emails(sender)
    assert {"draft (approval)", "paused (requested)"} == {
        left.reason for left in service.list_unfinished()
    }


def test_what_is_half_a_day_late_is_held(store: Store) -> None:
    """A schedule nobody was there for is held for a person to decide, never sent late in silence."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(make_plan(make_recipients(1), at=NOON + HOUR))
    clock.advance(13 * HOUR + timedelta(seconds=1))
    work(service)

    held = service.get(record.id)
    assert CampaignState.PAUSED is held.state and (held.reason or "").startswith("stale")
    assert [] == list_sent_emails(sender)
    assert CampaignState.SENT is service.resume(record.id).state


@pytest.mark.parametrize("is_begun", [False, True])
def test_what_was_held_goes_out_when_somebody_says_so_beside_a_worker(
    store: Store, is_begun: bool
) -> None:
    """However long ago it was due: the worker that is alive takes it, and does not hold it again."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(make_plan(make_recipients(1), at=NOON + HOUR))
    if is_begun:
        clock.advance(HOUR)
        with service.start_process() as process:
            freeze.start_sending(service.context, record.id, process)
    clock.advance(25 * HOUR)
    with service.start_worker(None, stop=threading.Event(), stale_after=12 * HOUR) as worker:
        worker.run(once=True)
        worker.stop.clear()
        assert CampaignState.PAUSED is service.get(record.id).state
        assert CampaignState.SENDING is service.resume(record.id).state
        worker.run(once=True)
    assert CampaignState.SENT is service.get(record.id).state
    assert 1 == len(list_sent_emails(sender))


def test_a_campaign_left_behind_long_ago_is_held_too(store: Store) -> None:
    """What a dead process left behind goes on at once, but not after half a day."""
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
        work(service)
        assert state is service.get(record.id).state


def test_what_expired_before_it_began_is_over(store: Store) -> None:
    """Nobody gets a campaign whose time to expire has come."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(
        make_plan(make_recipients(2), at=NOON + HOUR, expires_at=NOON + 2 * HOUR)
    )
    clock.advance(3 * HOUR)
    work(service)

    assert (CampaignState.CANCELLED, 2) == (
        service.get(record.id).state,
        service.get(record.id).count(DeliveryState.SKIPPED),
    )
    assert [] == list_sent_emails(sender)


def test_a_campaign_follows_the_clock_on_its_wall(store: Store) -> None:
    """When a zone's rules have changed since, the campaign is due when its wall clock shows the time."""
    clock, sender = ManualClock(datetime(2026, 6, 1, 7, 59, tzinfo=NOON.tzinfo)), RecordingSender()
    service = make_service(store, sender=sender, clock=clock)
    wall = datetime(2026, 6, 1, 9, tzinfo=ZoneInfo("Europe/London")).replace(tzinfo=None)
    by_other_rules = datetime(2026, 6, 1, 9, tzinfo=NOON.tzinfo)
    record = service.create(make_plan(make_recipients(1), at=by_other_rules, local_time=wall))
    work(service)
    assert [] == list_sent_emails(sender)
    clock.advance(timedelta(minutes=1))
    work(service)

    assert 1 == len(list_sent_emails(sender))
    assert datetime(2026, 6, 1, 8, tzinfo=NOON.tzinfo) == service.get(record.id).at


def test_each_reader_has_it_when_their_own_clock_shows_it(store: Store) -> None:
    """Tokyo first, then the publication's zone for those who name none, then New York."""
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
        work(service)
        order.append(list_sent_emails(sender)[-1])

    assert ["tokyo@example.org", "somewhere@example.org", "york@example.org"] == order
    assert CampaignState.SENT is service.get(record.id).state


def test_a_time_that_is_past_somewhere_is_refused_unless_it_is_said_what_then(store: Store) -> None:
    """Readers for whom it is too late are told of; they can be mailed at once, or left out."""
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
        work(service)
        assert expected[1] == len(list_sent_emails(sender))
        assert CampaignState.SENT is service.get(record.id).state


def test_a_time_that_is_past_is_refused(store: Store) -> None:
    """Nothing is planned for the past, nor to end before it begins."""
    service = make_service(store)
    with pytest.raises(ScheduleError, match="is in the past"):
        service.check_schedule(
            make_plan(make_recipients(1), at=NOON - HOUR, local_time=NOON.replace(tzinfo=None))
        )
    with pytest.raises(ScheduleError, match="would expire"):
        service.check_schedule(
            make_plan(make_recipients(1), at=NOON + HOUR, expires_at=NOON + HOUR)
        )


def test_a_server_that_is_away_is_tried_again_later(store: Store) -> None:
    """A campaign whose server cannot be reached waits, longer each time, and goes on by itself."""
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
        work(service)
        left = service.get(record.id)
        assert (CampaignState.SENDING, "The relay does not answer.") == (left.state, left.reason)
        clock.advance(timedelta(minutes=5))
    offered = len(sender.attempted)
    assert 4 == offered
    is_away = False
    clock.advance(timedelta(minutes=15))
    work(service)

    assert CampaignState.SENT is service.get(record.id).state
    assert 3 == len(list_sent_emails(sender))


def test_what_a_server_kept_from_leaving_is_not_sent_late_in_silence(store: Store) -> None:
    """Away for longer than a schedule may be late, it has the campaign held, and when it is back a person goes on."""
    clock = ManualClock(NOON)

    def answer(message: Message) -> Receipt:
        if message.sequence > 1:
            raise SendError("The relay does not answer.", temporary=True)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    service = make_service(store, sender=RecordingSender(answer), clock=clock)
    record = service.create(make_plan(make_recipients(3)))
    with service.start_worker(
        None, stop=threading.Event(), stale_after=timedelta(hours=12)
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
    assert timedelta(hours=12) < clock.now() - NOON < timedelta(hours=13)

    with service.start_worker(
        None, stop=threading.Event(), stale_after=timedelta(hours=12)
    ) as worker:
        assert CampaignState.SENDING is service.resume(record.id).state
        for _ in range(20):  # still away: it is tried again for as long
            worker.run(once=True)
            worker.stop.clear()
            clock.advance(timedelta(minutes=10))
        assert CampaignState.SENDING is service.get(record.id).state
    work(make_service(store, sender=(sender := RecordingSender()), clock=clock))
    assert CampaignState.SENT is service.get(record.id).state
    assert 2 == len(list_sent_emails(sender))


def test_the_deferred_are_offered_again_by_themselves(store: Store) -> None:
    """What a server puts off is sent by the worker when its time has come."""
    clock = ManualClock(NOON)
    states = [DeliveryState.DEFERRED, DeliveryState.ACCEPTED]
    sender = RecordingSender(lambda m: Receipt(sequence=m.sequence, state=states.pop(0)))
    service = make_service(store, sender=sender, clock=clock)
    record = service.create(make_plan(make_recipients(1)))
    work(service)
    assert (CampaignState.SENDING, 1) == (service.get(record.id).state, len(sender.attempted))
    clock.advance(timedelta(minutes=6))
    work(service)

    assert CampaignState.SENT is service.get(record.id).state


@pytest.mark.parametrize("error", [SendError("The password is wrong."), ZeroDivisionError("oops")])
def test_what_goes_wrong_with_one_campaign_is_that_ones_alone(
    store: Store, error: Exception
) -> None:
    """A refused login, or a defect in a plug-in, fails its campaign in words; the next one is sent."""
    good = RecordingSender()

    def fail(_: Message) -> Receipt:
        raise error

    senders = {"bad": RecordingSender(fail), "good": good}
    service = make_service(store, by_name=senders)
    bad = service.create(make_plan(make_recipients(1), sender="bad"))
    service.create(make_plan(make_recipients(1), sender="good"), allow_repeat=True)
    work(service)

    failed = service.get(bad.id)
    assert CampaignState.FAILED is failed.state and str(error) in (failed.reason or "")
    assert 1 == len(list_sent_emails(good))


def test_no_two_workers_that_live_have_one_name(store: Store) -> None:
    """A second worker of the same name is refused while the first is alive, and welcome afterwards."""
    service = make_service(store)
    with service.start_worker("desk", stop=threading.Event(), stale_after=HOUR):
        assert ["desk"] == service.list_workers()
        with pytest.raises(StateError, match='"desk" is already running'):
            work(service, name="desk")
        work(service, name="lamp")
    work(service, name="desk")
    assert [] == service.list_workers()


def test_a_campaign_is_in_the_hands_of_one(store: Store) -> None:
    """While one process sends it, another is refused and told who has it; a worker passes it over."""
    service = make_service(store)
    other = make_service(store)
    record = service.create(make_plan(make_recipients(40)))
    told: list[str] = []

    def meddle(message: Message) -> Receipt:
        if message.sequence == 5:
            with pytest.raises(StateError) as refused:
                other.send(record.id)
            told.append(str(refused.value))
            work(other)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    sender = RecordingSender(meddle)
    service.send(record.id, sender=sender)

    assert "is being sent by foreground" in told[0]
    assert 40 == len(list_sent_emails(sender))


def left_behind(store: Store, service: CampaignService, *, claimed: int) -> tuple[str, str]:
    """Leave a campaign as a process does that dies with *claimed* messages on the wire; return it and the run."""
    record = service.create(make_plan(make_recipients(60)))
    with processes.start_process(
        store, kind="worker", name=None, clock=service.context.clock
    ) as process:
        pass
    with store.writing() as connection:
        connection.execute(
            update(process_rows)
            .where(process_rows.c.id == process.id)
            .values(ended_at=None, end_reason=None)
        )
        connection.execute(update(campaigns).values(state="sending", process_id=process.id))
        connection.execute(
            update(deliveries)
            .where(deliveries.c.sequence <= claimed)
            .values(state="claimed", process_id=process.id, attempts=1, composed_at=NOON)
        )
    return record.id, process.id


def test_what_a_dead_worker_left_is_gone_on_with(store: Store) -> None:
    """Its open claims are uncertain, everything else is sent by the next worker that looks."""
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    campaign_id, _ = left_behind(store, service, claimed=7)
    work(service)

    done = service.get(campaign_id)
    assert (CampaignState.SENT, 53, 7) == (
        done.state,
        done.count(DeliveryState.ACCEPTED),
        done.count(DeliveryState.UNCERTAIN),
    )
    assert [f"reader{n}@example.org" for n in range(8, 61)] == list_sent_emails(sender)


def test_the_living_are_left_alone(store: Store) -> None:
    """A run that holds its lock is not dead, however long ago it was heard of; nobody takes its work."""
    sender = RecordingSender()
    clock = ManualClock(NOON)
    service = make_service(store, sender=sender, clock=clock)
    campaign_id, process_id = left_behind(store, service, claimed=7)
    lock = get_lock_manager(store).acquire(f"process {process_id}")
    assert lock is not None
    clock.advance(timedelta(days=3))  # a clock that was set tells nothing
    work(service)
    assert [] == list_sent_emails(sender)
    assert 60 == service.get(campaign_id).count(DeliveryState.PENDING)
    lock.release()
    clock.set(NOON)
    work(service)
    assert 53 == len(list_sent_emails(sender))


def test_a_frozen_worker_is_given_up_after_its_lease(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that lives and does not beat keeps its claims, as uncertain, but not its campaign."""
    service = make_service(store)
    campaign_id, process_id = left_behind(store, service, claimed=7)
    lock = get_lock_manager(store).acquire(f"process {process_id}")
    assert lock is not None
    monitor = processes.StalledProcessMonitor(store)
    seconds = 1000.0
    monkeypatch.setattr(processes, "boot_seconds", lambda: seconds)
    assert 0 == monitor.check()
    seconds += processes.LEASE.total_seconds() - 1
    assert 0 == monitor.check()
    seconds += 2
    assert 7 == monitor.check()
    work(service)
    lock.release()

    done = service.get(campaign_id)
    assert (53, 7) == (done.count(DeliveryState.ACCEPTED), done.count(DeliveryState.UNCERTAIN))


class Sleepy(RecordingSender):
    """Its machine sleeps past the lease after the third message; what was answered before comes after it woke."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__()
        self._wake = wake

    def send(self, messages):
        for receipt in super().send(messages):
            if receipt.sequence == 3:
                self._wake()
            yield receipt


def test_a_worker_that_wakes_offers_nothing_more_and_tells_what_it_knows(
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
        now = processes.boot_seconds() + 500
        monkeypatch.setattr(processes, "boot_seconds", lambda: now)
        monkeypatch.setattr(process, "send_heartbeat", lambda: None)
        make_service(store, sender=others).send(record.id)

    sleeper: Sender = Sleepy(sleep)
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


def test_a_worker_told_to_stop_pauses_nothing(store: Store) -> None:
    """SIGTERM finishes what is on the wire; the campaign stays `sending`, and the next worker ends it."""
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
    work(make_service(store, sender=second))

    assert CampaignState.SENT is service.get(record.id).state
    assert [f"reader{n}@example.org" for n in range(1, 101)] == list_sent_emails(
        first
    ) + list_sent_emails(second)
