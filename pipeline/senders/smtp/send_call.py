"""One call of `send()`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from pipeline.errors import SendError
from pipeline.models.delivery import Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender
from pipeline.senders.smtp.pool import Pool
from pipeline.senders.smtp.replies import Reply
from pipeline.senders.smtp.transaction import MAX_ATTEMPTS, Features, Transaction

#: After how many connections in a row that failed, or were lost before anything was settled, the sender gives up.
MAX_FAILURES = 5


class Call:
    """The desk at which the conversations take messages and report; the caller gives the ones and gets the others."""

    def __init__(self, sender: Sender, pool: Pool, messages: Iterable[Message]) -> None:
        self._sender = sender
        self._pool = pool
        self._messages = iter(messages)
        self._waiting: deque[Transaction] = deque()
        self._receipts: deque[Receipt] = deque()
        self._is_exhausted = False
        self._fault: Exception | None = None

    def receipts(self) -> Iterator[Receipt]:
        """Yield the receipts as they come in."""
        try:
            self._pool.look(self)  # idle connections may have been closed meanwhile
            self._pool.refresh()
            while True:
                self._employ()
                while self._receipts:
                    yield self._receipts.popleft()
                if self._is_done():
                    break
                self._pool.wait(self)
                while self._receipts:
                    yield self._receipts.popleft()
        except BaseException:
            self._pool.abort()
            raise
        if self._fault:
            raise self._fault

    # What conversations ask for and report: see `Desk`

    def take(self, features: Features) -> Transaction | None:
        """Return the next message that such a server can take, null if there is none."""
        while transaction := self._next():
            refusal = transaction.refusal(features)
            if refusal is None:
                return transaction
            self._receipts.append(refusal)
        return None

    def has_lease(self) -> bool:
        """Whether the lease still holds."""
        try:
            self._sender.check_lease()
        except SendError as error:
            self._give_up(error)
            return False
        return True

    def settle(self, receipt: Receipt) -> None:
        """Pass on what the server said."""
        self._pool.worked()
        self._receipts.append(receipt)

    def doubt(self, receipt: Receipt) -> None:
        """Pass on that nobody knows."""
        self._receipts.append(receipt)

    def give_back(self, transaction: Transaction, words: str) -> None:
        """Offer the message on another connection, unless that was tried often enough."""
        if self._fault:
            return
        if transaction.attempts < MAX_ATTEMPTS:
            self._waiting.appendleft(transaction)
        else:
            self._receipts.append(transaction.given_up(words))

    def refuse_all(self, reply: Reply) -> None:
        """Stop: what the server refuses is the sender, and so every message."""
        self._give_up(
            SendError(
                f"The server does not take mail from this sender: {reply}. "
                "See that it knows the address in [publication] from, and that the account may send."
            )
        )

    # The work

    def _next(self) -> Transaction | None:
        """Return a message given back, or take the next one."""
        if self._waiting:
            return self._waiting.popleft()
        if self._is_exhausted:
            return None
        try:
            return Transaction(next(self._messages))
        except StopIteration:
            self._is_exhausted = True
        except (
            Exception
        ) as error:  # whatever the source raises reaches the caller, after these receipts
            self._is_exhausted = True
            self._fault = self._fault or error
        return None

    def _employ(self) -> None:
        """Give work to idle connections, and open more while there is more work."""
        for conversation in self._pool.idle():
            transaction = self.take(conversation.features)
            if transaction is None:
                break
            conversation.begin(transaction, self)
            self._pool.tend(conversation)
        if self._is_hopeless():
            self._give_up(self._pool.trouble)
        while self._pool.can_open and not self._pool.idle():
            if len(self._waiting) <= self._pool.opening:
                transaction = self._next_new()
                if transaction is None:
                    break
                self._waiting.append(transaction)
            self._pool.open_one()

    def _is_hopeless(self) -> bool:
        """Whether nothing comes of connecting, and nobody is at work who might be luckier."""
        pool = self._pool
        if pool.trouble is None or pool.has_connections:
            return pool.failures >= MAX_FAILURES
        return pool.failures >= MAX_FAILURES or not (pool.has_connected and pool.trouble.temporary)

    def _next_new(self) -> Transaction | None:
        """Take one message more, even while others wait."""
        waiting, self._waiting = self._waiting, deque()
        try:
            return self._next()
        finally:
            self._waiting = waiting

    def _is_done(self) -> bool:
        is_empty = self._is_exhausted and not self._waiting
        return is_empty and not self._pool.is_working

    def _give_up(self, fault: Exception | None) -> None:
        """Take no more messages; those on their way go on."""
        self._fault = self._fault or fault
        self._is_exhausted = True
        self._waiting.clear()
