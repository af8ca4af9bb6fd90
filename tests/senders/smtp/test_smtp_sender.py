"""The SMTP sender with a server that works, or that refuses."""

from __future__ import annotations

import inspect
import socket
import time
import weakref
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import SendError
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders import MAX_IN_FLIGHT, Sender
from pipeline.senders.smtp import SmtpSender, Timeouts
from pipeline.senders.smtp.presets import PRESETS
from pipeline.testing import SenderContract, sample_message
from tests.senders.smtp.smtp_sink import PIPELINING, Moment, Say, Script, Sink
from tests.support import ROOT


def smtp(sink: Sink, **options: Any) -> SmtpSender:
    """Return a sender to *sink* that does not wait long."""
    options = {"connections": 1, "pause_s": 0.01} | options
    return SmtpSender(host="127.0.0.1", port=sink.port, security="none", **options)


def samples(count: int) -> Iterator[Message]:
    return (sample_message(number) for number in range(1, count + 1))


def send(sink: Sink, messages: Any, **options: Any) -> dict[int, Receipt]:
    """Send *messages* and return the receipts by number."""
    with smtp(sink, **options) as sender:
        receipts = list(sender.send(messages))
    numbers = [receipt.sequence for receipt in receipts]
    assert len(set(numbers)) == len(numbers)
    return {receipt.sequence: receipt for receipt in receipts}


def accept_some(moment: Moment) -> str | None:
    """Refuse reader 2 and defer reader 3."""
    answers = {"reader2@example.org": "550 5.1.1 Nobody here", "reader3@example.org": "450 Later"}
    return answers.get(moment.recipient) if moment.step == "RCPT" else None


class SmtpContract(SenderContract):
    """The contract, over SMTP."""

    features: tuple[str, ...] = PIPELINING
    connections = 1

    @pytest.fixture(autouse=True)
    def sinks(self) -> Iterator[None]:
        self.open: list[Sink] = []
        yield
        for sink in self.open:
            sink.__exit__()

    def make_sender(self, folder: Path) -> Sender:
        return self.make_with(None)

    def make_with(self, script: Script | None) -> Sender:
        sink = Sink(script, features=self.features).__enter__()
        self.open.append(sink)
        return smtp(sink, connections=self.connections)

    def make_refusing_sender(self, folder: Path) -> Sender:
        return self.make_with(accept_some)

    def make_unreachable_sender(self, folder: Path) -> Sender:
        with Sink() as sink:
            return smtp(sink)

    def read_received(self, folder: Path) -> list[bytes]:
        return [content for sink in self.open for content in sink.accepted]


class TestSmtpSender(SmtpContract):
    """Over one connection."""


class TestSmtpSenderWithManyConnections(SmtpContract):
    """Over several connections."""

    connections = 4


class TestSmtpSenderWithoutPipelining(SmtpContract):
    """With a server without extensions."""

    features = ()


def test_every_option_and_preset_is_documented() -> None:
    """In docs/reference/providers.md."""
    text = (ROOT / "docs" / "reference" / "providers.md").read_text(encoding="utf-8")
    names = [*inspect.signature(SmtpSender).parameters, *PRESETS]
    assert [] == [name for name in names if f"`{name}`" not in text]
    assert [] == [each.name for each in fields(Timeouts) if f"{each.name} =" not in text]


def test_connections_stay_open_between_calls() -> None:
    """A second call uses the connections of the first."""
    with Sink() as sink, smtp(sink, connections=3) as sender:
        for _ in range(5):
            assert 20 == len(list(sender.send(samples(20))))
        assert 3 >= sink.connections


def test_connections_are_opened_on_demand() -> None:
    """One message needs one connection, no message needs none."""
    with Sink() as sink, smtp(sink, connections=8) as sender:
        assert [] == list(sender.send([]))
        assert 0 == sink.connections
        for number in (1, 2, 3):
            list(sender.send([sample_message(number)]))
        assert 1 == sink.connections


@pytest.mark.parametrize("features", [PIPELINING, ()])
def test_a_connection_is_replaced_after_its_messages(features: tuple[str, ...]) -> None:
    """After `messages_per_connection` it quits, and another continues; the last one quits at the end."""
    with Sink(features=features) as sink:
        receipts = send(sink, samples(10), messages_per_connection=3)
    assert list(range(1, 11)) == list(receipts)
    assert [m.content for m in samples(10)] == sink.accepted
    assert 4 == sink.connections
    assert 4 == sink.commands.count("QUIT")


def test_an_idle_connection_is_not_used_again() -> None:
    """After a while it is closed, and another opened."""
    with Sink() as sink, smtp(sink, idle_s=0) as sender:
        for number in (1, 2):
            list(sender.send([sample_message(number)]))
        assert 2 == sink.connections
        assert 2 == len(sink.accepted)


@pytest.mark.parametrize(
    "last", [Say(b"421 4.4.2 Idle for too long\r\n", close=True), Say(close=True)]
)
def test_a_connection_closed_by_the_server_is_replaced(last: Say) -> None:
    """Between two calls the server may disconnect, with or without a reply; nobody notices."""
    reply = Say(b"250 2.0.0 Ok\r\n" + last.data, close=last.close)
    with Sink(lambda m: reply if m.step == "DOT" else None) as sink, smtp(sink) as sender:
        for number in (1, 2, 3):
            (receipt,) = sender.send([sample_message(number)])
            assert DeliveryState.ACCEPTED is receipt.state
        assert 3 == sink.connections


def test_stopping_closes_busy_connections() -> None:
    """Connections with a message in flight are closed; the sender continues with others."""
    with Sink() as sink, smtp(sink, connections=2) as sender:
        receipts = iter(sender.send(samples(50)))
        first = next(receipts)
        receipts.close()  # type: ignore[attr-defined]  # it is a generator
        (second,) = sender.send([sample_message(77)])
    assert DeliveryState.ACCEPTED is first.state is second.state
    assert sample_message(77).content in sink.accepted
    assert len(sink.accepted) == len(set(sink.accepted))


def test_the_next_envelope_is_sent_with_the_final_dot() -> None:
    """The server receives the end of a message and the next envelope together: one round trip each."""
    with Sink() as sink:
        send(sink, samples(3))
    assert [[b"MAIL", b"RCPT", b"DATA"]] * 2 + [[]] == sink.ahead
    with Sink(features=()) as sink:
        send(sink, samples(3))
    assert [[], [], []] == sink.ahead


@pytest.mark.parametrize(("features", "ahead"), [(PIPELINING, 3), ((), 2)])
def test_the_next_message_is_taken_while_the_server_works(
    features: tuple[str, ...], ahead: int
) -> None:
    """It is composed by the time that the server asks for it; no more than that one is taken."""
    taken: list[int] = []
    seen: list[int] = []

    def read() -> Iterator[Message]:
        for message in samples(5):
            taken.append(message.sequence)
            yield message

    def script(moment: Moment) -> None:
        if moment.step == "DOT" and moment.message == 1:
            time.sleep(0.2)
            seen.append(len(taken))

    with Sink(script, features=features) as sink:
        assert [*range(1, 6)] == list(send(sink, read()))
    assert [ahead] == seen


def test_each_message_has_its_own_envelope() -> None:
    """One recipient in each transaction, with SIZE if the server supports it."""
    message = sample_message(7)
    with Sink() as sink:
        send(sink, [message])
    assert [
        f"MAIL FROM:<sample@example.org> SIZE={len(message.content)}",
        "RCPT TO:<reader7@example.org>",
    ] == sink.commands[1:3]


def test_a_message_too_large_for_the_server_is_refused() -> None:
    """It is not sent, the receipt has both sizes, and the others are sent."""
    large = replace(sample_message(2), chunks=(sample_message(2).content, b"x\r\n" * 400))
    with Sink(features=("PIPELINING", "SIZE 1500")) as sink:
        receipts = send(sink, [sample_message(1), large, sample_message(3)])
    assert DeliveryState.REFUSED is receipts[2].state
    assert (
        f"{len(large.content)} bytes, but the server accepts at most 1500" in receipts[2].response
    )
    assert [sample_message(n).content for n in (1, 3)] == sink.accepted


@pytest.mark.parametrize("features", [("SIZE",), ("SIZE 0",), ("SIZE x",)])
def test_size_without_a_limit(features: tuple[str, ...]) -> None:
    """A server may support SIZE without a limit (RFC 1870 §4)."""
    with Sink(features=features) as sink:
        assert DeliveryState.ACCEPTED is send(sink, [sample_message()])[1].state
    assert sink.commands[1].endswith(f" SIZE={len(sample_message().content)}")


def beyond_ascii() -> Message:
    message = sample_message(2)
    return replace(
        message,
        recipient=Address(email="jürgen@example.org"),
        chunks=("To: jürgen@example.org\r\n".encode(), message.content),
    )


def test_smtputf8_addresses() -> None:
    """With SMTPUTF8 the address is sent as it is; without, the message is refused and the others are sent."""
    messages = [sample_message(1), beyond_ascii(), sample_message(3)]
    with Sink() as sink:
        assert DeliveryState.ACCEPTED is send(sink, messages)[2].state
    assert "RCPT TO:<jürgen@example.org>" in sink.commands
    assert any(line.endswith(" BODY=8BITMIME SMTPUTF8") for line in sink.commands)
    assert messages[1].content in sink.accepted
    with Sink(features=("PIPELINING", "8BITMIME")) as sink:
        receipts = send(sink, messages)
    assert (DeliveryState.REFUSED, "5.6.7") == (receipts[2].state, receipts[2].enhanced_code)
    assert 2 == len(sink.accepted)


def test_8bit_messages_need_8bitmime() -> None:
    """Without 8BITMIME such a message is refused instead of damaged."""
    eight_bit = replace(sample_message(1), chunks=(sample_message(1).content, b"\xc3\xa9\r\n"))
    with Sink(features=("8BITMIME",)) as sink:
        assert DeliveryState.ACCEPTED is send(sink, [eight_bit])[1].state
    assert "MAIL FROM:<sample@example.org> BODY=8BITMIME" == sink.commands[1]
    with Sink(features=()) as sink:
        receipt = send(sink, [eight_bit])[1]
    assert DeliveryState.REFUSED is receipt.state
    assert "8BITMIME" in receipt.response
    assert [] == sink.begun


@pytest.mark.parametrize(
    "tail", [b".\r\n", b"..\r\n.x\r\n", b"\r\n.\r\nMAIL FROM:<evil@example.org>\r\n", b"last", b""]
)
def test_leading_dots_are_doubled(tail: bytes) -> None:
    """Lines that begin with a dot arrive unchanged, and none of them ends the message."""
    message = replace(sample_message(1), chunks=(sample_message(1).content, tail))
    with Sink() as sink:
        receipts = send(sink, [message, sample_message(2)])
    end = b"" if message.content.endswith(b"\r\n") else b"\r\n"
    assert [message.content + end, sample_message(2).content] == sink.accepted
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r.\r\n"])
def test_smtp_smuggling_is_refused(end: bytes) -> None:
    """What a lax server would read as the end of the message is never sent."""
    content = sample_message(1).content + b"x" + end + b"MAIL FROM:<evil@example.org>\r\n"
    with Sink() as sink:
        receipts = send(sink, [replace(sample_message(1), chunks=(content,)), sample_message(2)])
    assert DeliveryState.REFUSED is receipts[1].state
    assert "bare CR or LF" in receipts[1].response
    assert [sample_message(2).content] == sink.accepted


@pytest.mark.parametrize(
    "address",
    ["a@example.org>\r\nRCPT TO:<b@example.org", "a b@example.org", "a\0@example.org", "<>"],
)
@pytest.mark.parametrize("end", ["sender", "recipient"])
def test_an_address_cannot_inject_a_command(address: str, end: str) -> None:
    """An envelope address with unsafe characters is refused; the other messages are sent."""
    forged: dict[str, Any] = {end: Address(email=address)}
    message = replace(sample_message(1), **forged)
    with Sink() as sink:
        receipts = send(sink, [message, sample_message(2)])
    assert DeliveryState.REFUSED is receipts[1].state
    assert 1 == sum(line.startswith("RCPT") for line in sink.commands)


@pytest.mark.parametrize(
    ("expected", "named"),
    [
        ("250 2.0.0 Ok: queued as 4F2A1bC9", "4F2A1bC9"),
        ("250 2.0.0 Message queued as <1a2b-3c4d>", "1a2b-3c4d"),
        ("250 Ok 0102018f4a-7d1e-000000", "0102018f4a-7d1e-000000"),
        ("250 2.0.0 Ok", None),
        ("250 Ok thank you very much indeed", None),
    ],
)
def test_the_queue_id_is_in_the_receipt(expected: str, named: str | None) -> None:
    """It finds the message in the server's log."""
    with Sink(lambda m: expected if m.step == "DOT" else None) as sink:
        assert named == send(sink, [sample_message()])[1].provider_id


@pytest.mark.parametrize("name", ["letters.example.org", "[192.0.2.7]"])
def test_ehlo_has_the_host_name(name: str) -> None:
    """As configured; else the machine's name, or its address."""
    with Sink() as sink:
        send(sink, [sample_message()], local_hostname=name)
    assert f"ehlo {name}" == sink.commands[0]


def test_ehlo_has_the_address_without_a_domain() -> None:
    """A name without a domain is not valid (RFC 5321 §4.1.4)."""
    with Sink() as sink:
        send(sink, [sample_message()])
    name = socket.gethostname()
    assert f"ehlo {name if '.' in name else '[127.0.0.1]'}" == sink.commands[0]


def test_a_server_with_helo_only() -> None:
    """It has no extensions, and gets one command at a time."""

    def script(moment: Moment) -> str | None:
        is_first = moment.step == "EHLO" and not sink.commands[-1].upper().startswith("HELO")
        return "502 5.5.1 What?" if is_first else None

    with Sink(script) as sink:
        assert 3 == len(send(sink, samples(3)))
    assert "helo [127.0.0.1]" == sink.commands[1] or "." in sink.commands[1]


def test_receipts_come_before_the_next_message() -> None:
    """An iterable that ends instead of waiting gets every receipt, and the next call continues."""
    with Sink() as sink, smtp(sink, connections=2) as sender:
        for number in range(1, 8):
            assert [number] == [r.sequence for r in sender.send([sample_message(number)])]


def test_the_lease_is_checked_before_each_message() -> None:
    """After it expired nothing more is sent; messages in flight have receipts."""
    left = [4]

    def has_lease() -> bool:
        left[0] -= 1
        return left[0] >= 0

    receipts: list[Receipt] = []
    with Sink() as sink, smtp(sink) as sender:
        sender.has_lease = has_lease
        with pytest.raises(SendError, match="lease") as caught:
            receipts.extend(sender.send(samples(20)))
    assert caught.value.temporary
    assert [sample_message(n).content for n in (1, 2, 3, 4)] == sink.accepted
    assert {1, 2, 3, 4} == {r.sequence for r in receipts if r.state is DeliveryState.ACCEPTED} | {
        r.sequence for r in receipts if r.state is DeliveryState.UNCERTAIN
    }


def test_sent_messages_are_not_retained() -> None:
    """Memory use does not grow with the number of messages."""
    alive = weakref.WeakSet[Any]()

    class Noted(Message):
        """A message that can be watched."""

    def many() -> Iterator[Message]:
        for number in range(1, 400):
            plain = sample_message(number)
            message = Noted(**{each.name: getattr(plain, each.name) for each in fields(plain)})
            alive.add(message)
            yield message

    most = 0
    with Sink() as sink, smtp(sink, connections=3) as sender:
        for _ in sender.send(many()):
            most = max(most, len(alive))
    assert most <= 3 * MAX_IN_FLIGHT
