"""Senders by name, and the test doubles in `pipeline.testing`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, SendError, UnknownName, UnsupportedFeature
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders import SENDERS, Sender, open_sender
from pipeline.senders.outbox.outbox_sender import OutboxSender
from pipeline.testing import ManualClock, RecordingSender, SenderContract, sample_message


def test_a_sender_is_opened_by_name(tmp_path: Path) -> None:
    """A sender is created from its name and its options."""
    sender = open_sender("outbox", directory=tmp_path)
    assert isinstance(sender, OutboxSender)
    assert tmp_path == sender.directory
    assert "outbox" in SENDERS.list_names()


def test_an_unknown_sender_is_rejected() -> None:
    """The error lists the known senders and suggests the nearest."""
    with pytest.raises(UnknownName, match='Did you mean "outbox"'):
        open_sender("outbx")


def test_unknown_options_are_rejected() -> None:
    """The error names all of them, with the known ones and the nearest."""
    with pytest.raises(
        ConfigError, match=r'"directry", "port".*Known: directory.*Did you mean "dir'
    ):
        open_sender("outbox", directry="x", port=25)


def test_missing_options_are_rejected() -> None:
    """The error names options without a default."""
    with pytest.raises(ConfigError, match='"outbox" needs "directory"'):
        open_sender("outbox")


class TestRecordingSender(SenderContract):
    """The recording sender keeps the contract."""

    def make_sender(self, folder: Path) -> Sender:
        self.sender = RecordingSender(knowing)
        return self.sender

    def read_received(self, folder: Path) -> list[bytes]:
        return [message.content for message in self.sender.accepted]

    def make_refusing_sender(self, folder: Path) -> Sender:
        self.sender = RecordingSender(accept_some)
        return self.sender

    def make_unreachable_sender(self, folder: Path) -> Sender:
        def fail(message: Message) -> Receipt:
            raise SendError("Nobody is there.", temporary=True)

        self.sender = RecordingSender(fail)
        return self.sender

    def make_unsupported_message(self) -> Message:
        return sample_message(campaign_id="unheard-of")


def test_the_contract_leaves_out_tests_without_their_method() -> None:
    """
    No test is skipped; a test runs once its method is overridden, in a subclass too, and a class may define its own.
    """
    tests = (
        "test_other_messages_are_accepted_after_a_refusal",
        "test_unreachable_server_raises_a_temporary_error",
    )

    class Plain(SenderContract):
        pass

    class Choosy(Plain):
        make_refusing_sender = TestRecordingSender.make_refusing_sender

        def test_unreachable_server_raises_a_temporary_error(self, tmp_path: Path) -> None:
            pass

    assert [None, None] == [getattr(Plain, test) for test in tests]
    assert getattr(SenderContract, tests[0]) is getattr(Choosy, tests[0])
    assert vars(Choosy)[tests[1]] is getattr(Choosy, tests[1])


def accept_some(message: Message) -> Receipt:
    """Refuse reader 2 and defer reader 3."""
    states = {2: DeliveryState.REFUSED, 3: DeliveryState.DEFERRED}
    state = states.get(message.sequence, DeliveryState.ACCEPTED)
    return Receipt(sequence=message.sequence, state=state, response=state.value)


def knowing(message: Message) -> Receipt:
    """Accept what is not unheard of."""
    if message.campaign_id == "unheard-of":
        raise UnsupportedFeature("It cannot do that.")
    return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)


def test_the_recording_sender_responds_as_the_test_says() -> None:
    """It refuses, defers or raises as the test says, and keeps what it accepted."""

    def answer(message: Message) -> Receipt:
        if message.sequence == 3:
            raise SendError("The line is dead.", uncertain=True)
        state = DeliveryState.REFUSED if message.sequence == 2 else DeliveryState.ACCEPTED
        return Receipt(sequence=message.sequence, state=state)

    states: list[DeliveryState] = []
    sender = RecordingSender(answer)
    with pytest.raises(SendError, match="dead"), sender:
        states.extend(r.state for r in sender.send(map(sample_message, range(1, 5))))
    assert [DeliveryState.ACCEPTED, DeliveryState.REFUSED] == states
    assert [1] == [message.sequence for message in sender.accepted]
    assert [1, 2, 3] == [message.sequence for message in sender.attempted]
    assert sender.is_closed


def test_a_manual_clock_stands_still() -> None:
    """The time changes only when a test changes it, and is UTC whatever zone it was set in."""
    clock = ManualClock()
    assert clock.now() == clock.now()
    noon = clock.now()
    clock.advance(timedelta(hours=1))
    assert noon + timedelta(hours=1) == clock.now()
    clock.set(datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=2))))
    assert datetime(2026, 6, 1, 10, tzinfo=UTC) == clock.now()
    assert UTC is clock.now().tzinfo
    with pytest.raises(ValueError, match="no time zone"):
        ManualClock(datetime(2026, 6, 1))  # noqa: DTZ001 (what is tested)
