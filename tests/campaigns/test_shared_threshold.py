"""Whether a campaign fails is decided by what all processes that send it were told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pipeline.campaigns.delivery import open_claims, send
from pipeline.campaigns.rates.limits import RatePolicy
from pipeline.campaigns.store import batches as batch_queries
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.tables import recent_receipts
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.database import Store
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, make_plan, make_recipients, make_service

ACCEPTED, REFUSED, DEFERRED = (
    DeliveryState.ACCEPTED,
    DeliveryState.REFUSED,
    DeliveryState.DEFERRED,
)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut batches of a few recipients; tell others with each transaction what was refused."""
    monkeypatch.setattr(batch_queries, "BATCH_SIZE", 20)
    monkeypatch.setattr(open_claims, "_THRESHOLD_INTERVAL_S", -1)


def send_together(
    store: Store, first: tuple[DeliveryState, int], second: DeliveryState, *, percent: int
) -> tuple[Campaign, list[RecordingSender]]:
    """Send 400 messages: the first process gets receipts, and after a number of them the second one does too."""
    policy = RatePolicy(sender="relay", pause_above=percent)
    senders: list[RecordingSender] = []

    def start(state: DeliveryState, process: WorkerProcess, at: Callable[[int], None]) -> None:
        def answer(message: Message) -> Receipt:
            at(len(sender.attempted))
            return Receipt(sequence=message.sequence, state=state, code=500, response="No")

        sender = RecordingSender(answer)
        senders.append(sender)
        service = make_service(store, sender=sender, rate_policy=policy)
        send.send(service.context, record.id, process=process, is_attended=False)

    service = make_service(store)
    record = service.create(make_plan(make_recipients(400)))
    with service.start_process() as one, service.start_process() as two:

        def join(count: int) -> None:
            if count == first[1]:
                start(second, two, lambda _: None)

        start(first[0], one, join)
        campaign = service.get(record.id)
        with store.reading() as connection:  # what made all of them wait stays until one goes on
            rows = connection.scalar(select(func.count()).select_from(recent_receipts))
        assert (2 if second is DEFERRED else 0) == rows
    return campaign, senders


def test_refusals_of_all_processes_pause_a_campaign(store: Store) -> None:
    """After 80 accepted messages of one process, some thirty refusals of another are a quarter of all."""
    campaign, (_, failing) = send_together(store, (ACCEPTED, 80), REFUSED, percent=25)

    assert CampaignState.PAUSED is campaign.state
    assert (campaign.reason or "").endswith("most frequent response: 500 No")
    assert 25 <= campaign.count(REFUSED) == len(failing.attempted) <= 45


def test_one_failing_process_is_not_the_campaign(store: Store) -> None:
    """A process that is refused everything is less than 60 in 100 if another one is refused nothing."""
    campaign, (_, failing) = send_together(store, (ACCEPTED, 200), REFUSED, percent=60)

    assert (CampaignState.SENT, None) == (campaign.state, campaign.reason)
    assert 100 < campaign.count(REFUSED) == len(failing.attempted)


def test_deferrals_of_all_processes_are_one_failure(store: Store) -> None:
    """When nearly everything is refused for now, all wait, and the next wait is not longer for their number."""
    campaign, senders = send_together(store, (DEFERRED, 60), DEFERRED, percent=0)
    with store.reading() as connection:
        record = campaign_records.read(connection, campaign.id)

    assert (CampaignState.SENDING, 1) == (record.state, record.failures)
    assert (record.reason or "").startswith("deferred: ")
    assert 100 <= sum(len(each.attempted) for each in senders) <= 140

    with make_service(store).start_process() as process:
        clock = ManualClock(NOON + timedelta(hours=3))
        rest = make_service(store, clock=clock)
        send.send(rest.context, record.id, process=process, is_attended=False)
    assert (CampaignState.SENT, 400) == (
        rest.get(record.id).state,
        rest.get(record.id).count(ACCEPTED),
    )
