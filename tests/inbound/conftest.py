"""A campaign to four subscribers, and what records the messages that come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.database import Store
from pipeline.events import EventStore
from pipeline.inbound.inbound_service import InboundService
from pipeline.inbound.record_message import InboundRecorder
from pipeline.inbound.stored_messages import MessageFolder
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, SECRET, add_subscribers, make_plan, make_service

ADDRESSES = [f"r{number}@example.org" for number in range(1, 5)]


@pytest.fixture
def sent(store: Store) -> list[str]:
    """The Message-IDs of a campaign to four subscribers, in the order of ADDRESSES."""
    add_subscribers(store, *ADDRESSES)
    sender = RecordingSender()
    service = make_service(store, sender=sender)
    service.send(service.create(make_plan(list_name="weekly")).id)
    found = {each.recipient.email: each.message_id for each in sender.accepted}
    return [found[address] for address in ADDRESSES]


@pytest.fixture
def ledger(store: Store) -> EventStore:
    return EventStore(store, secret=SECRET, clock=ManualClock(NOON))


@pytest.fixture
def folder(tmp_path: Path) -> MessageFolder:
    return MessageFolder(tmp_path / "inbound")


@pytest.fixture
def recorder(ledger: EventStore, folder: MessageFolder) -> InboundRecorder:
    return InboundRecorder(ledger, folder, clock=ManualClock(NOON))


@pytest.fixture
def service(recorder: InboundRecorder) -> InboundService:
    return InboundService(recorder, None)
