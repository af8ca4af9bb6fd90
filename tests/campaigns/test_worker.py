"""The worker: what is due is sent, by one of those alive, and what is too late is held."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from pipeline.campaigns import Desk, Late
from pipeline.campaigns.delivery import send as sending
from pipeline.campaigns.store.tables import campaigns, deliveries
from pipeline.campaigns.store.tables import runs as run_rows
from pipeline.campaigns.workers import processes
from pipeline.campaigns.workers.locks import locks_for
from pipeline.database import Store
from pipeline.errors import ScheduleError, SendError, StateError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders import Sender
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.desks import NOON, desk, mailed, people, subscribe, wish

HOUR = timedelta(hours=1)


def work(at: Desk, *, name: str | None = None) -> None:
    """Let a worker do all that is due."""
    with at.working(name, stop=threading.Event(), stale_after=timedelta(hours=12)) as worker:
        worker.go(once=True)


def test_a_scheduled_campaign_is_sent_at_its_time_and_not_before(store: Store) -> None:
    """The worker leaves what is not due, and sends what is."""
    clock, sender = ManualClock(NOON), RecordingSender()
    at = desk(store, sender=sender, clock=clock)
    record = at.plan(wish(people(3), at=NOON + HOUR))
    work(at)
    assert [] == mailed(sender)
    assert [(record.id, NOON + HOUR)] == [(left.campaign, left.at) for left in at.waiting()]
    clock.advance(HOUR)
    work(at)

    assert 3 == len(mailed(sender))
    assert CampaignState.SENT is at.show(record.id).state
    assert [] == at.waiting()


def test_drafts_and_the_paused_wait_for_a_person(store: Store) -> None:
    """The worker takes up neither what nobody approved of nor what somebody stopped."""
    sender = RecordingSender()
    at = desk(store, sender=sender)
    at.plan(wish(people(1), needs_approval=True))
    at.pause(at.plan(wish(people(1), of=None, at=NOON), again=True).id)
    work(at)

    assert [] == mailed(sender)
    assert {"draft (approval)", "paused (asked)"} == {left.why for left in at.waiting()}


def test_what_is_half_a_day_late_is_held(store: Store) -> None:
    """A schedule nobody was there for is held for a person to decide, never sent late in silence."""
    clock, sender = ManualClock(NOON), RecordingSender()
    at = desk(store, sender=sender, clock=clock)
    record = at.plan(wish(people(1), at=NOON + HOUR))
    clock.advance(13 * HOUR + timedelta(seconds=1))
    work(at)

    held = at.show(record.id)
    assert CampaignState.PAUSED is held.state and (held.reason or "").startswith("stale")
    assert [] == mailed(sender)
    assert CampaignState.SENT is at.resume(record.id).state


@pytest.mark.parametrize("is_begun", [False, True])
def test_what_was_held_goes_out_when_somebody_says_so_beside_a_worker(
    store: Store, is_begun: bool
) -> None:
    """However long ago it was due: the worker that is alive takes it, and does not hold it again."""
    clock, sender = ManualClock(NOON), RecordingSender()
    at = desk(store, sender=sender, clock=clock)
    record = at.plan(wish(people(1), at=NOON + HOUR))
    if is_begun:
        clock.advance(HOUR)
        with at.run() as run:
            sending.take_up(at.means, record.id, run)
    clock.advance(25 * HOUR)
    with at.working(None, stop=threading.Event(), stale_after=12 * HOUR) as worker:
        worker.go(once=True)
        worker.stop.clear()
        assert CampaignState.PAUSED is at.show(record.id).state
        assert CampaignState.SENDING is at.resume(record.id).state
        worker.go(once=True)
    assert CampaignState.SENT is at.show(record.id).state
    assert 1 == len(mailed(sender))


def test_a_campaign_left_behind_long_ago_is_held_too(store: Store) -> None:
    """What a dead process left behind goes on at once, but not after half a day."""
    for away, state in ((HOUR, CampaignState.SENT), (13 * HOUR, CampaignState.PAUSED)):
        clock = ManualClock(NOON)
        at = desk(store, clock=clock)
        record = at.plan(wish(people(5)), again=True)
        with store.writing() as connection:
            connection.execute(
                update(campaigns)
                .where(campaigns.c.id == record.id)
                .values(state="sending", run=None, touched_at=NOON)
            )
        clock.advance(away)
        work(at)
        assert state is at.show(record.id).state


def test_what_expired_before_it_began_is_over(store: Store) -> None:
    """Nobody gets a campaign whose time to expire has come."""
    clock, sender = ManualClock(NOON), RecordingSender()
    at = desk(store, sender=sender, clock=clock)
    record = at.plan(wish(people(2), at=NOON + HOUR, expires_at=NOON + 2 * HOUR))
    clock.advance(3 * HOUR)
    work(at)

    assert (CampaignState.CANCELLED, 2) == (
        at.show(record.id).state,
        at.show(record.id).count(DeliveryState.SKIPPED),
    )
    assert [] == mailed(sender)


def test_a_campaign_follows_the_clock_on_its_wall(store: Store) -> None:
    """When a zone's rules have changed since, the campaign is due when its wall clock shows the time."""
    clock, sender = ManualClock(datetime(2026, 6, 1, 7, 59, tzinfo=NOON.tzinfo)), RecordingSender()
    at = desk(store, sender=sender, clock=clock)
    wall = datetime(2026, 6, 1, 9, tzinfo=ZoneInfo("Europe/London")).replace(tzinfo=None)
    by_other_rules = datetime(2026, 6, 1, 9, tzinfo=NOON.tzinfo)
    record = at.plan(wish(people(1), at=by_other_rules, wall=wall))
    work(at)
    assert [] == mailed(sender)
    clock.advance(timedelta(minutes=1))
    work(at)

    assert 1 == len(mailed(sender))
    assert datetime(2026, 6, 1, 8, tzinfo=NOON.tzinfo) == at.show(record.id).at


def test_each_reader_has_it_when_their_own_clock_shows_it(store: Store) -> None:
    """Tokyo first, then the publication's zone for those who name none, then New York."""
    clock, sender = ManualClock(NOON), RecordingSender()
    subscribe(store, "tokyo@example.org", zone="Asia/Tokyo")
    subscribe(store, "somewhere@example.org")
    subscribe(store, "york@example.org", zone="America/New_York")
    at = desk(store, sender=sender, clock=clock)
    wall = datetime(2026, 3, 3, 9, tzinfo=ZoneInfo("Europe/London")).replace(tzinfo=None)
    plan = at.check_time(wish(list="weekly", wall=wall, is_local=True, at=NOON))
    assert datetime(2026, 3, 3, 0, tzinfo=NOON.tzinfo) == plan.at
    assert ["Asia/Tokyo", "Europe/London", "America/New_York"] == [
        turn.zone for turn in at.timeline(plan)
    ]
    record = at.plan(plan)
    order = []
    for hour in (0, 9, 14):
        clock.set(datetime(2026, 3, 3, hour, tzinfo=NOON.tzinfo))
        work(at)
        order.append(mailed(sender)[-1])

    assert ["tokyo@example.org", "somewhere@example.org", "york@example.org"] == order
    assert CampaignState.SENT is at.show(record.id).state


def test_a_time_that_is_past_somewhere_is_refused_unless_it_is_said_what_then(store: Store) -> None:
    """Readers for whom it is too late are told of; they can be mailed at once, or left out."""
    subscribe(store, "tokyo@example.org", zone="Asia/Tokyo")
    subscribe(store, "york@example.org", zone="America/New_York")
    wall = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/London")).replace(tzinfo=None)
    for late, expected in ((None, []), (Late.SEND, [0, 2]), (Late.SKIP, [0, 1])):
        clock, sender = ManualClock(NOON), RecordingSender()
        at = desk(store, sender=sender, clock=clock)
        plan = wish(list="weekly", wall=wall, is_local=True, late=late, at=NOON)
        if late is None:
            with pytest.raises(ScheduleError, match="Asia/Tokyo"):
                at.check_time(plan)
            continue
        record = at.plan(at.check_time(plan), again=True)
        clock.advance(3 * HOUR)
        work(at)
        assert expected[1] == len(mailed(sender))
        assert CampaignState.SENT is at.show(record.id).state


def test_a_time_that_is_past_is_refused(store: Store) -> None:
    """Nothing is planned for the past, nor to end before it begins."""
    at = desk(store)
    with pytest.raises(ScheduleError, match="is past"):
        at.check_time(wish(people(1), at=NOON - HOUR, wall=NOON.replace(tzinfo=None)))
    with pytest.raises(ScheduleError, match="would expire"):
        at.check_time(wish(people(1), at=NOON + HOUR, expires_at=NOON + HOUR))


def test_a_server_that_is_away_is_tried_again_later(store: Store) -> None:
    """A campaign whose server cannot be reached waits, longer each time, and goes on by itself."""
    clock = ManualClock(NOON)
    is_away = True

    def answer(message: Message) -> Receipt:
        if is_away:
            raise SendError("The relay does not answer.", temporary=True)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    sender = RecordingSender(answer)
    at = desk(store, sender=sender, clock=clock)
    record = at.plan(wish(people(3)))
    for _ in range(4):
        work(at)
        left = at.show(record.id)
        assert (CampaignState.SENDING, "The relay does not answer.") == (left.state, left.reason)
        clock.advance(timedelta(minutes=5))
    offered = len(sender.attempted)
    assert 4 == offered
    is_away = False
    clock.advance(timedelta(minutes=15))
    work(at)

    assert CampaignState.SENT is at.show(record.id).state
    assert 3 == len(mailed(sender))


def test_what_a_server_kept_from_leaving_is_not_sent_late_in_silence(store: Store) -> None:
    """Away for longer than a schedule may be late, it has the campaign held, and when it is back a person goes on."""
    clock = ManualClock(NOON)

    def answer(message: Message) -> Receipt:
        if message.sequence > 1:
            raise SendError("The relay does not answer.", temporary=True)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    at = desk(store, sender=RecordingSender(answer), clock=clock)
    record = at.plan(wish(people(3)))
    with at.working(None, stop=threading.Event(), stale_after=timedelta(hours=12)) as worker:
        while at.show(record.id).state is CampaignState.SENDING or clock.now() == NOON:
            worker.go(once=True)
            worker.stop.clear()
            clock.advance(timedelta(minutes=10))

    held = at.show(record.id)
    assert CampaignState.PAUSED is held.state
    assert "stale: no answer since 2026-03-02 12:00 UTC: The relay does not answer." == held.reason
    assert timedelta(hours=12) < clock.now() - NOON < timedelta(hours=13)

    with at.working(None, stop=threading.Event(), stale_after=timedelta(hours=12)) as worker:
        assert CampaignState.SENDING is at.resume(record.id).state
        for _ in range(20):  # still away: it is tried again for as long
            worker.go(once=True)
            worker.stop.clear()
            clock.advance(timedelta(minutes=10))
        assert CampaignState.SENDING is at.show(record.id).state
    work(desk(store, sender=(sender := RecordingSender()), clock=clock))
    assert CampaignState.SENT is at.show(record.id).state
    assert 2 == len(mailed(sender))


def test_the_deferred_are_offered_again_by_themselves(store: Store) -> None:
    """What a server puts off is sent by the worker when its time has come."""
    clock = ManualClock(NOON)
    states = [DeliveryState.DEFERRED, DeliveryState.ACCEPTED]
    sender = RecordingSender(lambda m: Receipt(sequence=m.sequence, state=states.pop(0)))
    at = desk(store, sender=sender, clock=clock)
    record = at.plan(wish(people(1)))
    work(at)
    assert (CampaignState.SENDING, 1) == (at.show(record.id).state, len(sender.attempted))
    clock.advance(timedelta(minutes=6))
    work(at)

    assert CampaignState.SENT is at.show(record.id).state


@pytest.mark.parametrize("error", [SendError("The password is wrong."), ZeroDivisionError("oops")])
def test_what_goes_wrong_with_one_campaign_is_that_ones_alone(
    store: Store, error: Exception
) -> None:
    """A refused login, or a defect in a plug-in, fails its campaign in words; the next one is sent."""
    good = RecordingSender()

    def fail(_: Message) -> Receipt:
        raise error

    at = desk(store)
    at.means = type(at.means)(
        **{
            **vars(at.means),
            "open_sender": lambda name: RecordingSender(fail) if name == "bad" else good,
        }
    )
    bad = at.plan(wish(people(1), sender="bad"))
    at.plan(wish(people(1), sender="good"), again=True)
    work(at)

    failed = at.show(bad.id)
    assert CampaignState.FAILED is failed.state and str(error) in (failed.reason or "")
    assert 1 == len(mailed(good))


def test_no_two_workers_that_live_have_one_name(store: Store) -> None:
    """A second worker of the same name is refused while the first is alive, and welcome afterwards."""
    at = desk(store)
    with at.working("desk", stop=threading.Event(), stale_after=HOUR):
        assert ["desk"] == at.workers()
        with pytest.raises(StateError, match='"desk" is at work'):
            work(at, name="desk")
        work(at, name="lamp")
    work(at, name="desk")
    assert [] == at.workers()


def test_a_campaign_is_in_the_hands_of_one(store: Store) -> None:
    """While one process sends it, another is refused and told who has it; a worker passes it over."""
    at = desk(store)
    other = desk(store)
    record = at.plan(wish(people(40)))
    told: list[str] = []

    def meddle(message: Message) -> Receipt:
        if message.sequence == 5:
            with pytest.raises(StateError) as refused:
                other.send(record.id)
            told.append(str(refused.value))
            work(other)
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    sender = RecordingSender(meddle)
    at.send(record.id, sender=sender)

    assert "in the hands of foreground" in told[0]
    assert 40 == len(mailed(sender))


def left_behind(store: Store, at: Desk, *, claimed: int) -> tuple[str, str]:
    """Leave a campaign as a process does that dies with *claimed* messages on the wire; return it and the run."""
    record = at.plan(wish(people(60)))
    with processes.start(store, kind="worker", name=None, clock=at.means.clock) as run:
        pass
    with store.writing() as connection:
        connection.execute(
            update(run_rows).where(run_rows.c.id == run.id).values(ended_at=None, ending=None)
        )
        connection.execute(update(campaigns).values(state="sending", run=run.id))
        connection.execute(
            update(deliveries)
            .where(deliveries.c.sequence <= claimed)
            .values(state="claimed", run=run.id, attempts=1, offered_at=NOON)
        )
    return record.id, run.id


def test_what_a_dead_worker_left_is_gone_on_with(store: Store) -> None:
    """Its open claims are uncertain, everything else is sent by the next worker that looks."""
    sender = RecordingSender()
    at = desk(store, sender=sender)
    id, _ = left_behind(store, at, claimed=7)
    work(at)

    done = at.show(id)
    assert (CampaignState.SENT, 53, 7) == (
        done.state,
        done.count(DeliveryState.ACCEPTED),
        done.count(DeliveryState.UNCERTAIN),
    )
    assert [f"reader{n}@example.org" for n in range(8, 61)] == mailed(sender)


def test_the_living_are_left_alone(store: Store) -> None:
    """A run that holds its lock is not dead, however long ago it was heard of; nobody takes its work."""
    sender = RecordingSender()
    clock = ManualClock(NOON)
    at = desk(store, sender=sender, clock=clock)
    id, run = left_behind(store, at, claimed=7)
    lock = locks_for(store).take(f"run {run}")
    assert lock is not None
    clock.advance(timedelta(days=3))  # a clock that was set tells nothing
    work(at)
    assert [] == mailed(sender)
    assert 60 == at.show(id).count(DeliveryState.PENDING)
    lock.release()
    clock.set(NOON)
    work(at)
    assert 53 == len(mailed(sender))


def test_a_frozen_worker_is_given_up_after_its_lease(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that lives and does not beat keeps its claims, as uncertain, but not its campaign."""
    at = desk(store)
    id, run = left_behind(store, at, claimed=7)
    lock = locks_for(store).take(f"run {run}")
    assert lock is not None
    watcher = processes.Watcher(store, clock=at.means.clock)
    seconds = 1000.0
    monkeypatch.setattr(processes, "seconds_awake_or_not", lambda: seconds)
    assert 0 == watcher.look()
    seconds += processes.LEASE.total_seconds() - 1
    assert 0 == watcher.look()
    seconds += 2
    assert 7 == watcher.look()
    work(at)
    lock.release()

    done = at.show(id)
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
    """Woken after another took over, it sends nothing; the answer it still had resolves a doubt; nobody is doubled."""
    at = desk(store)
    record = at.plan(wish(people(60)))
    others = RecordingSender()

    def sleep() -> None:
        run = at_work.run
        with store.writing() as connection:
            from pipeline.campaigns.store import campaign_records as queries
            from pipeline.campaigns.store import transitions

            queries.let_go(connection, run.id)
            transitions.doubt(connection, run.id)
        now = processes.seconds_awake_or_not() + 500
        monkeypatch.setattr(processes, "seconds_awake_or_not", lambda: now)
        monkeypatch.setattr(run, "beat", lambda: None)
        desk(store, sender=others).send(record.id)

    sleeper: Sender = Sleepy(sleep)
    slept = desk(store, sender=sleeper)
    with slept.working(None, stop=threading.Event(), stale_after=HOUR) as at_work:
        at_work.go(once=True)

    assert isinstance(sleeper, RecordingSender)
    got = mailed(sleeper) + mailed(others)
    assert len(got) == len(set(got))
    done = at.show(record.id)
    assert 60 == len(got) + done.count(DeliveryState.UNCERTAIN)
    with store.reading() as connection:
        third = connection.scalar(select(deliveries.c.state).where(deliveries.c.sequence == 3))
    assert "accepted" == third


def test_a_worker_told_to_stop_pauses_nothing(store: Store) -> None:
    """SIGTERM finishes what is on the wire; the campaign stays `sending`, and the next worker ends it."""
    at = desk(store)
    record = at.plan(wish(people(100)))
    stop = threading.Event()

    def answer(message: Message) -> Receipt:
        if message.sequence == 10:
            stop.set()
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    first, second = RecordingSender(answer), RecordingSender()
    with desk(store, sender=first).working(None, stop=stop, stale_after=HOUR) as worker:
        worker.go()
    assert CampaignState.SENDING is at.show(record.id).state
    work(desk(store, sender=second))

    assert CampaignState.SENT is at.show(record.id).state
    assert [f"reader{n}@example.org" for n in range(1, 101)] == mailed(first) + mailed(second)
