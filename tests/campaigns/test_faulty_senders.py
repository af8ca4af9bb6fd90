"""
Senders that break their contract, as a plug-in may: nobody is mailed twice, known receipts are kept, the campaign fails
with a reason, and a signal ends the wait.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.campaigns.delivery import loop
from pipeline.campaigns.store.tables import deliveries
from pipeline.database import Store
from pipeline.errors import SendError
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders import Sender
from pipeline.testing import RecordingSender
from tests.campaigns.support import (
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
    use_sender,
)

COUNT = 40
#: The message at which something goes wrong.
BAD = 6


class FaultySender(Sender):
    """Accepts messages, but for number `BAD`: then it yields what *misbehave* returns, which may raise."""

    def __init__(self, misbehave: Callable[[Message], Iterable[Any]]) -> None:
        self._misbehave = misbehave
        self.sent: list[str] = []

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Send *messages*."""
        for message in messages:
            self.sent.append(message.recipient.email)
            if message.sequence == BAD:
                yield from self._misbehave(message)
            else:
                yield accept(message)


def accept(message: Message, **more: Any) -> Receipt:
    """Return the receipt of an accepted message."""
    return Receipt(**{"sequence": message.sequence, "state": DeliveryState.ACCEPTED, **more})


def fail(error: BaseException) -> Callable[[Message], Iterable[Any]]:
    """Return what raises *error*."""

    def misbehave(_: Message) -> Iterable[Any]:
        raise error

    return misbehave


def send_all(store: Store, sender: Sender) -> tuple[Campaign, Campaign, list[str]]:
    """Send with *sender*, resume with a good one; return the campaign after both, and who the good one mailed."""
    service, good = make_service(store, sender=sender), RecordingSender()
    record = service.create(make_plan(make_recipients(COUNT)))
    first = service.send(record.id)
    use_sender(service, good)
    if first.state is CampaignState.SENT:
        return first, first, []
    return first, service.resume(record.id), list_sent_emails(good)


def require_nobody_twice(sender: FaultySender, resumed: Campaign, others: list[str]) -> None:
    """Check that no address was mailed twice and none is missing."""
    assert [] == sorted({*sender.sent} & {*others})
    assert COUNT == len(sender.sent) + len(others)
    assert CampaignState.SENT is resumed.state
    assert COUNT == resumed.count(DeliveryState.ACCEPTED) + resumed.count(DeliveryState.UNCERTAIN)


CRASHES: dict[str, tuple[Callable[[Message], Iterable[Any]], str]] = {
    "exit": (fail(SystemExit(0)), "tried to end the program (SystemExit: 0)"),
    "os._exit": (lambda _: os._exit(0), "tried to end the program (ProgramExit: os._exit(0))"),
    "StopIteration": (fail(StopIteration()), "failed unexpectedly (StopIteration)"),
    "KeyboardInterrupt": (fail(KeyboardInterrupt()), "failed unexpectedly (KeyboardInterrupt)"),
    "GeneratorExit": (fail(GeneratorExit()), "failed unexpectedly (GeneratorExit)"),
    "an exception": (fail(ZeroDivisionError("oops")), "(ZeroDivisionError: oops)"),
    "no receipt but text": (lambda _: ["accepted"], "returned accepted instead of a receipt"),
    "None": (lambda _: [None], "returned None instead of a receipt"),
    "another's receipt": (
        lambda m: [replace(accept(m), sequence=99)],
        "returned a receipt for 99, a message it does not have",
    ),
    "a receipt twice": (
        lambda m: [accept(m), accept(m)],
        "returned a receipt for 6, a message it does not have",
    ),
    "a number that is text": (lambda m: [accept(m, sequence="6")], "a receipt for 6, a message"),
    "pending": (
        lambda m: [accept(m, state=DeliveryState.PENDING)],
        "returned a receipt with the state DeliveryState.PENDING",
    ),
    "claimed": (
        lambda m: [accept(m, state=DeliveryState.CLAIMED)],
        "returned a receipt with the state DeliveryState.CLAIMED",
    ),
    "skipped": (
        lambda m: [accept(m, state=DeliveryState.SKIPPED)],
        "returned a receipt with the state DeliveryState.SKIPPED",
    ),
    "an unknown state": (lambda m: [accept(m, state=["sent"])], "with the state ['sent']"),
}


@pytest.mark.parametrize("misbehave, reason", CRASHES.values(), ids=CRASHES)
def test_a_faulty_sender_fails_its_campaign(
    store: Store, misbehave: Callable[[Message], Iterable[Any]], reason: str
) -> None:
    """What was accepted before is known, the message it failed at is uncertain, and resuming sends the rest."""
    sender = FaultySender(misbehave)
    first, resumed, others = send_all(store, sender)

    assert CampaignState.FAILED is first.state
    assert first.reason and reason in first.reason and '"relay"' in first.reason
    known = BAD if reason.startswith("returned a receipt for 6,") else BAD - 1
    assert known == first.count(DeliveryState.ACCEPTED)
    assert COUNT - BAD == first.count(DeliveryState.PENDING)
    require_nobody_twice(sender, resumed, others)


def test_odd_values_in_a_receipt_are_stored_as_text(store: Store) -> None:
    """A state as text counts; what cannot be stored is left out or escaped; no other receipt suffers."""
    odd: dict[str, Any] = {
        "state": "accepted",
        "response": None,
        "provider_id": "\x00id\ud800" + "x" * 500,
        "code": "250",
        "enhanced_code": 2.0,
        "retry_after": 7,
    }
    sender = FaultySender(lambda message: [accept(message, **odd)])
    first, _, _ = send_all(store, sender)

    assert (CampaignState.SENT, COUNT) == (first.state, first.count(DeliveryState.ACCEPTED))
    with store.reading() as connection:
        row = connection.execute(select(deliveries).where(deliveries.c.sequence == BAD)).one()
    assert ("", None, 200) == (row.response, row.code, len(row.provider_id))
    assert row.provider_id.startswith("\\x00id\\ud800x")


def test_words_with_halves_of_characters_are_stored(store: Store) -> None:
    """A response with a lone surrogate and a NUL is stored escaped, a huge delay is bounded."""
    odd = {
        "state": DeliveryState.DEFERRED,
        "response": "full \ud800\x00",
        "retry_after": timedelta.max,
    }
    sender = FaultySender(lambda message: [accept(message, **odd)])
    service = make_service(store, sender=sender)
    record = service.create(make_plan(make_recipients(COUNT)))
    campaign = service.send(record.id)
    assert COUNT - 1 == campaign.count(DeliveryState.ACCEPTED)
    with store.reading() as connection:
        query = select(deliveries.c.response).where(deliveries.c.sequence == BAD)
        assert "full \\ud800\\x00" == connection.scalar(query)


class SilentSender(FaultySender):
    """Returns no receipts at all."""

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Take *messages*."""
        for message in messages:
            self.sent.append(message.recipient.email)
        return iter(())


class LazySender(FaultySender):
    """Ends after five messages."""

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Send some of *messages*."""
        for _, message in zip(range(5), messages, strict=False):
            self.sent.append(message.recipient.email)
            yield accept(message)


@pytest.mark.parametrize(
    "kind, reason, uncertain",
    [
        (SilentSender, "took 16 messages without returning a receipt", 16),
        (LazySender, "ended before it had taken all messages", 0),
    ],
)
def test_a_sender_that_ends_early_fails_its_campaign(
    store: Store, kind: type[FaultySender], reason: str, uncertain: int
) -> None:
    """Without receipts, or with messages left, it is not tried again and again."""
    sender = kind(lambda _: ())
    first, resumed, others = send_all(store, sender)
    assert CampaignState.FAILED is first.state and reason in (first.reason or "")
    assert uncertain == first.count(DeliveryState.UNCERTAIN)
    if kind is LazySender:  # it took a sixth one, and did nothing with it
        others.append("reader6@example.org")
        sender.sent = [each for each in sender.sent if each not in others]
    assert [] == sorted({*sender.sent} & {*others})
    assert CampaignState.SENT is resumed.state


def test_a_message_without_a_receipt_is_uncertain(store: Store) -> None:
    """One receipt is missing at the end: its delivery is uncertain, all others keep theirs."""
    sender = FaultySender(lambda _: ())
    first, _, _ = send_all(store, sender)
    assert CampaignState.SENT is first.state
    assert (COUNT - 1, 1) == (
        first.count(DeliveryState.ACCEPTED),
        first.count(DeliveryState.UNCERTAIN),
    )


def test_an_error_of_ours_is_not_blamed_on_the_sender(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that swallows errors of the messages does not hide them."""

    class SwallowingSender(FaultySender):
        def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
            with suppress(Exception):
                yield from super().send(messages)

    sender = SwallowingSender(lambda message: [accept(message)])
    service = make_service(store, sender=sender)
    record = service.create(make_plan(make_recipients(COUNT)))

    class FailingListener:
        def on_receipt(self, receipt: Receipt) -> None:
            if receipt.sequence == BAD:
                raise LookupError("ours")

        def should_stop(self) -> bool:
            return False

    with pytest.raises(LookupError, match="ours"):
        service.send(record.id, progress=FailingListener())
    assert BAD == service.get(record.id).count(DeliveryState.ACCEPTED)


# A sender that hangs


class HangingSender(FaultySender):
    """Hangs at message `BAD` until the test ends; counts how often it is closed."""

    def __init__(self) -> None:
        super().__init__(self._hang)
        self.hangs, self.ends = threading.Event(), threading.Event()
        self.closed = 0

    def _hang(self, message: Message) -> Iterable[Any]:
        self.hangs.set()
        self.ends.wait(60)
        yield accept(message)

    def close(self) -> None:
        """Hang as well, as what waits for its threads does."""
        self.closed += 1
        self.ends.wait(60)


@pytest.fixture
def hanging() -> Iterator[HangingSender]:
    """A sender that hangs, until the end of the test."""
    sender = HangingSender()
    yield sender
    sender.ends.set()


class StopListener:
    """Stops when *event* is set."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def on_receipt(self, receipt: Receipt) -> None:
        """Take no notice."""

    def should_stop(self) -> bool:
        """Whether the event is set."""
        return self._event.is_set()


def test_a_signal_ends_the_wait_for_a_hanging_sender(
    store: Store, hanging: HangingSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The campaign is paused, what hangs is uncertain, the rest is sent on resuming; a late receipt is ignored."""
    monkeypatch.setattr(loop, "_STOP_GRACE_S", 0.3)
    service, good = make_service(store, sender=hanging), RecordingSender()
    record = service.create(make_plan(make_recipients(COUNT)))
    with hanging:
        first = service.send(record.id, sender=hanging, progress=StopListener(hanging.hangs))
    assert 0 == hanging.closed
    assert (CampaignState.PAUSED, "interrupted") == (first.state, first.reason)
    assert (BAD - 1, 1, COUNT - BAD) == tuple(
        first.count(state)
        for state in (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.PENDING)
    )
    use_sender(service, good)
    resumed = service.resume(record.id)
    hanging.ends.set()
    require_nobody_twice(hanging, resumed, list_sent_emails(good))


def test_a_pause_ends_the_wait_for_a_hanging_sender(
    store: Store, hanging: HangingSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another terminal too."""
    monkeypatch.setattr(loop, "_STOP_GRACE_S", 0.2)
    monkeypatch.setattr(loop, "_STATUS_INTERVAL_S", 0.1)
    service = make_service(store, sender=hanging)
    record = service.create(make_plan(make_recipients(COUNT)))

    def pause() -> None:
        hanging.hangs.wait(60)
        service.pause(record.id)

    thread = threading.Thread(target=pause)
    thread.start()
    campaign = service.send(record.id)
    thread.join()
    assert (CampaignState.PAUSED, "requested") == (campaign.state, campaign.reason)
    assert 1 == campaign.count(DeliveryState.UNCERTAIN)


def test_a_stopped_worker_does_not_wait_for_a_hanging_sender(
    store: Store, hanging: HangingSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker ends, and its campaign stays to be continued."""
    monkeypatch.setattr(loop, "_STOP_GRACE_S", 0.2)
    service = make_service(store, sender=hanging)
    record = service.create(make_plan(make_recipients(COUNT)))
    with service.start_worker(None, stop=hanging.hangs, stale_after=timedelta(hours=12)) as worker:
        worker.run()
    campaign = service.get(record.id)
    assert CampaignState.SENDING is campaign.state
    assert (BAD - 1, 1) == (
        campaign.count(DeliveryState.ACCEPTED),
        campaign.count(DeliveryState.UNCERTAIN),
    )


def test_known_receipts_are_stored_while_the_sender_waits(
    store: Store, hanging: HangingSender
) -> None:
    """Within a moment, although the next message gets no answer: a crash then leaves one uncertain."""
    service = make_service(store, sender=hanging)
    record = service.create(make_plan(make_recipients(COUNT)))
    stop = threading.Event()
    thread = threading.Thread(
        target=lambda: service.send(record.id, progress=StopListener(stop)), daemon=True
    )
    thread.start()
    hanging.hangs.wait(60)
    started = monotonic()
    while service.get(record.id).count(DeliveryState.ACCEPTED) < BAD - 1:
        assert monotonic() - started < 20
    stop.set()
    hanging.ends.set()
    thread.join()


def test_an_interrupt_of_the_caller_ends_the_wait(store: Store, hanging: HangingSender) -> None:
    """Ctrl-C without a handler of signals: the campaign can be resumed, and the interrupt is passed on."""

    class InterruptedListener(StopListener):
        def should_stop(self) -> bool:
            if threading.current_thread() is caller and hanging.hangs.is_set():
                raise KeyboardInterrupt
            return False

    caller = threading.current_thread()
    service = make_service(store, sender=hanging)
    record = service.create(make_plan(make_recipients(COUNT)))
    with pytest.raises(KeyboardInterrupt):
        service.send(record.id, progress=InterruptedListener(hanging.hangs))
    assert 1 == service.get(record.id).count(DeliveryState.UNCERTAIN)


def test_children_of_a_sender_may_exit(store: Store) -> None:
    """`os._exit()` ends a forked child as ever, and is itself again after sending."""
    real = os._exit

    def fork(message: Message) -> Iterable[Any]:
        child = os.fork()
        if child == 0:
            os._exit(7)
        assert 7 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        yield accept(message)

    first, _, _ = send_all(store, FaultySender(fork))
    assert COUNT == first.count(DeliveryState.ACCEPTED)
    assert real is os._exit


def test_an_uncertain_error_keeps_known_receipts(store: Store) -> None:
    """The documented way to fail is unchanged: `SendError` says whether messages are uncertain."""
    sender = FaultySender(fail(SendError("The line is dead.", uncertain=True, temporary=True)))
    first, resumed, others = send_all(store, sender)
    assert (CampaignState.PAUSED, "The line is dead.") == (first.state, first.reason)
    require_nobody_twice(sender, resumed, others)
