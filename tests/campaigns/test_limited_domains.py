"""Who is over the limit of their domain leaves their batch: nobody waits for them, and all rules hold for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Event
from typing import Any

from sqlalchemy import event, func, select, update

from pipeline.campaigns import CampaignService
from pipeline.campaigns.delivery import claim, send
from pipeline.campaigns.delivery.progress import NullListener
from pipeline.campaigns.rates.limits import RateLimit, RatePolicy
from pipeline.campaigns.store.tables import receipts
from pipeline.campaigns.workers import due
from pipeline.campaigns.workers.processes import WorkerProcess, end_process
from pipeline.database import Store
from pipeline.models.address import Address
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.models.recipient import Recipient
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, make_plan, make_recipients, make_service

SECOND = timedelta(seconds=1)
POLICY = RatePolicy(domains={"slow.example.org": (RateLimit(count=1, window=SECOND),)})
SLOW, FEW, FAST = 1100, 40, 60
WAITING = select(func.count()).where(receipts.c.state == "pending")


class StopAfter(NullListener):
    """Stops once *is_enough*, or when nothing happened for a few looks."""

    def __init__(self, sender: RecordingSender, count: int) -> None:
        self._sender = sender
        self._count = count
        self._looks: Counter[int] = Counter()

    def should_stop(self) -> bool:
        """Whether that many messages were accepted, or the loop waits in vain."""
        accepted = len(self._sender.accepted)
        self._looks[accepted] += 1
        return accepted >= self._count or self._looks[accepted] > 20


class Relay:
    """A sender that records when each domain was sent a message, and two processes that send with it in turns."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.times: dict[str, list[datetime]] = {"slow.example.org": [], "example.org": []}
        self.sender = RecordingSender(self._answer)
        self._clock = clock
        self.service = make_service(store, sender=self.sender, clock=clock, rate_policy=POLICY)
        self._turns = 0

    def _answer(self, message: Message) -> Receipt:
        self.times[message.recipient.email.partition("@")[2]].append(self._clock.now())
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    def send(self, campaign_id: str, *processes: WorkerProcess, until: int) -> None:
        """Send until *until* were accepted, or nothing may be sent at this time."""
        self._turns += 1
        process = processes[self._turns % len(processes)]
        progress = StopAfter(self.sender, until)
        send.send(
            self.service.context, campaign_id, process=process, progress=progress, is_attended=False
        )


def count_aside(store: Store, claimed: list[int]) -> Callable[[Any], None]:
    """Note with each commit how many recipients wait alone."""

    def note(connection: Any) -> None:  # Any: as SQLAlchemy has it
        claimed.append(connection.scalar(WAITING) or 0)

    event.listen(store.engine, "commit", note)
    return note


def make_campaign(service: CampaignService, slow_count: int) -> str:
    """Create a campaign whose slow recipients come first; return its ID."""
    slow = [Recipient(address=Address(email=f"r{n}@slow.example.org")) for n in range(slow_count)]
    return service.create(make_plan([*slow, *make_recipients(FAST)])).id


def test_a_limited_domain_slows_no_other(store: Store) -> None:
    """All others are sent to while no time passes; at most 500 in a transaction are put aside for later."""
    clock = ManualClock(NOON)
    relay = Relay(store, clock)
    campaign_id = make_campaign(relay.service, SLOW)
    aside = [0]
    note = count_aside(store, aside)
    with relay.service.start_process() as one, relay.service.start_process() as two:
        relay.send(campaign_id, one, two, until=FAST + 1)
    event.remove(store.engine, "commit", note)

    assert {"slow.example.org": [NOON], "example.org": [NOON] * FAST} == relay.times
    steps = [after - before for before, after in pairwise(aside)]
    assert 500 == claim._MAX_ASIDE and SLOW - 1 == sum(steps)
    assert 400 < max(steps) < 500 + 16


def test_every_rule_holds_for_who_waits(store: Store) -> None:
    """One a second of them is sent, none while the campaign is paused, and none after it is cancelled."""
    clock = ManualClock(NOON)
    relay = Relay(store, clock)
    service = relay.service
    campaign_id = make_campaign(service, FEW)
    slow = relay.times["slow.example.org"]
    with service.start_process() as one, service.start_process() as two:
        relay.send(campaign_id, one, two, until=FAST + 1)
        for turn in range(4):
            clock.advance(SECOND * 1.1)
            relay.send(campaign_id, one, two, until=FAST + 2 + turn)
        relay.send(campaign_id, one, two, until=FAST + FEW)  # no more than that, at this time
        assert 5 == len(slow)
        assert all(SECOND <= after - before for before, after in pairwise(slow))

        service.pause(campaign_id)
        clock.advance(60 * SECOND)
        assert [] == send_due(service)
        with store.reading() as connection:
            assert FEW - 5 == connection.scalar(WAITING)
        service.cancel(campaign_id)
        clock.advance(60 * SECOND)
        assert [] == send_due(service)
    campaign = service.get(campaign_id)

    assert 5 == len(slow)
    assert CampaignState.CANCELLED is campaign.state
    assert {DeliveryState.ACCEPTED: FAST + 5, DeliveryState.SKIPPED: FEW - 5} == campaign.counts


def test_who_leaves_a_batch_as_the_campaign_is_cancelled_is_skipped(store: Store) -> None:
    """Also if the process that put them aside dies before it notices."""
    clock = ManualClock(NOON)
    relay = Relay(store, clock)
    service = relay.service
    campaign_id = make_campaign(service, FEW)
    with service.start_process() as one, service.start_process() as two:
        relay.send(campaign_id, one, two, until=FAST + 1)
        cancelled = service.cancel(campaign_id)
        with (
            store.writing() as connection
        ):  # as if one had begun before, and had written just after
            late = update(receipts).where(receipts.c.state == "skipped")
            connection.execute(late.values(state="pending", reason=None, settled_at=None))
            end_process(connection, one.id, "died", clock=clock)

    assert FEW - 1 == cancelled.count(DeliveryState.SKIPPED)
    assert cancelled.counts == service.get(campaign_id).counts


def send_due(service: CampaignService) -> list[str]:
    """Run a worker once; return the campaigns that it found due."""
    found = due.list_due(service.context, stale_after=timedelta(hours=12))
    with service.start_worker(None, stop=Event(), stale_after=timedelta(hours=12)) as worker:
        worker.run(once=True)
    return found
