"""Messages in the outbox are sent by another sender, each once, whatever fails."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.outbox.delivery_log import DELIVERY_LOG, check_entry_files, read_outbox
from pipeline.senders.outbox.manifest import MANIFEST
from pipeline.senders.outbox.outbox_delivery import (
    MessageLimiter,
    OutboxDelivery,
    OutboxDeliveryResult,
    Unlimited,
)
from pipeline.senders.outbox.outbox_sender import OutboxSender
from pipeline.testing import ManualClock, RecordingSender, sample_message
from tests.senders.outbox.test_outbox_sender import break_call, in_child

# Newer Pythons warn of forking beside threads; a child here only writes files and ends.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

COUNT = 4


class Listener:
    """Asks to stop after a number of receipts."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after = stop_after
        self.receipts: list[Receipt] = []

    def on_receipt(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)

    def should_stop(self) -> bool:
        return self.stop_after is not None and len(self.receipts) >= self.stop_after


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign's folder with four messages."""
    with OutboxSender(tmp_path) as sender:
        list(sender.send(map(sample_message, range(1, COUNT + 1))))
    return tmp_path / sample_message().campaign_id


def deliver(
    folder: Path,
    sender: RecordingSender,
    *,
    include_uncertain: bool = False,
    limit: int | None = None,
    listener: Listener | None = None,
    suppression_reason: Callable[[str], str] = lambda _: "",
    sign: Callable[[bytes], bytes] = lambda content: content,
    limiter: MessageLimiter | None = None,
) -> OutboxDeliveryResult:
    """Hand over what is due."""
    with OutboxDelivery(folder, clock=ManualClock()) as delivery:
        due = delivery.list_unsent(include_uncertain=include_uncertain)[:limit]
        check_entry_files(folder, due)
        return delivery.send(
            due,
            sender=sender,
            name="relay",
            suppression_reason=suppression_reason,
            sign=sign,
            listener=listener or Listener(),
            limiter=limiter or Unlimited(),
        )


def states(folder: Path) -> list[str]:
    """Return the states of the messages, as they stand on the disk."""
    return [one.state.value for one in read_outbox(folder)]


def answering(**by_number: DeliveryState | SendError) -> RecordingSender:
    """Return a sender that answers so to single messages, `m2=…`, and accepts the others."""

    def answer(message: Message) -> Receipt:
        found = by_number.get(f"m{message.sequence}", DeliveryState.ACCEPTED)
        if isinstance(found, SendError):
            raise found
        return Receipt(sequence=message.sequence, state=found, response="so it expected")

    return RecordingSender(answer)


def test_every_message_is_sent_once_unchanged(folder: Path) -> None:
    """Byte for byte, with its envelope; a second call has nothing to send."""
    sender = RecordingSender()

    done = deliver(folder, sender)
    again = deliver(folder, sender)

    assert [sample_message(n).content for n in range(1, COUNT + 1)] == [
        m.content for m in sender.accepted
    ]
    first, sample = sender.accepted[0], sample_message(1)
    assert (sample.campaign_id, sample.message_id) == (first.campaign_id, first.message_id)
    assert (sample.sender.email, sample.recipient.email) == (
        first.sender.email,
        first.recipient.email,
    )
    assert {DeliveryState.ACCEPTED: COUNT} == dict(done.counts) == dict(again.counts)
    assert (COUNT, 0) == (done.sent, again.sent)


def test_messages_are_signed_when_they_are_sent(folder: Path) -> None:
    """The sent bytes are signed for the sender; the file stays unchanged."""
    sender = RecordingSender()
    deliver(folder, sender, sign=lambda content: b"X-Signed: now\r\n" + content, limit=1)
    assert b"X-Signed: now\r\n" + sample_message(1).content == sender.accepted[0].content
    check_entry_files(folder, read_outbox(folder))


def test_a_second_call_sends_only_the_rest(folder: Path) -> None:
    """Accepted and refused messages are done; deferred ones are sent again."""
    first = answering(m2=DeliveryState.REFUSED, m3=DeliveryState.DEFERRED)
    deliver(folder, first)
    assert ["accepted", "refused", "deferred", "accepted"] == states(folder)

    second = RecordingSender()
    deliver(folder, second)

    assert [3] == [message.sequence for message in second.attempted]
    assert ["accepted", "refused", "accepted", "accepted"] == states(folder)


def test_a_limit_leaves_the_rest_for_later(folder: Path) -> None:
    """Each call continues where the last one ended."""
    sender = RecordingSender()
    for expected in (["accepted"] * 3 + ["pending"], ["accepted"] * 4):
        deliver(folder, sender, limit=3)
        assert expected == states(folder)
    assert [1, 2, 3, 4] == [message.sequence for message in sender.accepted]


def test_the_log_has_each_claim_and_receipt(folder: Path) -> None:
    """One line for each claim and each receipt."""
    deliver(folder, answering(m2=DeliveryState.REFUSED), limit=2)
    lines = [json.loads(line) for line in (folder / DELIVERY_LOG).read_text("utf-8").splitlines()]
    assert ["claimed", "accepted", "claimed", "refused"] == [line["state"] for line in lines]
    assert "relay" == lines[0]["sender"]
    assert lines[1]["at"].startswith("2026-03-02T12:00:00")
    assert "so it expected" == lines[3]["response"]
    assert lines[0]["file"].startswith("000001-")


def test_a_failing_sender_leaves_nothing_uncertain(folder: Path) -> None:
    """Messages that were certainly not accepted are as if they were never claimed."""
    done = deliver(folder, answering(m3=SendError("The relay is away.", temporary=True)))
    assert done.error is not None
    assert ["accepted", "accepted", "pending", "pending"] == states(folder)


def test_uncertain_messages_are_sent_again_only_on_request(folder: Path) -> None:
    """Neither after a lost reply nor after a lost receipt."""
    lost = SendError("It did not answer.", temporary=True, uncertain=True)
    deliver(folder, answering(m2=DeliveryState.UNCERTAIN, m3=lost))
    assert ["accepted", "uncertain", "uncertain", "pending"] == states(folder)

    calm, bold = RecordingSender(), RecordingSender()
    deliver(folder, calm)
    assert [4] == [message.sequence for message in calm.attempted]

    deliver(folder, bold, include_uncertain=True)
    assert [2, 3] == [message.sequence for message in bold.attempted]
    assert ["accepted"] * 4 == states(folder)


def test_suppressed_addresses_are_skipped(folder: Path) -> None:
    """A recipient may have unsubscribed since the messages were written; checked on each call."""
    sender = RecordingSender()
    deliver(
        folder,
        sender,
        suppression_reason=lambda e: "unsubscribed" if e.startswith("reader2") else "",
    )
    assert ["accepted", "skipped", "accepted", "accepted"] == states(folder)
    assert [1, 3, 4] == [message.sequence for message in sender.attempted]

    deliver(folder, sender)
    assert ["accepted"] * 4 == states(folder)


def test_the_listener_can_stop_the_delivery(folder: Path) -> None:
    """After the message in flight no other is sent."""
    done = deliver(folder, RecordingSender(), listener=Listener(stop_after=2))
    assert done.is_interrupted
    assert ["accepted", "accepted", "pending", "pending"] == states(folder)


class StubLimiter(Unlimited):
    """Blocks one address, and all of them after a number of messages."""

    def __init__(self, *, held: str = "", most: int = COUNT) -> None:
        self.limit_reason = held
        self.left = most
        self.heard: list[int] = []

    @property
    def is_blocked(self) -> bool:  # type: ignore[override]  # an open one never is
        return self.left <= 0

    @property
    def reason(self) -> str:  # type: ignore[override]
        return "so it is"

    def acquire(self, email: str) -> bool:
        if email == self.limit_reason:
            return False
        self.left -= 1
        return True

    def record(self, receipt: Receipt) -> None:
        self.heard.append(receipt.sequence)


def test_messages_over_the_limit_stay_pending(folder: Path) -> None:
    """One address is blocked and the others are sent; a later call sends the rest."""
    limiter = StubLimiter(held=sample_message(2).recipient.email, most=2)
    done = deliver(folder, RecordingSender(), limiter=limiter)
    assert ["accepted", "pending", "accepted", "pending"] == states(folder)
    assert ("paused", "so it is") == (done.state.value, done.reason)
    assert [1, 3] == limiter.heard
    assert "sent" == deliver(folder, sender := RecordingSender()).state.value
    assert [2, 4] == [message.sequence for message in sender.accepted]


@pytest.mark.parametrize("change", ["other", "gone"])
def test_a_changed_file_is_named_and_nothing_is_sent(folder: Path, change: str) -> None:
    """Messages are sent as written or not at all."""
    path = sorted(folder.glob("*.eml"))[2]
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes().replace(b"number 3", b"number 4"))
    sender = RecordingSender()

    with pytest.raises(SendError, match=r"changed since it was written: 000003-\w+\.eml"):
        deliver(folder, sender)
    assert [] == sender.attempted


def test_a_file_changed_during_the_delivery_stops_it(folder: Path) -> None:
    """Each file is checked again before it is sent."""

    def answer(message: Message) -> Receipt:
        if message.sequence == 1:
            sorted(folder.glob("*.eml"))[1].write_bytes(b"other")
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    done = deliver(folder, RecordingSender(answer))
    assert "changed while the campaign was being sent" in str(done.error)
    assert ["accepted", "pending", "pending", "pending"] == states(folder)


def test_two_processes_cannot_send_the_same_folder(folder: Path) -> None:
    """Nor while a campaign is being written there."""
    with (
        OutboxDelivery(folder, clock=ManualClock()),
        pytest.raises(SendError, match="by another process"),
    ):
        deliver(folder, RecordingSender())
    with OutboxSender(folder.parent) as writer:
        next(iter(writer.send([sample_message(9)])))
        with pytest.raises(SendError, match="being written by another process"):
            deliver(folder, RecordingSender())
    assert COUNT + 1 == deliver(folder, RecordingSender()).sent


@pytest.mark.parametrize(
    "line", [b"{}\n", b"no json\n", b'{"file": "x", "state": "sent"}\n', b"[]\n", b"\xff\n"]
)
def test_a_damaged_log_stops_the_delivery(folder: Path, line: bytes) -> None:
    """Guessing would send messages twice."""
    (folder / DELIVERY_LOG).write_bytes(line)
    with pytest.raises(SendError, match=r"deliveries\.jsonl, line 1"):
        deliver(folder, RecordingSender())


def test_a_partial_line_is_ignored(folder: Path) -> None:
    """A claim that was not written completely was not followed by a message."""
    (folder / DELIVERY_LOG).write_bytes(b'{"file": "000001')
    assert COUNT == deliver(folder, RecordingSender()).sent


def test_two_messages_with_one_sequence_are_rejected(folder: Path) -> None:
    """A receipt identifies a message by its sequence."""
    path = folder / MANIFEST
    line = path.read_text("utf-8").splitlines()[0].replace("000001-", "000001-b")
    path.write_text(path.read_text("utf-8") + line + "\n", encoding="utf-8")
    first = next(folder.glob("000001-*.eml"))
    first.with_name(first.name.replace("000001-", "000001-b")).write_bytes(first.read_bytes())
    with pytest.raises(SendError, match="have the same sequence"):
        deliver(folder, RecordingSender())


def arriving(path: Path) -> RecordingSender:
    """Return a sender whose server notes in *path*, durably, what it took."""

    def answer(message: Message) -> Receipt:
        with path.open("a") as file:
            file.write(f"{message.sequence}\n")
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    return RecordingSender(answer)


def crashes(folder: Path) -> Iterator[int]:
    """Yield the numbers of all calls to the system that handing everything over takes."""
    with pytest.MonkeyPatch.context() as patch:
        calls = break_call(patch, None, lambda: None)
        deliver(folder, RecordingSender())
    (folder / DELIVERY_LOG).unlink()
    yield from range(len(calls))


def test_a_crash_at_any_moment_neither_repeats_nor_loses_messages(
    folder: Path, tmp_path: Path
) -> None:
    """Killed before or during any write, and started again: at most one is uncertain, and reported as such."""
    for number in crashes(folder):
        arrived = tmp_path / f"arrived-{number}"

        def work(number: int = number, arrived: Path = arrived) -> None:
            with pytest.MonkeyPatch.context() as patch:
                break_call(patch, number, lambda: os._exit(9))
                deliver(folder, arriving(arrived))

        assert 9 == in_child(work)
        deliver(folder, arriving(arrived))
        took = [int(line) for line in arrived.read_text().split()]
        lying = read_outbox(folder)
        doubtful = [one.entry.sequence for one in lying if one.state is DeliveryState.UNCERTAIN]
        accepted = [one.entry.sequence for one in lying if one.state is DeliveryState.ACCEPTED]

        assert sorted(set(took)) == sorted(took), f"mailed twice after call {number}"
        assert len(doubtful) <= 1
        assert list(range(1, COUNT + 1)) == sorted(accepted + doubtful)
        assert set(accepted) <= set(took) <= set(accepted + doubtful)
        (folder / DELIVERY_LOG).unlink()
