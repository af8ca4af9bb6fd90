"""Rate limits across processes and restarts, warm-up, quiet hours, the failure threshold."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from pipeline.campaigns import CampaignService
from pipeline.campaigns.delivery import freeze
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.rates.limits import (
    RateLimit,
    RatePolicy,
    available_at,
    read_rate_policy,
    remaining,
)
from pipeline.campaigns.store import batches
from pipeline.campaigns.store.tables import processes as process_rows
from pipeline.campaigns.workers import processes
from pipeline.clock import SystemClock
from pipeline.config.schema import PacingTable
from pipeline.database import Store
from pipeline.models.address import Address
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.recipient import Recipient
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, list_sent_emails, make_plan, make_recipients, make_service

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def make_limited_service(
    store: Store, policy: RatePolicy, sender: RecordingSender, clock: ManualClock
) -> CampaignService:
    """Return a service whose senders all have *policy*."""
    return make_service(store, sender=sender, clock=clock, rate_policy=policy)


def run_worker(service: CampaignService) -> None:
    """Run a worker once."""
    with service.start_worker(None, stop=threading.Event(), stale_after=10 * DAY) as worker:
        worker.run(once=True)


@given(
    st.lists(st.integers(0, 7200), min_size=1, max_size=60).map(sorted),
    st.integers(1, 8),
    st.sampled_from([60, 600, 3600]),
)
def test_no_window_exceeds_its_limit(requests: list[int], count: int, span: int) -> None:
    """Whenever messages are requested, no window contains more than the limit."""
    limit = RateLimit(count=count, window=timedelta(seconds=span))
    buckets: Counter[datetime] = Counter()
    left: list[datetime] = []
    for second in requests:
        now = NOON + timedelta(seconds=second)
        if remaining(limit, buckets, now):
            assert now == available_at(limit, buckets, now)
            buckets[limit.bucket_start(now)] += 1
            left.append(now)
        else:
            free = available_at(limit, buckets, now)
            assert now < free <= now + limit.lookback
            assert remaining(limit, buckets, free)
    for instant in left:
        assert count >= sum(instant - limit.window < other <= instant for other in left)


def test_a_limit_holds_across_workers_and_campaigns(store: Store) -> None:
    """Several workers together send no more in an hour than the limit."""
    clock, sender = ManualClock(NOON), RecordingSender()
    policy = RatePolicy(limits=(RateLimit(count=30, window=HOUR),))
    service = make_limited_service(store, policy, sender, clock)
    first = service.create(make_plan(make_recipients(25)))
    second = service.create(make_plan(make_recipients(25, start=100)))
    run_worker(service)
    run_worker(service)
    assert 30 == len(list_sent_emails(sender))
    waiting = service.list_unfinished()
    assert waiting and all("rate limit" in left.reason for left in waiting)
    until = max(left.at for left in waiting if left.at)
    assert NOON + HOUR <= until <= NOON + HOUR + timedelta(minutes=1)
    clock.set(until)
    run_worker(service)

    assert 50 == len(list_sent_emails(sender)) == len(set(list_sent_emails(sender)))
    assert {CampaignState.SENT} == {service.get(id).state for id in (first.id, second.id)}


def test_claims_of_a_dead_process_count_for_one_window(store: Store) -> None:
    """They may have been sent until the process was found dead; a window later the campaign continues."""

    clock = ManualClock(NOON)
    policy = RatePolicy(sender="relay", limits=(RateLimit(count=1, window=HOUR),))
    service = make_limited_service(store, policy, RecordingSender(), clock)
    record = service.create(make_plan(recipients=make_recipients(3), sender="relay"))
    dead = processes.start_process(store, kind="foreground", name=None, clock=clock)
    freeze.start_sending(service.context, record.id, dead, is_attended=True)
    with store.writing() as connection:
        batch = batches.claim_batch(
            connection, record.number, process_id=dead.id, now=NOON, last=None
        )
        assert batch is not None
        claimed = replace(batch, offered=1, claims=((1, NOON),))
        batches.store_batch(connection, claimed, process_id=dead.id)
        connection.execute(
            update(process_rows)
            .where(process_rows.c.id == dead.id)
            .values(heartbeat_at=SystemClock().now())  # after the server was started
        )
    for lock in dead._locks.values():
        lock.release()

    service = make_limited_service(store, policy, sender := RecordingSender(), clock)
    clock.advance(timedelta(minutes=10))  # found dead only then
    run_worker(service)
    assert 1 == service.get(record.id).count(DeliveryState.UNCERTAIN)
    assert [] == list_sent_emails(sender)
    clock.advance(HOUR - timedelta(minutes=1))
    run_worker(service)
    assert [] == list_sent_emails(sender)
    clock.advance(timedelta(minutes=3))
    run_worker(service)
    assert 1 == len(list_sent_emails(sender))


def test_a_limited_domain_blocks_no_other(store: Store) -> None:
    """Recipients over the limit of a domain wait; all others receive their message."""
    clock, sender = ManualClock(NOON), RecordingSender()
    policy = RatePolicy(domains={"slow.example.org": (RateLimit(count=3, window=HOUR),)})
    service = make_limited_service(store, policy, sender, clock)
    slow = [Recipient(address=Address(email=f"r{n}@Slow.example.org")) for n in range(8)]
    record = service.create(make_plan([*slow, *make_recipients(40)]))
    run_worker(service)

    domains = Counter(email.partition("@")[2].lower() for email in list_sent_emails(sender))
    assert {"slow.example.org": 3, "example.org": 40} == domains
    for _ in range(2):
        clock.advance(HOUR + timedelta(minutes=2))
        run_worker(service)
    assert CampaignState.SENT is service.get(record.id).state
    assert 48 == len(list_sent_emails(sender)) == len(set(list_sent_emails(sender)))


def test_warm_up_raises_the_limit_daily(store: Store) -> None:
    """The limit of each warm-up day applies, then only the regular limits."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = make_limited_service(store, RatePolicy(warm_up=(5, 20)), sender, clock)
    service.create(make_plan(make_recipients(100)))
    sent = []
    for _ in range(3):
        run_worker(service)
        sent.append(len(list_sent_emails(sender)))
        clock.advance(DAY + timedelta(minutes=30))

    assert [5, 25, 100] == sent


def test_nothing_is_sent_in_quiet_hours(store: Store) -> None:
    """A campaign waits until quiet hours end in the publication's time zone, also over midnight."""
    clock, sender = ManualClock(NOON.replace(month=7, hour=22)), RecordingSender()
    policy = RatePolicy(quiet_hours=(time(22), time(7)), zone="Europe/London")
    service = make_limited_service(store, policy, sender, clock)
    service.create(make_plan(make_recipients(3), at=clock.now()))
    run_worker(service)
    assert [] == list_sent_emails(sender)
    (left,) = service.list_unfinished()
    assert datetime(2026, 7, 3, 6, tzinfo=NOON.tzinfo) == left.at
    clock.set(left.at)
    run_worker(service)
    assert 3 == len(list_sent_emails(sender))


@pytest.mark.parametrize(
    ("clock", "until"),
    [((21, 59), None), ((22, 0), 7), ((23, 30), 7), ((0, 0), 7), ((6, 59), 7), ((7, 0), None)],
)
def test_quiet_hours_include_their_start_only(clock: tuple[int, int], until: int | None) -> None:
    """Quiet hours include their first moment and exclude their last."""
    now = NOON.replace(hour=clock[0], minute=clock[1])
    found = RatePolicy(quiet_hours=(time(22), time(7))).quiet_until(now)

    assert until == (found.hour if found else None)
    assert found is None or timedelta() < found - now <= timedelta(hours=9)


def test_a_campaign_pauses_above_the_failure_threshold(store: Store) -> None:
    """It pauses by itself, and the reason quotes the count frequent response."""

    def answer(message: object) -> Receipt:
        sequence: int = message.sequence  # type: ignore[attr-defined]
        state = DeliveryState.REFUSED if sequence % 3 == 0 else DeliveryState.ACCEPTED
        return Receipt(
            sequence=sequence, state=state, enhanced_code="5.7.1", response="Looks like spam"
        )

    sender = RecordingSender(answer)
    service = make_limited_service(store, RatePolicy(pause_above=25), sender, ManualClock(NOON))
    stopped = service.send(service.create(make_plan(make_recipients(500))).id)

    assert CampaignState.PAUSED is stopped.state
    assert (stopped.reason or "").startswith(
        "failure threshold: 33 of the last 100 messages were refused"
    )
    assert "5.7.1 Looks like spam" in (stopped.reason or "")
    assert 100 <= len(sender.attempted) <= 100 + 16


def test_the_failure_threshold_needs_enough_receipts() -> None:
    """A few refusals do not exceed it, and 0 disables it."""
    refused = Receipt(sequence=1, state=DeliveryState.REFUSED, response="No")
    for percent, count, is_exceeded in ((25, 99, False), (25, 100, True), (0, 200, False)):
        threshold = FailureThreshold(percent)
        for _ in range(count):
            threshold.record(refused)
        assert is_exceeded == (threshold.exceeded() is not None)


def test_what_is_refused_for_now_does_not_pause_a_campaign(store: Store) -> None:
    """A relay that defers everybody for a while is tried again after a short wait; then everybody is accepted."""
    clock = ManualClock(NOON)
    is_open = False

    def answer(message: object) -> Receipt:
        sequence: int = message.sequence  # type: ignore[attr-defined]
        state = DeliveryState.ACCEPTED if is_open else DeliveryState.DEFERRED
        return Receipt(sequence=sequence, state=state, code=450, response="Greylisted")

    sender = RecordingSender(answer)
    service = make_limited_service(store, RatePolicy(pause_above=25), sender, clock)
    record = service.create(make_plan(make_recipients(300)))
    waiting = service.send(record.id)

    assert CampaignState.SENDING is waiting.state
    assert "100 of the last 100 messages were refused for now" in (waiting.reason or "")
    assert "450 Greylisted" in (waiting.reason or "")
    assert waiting.next_attempt_at is not None and len(sender.attempted) <= 100 + 16
    assert timedelta(seconds=10) <= waiting.next_attempt_at - NOON <= timedelta(minutes=5)

    is_open = True
    with service.start_worker("w", stop=Event(), stale_after=timedelta(hours=12)) as worker:
        for _ in range(10):
            clock.advance(timedelta(minutes=1))
            worker.run(once=True)
            worker.stop.clear()
    done = service.get(record.id)
    assert (CampaignState.SENT, 300) == (done.state, done.count(DeliveryState.ACCEPTED))


def test_refusals_are_counted_apart_from_deferrals() -> None:
    """Among many deferrals, a few refusals are most of what was answered for good: that needs a hundred answers too."""
    refused = Receipt(sequence=1, state=DeliveryState.REFUSED, response="No")
    deferred = Receipt(sequence=1, state=DeliveryState.DEFERRED, response="Later")
    threshold = FailureThreshold(25)
    for _ in range(50):
        threshold.record(refused)
        threshold.record(deferred)
    assert (None, None) == (threshold.exceeded(), threshold.find_deferral())
    for _ in range(95):
        threshold.record(deferred)
    assert threshold.exceeded() is None
    assert "Later" in (threshold.find_deferral() or "")
    for _ in range(50):
        threshold.record(refused)
    assert "100 of the last 100" in (threshold.exceeded() or "")


def test_old_receipts_no_longer_count() -> None:
    """Refusals and deferrals leave the count with the receipts they came with; new ones exceed it again."""
    receipts = {
        state: Receipt(sequence=1, state=state, response="No")
        for state in (DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.DEFERRED)
    }
    threshold = FailureThreshold(25)
    for state, count, refused, deferred in (
        (DeliveryState.REFUSED, 150, 150, 0),
        (DeliveryState.DEFERRED, 150, 150, 100),
        (DeliveryState.ACCEPTED, 120, 80, 0),
        (DeliveryState.ACCEPTED, 200, 0, 0),
        (DeliveryState.REFUSED, 51, 51, 0),
    ):
        for _ in range(count):
            threshold.record(receipts[state])
        assert (refused, deferred) == (threshold.own.refused, threshold.own.deferred)
        assert (refused > 50) == (threshold.exceeded() is not None)
        assert (deferred > 90) == (threshold.find_deferral() is not None)


def test_a_campaign_that_reached_nobody_says_so(store: Store) -> None:
    """It is sent, and needs somebody's decision: the reason quotes the most frequent response."""

    def answer(message: object) -> Receipt:
        sequence: int = message.sequence  # type: ignore[attr-defined]
        return Receipt(sequence=sequence, state=DeliveryState.REFUSED, code=550, response="Blocked")

    service = make_limited_service(store, RatePolicy(), RecordingSender(answer), ManualClock(NOON))
    record = service.create(make_plan(make_recipients(3)))
    with service.start_worker("w", stop=Event(), stale_after=timedelta(hours=12)) as worker:
        worker.run(once=True)
    done = service.get(record.id)
    assert (CampaignState.SENT, True, True) == (done.state, done.is_rejected, done.needs_decision)
    assert "nobody was accepted; most frequent response: 550 Blocked" == done.reason
    assert {record.id: f"sent: {done.reason}"} == worker.problems


def test_the_rate_policy_is_read_from_the_settings() -> None:
    """A sender's own limits replace those for every sender."""
    table = PacingTable.model_validate(
        {
            "per_hour": 100,
            "quiet": "22:00-07:00",
            "senders": {"relay": {"per_second": 5, "warm_up": [10]}},
            "domains": {"Example.org": {"per_day": 7}},
        }
    )
    relay, other = read_rate_policy("relay", table, "UTC"), read_rate_policy("other", table, "UTC")

    assert (RateLimit(count=5, window=timedelta(seconds=1)),) == relay.limits
    assert (RateLimit(count=100, window=HOUR),) == other.limits
    assert ((10,), ()) == (relay.warm_up, other.warm_up)
    assert {"example.org": (RateLimit(count=7, window=DAY),)} == relay.domains
    assert (time(22), time(7)) == relay.quiet_hours
