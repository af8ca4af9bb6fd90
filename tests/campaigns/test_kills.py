"""A killed process leaves in doubt only what was on the wire."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from pipeline.campaigns.store import offer_log
from pipeline.campaigns.store.offer_log import OfferLog, OfferState, discard_offers, read_offers
from pipeline.campaigns.store.tables import rate_windows
from pipeline.clock import SystemClock
from pipeline.database import Store, open_store
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.testing import RecordingSender
from tests.campaigns.support import (
    NOON,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
)

COUNT = 60


def send_and_die(url: str, folder: Path, campaign_id: str, at: int) -> None:
    """Send, and be killed with message *at* on the wire; every tenth message before is deferred."""

    def respond(message: Message) -> Receipt:
        with (folder / "mailed").open("a") as file:
            file.write(f"{message.recipient.email}\n")
        if message.sequence == at:
            os.kill(os.getpid(), signal.SIGKILL)
        is_deferred = message.sequence % 10 == 0
        state = DeliveryState.DEFERRED if is_deferred else DeliveryState.ACCEPTED
        return Receipt(sequence=message.sequence, state=state)

    with open_store(url, root=folder) as store:
        service = make_service(store, sender=RecordingSender(respond), clock=SystemClock())
        service.send(campaign_id)


def kill(store: Store, url: str, folder: Path, campaign_id: str, at: int) -> None:
    """Run `send_and_die()` in a process of its own, and wait until the database knows that it is gone."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=send_and_die, args=(url, folder, campaign_id, at))
    process.start()
    process.join()
    assert -signal.SIGKILL == process.exitcode
    while _has_other_locks(store):  # the server may take a moment to notice
        time.sleep(0.02)


def _has_other_locks(store: Store) -> bool:
    if store.engine.dialect.name != "postgresql":
        return False
    query = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid() "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with store.reading() as connection:
        return bool(connection.scalar(text(query)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's folder."""
    (tmp_path / ".handbill").mkdir()
    return tmp_path


@pytest.fixture
def store(store_url: str, folder: Path) -> Store:
    """A new store."""
    return open_store(store_url, root=folder)


@pytest.mark.parametrize("at", [1, 2, 16, 17, 40, COUNT])
def test_one_message_on_the_wire_is_uncertain(
    store: Store, store_url: str, folder: Path, at: int
) -> None:
    """Whatever was claimed: known receipts are kept, what was not offered is pending, and nobody is mailed twice."""
    service = make_service(store, clock=SystemClock())
    record = service.create(make_plan(make_recipients(COUNT)))
    kill(store, store_url, folder, record.id, at)

    good = RecordingSender()
    with make_service(store, sender=good) as again:
        campaign = again.get(record.id)
        assert 1 == campaign.count(DeliveryState.UNCERTAIN)
        refused = (at - 1) // 10
        assert at - 1 - refused == campaign.count(DeliveryState.ACCEPTED)
        again.resume(record.id)
    mailed = (folder / "mailed").read_text().split()
    deferred = {f"reader{n}@example.org" for n in range(10, at, 10)}
    assert deferred >= {*mailed} & {*list_sent_emails(good)}
    assert {f"reader{n}@example.org" for n in range(1, COUNT + 1)} == {
        *mailed,
        *list_sent_emails(good),
    } | deferred
    assert [] == list(folder.rglob("offers/*"))
    store.close()


def test_after_a_restart_of_the_machine_all_claims_are_uncertain(
    store: Store, store_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written without waiting for the disk may be lost then: it is not trusted."""
    service = make_service(store, clock=SystemClock())
    record = service.create(make_plan(make_recipients(COUNT)))
    kill(store, store_url, folder, record.id, 3)
    monkeypatch.setattr(offer_log, "_read_header", lambda: b"another start".ljust(64))
    with make_service(store) as again:
        campaign = again.get(record.id)
    assert (16, COUNT - 16) == (
        campaign.count(DeliveryState.UNCERTAIN) + campaign.count(DeliveryState.ACCEPTED),
        campaign.count(DeliveryState.PENDING),
    )
    store.close()


def test_rate_limits_count_what_was_not_stored(store: Store, store_url: str, folder: Path) -> None:
    """With rate limits, whatever was offered stays uncertain, and so is counted."""
    with store.writing() as connection:
        connection.execute(insert(rate_windows).values(scope="relay//60", start=NOON, count=1))
    service = make_service(store, clock=SystemClock())
    record = service.create(make_plan(make_recipients(COUNT)))
    kill(store, store_url, folder, record.id, 5)
    with make_service(store) as again:
        campaign = again.get(record.id)
    assert 5 == campaign.count(DeliveryState.UNCERTAIN) + campaign.count(DeliveryState.ACCEPTED)
    assert COUNT - 5 == campaign.count(DeliveryState.PENDING)
    store.close()


def test_a_living_process_keeps_its_offers(tmp_path: Path) -> None:
    """As long as it lives, its log is nobody else's to read, whatever the database says of it."""
    log = OfferLog(tmp_path, "p1", 7, slots=4)
    log.offer(11)
    assert {} == read_offers(tmp_path, "p1")
    log.close()
    assert [] == list(tmp_path.rglob("p1*"))


def test_a_full_or_foreign_log_is_not_used(tmp_path: Path) -> None:
    """A log that cannot hold another offer is removed; a file that is no log says nothing."""
    log = OfferLog(tmp_path, "p1", 7, slots=2)
    for sequence in (1, 2):
        log.offer(sequence)
    log.settle(1, OfferState.ACCEPTED)
    log.forget_all([1])
    log.offer(3)
    log.offer(4)
    assert [] == list(tmp_path.rglob("p1*"))
    log.settle(3, OfferState.ACCEPTED)
    log.close()
    (tmp_path / "offers" / "p2-1").write_bytes(b"no log")
    assert {} == read_offers(tmp_path, "p2")
    discard_offers(tmp_path, "p2")
    assert [] == list(tmp_path.rglob("p2*"))
    assert {} == read_offers(None, "p2")
