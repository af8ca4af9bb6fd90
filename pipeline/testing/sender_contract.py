"""What every sender must pass, as tests to inherit from."""

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
#: What a sender may do without, and the test of it.
_OPTIONAL = {
    "make_refusing_sender": "test_a_refusal_is_one_messages_own",
    "make_unreachable_sender": "test_a_server_out_of_reach_is_told",
    "make_unsupported_message": "test_what_cannot_be_expressed_is_not_dropped_in_silence",
}


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
        campaign_id=campaign,
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

    *folder* is an empty folder of the test's own. The tests of `make_refusing_sender()`, `make_unreachable_sender()`
    and `make_unsupported_message()` run only where these are overridden: not every server can refuse.
    """

    def __init_subclass__(cls) -> None:
        """Take the tests away that the class has nothing for; a test that is skipped would look like one to mend."""
        super().__init_subclass__()
        for hook, test in _OPTIONAL.items():
            is_given = getattr(cls, hook) is not getattr(SenderContract, hook)
            if not is_given and test not in vars(cls):
                setattr(cls, test, None)
            elif is_given and getattr(cls, test) is None:
                setattr(cls, test, getattr(SenderContract, test))

    def make_sender(self, folder: Path) -> Sender:
        """Return a new sender whose server accepts everything."""
        raise NotImplementedError

    def read_received(self, folder: Path) -> Sequence[Any]:  # Any: see `expected_content()`
        """Return the contents of the messages that arrived, in the order of their arrival."""
        raise NotImplementedError

    def expected_content(
        self, message: Message
    ) -> Any:  # Any: bytes, or whatever a service that takes no MIME is told
        """
        Return what `read_received()` returns of *message*: its octets.

        Override it for a service that takes texts and headers and writes a message of its own: a tuple of these.
        """
        return message.content

    def make_refusing_sender(self, folder: Path) -> Sender:
        """Return a sender whose server refuses reader2@example.org, defers reader3@example.org and takes the others."""
        raise NotImplementedError

    def make_unreachable_sender(self, folder: Path) -> Sender:
        """Return a sender whose server cannot be reached."""
        raise NotImplementedError

    def make_unsupported_message(self) -> Message:
        """Return a message that this sender cannot express."""
        raise NotImplementedError

    def test_every_message_gets_one_receipt(self, tmp_path: Path) -> None:
        """For each message there is one receipt; over one connection they come in the order of the messages."""
        with self.make_sender(tmp_path) as sender:
            receipts = list(sender.send(_messages()))
        numbers = [receipt.sequence for receipt in receipts]
        assert list(range(1, _COUNT + 1)) == (
            numbers if sender.connections == 1 else sorted(numbers)
        )
        assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts}

    def test_what_arrives_is_what_was_sent(self, tmp_path: Path) -> None:
        """Messages arrive once, octet for octet; over one connection in order."""
        with self.make_sender(tmp_path) as sender:
            for _ in sender.send(_messages()):
                pass
        sent, arrived = (
            list(map(self.expected_content, _messages())),
            list(self.read_received(tmp_path)),
        )
        if sender.connections == 1:
            assert sent == arrived
        assert sorted(sent) == sorted(arrived)

    def test_nothing_happens_without_a_message(self, tmp_path: Path) -> None:
        """No messages, no receipts, no trace, and closing is harmless, twice too."""
        before = sorted(tmp_path.rglob("*"))
        with self.make_sender(tmp_path) as sender:
            assert [] == list(sender.send([]))
            sender.close()
        assert before == sorted(tmp_path.rglob("*"))

    def test_messages_are_taken_one_by_one(self, tmp_path: Path) -> None:
        """A sender runs ahead of its receipts by no more than is allowed."""
        taken = 0

        def counted() -> Iterator[Message]:
            nonlocal taken
            for message in _messages():
                taken += 1
                yield message

        with self.make_sender(tmp_path) as sender:
            receipts = sender.send(counted())
            assert 0 == taken
            for answered, _ in enumerate(receipts, 1):
                assert taken - answered < MAX_IN_FLIGHT * sender.connections

    def test_messages_are_taken_in_the_callers_thread(self, tmp_path: Path) -> None:
        """Where the messages come from is asked by one thread only: the caller's."""
        threads = set()

        def noted() -> Iterator[Message]:
            for message in _messages():
                threads.add(get_ident())
                yield message

        with self.make_sender(tmp_path) as sender:
            assert _COUNT == len(list(sender.send(noted())))
        assert {get_ident()} == threads

    def test_who_stops_asking_stops_the_sending(self, tmp_path: Path) -> None:
        """When the caller stops after a receipt, the next messages stay where they are, also after the end."""
        messages = _messages()
        with self.make_sender(tmp_path) as sender:
            receipts = iter(sender.send(messages))
            first = next(receipts)
            del receipts
        left = len(list(messages))
        assert left >= _COUNT - MAX_IN_FLIGHT * sender.connections
        arrived = self.read_received(tmp_path)
        assert self.expected_content(sample_message(first.sequence)) in arrived
        assert _COUNT - left >= len(arrived) == len(set(arrived))

    def test_it_sends_again_in_the_same_block(self, tmp_path: Path) -> None:
        """Several calls inside one `with` block go on where the last one ended."""
        with self.make_sender(tmp_path) as sender:
            first = list(sender.send([sample_message(1)]))
            second = list(sender.send([sample_message(2)]))
        assert [1, 2] == [receipt.sequence for receipt in first + second]
        assert [self.expected_content(sample_message(n)) for n in (1, 2)] == list(
            self.read_received(tmp_path)
        )

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
            with self.make_sender(tmp_path) as sender:
                seen.extend(receipt.sequence for receipt in sender.send(breaking()))
        except Broken:
            is_broken = True
        assert is_broken
        assert [self.expected_content(sample_message(n)) for n in seen] == list(
            self.read_received(tmp_path)
        )

    def test_nothing_leaves_once_it_may_not(self, tmp_path: Path) -> None:
        """Who has lost the lease on the work sends nothing more, and says so: see `Sender.check_lease()`."""
        error = None
        with self.make_sender(tmp_path) as sender:
            sender.has_lease = lambda: False
            try:
                list(sender.send(_messages()))
            except SendError as raised:
                error = raised
        assert error is not None and error.temporary and not error.uncertain
        assert [] == list(self.read_received(tmp_path))

    def test_a_refusal_is_one_messages_own(self, tmp_path: Path) -> None:
        """One message refused and one deferred, each with words; the others are accepted all the same."""
        with self.make_refusing_sender(tmp_path) as sender:
            receipts = {receipt.sequence: receipt for receipt in sender.send(_messages())}
        assert DeliveryState.REFUSED is receipts[2].state
        assert DeliveryState.DEFERRED is receipts[3].state
        assert receipts[2].response and receipts[3].response
        accepted = [n for n in receipts if receipts[n].state is DeliveryState.ACCEPTED]
        assert set(range(1, _COUNT + 1)) - {2, 3} == set(accepted)
        assert sorted(self.expected_content(sample_message(n)) for n in accepted) == sorted(
            self.read_received(tmp_path)
        )

    def test_a_server_out_of_reach_is_told(self, tmp_path: Path) -> None:
        """Nothing was accepted, later it may be: the error is temporary and leaves nothing in doubt."""
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

    def test_what_cannot_be_expressed_is_not_dropped_in_silence(self, tmp_path: Path) -> None:
        """It raises, and nothing was sent."""
        is_told = False
        with self.make_sender(tmp_path) as sender:
            try:
                list(sender.send([self.make_unsupported_message()]))
            except UnsupportedFeature as error:
                is_told = bool(str(error))
        assert is_told
        assert [] == list(self.read_received(tmp_path))


def _messages() -> Iterator[Message]:
    return (sample_message(sequence) for sequence in range(1, _COUNT + 1))
