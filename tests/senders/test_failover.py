"""Failover: which sender gets a message when another one fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError, SendError, UnsupportedFeature
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.project import Project
from pipeline.senders import Sender
from pipeline.senders.failover import FailoverSender
from pipeline.senders.outbox.outbox_sender import OutboxSender
from pipeline.testing import ManualClock, RecordingSender, SenderContract, sample_message


class Flaky(RecordingSender):
    """Fails a number of times, after consuming a few messages without a receipt."""

    def __init__(self, *, error: SendError | None = None, ahead: int = 0) -> None:
        super().__init__()
        self.error = error
        self.ahead = ahead
        self.trials = 0

    def send(self, messages: Iterator[Message]) -> Iterator[Receipt]:  # type: ignore[override]
        """Take messages and answer them, or fail."""
        for message in messages:
            self.check_lease()
            if self.error:
                self.trials += 1
                for _ in range(self.ahead):
                    next(messages, None)
                raise self.error
            self.accepted.append(message)
            yield Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)


def down(*, uncertain: bool = False, temporary: bool = True) -> SendError:
    return SendError("It is down.", temporary=temporary, uncertain=uncertain)


def samples(first: int, last: int) -> Iterator[Message]:
    return (sample_message(number) for number in range(first, last + 1))


def numbers(sender: RecordingSender) -> list[int]:
    return [message.sequence for message in sender.accepted]


class TestFailoverSender(SenderContract):
    """Two senders, of which the first one fails, keep the contract."""

    def make_sender(self, folder: Path) -> Sender:
        return self.make_with(RecordingSender(_unless_unheard_of))

    def make_with(self, second: RecordingSender) -> Sender:
        self.second = second
        return FailoverSender({"first": Flaky(error=down(), ahead=2), "second": second})

    def read_received(self, folder: Path) -> list[bytes]:
        return [message.content for message in self.second.accepted]

    def make_unreachable_sender(self, folder: Path) -> Sender:
        return self.make_with(Flaky(error=down(), ahead=1))

    def make_refusing_sender(self, folder: Path) -> Sender:
        states = {2: DeliveryState.REFUSED, 3: DeliveryState.DEFERRED}

        def answer(message: Message) -> Receipt:
            state = states.get(message.sequence, DeliveryState.ACCEPTED)
            return Receipt(sequence=message.sequence, state=state, response=state.value)

        return self.make_with(RecordingSender(answer))


def _unless_unheard_of(message: Message) -> Receipt:
    return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)


def test_messages_without_a_receipt_go_to_the_next_sender() -> None:
    """After a failure that is not uncertain, the second sender gets every message without a receipt, in order, once."""
    first, second = Flaky(error=down(), ahead=3), RecordingSender()
    with FailoverSender({"a": first, "b": second}) as sender:
        receipts = list(sender.send(samples(1, 10)))
    assert list(range(1, 11)) == [receipt.sequence for receipt in receipts]
    assert list(range(1, 11)) == numbers(second)


def test_uncertain_messages_go_to_no_other_sender() -> None:
    """After an uncertain failure, messages without a receipt are uncertain; the others go to the second sender."""
    first, second = Flaky(error=down(uncertain=True), ahead=2), RecordingSender()
    with FailoverSender({"a": first, "b": second}, clock=ManualClock()) as sender:
        receipts = {r.sequence: r.state for r in sender.send(samples(1, 12))}
    assert DeliveryState.UNCERTAIN is receipts[1] is receipts[2] is receipts[3]
    in_doubt = {n for n, state in receipts.items() if state is DeliveryState.UNCERTAIN}
    assert set(range(1, 13)) == in_doubt | set(numbers(second))
    assert set() == in_doubt & set(numbers(second))


def test_a_refused_message_is_not_sent_by_another_sender() -> None:
    """Refused, deferred and uncertain receipts come from the first sender, and the second is not used."""
    states = [DeliveryState.REFUSED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN]

    def answer(message: Message) -> Receipt:
        return Receipt(sequence=message.sequence, state=states[message.sequence - 1])

    second = RecordingSender()
    with FailoverSender({"a": RecordingSender(answer), "b": second}) as sender:
        assert states == [receipt.state for receipt in sender.send(samples(1, 3))]
    assert [] == second.attempted


def test_a_failing_sender_is_paused_and_retried() -> None:
    """Three failures, a minute's pause, a retry, two minutes, a retry; once it works it is used again."""
    clock, first, second = ManualClock(), Flaky(error=down()), RecordingSender()
    with FailoverSender({"a": first, "b": second}, clock=clock) as sender:
        list(sender.send(samples(1, 20)))
        assert 3 == first.trials
        clock.advance(timedelta(seconds=59))
        list(sender.send(samples(21, 22)))
        assert 3 == first.trials
        clock.advance(timedelta(seconds=1))
        list(sender.send(samples(23, 25)))
        assert 4 == first.trials
        clock.advance(timedelta(seconds=119))
        list(sender.send(samples(26, 26)))
        assert 4 == first.trials
        clock.advance(timedelta(seconds=1))
        first.error = None
        list(sender.send(samples(27, 30)))
    assert [27, 28, 29, 30] == numbers(first)
    assert list(range(1, 27)) == numbers(second)


def test_the_preferred_sender_is_retried_during_a_call() -> None:
    """While the second sender is sending, the first is retried as soon as its pause ends."""
    clock, first, second = ManualClock(), Flaky(error=down()), RecordingSender()

    def messages() -> Iterator[Message]:
        for message in samples(1, 30):
            if message.sequence == 20:
                first.error = None
                clock.advance(timedelta(minutes=1))
            yield message

    with FailoverSender({"a": first, "b": second}, clock=clock) as sender:
        assert 30 == len(list(sender.send(messages())))
    assert list(range(1, 21)) == numbers(second)
    assert list(range(21, 31)) == numbers(first)


def test_a_permanent_error_pauses_a_sender_at_once() -> None:
    """An error that is not temporary is not retried three times."""
    first, second = Flaky(error=down(temporary=False)), RecordingSender()
    with FailoverSender({"a": first, "b": second}, clock=ManualClock()) as sender:
        list(sender.send(samples(1, 5)))
    assert 1 == first.trials


def test_an_error_names_each_sender_when_all_fail() -> None:
    """The error is temporary and gives each sender's error; no message was accepted or lost."""
    first, second = Flaky(error=down(), ahead=2), Flaky(error=SendError("No.", temporary=False))
    with (
        FailoverSender({"relay": first, "other": second}) as sender,
        pytest.raises(SendError, match=r"relay: It is down\. other: No\.") as caught,
    ):
        list(sender.send(samples(1, 5)))
    assert caught.value.temporary and not caught.value.uncertain


def test_an_unsupported_feature_is_sent_by_a_sender_that_supports_it() -> None:
    """If no sender supports it, that is the error; if one does, it gets the message, and the first sends the rest."""
    unable = Flaky(error=UnsupportedFeature("Not here."))
    both = FailoverSender({"a": unable, "b": Flaky(error=UnsupportedFeature("Nor here."))})
    with both as sender, pytest.raises(UnsupportedFeature, match="Not here"):
        list(sender.send(samples(1, 1)))
    second = RecordingSender()
    with FailoverSender({"a": unable, "b": second}) as sender:
        assert 2 == len(list(sender.send(samples(1, 2))))
    assert [1, 2] == numbers(second)


def test_an_expired_lease_stops_all_senders() -> None:
    """After the lease expired no other sender is used, and no failure is recorded."""
    first, second = Flaky(), RecordingSender()
    with FailoverSender({"a": first, "b": second}) as sender:
        sender.has_lease = lambda: False
        with pytest.raises(SendError, match="lease"):
            list(sender.send(samples(1, 3)))
    assert [] == first.accepted and [] == second.attempted


def test_an_outbox_in_a_list_is_rejected(tmp_path: Path) -> None:
    """An outbox in the list is an error, and so is a list of one."""
    outbox = OutboxSender(tmp_path)
    with pytest.raises(ConfigError, match='"outbox" does not deliver mail'):
        FailoverSender({"relay": RecordingSender(), "outbox": outbox})
    with pytest.raises(ConfigError, match="at least two"):
        FailoverSender({"relay": RecordingSender()})


RELAYS = """
[publication]
name = "The Ferry"
from = "news@ferry.example.org"

[sender]
default = %s

[senders.relay]
kind = "smtp"
host = "127.0.0.1"
security = "none"
password_file = "password"
username = "ferry"

[senders.other]
kind = "smtp"
preset = "ses"
region = "eu-west-1"
connections = 7
"""


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[str], Project]:
    def configure(default: str) -> Project:
        (tmp_path / "handbill.toml").write_text(RELAYS % default, encoding="utf-8")
        return Project.open(tmp_path)

    return configure


def test_the_default_sender_may_be_a_list(configured: Callable[[str], Project]) -> None:
    """`[sender] default` may be a list; --sender still names one."""
    project = configured('["relay", "other"]')
    assert "relay, else other" == project.senders.describe()
    sender = project.open_sender()
    assert isinstance(sender, FailoverSender)
    assert 7 == sender.connections
    assert not isinstance(project.open_sender("relay"), FailoverSender)


def test_a_list_of_one_needs_no_failover(configured: Callable[[str], Project]) -> None:
    """It opens that sender."""
    assert "relay" == configured('["relay"]').config.sender.default


@pytest.mark.parametrize(
    ("default", "words"),
    [
        ('["relay", "othr"]', '"othr" is unknown.*Did you mean "other"'),
        ('["relay", "relay"]', "twice"),
        ("[]", "name of a sender"),
        ("3", "name of a sender"),
        ("[3]", '"3" is unknown'),
        ('"rely"', 'Did you mean "relay"'),
    ],
)
def test_an_invalid_list_is_rejected(
    configured: Callable[[str], Project], default: str, words: str
) -> None:
    """The sentence says which name it is about."""
    with pytest.raises(ConfigError, match=words) as caught:
        configured(default)
    assert "[sender] default:" in str(caught.value)


def test_a_project_rejects_an_outbox_in_a_list(configured: Callable[[str], Project]) -> None:
    """No message may be written to a file and count as sent."""
    with pytest.raises(ConfigError, match='"outbox" does not deliver mail'):
        configured('["relay", "outbox"]').open_sender()


def test_the_default_is_the_outbox() -> None:
    """Without a configured sender nobody is mailed."""
    assert "outbox" == Config.model_fields["sender"].default.default
