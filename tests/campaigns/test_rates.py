"""How fast: limits that hold across processes and restarts, a warm-up, quiet hours, an alarm."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.campaigns import CampaignService, RateLimiter
from pipeline.campaigns.delivery import freeze
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.rates.limits import (
    RateLimit,
    RatePolicy,
    available_at,
    read_rate_policy,
    remaining,
)
from pipeline.campaigns.store import deliveries
from pipeline.campaigns.workers import processes
from pipeline.config.schema import PacingTable
from pipeline.database import Store
from pipeline.models.address import Address
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.recipient import Recipient
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, list_sent_emails, make_plan, make_recipients, make_service

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def paced(
    store: Store, pace: RatePolicy, sender: RecordingSender, clock: ManualClock
) -> CampaignService:
    """Return a desk whose every sender has *pace*."""
    return make_service(store, sender=sender, clock=clock, rate_policy=pace)


def work(service: CampaignService) -> None:
    """Let a worker do all that is due."""
    with service.start_worker(None, stop=threading.Event(), stale_after=10 * DAY) as worker:
        worker.run(once=True)


@given(
    st.lists(st.integers(0, 7200), min_size=1, max_size=60).map(sorted),
    st.integers(1, 8),
    st.sampled_from([60, 600, 3600]),
)
def test_no_window_ever_holds_more_than_its_limit(asks: list[int], most: int, span: int) -> None:
    """Whenever messages are asked for, no span of that length sees more of them leave than the limit."""
    limit = RateLimit(count=most, window=timedelta(seconds=span))
    buckets: Counter[datetime] = Counter()
    left: list[datetime] = []
    for second in asks:
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
        assert most >= sum(instant - limit.window < other <= instant for other in left)


def test_an_hours_limit_survives_restarts_and_holds_for_all_campaigns(store: Store) -> None:
    """Each worker is a new process to the store: together they send no more in an hour than the limit."""
    clock, sender = ManualClock(NOON), RecordingSender()
    pace = RatePolicy(limits=(RateLimit(count=30, window=HOUR),))
    service = paced(store, pace, sender, clock)
    first = service.create(make_plan(make_recipients(25)))
    second = service.create(make_plan(make_recipients(25, start=100)))
    work(service)
    work(service)
    assert 30 == len(list_sent_emails(sender))
    waiting = service.list_unfinished()
    assert waiting and all("rate limit" in left.reason for left in waiting)
    until = max(left.at for left in waiting if left.at)
    assert NOON + HOUR <= until <= NOON + HOUR + timedelta(minutes=1)
    clock.set(until)
    work(service)

    assert 50 == len(list_sent_emails(sender)) == len(set(list_sent_emails(sender)))
    assert {CampaignState.SENT} == {service.get(id).state for id in (first.id, second.id)}


def test_what_a_dead_process_lost_sight_of_counts_for_a_span_and_no_longer(store: Store) -> None:
    """It may have left until its process was found dead; an hour after that the campaign goes on, decided or not."""

    clock = ManualClock(NOON)
    pace = RatePolicy(sender="relay", limits=(RateLimit(count=1, window=HOUR),))
    service = paced(store, pace, RecordingSender(), clock)
    record = service.create(make_plan(recipients=make_recipients(3), sender="relay"))
    dead = processes.start_process(store, kind="foreground", name=None, clock=clock)
    freeze.start_sending(service.context, record.id, dead)
    with store.writing() as connection:
        (row,) = deliveries.list_claimable(connection, record.number, limit=1, now=NOON, last=None)
        deliveries.claim(connection, record.number, [row], process_id=dead.id, now=NOON)
    for lock in dead._locks.values():
        lock.release()

    service = paced(store, pace, sender := RecordingSender(), clock)
    clock.advance(timedelta(minutes=10))  # found dead only then
    work(service)
    assert 1 == service.get(record.id).count(DeliveryState.UNCERTAIN)
    assert [] == list_sent_emails(sender)
    clock.advance(HOUR - timedelta(minutes=1))
    work(service)
    assert [] == list_sent_emails(sender)
    clock.advance(timedelta(minutes=3))
    work(service)
    assert 1 == len(list_sent_emails(sender))


def test_a_slow_domain_holds_up_nobody_else(store: Store) -> None:
    """Beyond a domain's limit its readers wait; all others are mailed."""
    clock, sender = ManualClock(NOON), RecordingSender()
    pace = RatePolicy(domains={"slow.example.org": (RateLimit(count=3, window=HOUR),)})
    service = paced(store, pace, sender, clock)
    slow = [Recipient(address=Address(email=f"r{n}@Slow.example.org")) for n in range(8)]
    record = service.create(make_plan([*slow, *make_recipients(40)]))
    work(service)

    domains = Counter(email.partition("@")[2].lower() for email in list_sent_emails(sender))
    assert {"slow.example.org": 3, "example.org": 40} == domains
    for _ in range(2):
        clock.advance(HOUR + timedelta(minutes=2))
        work(service)
    assert CampaignState.SENT is service.get(record.id).state
    assert 48 == len(list_sent_emails(sender)) == len(set(list_sent_emails(sender)))


def test_a_sender_is_warmed_up_day_by_day(store: Store) -> None:
    """So many on the first day, more on the second, and then as many as there are."""
    clock, sender = ManualClock(NOON), RecordingSender()
    service = paced(store, RatePolicy(warm_up=(5, 20)), sender, clock)
    service.create(make_plan(make_recipients(100)))
    sent = []
    for _ in range(3):
        work(service)
        sent.append(len(list_sent_emails(sender)))
        clock.advance(DAY + timedelta(minutes=30))

    assert [5, 25, 100] == sent


def test_nothing_leaves_in_quiet_hours(store: Store) -> None:
    """Within quiet hours, also over midnight, a campaign waits for their end by the publication's clock."""
    clock, sender = ManualClock(NOON.replace(month=7, hour=22)), RecordingSender()
    pace = RatePolicy(quiet_hours=(time(22), time(7)), zone="Europe/London")
    service = paced(store, pace, sender, clock)
    service.create(make_plan(make_recipients(3), at=clock.now()))
    work(service)
    assert [] == list_sent_emails(sender)
    (left,) = service.list_unfinished()
    assert datetime(2026, 7, 3, 6, tzinfo=NOON.tzinfo) == left.at
    clock.set(left.at)
    work(service)
    assert 3 == len(list_sent_emails(sender))


@pytest.mark.parametrize(
    ("clock", "until"),
    [((21, 59), None), ((22, 0), 7), ((23, 30), 7), ((0, 0), 7), ((6, 59), 7), ((7, 0), None)],
)
def test_quiet_hours_have_a_beginning_and_an_end(clock: tuple[int, int], until: int | None) -> None:
    """The first of them is quiet, the last moment is not."""
    now = NOON.replace(hour=clock[0], minute=clock[1])
    found = RatePolicy(quiet_hours=(time(22), time(7))).quiet_until(now)

    assert until == (found.hour if found else None)
    assert found is None or timedelta() < found - now <= timedelta(hours=9)


def test_a_campaign_pauses_when_too_much_is_refused(store: Store) -> None:
    """The campaign stops by itself and says what the server said most often."""

    def answer(message: object) -> Receipt:
        sequence: int = message.sequence  # type: ignore[attr-defined]
        state = DeliveryState.REFUSED if sequence % 3 == 0 else DeliveryState.ACCEPTED
        return Receipt(
            sequence=sequence, state=state, enhanced_code="5.7.1", response="Looks like spam"
        )

    sender = RecordingSender(answer)
    service = paced(store, RatePolicy(pause_above=25), sender, ManualClock(NOON))
    stopped = service.send(service.create(make_plan(make_recipients(500))).id)

    assert CampaignState.PAUSED is stopped.state
    assert (stopped.reason or "").startswith(
        "failure threshold: 33 of the last 100 messages were refused"
    )
    assert "5.7.1 Looks like spam" in (stopped.reason or "")
    assert 100 <= len(sender.attempted) <= 100 + 16


def test_an_alarm_needs_enough_to_go_by() -> None:
    """A few refusals at the beginning ring nothing, and nought rings never."""
    refused = Receipt(sequence=1, state=DeliveryState.REFUSED, response="No")
    for above, count, rings in ((25, 99, False), (25, 100, True), (0, 200, False)):
        alarm = FailureThreshold(above)
        for _ in range(count):
            alarm.record(refused)
        assert rings == (alarm.exceeded() is not None)


def test_the_settings_make_the_pace() -> None:
    """A sender's own limits stand in place of those for all."""
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


def test_a_gate_counts_with_campaigns(store: Store) -> None:
    """What lay in the outbox and what a campaign claims share the hour; the gate says when more may leave."""
    clock = ManualClock(NOON)
    pace = RatePolicy(sender="relay", limits=(RateLimit(count=3, window=HOUR),))
    service = paced(store, pace, sender := RecordingSender(), clock)
    record = service.create(make_plan(recipients=make_recipients(1), sender="relay"))
    service.send(record.id)
    assert 1 == len(list_sent_emails(sender))

    gate = RateLimiter(store, pace, clock=clock)
    assert [True, True, False] == [gate.acquire(f"reader{n}@example.org") for n in range(3)]
    assert gate.is_blocked
    assert "rate limit: more can be sent from 2026-03-02 13:01 UTC" == gate.reason
    clock.advance(HOUR + timedelta(minutes=1))
    assert RateLimiter(store, pace, clock=clock).acquire("reader@example.org")


def test_a_gate_holds_back_one_domain_and_lets_others_through(store: Store) -> None:
    """A domain that has had its share waits; it shuts the gate for nobody else."""
    limits = {"slow.example.org": (RateLimit(count=1, window=HOUR),)}
    gate = RateLimiter(store, RatePolicy(sender="relay", domains=limits), clock=ManualClock(NOON))
    emails = ("a@Slow.example.org", "b@slow.example.org", "c@example.org", "d@example.org")
    assert [True, False, True, True] == [gate.acquire(email) for email in emails]
    assert (False, True) == (gate.is_blocked, gate.reason.startswith("rate limit: "))


def test_a_gate_is_shut_in_quiet_hours_and_by_too_many_refusals(store: Store) -> None:
    """It is shut from the first on; else once enough was heard, with the words of the server."""
    quiet = RatePolicy(quiet_hours=(time(11), time(13)))
    gate = RateLimiter(store, quiet, clock=ManualClock(NOON))
    assert not gate.acquire("reader@example.org")
    assert "rate limit: more can be sent from 2026-03-02 13:00 UTC" == gate.reason

    gate = RateLimiter(store, RatePolicy(pause_above=25), clock=ManualClock(NOON))
    for number in range(FailureThreshold.MIN_RECEIPTS):
        assert gate.acquire("reader@example.org")
        gate.record(Receipt(sequence=number, state=DeliveryState.REFUSED, response="no such thing"))
    assert not gate.acquire("reader@example.org")
    assert gate.is_blocked
    assert gate.reason.endswith("no such thing")
