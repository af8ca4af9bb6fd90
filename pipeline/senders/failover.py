"""Several senders in order: the next one is used for messages that the one before certainly did not accept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from pipeline.clock import Clock, SystemClock
from pipeline.errors import ConfigError, SendError, UnsupportedFeature
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender

#: After how many failures in a row a sender is not used for a while.
MAX_FAILURES = 3
#: How long the first time, and at most; each failed retry doubles it.
FIRST_PAUSE = timedelta(minutes=1)
MAX_PAUSE = timedelta(minutes=15)


class FailoverSender(Sender):
    """
    Send each message by the first sender that works.

    A message goes to the next sender only if the one before failed as a whole (`SendError`) and certainly did not
    accept it; otherwise its receipt is `uncertain`. A server's response to one message, refused or deferred, is that
    message's receipt and no reason to try another server. A sender that failed three times in a row is not used for a
    minute, then retried with one message, and not used for twice as long if that fails too. A better sender is used
    again as soon as it may be retried.

    Args:
        senders: By name, the preferred one first; all must deliver mail.

    Raises:
        ConfigError: There are fewer than two, or one does not deliver mail.
    """

    def __init__(self, senders: Mapping[str, Sender], *, clock: Clock | None = None) -> None:
        if len(senders) < 2:
            raise ConfigError(
                "Failover needs at least two senders. Add a sender, or name only one."
            )
        for name, sender in senders.items():
            if not sender.delivers_mail:
                raise ConfigError(
                    f'[sender] default: "{name}" does not deliver mail, so it cannot be part of a failover list. '
                    "Remove it, or make it the only sender."
                )
        self._clock = clock or SystemClock()
        self._breakers = [_CircuitBreaker(name, sender) for name, sender in senders.items()]
        each = list(senders.values())
        # What holds for the list holds for every sender in it.
        self.connections = max(sender.connections for sender in each)
        self.accepts_mime = all(sender.accepts_mime for sender in each)  # type: ignore[misc]  # known only now
        self.signs_list_unsubscribe = all(  # type: ignore[misc]
            sender.signs_list_unsubscribe for sender in each
        )
        self.rewritten_headers = frozenset().union(*(s.rewritten_headers for s in each))  # type: ignore[misc]

    def get_senders(self) -> Sequence[Sender]:
        """Return the senders in the list, the preferred one first."""
        return [breaker.sender for breaker in self._breakers]

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Send *messages*, see `Sender.send()`; raise a temporary `SendError` when no sender is left to try."""
        queue = _MessageQueue(messages)
        failed: dict[str, SendError] = {}
        for breaker in self._breakers:
            breaker.sender.has_lease = self._has_lease
        while not queue.is_empty:
            breaker = self._choose(failed)
            try:
                for receipt in breaker.sender.send(self._messages_for(breaker, queue, failed)):
                    queue.settle(receipt)
                    breaker.record_success()
                    failed.clear()
                    yield receipt
            except SendError as error:
                if error is queue.error:
                    raise
                yield from queue.requeue(error)
                self.check_lease()
                failed[breaker.name] = error
                breaker.record_failure(error, self._clock.now())

    def close(self) -> None:
        """Close all senders."""
        for breaker in self._breakers:
            breaker.sender.close()

    def _has_lease(self) -> bool:
        return self.has_lease()

    def _choose(self, failed: Mapping[str, SendError]) -> _CircuitBreaker:
        """Return the first sender that may be used and has not failed since the last receipt."""
        now = self._clock.now()
        for breaker in self._breakers:
            if breaker.name not in failed and breaker.allows_use(now):
                return breaker
        unsupported = [e for e in failed.values() if isinstance(e, UnsupportedFeature)]
        if failed and len(unsupported) == len(failed):
            raise unsupported[0]
        reasons = " ".join(f"{breaker.name}: {breaker.reason}" for breaker in self._breakers)
        raise SendError(
            f"No sender is available. {reasons} The remaining messages were not sent.",
            temporary=True,
        )

    def _messages_for(
        self, breaker: _CircuitBreaker, queue: _MessageQueue, failed: Mapping[str, SendError]
    ) -> Iterator[Message]:
        """Yield messages for one sender: a single one to retry it, else until a better sender may be retried."""
        is_retry = breaker.is_open
        while (message := queue.get()) is not None:
            yield message
            if is_retry or self._has_better(breaker, failed):
                return

    def _has_better(self, breaker: _CircuitBreaker, failed: Mapping[str, SendError]) -> bool:
        now = self._clock.now()
        better = self._breakers[: self._breakers.index(breaker)]
        return any(each.name not in failed and each.allows_use(now) for each in better)


class _CircuitBreaker:
    """A sender and its recent failures."""

    def __init__(self, name: str, sender: Sender) -> None:
        self.name = name
        self.sender = sender
        self.reason = "not tried yet."
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._retry_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the sender is paused, or about to be retried after a pause."""
        return self._retry_at is not None

    def allows_use(self, now: datetime) -> bool:
        """Whether the sender works as far as is known, or its pause has ended."""
        return self._retry_at is None or now >= self._retry_at

    def record_success(self) -> None:
        """Record a receipt."""
        self._failures, self._pause, self._retry_at = 0, FIRST_PAUSE, None

    def record_failure(self, error: SendError, now: datetime) -> None:
        """Record an error; one that is not temporary pauses the sender at once."""
        self.reason = str(error)
        if isinstance(error, UnsupportedFeature):
            return
        self._failures += 1
        if self.is_open:
            self._pause = min(self._pause * 2, MAX_PAUSE)
        if self.is_open or self._failures >= MAX_FAILURES or not error.temporary:
            self._retry_at = now + self._pause


class _MessageQueue:
    """The messages of one call: those to come, those to send again, and those without a receipt."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.error: BaseException | None = None
        self._messages = iter(messages)
        self._requeued: deque[Message] = deque()
        self._in_flight: dict[int, Message] = {}
        self._is_exhausted = False

    @property
    def is_empty(self) -> bool:
        """Whether no message is left to send."""
        return self._is_exhausted and not self._requeued

    def get(self) -> Message | None:
        """Return the next message, or None at the end."""
        message = self._requeued.popleft() if self._requeued else self._next()
        if message is not None:
            self._in_flight[message.sequence] = message
        return message

    def settle(self, receipt: Receipt) -> None:
        """Forget the message of *receipt*."""
        self._in_flight.pop(receipt.sequence, None)

    def requeue(self, error: SendError) -> Iterator[Receipt]:
        """After *error*, keep messages without a receipt for the next sender, or yield `uncertain` receipts."""
        in_flight, self._in_flight = self._in_flight, {}
        if not error.uncertain:
            self._requeued.extendleft(reversed(in_flight.values()))
            return
        for sequence in in_flight:
            yield Receipt(sequence=sequence, state=DeliveryState.UNCERTAIN, response=str(error))

    def _next(self) -> Message | None:
        if self._is_exhausted:
            return None
        try:
            return next(self._messages)
        except StopIteration:
            self._is_exhausted = True
            return None
        except BaseException as error:
            self.error = error
            raise
