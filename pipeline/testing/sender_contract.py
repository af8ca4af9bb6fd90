"""The contract of senders, as tests to inherit from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import get_ident
from typing import Any

from pipeline.errors import SendError, UnsupportedFeature
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import MAX_IN_FLIGHT, Sender

_COUNT = 50
#: Methods that need not be overridden, and the test that then does not run.
_OPTIONAL = {
    "make_refusing_sender": "test_other_messages_are_accepted_after_a_refusal",
    "make_unreachable_sender": "test_unreachable_server_raises_a_temporary_error",
    "make_unsupported_message": "test_unsupported_feature_raises",
}


def sample_message(sequence: int = 1, *, campaign_id: str = "2026-03-02-sample") -> Message:
    """Return a small message with what senders often break: dots, "From ", long lines, another script."""
    email = f"reader{sequence}@example.org"
    message_id = f"<{campaign_id}.{sequence}@example.org>"
    lines = (
        'From: "Sample, The" <sample@example.org>',
        f"To: =?utf-8?b?4KSo4KSu4KS44KWN4KSk4KWH?= <{email}>",
        f"Subject: Sample {sequence}",
        "Date: Mon, 02 Mar 2026 12:00:00 +0000",
        f"Message-ID: {message_id}",
        f"X-Handbill-Campaign: {campaign_id}",
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "=2E",
        "=46rom the first line to the last nothing may change. =E0=A4=A8",
        "x" * 76,
        "",
        f"This is number {sequence}.",
        "",
    )
    return Message(
        campaign_id=campaign_id,
        sequence=sequence,
        sender=Address(email="sample@example.org", name="Sample, The"),
        recipient=Address(email=email, name="नमस्ते"),
        message_id=message_id,
        chunks=("\r\n".join(lines).encode(),),
    )


class SenderContract:
    """
    Tests for a sender; inherit from it in a class that pytest collects; override `make_sender()` and `read_received()`.

        class TestPigeonSender(SenderContract):
            def make_sender(self, folder):
                return PigeonSender(loft=folder)

            def read_received(self, folder):
                return [path.read_bytes() for path in sorted(folder.iterdir())]

    *folder* is an empty folder for one test. The tests of `make_refusing_sender()`, `make_unreachable_sender()` and
    `make_unsupported_message()` run only if these are overridden: not every server can refuse.
    """

    def __init_subclass__(cls) -> None:
        """Remove the tests whose methods are not overridden; a skipped test would look like one to fix."""
        super().__init_subclass__()
        for method, test in _OPTIONAL.items():
            is_overridden = getattr(cls, method) is not getattr(SenderContract, method)
            if not is_overridden and test not in vars(cls):
                setattr(cls, test, None)
            elif is_overridden and getattr(cls, test) is None:
                setattr(cls, test, getattr(SenderContract, test))

    def make_sender(self, folder: Path) -> Sender:
        """Return a new sender whose server accepts everything."""
        raise NotImplementedError

    def read_received(self, folder: Path) -> Sequence[Any]:  # Any: see `expected_content()`
        """Return the content of the messages that the server received, in order."""
        raise NotImplementedError

    def expected_content(self, message: Message) -> Any:  # Any: bytes, or what an API receives
        """
        Return what `read_received()` returns for *message*: its bytes.

        Override it for a provider that takes texts and headers and builds a message of its own: return a tuple of
        these.
        """
        return message.content

    def make_refusing_sender(self, folder: Path) -> Sender:
        """Return a sender whose server refuses reader2@example.org, defers reader3@example.org and accepts others."""
        raise NotImplementedError

    def make_unreachable_sender(self, folder: Path) -> Sender:
        """Return a sender whose server cannot be reached."""
        raise NotImplementedError

    def make_unsupported_message(self) -> Message:
        """Return a message with a feature that the sender does not support."""
        raise NotImplementedError

    def test_every_message_gets_one_receipt(self, tmp_path: Path) -> None:
        """Each message gets one receipt; over a single connection they come in the order of the messages."""
        with self.make_sender(tmp_path) as sender:
            receipts = list(sender.send(_messages()))
        numbers = [receipt.sequence for receipt in receipts]
        assert list(range(1, _COUNT + 1)) == (
            numbers if sender.connections == 1 else sorted(numbers)
        )
        assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts}

    def test_messages_are_received_unchanged(self, tmp_path: Path) -> None:
        """Messages are received once, byte for byte; over a single connection in order."""
        with self.make_sender(tmp_path) as sender:
            for _ in sender.send(_messages()):
                pass
        sent, received = (
            list(map(self.expected_content, _messages())),
            list(self.read_received(tmp_path)),
        )
        if sender.connections == 1:
            assert sent == received
        assert sorted(sent) == sorted(received)

    def test_nothing_happens_without_messages(self, tmp_path: Path) -> None:
        """Without messages there are no receipts and no files, and closing twice is harmless."""
        before = sorted(tmp_path.rglob("*"))
        with self.make_sender(tmp_path) as sender:
            assert [] == list(sender.send([]))
            sender.close()
        assert before == sorted(tmp_path.rglob("*"))

    def test_messages_are_consumed_one_at_a_time(self, tmp_path: Path) -> None:
        """A sender consumes no more messages ahead of its receipts than `MAX_IN_FLIGHT` per connection."""
        consumed = 0

        def counted_messages() -> Iterator[Message]:
            nonlocal consumed
            for message in _messages():
                consumed += 1
                yield message

        with self.make_sender(tmp_path) as sender:
            receipts = sender.send(counted_messages())
            assert 0 == consumed
            for settled, _ in enumerate(receipts, 1):
                assert consumed - settled < MAX_IN_FLIGHT * sender.connections

    def test_messages_are_consumed_in_the_callers_thread(self, tmp_path: Path) -> None:
        """Only the caller's thread iterates over the messages."""
        threads = set()

        def messages() -> Iterator[Message]:
            for message in _messages():
                threads.add(get_ident())
                yield message

        with self.make_sender(tmp_path) as sender:
            assert _COUNT == len(list(sender.send(messages())))
        assert {get_ident()} == threads

    def test_sending_stops_with_the_caller(self, tmp_path: Path) -> None:
        """When the caller stops after a receipt, no more messages are consumed, not even at the end of the block."""
        messages = _messages()
        with self.make_sender(tmp_path) as sender:
            receipts = iter(sender.send(messages))
            first = next(receipts)
            del receipts
        remaining = len(list(messages))
        assert remaining >= _COUNT - MAX_IN_FLIGHT * sender.connections
        received = self.read_received(tmp_path)
        assert self.expected_content(sample_message(first.sequence)) in received
        assert _COUNT - remaining >= len(received) == len(set(received))

    def test_send_can_be_called_again(self, tmp_path: Path) -> None:
        """Several calls in one `with` block continue where the last one ended."""
        with self.make_sender(tmp_path) as sender:
            first = list(sender.send([sample_message(1)]))
            second = list(sender.send([sample_message(2)]))
        assert [1, 2] == [receipt.sequence for receipt in first + second]
        expected = [self.expected_content(sample_message(n)) for n in (1, 2)]
        assert expected == list(self.read_received(tmp_path))

    def test_errors_of_the_messages_pass_through(self, tmp_path: Path) -> None:
        """An error of the iterable reaches the caller unchanged, after the receipts of the messages before it."""

        class SourceError(Exception):
            pass

        def failing_messages() -> Iterator[Message]:
            yield sample_message(1)
            raise SourceError

        settled: list[int] = []
        is_raised = False
        try:
            with self.make_sender(tmp_path) as sender:
                settled.extend(receipt.sequence for receipt in sender.send(failing_messages()))
        except SourceError:
            is_raised = True
        assert is_raised
        expected = [self.expected_content(sample_message(n)) for n in settled]
        assert expected == list(self.read_received(tmp_path))

    def test_nothing_is_sent_without_a_lease(self, tmp_path: Path) -> None:
        """After the lease expired, nothing is sent and a temporary error is raised: see `Sender.check_lease()`."""
        error = None
        with self.make_sender(tmp_path) as sender:
            sender.has_lease = lambda: False
            try:
                list(sender.send(_messages()))
            except SendError as raised:
                error = raised
        assert error is not None and error.temporary and not error.uncertain
        assert [] == list(self.read_received(tmp_path))

    def test_other_messages_are_accepted_after_a_refusal(self, tmp_path: Path) -> None:
        """One message is refused and one deferred, each with the server's response; all others are accepted."""
        with self.make_refusing_sender(tmp_path) as sender:
            receipts = {receipt.sequence: receipt for receipt in sender.send(_messages())}
        assert DeliveryState.REFUSED is receipts[2].state
        assert DeliveryState.DEFERRED is receipts[3].state
        assert receipts[2].response and receipts[3].response
        accepted = [n for n in receipts if receipts[n].state is DeliveryState.ACCEPTED]
        assert set(range(1, _COUNT + 1)) - {2, 3} == set(accepted)
        expected = [self.expected_content(sample_message(n)) for n in accepted]
        assert sorted(expected) == sorted(self.read_received(tmp_path))

    def test_unreachable_server_raises_a_temporary_error(self, tmp_path: Path) -> None:
        """Nothing was accepted and later it may be: the error is temporary and not uncertain."""
        receipts: list[Receipt] = []
        error = None
        with self.make_unreachable_sender(tmp_path) as sender:
            try:
                receipts.extend(sender.send(_messages()))
            except SendError as raised:
                error = raised
        assert error is not None and error.temporary and not error.uncertain
        assert str(error)
        assert [] == receipts

    def test_unsupported_feature_raises(self, tmp_path: Path) -> None:
        """A message with an unsupported feature raises an error with a message, and nothing is sent."""
        message = ""
        with self.make_sender(tmp_path) as sender:
            try:
                list(sender.send([self.make_unsupported_message()]))
            except UnsupportedFeature as error:
                message = str(error)
        assert message
        assert [] == list(self.read_received(tmp_path))


def _messages() -> Iterator[Message]:
    return (sample_message(sequence) for sequence in range(1, _COUNT + 1))
