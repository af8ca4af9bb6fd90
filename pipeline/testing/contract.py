"""What every sender must pass, as tests to inherit from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.address import Address
from pipeline.delivery import DeliveryState
from pipeline.message import Message
from pipeline.senders.base import MAX_UNANSWERED, Sender

_COUNT = 50


def sample_message(sequence: int = 1, *, campaign: str = "2026-03-02-sample") -> Message:
    """Return a small message that needs every care: dots and "From " in the text, long lines, another script."""
    email = f"reader{sequence}@example.org"
    message_id = f"<{campaign}.{sequence}@example.org>"
    lines = (
        'From: "Sample, The" <sample@example.org>',
        f"To: =?utf-8?b?4KSo4KSu4KS44KWN4KSk4KWH?= <{email}>",
        f"Subject: Sample {sequence}",
        "Date: Mon, 02 Mar 2026 12:00:00 +0000",
        f"Message-ID: {message_id}",
        f"X-Handbill-Campaign: {campaign}",
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
        campaign=campaign,
        sequence=sequence,
        sender=Address(email="sample@example.org", name="Sample, The"),
        recipient=Address(email=email, name="नमस्ते"),
        message_id=message_id,
        content="\r\n".join(lines).encode(),
    )


class SenderContract:
    """
    Tests for a sender; inherit from it in a class that pytest collects, and override `make()` and `arrived()`.

        class TestPigeonSender(SenderContract):
            def make(self, folder):
                return PigeonSender(loft=folder)

            def arrived(self, folder):
                return [path.read_bytes() for path in sorted(folder.iterdir())]

    *folder* is an empty folder of the test's own.
    """

    def make(self, folder: Path) -> Sender:
        """Return a new sender whose server accepts everything."""
        raise NotImplementedError

    def arrived(self, folder: Path) -> list[bytes]:
        """Return the contents of the messages that arrived, in the order of their arrival."""
        raise NotImplementedError

    def test_every_message_gets_one_receipt_in_order(self, tmp_path: Path) -> None:
        """For each message there is one receipt, in the order of the messages."""
        with self.make(tmp_path) as sender:
            receipts = list(sender.send(_messages()))
        assert list(range(1, _COUNT + 1)) == [receipt.sequence for receipt in receipts]
        assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts}

    def test_what_arrives_is_what_was_sent(self, tmp_path: Path) -> None:
        """Messages arrive once, in order, octet for octet."""
        with self.make(tmp_path) as sender:
            for _ in sender.send(_messages()):
                pass
        assert [message.content for message in _messages()] == self.arrived(tmp_path)

    def test_nothing_happens_without_a_message(self, tmp_path: Path) -> None:
        """No messages, no receipts, no trace, and closing is harmless."""
        before = sorted(tmp_path.rglob("*"))
        with self.make(tmp_path) as sender:
            assert [] == list(sender.send([]))
        assert before == sorted(tmp_path.rglob("*"))

    def test_messages_are_taken_one_by_one(self, tmp_path: Path) -> None:
        """A sender runs ahead of its receipts by no more than is allowed."""
        taken = 0

        def counted() -> Iterator[Message]:
            nonlocal taken
            for message in _messages():
                taken += 1
                yield message

        with self.make(tmp_path) as sender:
            for answered, _ in enumerate(sender.send(counted()), 1):
                assert taken - answered <= MAX_UNANSWERED

    def test_who_stops_asking_stops_the_sending(self, tmp_path: Path) -> None:
        """When the caller stops after a receipt, the next messages stay where they are."""
        messages = _messages()
        with self.make(tmp_path) as sender:
            receipts = iter(sender.send(messages))
            first = next(receipts)
            del receipts
        assert 1 == first.sequence
        left = len(list(messages))
        assert left >= _COUNT - 1 - MAX_UNANSWERED
        assert sample_message(1).content == self.arrived(tmp_path)[0]

    def test_it_sends_again_in_the_same_block(self, tmp_path: Path) -> None:
        """Several calls inside one `with` block go on where the last one ended."""
        with self.make(tmp_path) as sender:
            first = list(sender.send([sample_message(1)]))
            second = list(sender.send([sample_message(2)]))
        assert [1, 2] == [receipt.sequence for receipt in first + second]
        assert [sample_message(n).content for n in (1, 2)] == self.arrived(tmp_path)

    def test_errors_of_the_messages_pass_through(self, tmp_path: Path) -> None:
        """What the source of the messages raises reaches the caller as it is, after the receipts before it."""

        class Broken(Exception):
            pass

        def breaking() -> Iterator[Message]:
            yield sample_message(1)
            raise Broken

        seen: list[int] = []
        is_broken = False
        try:
            with self.make(tmp_path) as sender:
                seen.extend(receipt.sequence for receipt in sender.send(breaking()))
        except Broken:
            is_broken = True
        assert is_broken
        assert [sample_message(n).content for n in seen] == self.arrived(tmp_path)


def _messages() -> Iterator[Message]:
    return (sample_message(sequence) for sequence in range(1, _COUNT + 1))
