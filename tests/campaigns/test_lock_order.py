"""Who changes several things of a campaign locks them in one order: nobody waits in a circle (PostgreSQL)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy import select, text

from pipeline.campaigns.delivery import freeze
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.open_claims import OpenClaims
from pipeline.campaigns.delivery.progress import NullListener
from pipeline.campaigns.delivery.suppression import SuppressionFilter
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.rates.limits import RatePolicy
from pipeline.campaigns.store import batches as batch_queries
from pipeline.campaigns.store.batch_claims import set_aside
from pipeline.campaigns.store.tables import batches
from pipeline.database import Store, open_store
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from tests import databases
from tests.campaigns.support import make_plan, make_recipients, make_service

SIZE = 20
_PATIENCE_S = 20


@pytest.fixture
def shared_store(postgres: databases.Server, tmp_path: Path) -> Iterator[Store]:
    """A new store that two connections can write to at once."""
    with open_store(postgres.create_store(), root=tmp_path) as store:
        yield store


def accept(claims: OpenClaims, sequence: int) -> None:
    """Record that the message *sequence* was accepted."""
    receipt = Receipt(sequence=sequence, state=DeliveryState.ACCEPTED)
    claims.record(claims.in_flight[sequence], receipt)


def claim_and_offer(claims: OpenClaims) -> None:
    """Claim what may be open, and pass it on."""
    claims.settle_and_claim()
    while claims.queue:
        claims.offer(claims.queue.popleft())


def hold_two_batches(claims: OpenClaims, _: Store) -> Callable[[], None]:
    """Receipts arrive for the batch that was claimed last, then for the first one."""
    claim_and_offer(claims)
    claim_and_offer(claims)
    for sequence in (SIZE + 2, 2):
        accept(claims, sequence)
    return claims.settle


def claim_another_batch(claims: OpenClaims, _: Store) -> Callable[[], None]:
    """The first batch has all its receipts, and the next one is taken."""
    claim_and_offer(claims)
    for sequence in range(1, SIZE + 1):
        accept(claims, sequence)
    return claims.settle_and_claim


def claim_what_waits_alone(claims: OpenClaims, store: Store) -> Callable[[], None]:
    """Somebody waits for the limit of a domain, while more of a batch is to be claimed."""
    claims._max_open = 5
    claim_and_offer(claims)
    accept(claims, 1)
    with store.writing() as connection:
        set_aside(connection, 1, [2 * SIZE])
    claims._claimer._probed_at = float("-inf")
    return claims.settle_and_claim


def settle_and_release(claims: OpenClaims, _: Store) -> Callable[[], None]:
    """It stops with a receipt for the second of two batches."""
    claim_and_offer(claims)
    claim_and_offer(claims)
    accept(claims, SIZE + 2)
    return lambda: claims.conclude(is_uncertain=False)


@pytest.mark.parametrize(
    "prepare",
    [hold_two_batches, claim_another_batch, claim_what_waits_alone, settle_and_release],
)
def test_a_cancel_and_a_process_do_not_wait_for_each_other(
    shared_store: Store,
    prepare: Callable[[OpenClaims, Store], Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A campaign is cancelled while a process stores what it did: both succeed at the first attempt."""
    monkeypatch.setattr(batch_queries, "BATCH_SIZE", SIZE)
    caplog.set_level(logging.WARNING)
    service = make_service(shared_store)
    record = service.create(make_plan(make_recipients(3 * SIZE)))
    with service.start_process() as process:
        freeze.start_sending(service.context, record.id, process, is_attended=True)
        claims = OpenClaims(
            record,
            context=service.context,
            process=process,
            claimer=Claimer(
                number=record.number,
                process_id=process.id,
                suppression_filter=SuppressionFilter(keys=service.context.keys),
                rate_policy=RatePolicy(),
            ),
            threshold=FailureThreshold(0),
            progress=NullListener(),
            max_open=SIZE + 5,
        )
        work = prepare(claims, shared_store)
        errors: list[BaseException] = []
        with locked_first_batch(shared_store):
            cancel = start(lambda: service.cancel(record.id), errors)
            wait_for_waiting(shared_store, 1)
            write = start(work, errors)
            wait_for_waiting(shared_store, 2)
        for thread in (cancel, write):
            thread.join(_PATIENCE_S)
            assert not thread.is_alive()
        claims.conclude(is_uncertain=True)

    assert [] == errors
    assert [] == [each.message for each in caplog.records]
    assert CampaignState.CANCELLED is service.get(record.id).state


@contextmanager
def locked_first_batch(store: Store) -> Iterator[None]:
    """Hold the lock of the first batch for the block."""
    with store.writing() as connection:
        connection.execute(select(batches.c.first).where(batches.c.first == 1).with_for_update())
        yield


def start(work: Callable[[], object], errors: list[BaseException]) -> threading.Thread:
    """Do *work* in a thread."""

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def wait_for_waiting(store: Store, count: int) -> None:
    """Wait until *count* connections wait for a lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    give_up_at = monotonic() + _PATIENCE_S
    while monotonic() < give_up_at:
        with store.reading() as connection:
            if connection.scalar(query) == count:
                return
        sleep(0.02)
    raise AssertionError(f"{count} connections should wait")
