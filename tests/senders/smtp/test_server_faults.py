"""The SMTP sender when something goes wrong: at each step, for each fault, the receipt is right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.senders.smtp import Timeouts
from tests.senders.smtp.smtp_sink import DROP, HANG, PIPELINING, RESET, Moment, Say, Script, Sink
from tests.senders.smtp.test_smtp_sender import samples, send, smtp

BRIEF = 0.3  # seconds; short enough for a test, long enough for a busy machine
COUNT = 6
ENVELOPE = ("MAIL", "RCPT", "DATA")
ODD = "reader3@example.org"
LONG = (b"x" * 998 + b"\r\n") * 6_000  # more than the buffers on the way hold

#: What ends a connection, whatever it was in the middle of.
ENDINGS: dict[str, str | Say] = {
    "drops": DROP,
    "resets": RESET,
    "hangs": HANG,
    "answers half and drops": Say(b"250-2.0.0 It is", close=True),
    "answers half a line and drops": Say(b"25", close=True),
    "answers half and hangs": Say(b"250-2.0.0 It is\r\n", hang=True),
    "talks nonsense": "hello there",
    "talks another protocol": Say(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "talks in binary": Say(bytes(range(256))),
    "changes its mind": Say(b"250-yes\r\n550 no\r\n"),
    "never ends": Say(b"250-" + b"x" * (1 << 17)),
    "never ends a line": Say(b"250 " + b"x" * (1 << 17)),
    "has no meaning": "354 Go on",
    "has a meaning nobody knows": "299999 Ok",
}

FEATURES = {"pipelining": PIPELINING, "plain": ()}


def fail_at(step: str, answer: str | Say, *, times: int = 1000) -> Script:
    """Return a script that gives *answer* at *step* for the odd one, the first *times*."""
    left = [times]

    def script(moment: Moment) -> str | Say | None:
        is_meant = moment.step == step and (moment.recipient == ODD or step == "MAIL")
        if step == "MAIL" and moment.step == "MAIL":
            is_meant = moment.message == 3 and moment.connection == 1
        if not is_meant or not left[0]:
            return None
        left[0] -= 1
        return answer

    return script


def short_timeouts(step: str, ending: str) -> Timeouts:
    """Return timeouts that are short only where no reply will come."""
    name = {"BODY": "block", "CONNECT": "greeting", "EHLO": "greeting"}.get(step, step.lower())
    return Timeouts.parse({name: BRIEF} if "hangs" in ending else {})


def check_receipts(sink: Sink, receipts: dict[int, Receipt], count: int = COUNT) -> None:
    """Check that every message has a true receipt, and that none was sent to its end twice."""
    assert set(range(1, count + 1)) == set(receipts)
    assert [] == [who for who, times in Counter(sink.ended).items() if times > 1]
    arrived = {
        sink.accepted.index(m.content) + 1: m.sequence
        for m in samples(count)
        if m.content in sink.accepted
    }
    assert len(sink.accepted) == len(set(sink.accepted)) == len(arrived)
    states = {number: receipt.state for number, receipt in receipts.items()}
    accepted = {n for n, state in states.items() if state is DeliveryState.ACCEPTED}
    uncertain = {n for n, state in states.items() if state is DeliveryState.UNCERTAIN}
    assert accepted <= set(arrived.values()) <= accepted | uncertain


@pytest.fixture(params=FEATURES)
def features(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return FEATURES[request.param]


@pytest.mark.parametrize("step", ENVELOPE)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_connection_dropped_in_the_envelope_is_replaced(
    step: str, ending: str, features: tuple[str, ...]
) -> None:
    """The message is sent over another connection: all are accepted, once."""
    answer = ENDINGS[ending]
    if (step, ending) == ("DATA", "has no meaning"):
        answer = "250 Ok"  # 354 has a meaning here
    with Sink(fail_at(step, answer, times=1), features=features) as sink:
        receipts = send(sink, samples(COUNT), timeouts=short_timeouts(step, ending))
        check_receipts(sink, receipts)
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}
    assert 2 == sink.connections or "hangs" in ending


@pytest.mark.parametrize("ending", ["drops", "resets", "hangs"])
def test_a_connection_dropped_in_the_content_is_not_uncertain(
    ending: str, features: tuple[str, ...]
) -> None:
    """A message whose content is incomplete was certainly not accepted."""
    large = [
        replace(m, chunks=(m.content, LONG)) if m.recipient.email == ODD else m
        for m in samples(COUNT)
    ]
    script = fail_at("BODY", ENDINGS[ending], times=1)
    with Sink(script, features=(*features, "SIZE 100000000")) as sink:
        receipts = send(sink, large, timeouts=short_timeouts("BODY", ending))
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}
    assert 2 == sink.begun.count(ODD)
    assert 1 == sink.ended.count(ODD)
    assert [message.content for message in large] == sink.accepted


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_missing_reply_to_the_end_is_uncertain(ending: str, features: tuple[str, ...]) -> None:
    """That message is uncertain and not sent again; all others are accepted."""
    with Sink(fail_at("DOT", ENDINGS[ending]), features=features) as sink:
        receipts = send(sink, samples(COUNT), timeouts=short_timeouts("DOT", ending))
        check_receipts(sink, receipts)
    states = [receipts[number].state for number in range(1, COUNT + 1)]
    assert DeliveryState.UNCERTAIN is states.pop(2)
    assert {DeliveryState.ACCEPTED} == set(states)
    assert receipts[3].response.endswith("(waiting for the reply to the end of the message).")
    assert receipts[3].code is None


def test_an_accepted_message_without_a_reply_is_uncertain(
    features: tuple[str, ...],
) -> None:
    """The server keeps it and disconnects: it is not sent again."""
    remaining: list[str] = []

    def script(moment: Moment) -> Say | None:
        if moment.step == "DOT" and moment.recipient == ODD:
            remaining.append(ODD)
            return DROP
        return None

    with Sink(script, features=features) as sink:
        receipts = send(sink, samples(COUNT))
    assert DeliveryState.UNCERTAIN is receipts[3].state
    assert [ODD] == remaining


REFUSALS = {
    "450 4.2.1 Not now": (DeliveryState.DEFERRED, 450, "4.2.1", "Not now"),
    "451 Try later": (DeliveryState.DEFERRED, 451, None, "Try later"),
    "550 5.1.1 <a@b>: Nobody": (DeliveryState.REFUSED, 550, "5.1.1", "<a@b>: Nobody"),
    "554 no": (DeliveryState.REFUSED, 554, None, "no"),
    "550": (DeliveryState.REFUSED, 550, None, ""),
    "550 4.1.1 Whose code is that": (DeliveryState.REFUSED, 550, None, "4.1.1 Whose code is that"),
    "550-5.7.1 Two\r\n550 5.7.1 lines": (DeliveryState.REFUSED, 550, "5.7.1", "Two lines"),
    "550 5.2.2 Boîte pleine – घर": (DeliveryState.REFUSED, 550, "5.2.2", "Boîte pleine – घर"),
}


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("expected", REFUSALS)
def test_a_receipt_has_the_servers_reply(
    step: str, expected: str, features: tuple[str, ...]
) -> None:
    """4xx is deferred and 5xx refused, with the code, a matching enhanced code, and the text; others are accepted."""
    state, code, enhanced_code, words = REFUSALS[expected]
    with Sink(fail_at(step, expected), features=features) as sink:
        receipts = send(sink, samples(COUNT))
        check_receipts(sink, receipts)
    odd = receipts.pop(3)
    assert (state, code, enhanced_code, words) == (
        odd.state,
        odd.code,
        odd.enhanced_code,
        odd.response,
    )
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}
    assert 1 == sink.connections


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
def test_malformed_replies_become_harmless_text(step: str, features: tuple[str, ...]) -> None:
    """Bytes that are not UTF-8, control characters and lines of 10,000 characters: a short text on one line."""
    expected = Say(b"550-\xff\xfe \x1b[31mred\0\r\n550 " + b"x" * 10_000 + b"\r\n")
    with Sink(fail_at(step, expected), features=features) as sink:
        receipts = send(sink, samples(COUNT))
    assert DeliveryState.REFUSED is receipts[3].state
    assert receipts[3].response.isprintable()
    assert receipts[3].response.startswith("\ufffd\ufffd [31mred x")
    assert 500 == len(receipts[3].response)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_reply_may_come_byte_by_byte(step: str, features: tuple[str, ...]) -> None:
    """However slowly it comes, it is read completely."""
    codes = {"DATA": b"354 Go\r\n"}
    slow = Say(codes.get(step, b"250-2.0.0 Slowly\r\n250 2.0.0 does it\r\n"), byte_by_byte=True)
    with Sink(fail_at(step, slow), features=features) as sink:
        receipts = send(sink, samples(COUNT))
        check_receipts(sink, receipts)
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_421_in_the_envelope_retries(step: str, features: tuple[str, ...]) -> None:
    """421 is about the connection: the message is sent over the next one."""
    goodbye = Say(b"421 4.7.0 Enough for today\r\n", close=True)
    with Sink(fail_at(step, goodbye, times=1), features=features) as sink:
        receipts = send(sink, samples(COUNT))
        check_receipts(sink, receipts)
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}
    assert 2 == sink.connections


def test_421_at_the_end_defers(features: tuple[str, ...]) -> None:
    """421 for the end of a message says it was not accepted: deferred, not uncertain; others are accepted."""
    goodbye = Say(b"421 4.3.0 Shutting down\r\n", close=True)
    with Sink(fail_at("DOT", goodbye), features=features) as sink:
        receipts = send(sink, samples(COUNT))
        check_receipts(sink, receipts)
    odd = receipts.pop(3)
    assert (DeliveryState.DEFERRED, 421, "4.3.0") == (odd.state, odd.code, odd.enhanced_code)
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_message_that_always_breaks_the_connection_is_deferred(
    step: str, features: tuple[str, ...]
) -> None:
    """After three connections it is deferred, and the others are sent."""
    with Sink(fail_at(step, DROP), features=features) as sink:
        receipts = send(sink, samples(COUNT))
        check_receipts(sink, receipts)
    odd = receipts.pop(3)
    assert DeliveryState.DEFERRED is odd.state
    assert f"waiting for the reply to {step}" in odd.response
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}
    assert 4 == sink.connections


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("connections", [1, 3])
def test_a_server_that_always_disconnects_stops_the_sender(
    step: str, connections: int, features: tuple[str, ...]
) -> None:
    """The error is temporary and not uncertain; messages without a receipt were not accepted."""
    with (
        Sink(lambda m: DROP if m.step == step else None, features=features) as sink,
        smtp(sink, connections=connections) as sender,
        pytest.raises(SendError, match=r"closed the connection|connection was lost") as caught,
    ):
        for receipt in sender.send(samples(50)):
            assert DeliveryState.DEFERRED is receipt.state
    assert caught.value.temporary and not caught.value.uncertain
    assert [] == sink.begun


def test_a_server_that_never_replies_stops_the_sender(features: tuple[str, ...]) -> None:
    """Five messages are uncertain, not all of them."""
    receipts: list[Receipt] = []
    with (
        Sink(lambda m: DROP if m.step == "DOT" else None, features=features) as sink,
        smtp(sink) as sender,
        pytest.raises(SendError) as caught,
    ):
        receipts.extend(sender.send(samples(50)))
    assert [DeliveryState.UNCERTAIN] * 5 == [receipt.state for receipt in receipts]
    assert [receipt.sequence for receipt in receipts] == list(range(1, 6))
    assert caught.value.temporary and not caught.value.uncertain
    assert 5 == len(sink.ended)


def test_a_refused_envelope_sender_stops_the_sender(features: tuple[str, ...]) -> None:
    """5xx to MAIL would concern every message: none is refused for it, and the error has the reply."""
    refusal = "550 5.7.1 Sender address not verified"
    with (
        Sink(lambda m: refusal if m.step == "MAIL" else None, features=features) as sink,
        smtp(sink) as sender,
        pytest.raises(SendError, match=r"550 5\.7\.1 Sender address not verified") as caught,
    ):
        list(sender.send(samples(50)))
    assert not caught.value.temporary and not caught.value.uncertain
    assert [] == sink.begun


@pytest.mark.parametrize(
    "expected", ["552 5.3.4 Too big", "553 5.6.7 Not in UTF-8", "451 4.3.0 Busy"]
)
def test_mail_may_refuse_one_message(expected: str, features: tuple[str, ...]) -> None:
    """Its size, its form, or temporarily: that is one message's receipt."""
    with Sink(fail_at("MAIL", expected, times=1), features=features) as sink:
        receipts = send(sink, samples(COUNT))
        check_receipts(sink, receipts)
    assert int(expected[:3]) == receipts.pop(3).code
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}


def test_354_without_recipients_gets_a_lone_dot() -> None:
    """A server may reply 354 without recipients (RFC 2920 §3.1): it gets a lone dot, and the next message is sent."""

    def script(moment: Moment) -> str | None:
        if moment.recipient == ODD:
            return {"RCPT": "550 5.1.1 No", "DATA": "354 Go", "DOT": "554 No recipients"}.get(
                moment.step
            )
        return None

    with Sink(script) as sink:
        receipts = send(sink, samples(COUNT))
    assert (DeliveryState.REFUSED, 550) == (receipts[3].state, receipts[3].code)
    assert [m.content for m in samples(COUNT) if m.sequence != 3] == sink.accepted
    assert 1 == sink.connections


def test_354_after_a_refused_sender_disconnects() -> None:
    """A server that refuses MAIL, accepts RCPT and expects content would send an empty message."""
    expected = {"MAIL": "552 5.3.4 Too big", "RCPT": "250 Ok", "DATA": "354 Go"}

    def script(moment: Moment) -> str | None:
        return expected.get(moment.step) if moment.connection == 1 and moment.message == 3 else None

    with Sink(script) as sink:
        receipts = send(sink, samples(COUNT))
    assert (DeliveryState.REFUSED, 552) == (receipts[3].state, receipts[3].code)
    assert ODD not in sink.ended
    assert 5 == len(sink.accepted)


@pytest.mark.parametrize("early", [b"552 5.3.4 Too much\r\n", b"451 4.3.1 Disk full\r\n"])
def test_an_early_refusal_counts(early: bytes) -> None:
    """A server that refuses in the middle of the content and disconnects has refused; nothing is uncertain."""
    large = [
        replace(m, chunks=(m.content, LONG)) if m.recipient.email == ODD else m
        for m in samples(COUNT)
    ]
    script = fail_at("BODY", Say(early, close=True))
    with Sink(script, features=("PIPELINING", "SIZE 100000000")) as sink:
        receipts = send(sink, large)
    odd = receipts.pop(3)
    assert odd.state in (DeliveryState.REFUSED, DeliveryState.DEFERRED)
    assert int(early[:3]) == odd.code
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}


def test_an_unexpected_reply_closes_the_connection() -> None:
    """A second reply to one command would be read as the reply to the next."""
    twice = Say(b"250 2.0.0 Ok\r\n250 2.0.0 Ok again\r\n")
    with Sink(fail_at("DOT", twice), features=()) as sink:
        receipts = send(sink, samples(COUNT))
        check_receipts(sink, receipts)
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}


@pytest.mark.parametrize("fault", [DROP, "421 4.3.2 Too many connections", "554 Go away", HANG])
@pytest.mark.parametrize("step", ["CONNECT", "EHLO"])
def test_a_missing_greeting_is_reported(step: str, fault: str | Say) -> None:
    """Nothing was accepted; the error names the relay."""
    with (
        Sink(lambda m: fault if m.step == step else None) as sink,
        smtp(sink, timeouts={"greeting": BRIEF}) as sender,
        pytest.raises(SendError, match=f"127.0.0.1:{sink.port} ") as caught,
    ):
        list(sender.send(samples(3)))
    assert caught.value.temporary == (fault != "554 Go away")
    assert not caught.value.uncertain


@pytest.mark.parametrize("fault", [DROP, "421 4.3.2 Busy", HANG])
def test_reconnecting_is_retried(fault: str | Say) -> None:
    """After messages were sent, a server that is briefly unreachable does not stop the sender."""

    def script(moment: Moment) -> str | Say | None:
        if moment.step == "CONNECT" and 2 <= moment.connection <= 4:
            return fault
        return DROP if (moment.connection, moment.message, moment.step) == (1, 3, "MAIL") else None

    with Sink(script) as sink:
        receipts = send(sink, samples(COUNT), timeouts={"greeting": BRIEF})
        check_receipts(sink, receipts)
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts.values()}
    assert 5 == sink.connections


def test_a_connection_limit_of_the_server_is_respected() -> None:
    """The first connection continues, and others are not tried for every message."""

    def script(moment: Moment) -> str | None:
        too_many = moment.step == "CONNECT" and moment.connection > 1
        return "421 4.7.0 Too many connections" if too_many else None

    with Sink(script) as sink:
        receipts = send(sink, samples(200), connections=4, pause_s=1)
        check_receipts(sink, receipts, 200)
    assert 8 >= sink.connections


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("connections", [1, 4])
def test_every_message_is_settled_once_with_random_faults(
    seed: int, connections: int, features: tuple[str, ...]
) -> None:
    """Each message gets one receipt, each receipt is true, none is sent twice."""
    faults: list[str | Say] = [
        DROP,
        RESET,
        "450 Later",
        "550 No",
        "garbage",
        Say(b"42", close=True),
    ]
    draw = Random(seed)

    def script(moment: Moment) -> str | Say | None:
        if moment.step in ("MAIL", "RCPT", "DATA", "DOT") and draw.random() < 0.03:
            fault = draw.choice(faults)
            return "450 Later" if (moment.step, fault) == ("MAIL", "550 No") else fault
        return None

    with Sink(script, features=features) as sink:
        receipts = send(sink, samples(150), connections=connections, pause_s=0.001)
        check_receipts(sink, receipts, 150)
    assert 100 < sum(receipt.state is DeliveryState.ACCEPTED for receipt in receipts.values())


@pytest.mark.parametrize("seed", range(4))
def test_randomly_missing_replies_are_uncertain(seed: int) -> None:
    """A server that accepts one message in ten and disconnects: those are uncertain and not sent again."""
    remaining: list[str] = []

    def script(moment: Moment) -> Say | None:
        draw = Random(f"{seed} {moment.recipient}")  # the same whichever connection comes first
        if moment.step == "DOT" and draw.random() < 0.1:
            remaining.append(moment.recipient)
            return draw.choice([DROP, RESET])
        return None

    with Sink(script) as sink:
        receipts = send(sink, samples(150), connections=3, pause_s=0.001)
    in_doubt = {n for n, r in receipts.items() if r.state is DeliveryState.UNCERTAIN}
    assert {f"reader{n}@example.org" for n in in_doubt} == set(remaining)
    assert len(remaining) == len(set(remaining)) > 0
    assert 150 == len(sink.accepted) + len(in_doubt)
