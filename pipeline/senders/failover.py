"""Several senders in an order: the next one is used for what the one before certainly did not take."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from pipeline.clock import Clock, SystemClock
from pipeline.errors import ConfigError, SendError, UnsupportedFeature
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender

#: After how many failures in a row a sender is left alone.
FAILURES = 3
#: For how long, the first time and at most; each failed trial doubles it.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)


class FailoverSender(Sender):
    """
    Hand each message to the first sender that works.

    A message goes to the next sender only if the one before failed as a whole (`SendError`) and certainly did not take
    it; a message in doubt gets the receipt `uncertain`. What a server says of one message, refused or deferred, is that
    message's receipt and no reason to ask another server. A sender that failed three times in a row is left alone for a
    minute, then tried with one message, and left alone twice as long if that fails too. The better sender is gone back
    to as soon as it may be tried.

    Args:
        senders: By name, the best first; all of them must reach people.

    Raises:
        ConfigError: There are fewer than two, or one of them mails nobody.
    """

    def __init__(self, senders: Mapping[str, Sender], *, clock: Clock | None = None) -> None:
        if len(senders) < 2:
            raise ConfigError("Failover needs at least two senders. Name one more, or only one.")
        for name, sender in senders.items():
            if not sender.delivers_mail:
                raise ConfigError(
                    f'[sender] default: "{name}" mails nobody, so nothing may fall to it from other senders. '
                    "Take it out of the list, or make it the only one."
                )
        self._clock = clock or SystemClock()
        self._ways = [_Way(name, sender) for name, sender in senders.items()]
        each = list(senders.values())
        # What holds for the list holds for every sender in it.
        self.connections = max(sender.connections for sender in each)
        self.accepts_mime = all(sender.accepts_mime for sender in each)  # type: ignore[misc]  # known only now
        self.signs_list_unsubscribe = all(sender.signs_list_unsubscribe for sender in each)  # type: ignore[misc]
        self.rewritten_headers = frozenset().union(*(s.rewritten_headers for s in each))  # type: ignore[misc]

    def get_senders(self) -> Sequence[Sender]:
        """Return the senders of the list, the best first."""
        return [way.sender for way in self._ways]

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Hand over *messages*, see `Sender.send()`; temporary `SendError` when no sender is left to try."""
        source = _Source(messages)
        failed: dict[str, SendError] = {}
        for way in self._ways:
            way.sender.has_lease = self._may_begin
        while not source.is_spent:
            way = self._choose(failed)
            try:
                for receipt in way.sender.send(self._share(source, way, failed)):
                    source.answered(receipt)
                    way.worked()
                    failed.clear()
                    yield receipt
            except SendError as error:
                if error is source.error:
                    raise
                yield from source.take_back(error)
                self.check_lease()
                failed[way.name] = error
                way.failed(error, self._clock.now())

    def close(self) -> None:
        """Close all of them."""
        for way in self._ways:
            way.sender.close()

    def _may_begin(self) -> bool:
        return self.has_lease()

    def _choose(self, failed: Mapping[str, SendError]) -> _Way:
        """Return the best sender that may be tried and has not failed since the last receipt."""
        now = self._clock.now()
        for way in self._ways:
            if way.name not in failed and way.may_be_tried(now):
                return way
        unsupported = [e for e in failed.values() if isinstance(e, UnsupportedFeature)]
        if failed and len(unsupported) == len(failed):
            raise unsupported[0]
        told = "; ".join(f"{way.name}: {way.words}" for way in self._ways)
        raise SendError(
            f"No sender takes letters now. {told} What was not handed over waits.", temporary=True
        )

    def _share(
        self, source: _Source, way: _Way, failed: Mapping[str, SendError]
    ) -> Iterator[Message]:
        """Yield the messages for one sender: one if it is on trial, else until a better one may be tried again."""
        is_on_trial = way.is_on_trial
        while (message := source.take()) is not None:
            yield message
            if is_on_trial or self._has_better(way, failed):
                return

    def _has_better(self, way: _Way, failed: Mapping[str, SendError]) -> bool:
        now = self._clock.now()
        better = self._ways[: self._ways.index(way)]
        return any(each.name not in failed and each.may_be_tried(now) for each in better)


class _Way:
    """One sender, and how it has done lately: a circuit breaker."""

    def __init__(self, name: str, sender: Sender) -> None:
        self.name = name
        self.sender = sender
        self.words = "it has not been tried."
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._not_before: datetime | None = None

    @property
    def is_on_trial(self) -> bool:
        """Whether it is tried again after a pause."""
        return self._not_before is not None

    def may_be_tried(self, now: datetime) -> bool:
        """Whether it works as far as is known, or its pause is over."""
        return self._not_before is None or now >= self._not_before

    def worked(self) -> None:
        """Learn that it gave a receipt."""
        self._failures, self._pause, self._not_before = 0, FIRST_PAUSE, None

    def failed(self, error: SendError, now: datetime) -> None:
        """Learn that it could not go on; one that a person has to mend is left alone at once."""
        self.words = str(error)
        if isinstance(error, UnsupportedFeature):
            return
        self._failures += 1
        if self.is_on_trial:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        if self.is_on_trial or self._failures >= FAILURES or not error.temporary:
            self._not_before = now + self._pause


class _Source:
    """The messages of one call: those to come, those given back, and those out without a receipt."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.error: BaseException | None = None
        self._messages = iter(messages)
        self._back: deque[Message] = deque()
        self._out: dict[int, Message] = {}
        self._is_exhausted = False

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left to hand over."""
        return self._is_exhausted and not self._back

    def take(self) -> Message | None:
        """Return the next message, null if there is none."""
        message = self._back.popleft() if self._back else self._next()
        if message is not None:
            self._out[message.sequence] = message
        return message

    def answered(self, receipt: Receipt) -> None:
        """Learn that a message is done with."""
        self._out.pop(receipt.sequence, None)

    def take_back(self, error: SendError) -> Iterator[Receipt]:
        """After *error*, keep what was not taken for the next sender, and yield a receipt for what is in doubt."""
        out, self._out = self._out, {}
        if not error.uncertain:
            self._back.extendleft(reversed(out.values()))
            return
        for sequence in out:
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
