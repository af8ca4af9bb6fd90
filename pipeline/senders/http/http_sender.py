"""
Hand messages over by HTTP: in batches, several requests under way at once.

    messages → batches → requests, several under way at once → answers → receipts

What becomes of a request:

    the answer is 2xx                          what the service says of each message
    429, 5xx                                   deferred, by Retry-After
    401, 402, 403, 404, 3xx                    the sender cannot go on: a key, a plan, an address is wrong
    another 4xx, for several messages          nothing was taken: each is offered by itself
    413, for one                               the sender cannot go on: every other letter is as large
    another 4xx, for one                       refused
    none, and the request was not sent whole   the sender cannot go on for now; nothing was taken
    none after that, or one of a gateway       uncertain; asked again first, if the service knows the request by a key
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import MAX_IN_FLIGHT, refuse_smtputf8
from pipeline.senders.http.response import Answer
from pipeline.senders.http.service import Batch, Outcome, Service
from pipeline.senders.http.service_connection import Connection, Request

_BATCH_BYTES = 4 << 20  # services take from 10 MB (Postmark, per message) to 50 MB in a request
#: What comes of reading an answer that is not of the documented form; `Unreadable` is a ValueError.
_ANOTHER_FORM = (AttributeError, LookupError, TypeError, ValueError)
#: Then the line is dead, and each further message would only be one more in doubt.
_LOST_IN_A_ROW = 2


@dataclass(kw_only=True, eq=False)
class HttpSender(Service):
    """A sender to a service by HTTP; each says how a batch becomes a request, and an answer receipts."""

    _idle: list[Connection] = field(default_factory=list, init=False, repr=False)

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Hand *messages* over; see `Sender.send()`."""
        with ThreadPoolExecutor(self.connections, thread_name_prefix=self.service) as pool:
            yield from self._send(self._batches(messages), pool)

    def check_connection(self) -> str:
        """See that the service is there and knows the key; see `Sender.check_connection()`."""
        request = self.look()
        if request is None:
            return ""
        connection = self._connection()
        try:
            answer = connection.get(request)
        finally:
            connection.close()
        words = self.words_of(answer)
        if self.knows_key(answer):
            return f"{self.service} is there and knows the key."
        if self.is_closed(answer):
            raise self.closed(words)
        raise SendError(f"{self.service} answers, but not as it should: {words}", temporary=True)

    def close(self) -> None:
        """Let go of the connections and forget the keys."""
        while self._idle:
            self._idle.pop().close()
        self._keys.clear()

    def _send(self, batches: Iterator[Batch], pool: ThreadPoolExecutor) -> Iterator[Receipt]:
        under_way: set[Future[Outcome]] = set()
        stop: BaseException | None = None  # raised once what is under way has its receipts
        lost_in_a_row = 0
        while True:
            try:
                while stop is None and len(under_way) < self.connections:
                    if not (batch := next(batches, ())):
                        break
                    under_way.add(pool.submit(self._hand_over, batch))
            except Exception as error:  # of the messages' source
                stop = error
            if not under_way:
                break
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for outcome in [future.result() for future in done]:
                lost_in_a_row = lost_in_a_row + 1 if outcome.is_lost else 0
                if lost_in_a_row >= _LOST_IN_A_ROW:
                    stop = stop or self._silence(lost_in_a_row)
                stop = stop or outcome.error
                yield from outcome.receipts
        if stop:
            raise stop

    def _silence(self, times: int) -> SendError:
        return SendError(
            f"{self.service} did not answer {times} times in a row. Look into its log, and go on once it does.",
            temporary=True,
        )

    def _batches(self, messages: Iterable[Message]) -> Iterator[Batch]:
        """Yield *messages* in batches; where they end in an error, what was taken before it comes first."""
        size = min(self.batch_size, MAX_IN_FLIGHT)
        batch: list[Message] = []
        weight = 0
        error: Exception | None = None
        left = iter(messages)
        while True:
            try:
                message = next(left)
            except StopIteration:
                break
            except Exception as raised:
                error = raised
                break
            is_alone = message.needs_smtputf8  # it gets its receipt without a request
            if batch and (is_alone or not self.fits(tuple(batch), message)):
                yield tuple(batch)
                batch, weight = [], 0
            batch.append(message)
            weight += len(message.content)
            if is_alone or len(batch) == size or weight >= _BATCH_BYTES:
                yield tuple(batch)
                batch, weight = [], 0
        if batch:
            yield tuple(batch)
        if error:
            raise error

    def _hand_over(self, batch: Batch) -> Outcome:
        """Hand *batch* over; runs in a thread of its own."""
        if batch[0].needs_smtputf8:
            return Outcome(receipts=tuple(map(refuse_smtputf8, batch)))
        try:
            request = self.request(batch)
            self.check_lease()
            answer = self._ask(request)
        except SendError as error:
            if error.uncertain:
                return self.lost(batch, str(error))
            return Outcome(receipts=(), error=error)
        return self._read(batch, answer)

    def _read(self, batch: Batch, answer: Answer) -> Outcome:
        words = self.words_of(answer)
        try:
            if self.has_outcome(answer):
                return self.outcome(batch, answer)
        except _ANOTHER_FORM:
            return self.lost(batch, f"{self.service} answered something unforeseen: {words}")
        if self.is_lost(answer):
            return self.lost(batch, words)
        if self.is_closed(answer):
            return Outcome(receipts=(), error=self.closed(words))
        if self.is_for_later(answer):
            return Outcome(
                receipts=self.all_of(batch, DeliveryState.DEFERRED, words, answer=answer)
            )
        if len(batch) > 1:
            return self._one_by_one(batch)
        if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Outcome(receipts=(), error=self._too_large(words))
        is_address_failure = self.is_address_failure(answer)
        refused = self.not_accepted(batch[0], words, is_address_failure=is_address_failure)
        return Outcome(receipts=(refused,))

    def _too_large(self, words: str) -> SendError:
        return SendError(
            f"{self.service} takes no letter as large as this: {words.rstrip('.')}. Take pictures out, or link to them."
        )

    def _one_by_one(self, batch: Batch) -> Outcome:
        receipts: list[Receipt] = []
        for message in batch:
            outcome = self._hand_over((message,))
            receipts += outcome.receipts
            if outcome.error:
                return replace(outcome, receipts=tuple(receipts))
        return Outcome(receipts=tuple(receipts))

    def _ask(self, request: Request) -> Answer:
        """Post *request*; if no answer comes and the service knows it by a key, once more."""
        connection = self._connection()
        try:
            try:
                answer = connection.post(request)
                if not (self.is_lost(answer) and request.once):
                    return answer
            except SendError as error:
                if not (error.uncertain and request.once):
                    raise
            return self._ask_again(connection, request)
        finally:
            self._idle.append(connection)

    def _ask_again(self, connection: Connection, request: Request) -> Answer:
        try:
            self.check_lease()  # a machine that slept meanwhile may have slept beyond the key's time
            answer = connection.post(request)
        except SendError as error:  # not being reached now says nothing of the first time
            raise SendError(str(error), temporary=True, uncertain=True) from error
        if self.has_outcome(answer):
            return answer
        words = self.words_of(answer)
        raise SendError(
            f"{self.service} did not answer, and when asked again said only: {words.rstrip('.')}. Look into its log "
            "for what it took.",
            temporary=True,
            uncertain=True,
        )

    def _connection(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:  # asked for, not looked at: other threads take from it too
            return Connection(self.service, self._base_url, timeout_s=self.timeout_s)
