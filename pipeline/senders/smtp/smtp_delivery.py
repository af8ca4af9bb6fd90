"""One call of `send()`: takes messages, passes them to connections, and yields receipts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from pipeline.errors import SendError
from pipeline.models.delivery import Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender
from pipeline.senders.smtp.pool import ConnectionPool
from pipeline.senders.smtp.protocol.replies import Reply
from pipeline.senders.smtp.protocol.transaction import MAX_ATTEMPTS, ServerFeatures, Transaction

#: The sender stops after this many connections in a row that failed, or were lost before a message was settled.
MAX_FAILURES = 5


class SmtpDelivery:
    """The `DeliveryCallbacks` of all connections during one call."""

    def __init__(self, sender: Sender, pool: ConnectionPool, messages: Iterable[Message]) -> None:
        self._sender = sender
        self._pool = pool
        self._messages = iter(messages)
        self._requeued: deque[Transaction] = deque()
        self._receipts: deque[Receipt] = deque()
        self._is_exhausted = False
        self._error: Exception | None = None
        pool.attach(self)

    def receipts(self) -> Iterator[Receipt]:
        """Yield the receipts as they come in."""
        try:
            self._pool.poll()  # idle connections may have been closed in the meantime
            self._pool.forget_failures()
            while True:
                self._assign_messages()
                while self._receipts:
                    yield self._receipts.popleft()
                if self._is_done():
                    break
                if not self._pool.poll():
                    self._read_ahead()
                    self._pool.wait()
                while self._receipts:
                    yield self._receipts.popleft()
        except BaseException:
            self._pool.abort()
            raise
        if self._error:
            raise self._error

    # The callbacks

    def next_transaction(self, features: ServerFeatures) -> Transaction | None:
        """Return the next message that a server with *features* accepts, or None at the end."""
        while transaction := self._next():
            refusal = transaction.check(features)
            if refusal is None:
                return transaction
            self._receipts.append(refusal)
        return None

    def has_lease(self) -> bool:
        """Whether the lease is still valid; if not, stop."""
        try:
            self._sender.check_lease()
        except SendError as error:
            self._stop(error)
            return False
        return True

    def settle(self, receipt: Receipt) -> None:
        """Yield the receipt of a message that the server replied to."""
        self._pool.record_success()
        self._receipts.append(receipt)

    def mark_uncertain(self, receipt: Receipt) -> None:
        """Yield the receipt of a message whose reply was lost."""
        self._receipts.append(receipt)

    def requeue(self, transaction: Transaction, reason: str) -> None:
        """Send the message on another connection, unless it had its last attempt."""
        if self._error:
            return
        if transaction.attempts < MAX_ATTEMPTS:
            self._requeued.appendleft(transaction)
        else:
            self._receipts.append(transaction.deferred_receipt(reason))

    def refuse_sender(self, reply: Reply) -> None:
        """Stop: the server refuses the envelope sender, and so every message."""
        self._stop(
            SendError(
                f"The server refuses mail from this sender: {reply}. "
                "Check that it knows the address in [publication] from, and that the account may send."
            )
        )

    # The loop

    def _next(self) -> Transaction | None:
        """Return a requeued message, or else the next one."""
        if self._requeued:
            return self._requeued.popleft()
        return self._next_new()

    def _next_new(self) -> Transaction | None:
        if self._is_exhausted:
            return None
        try:
            return Transaction(next(self._messages))
        except StopIteration:
            self._is_exhausted = True
        except Exception as error:  # raised to the caller after the receipts of earlier messages
            self._is_exhausted = True
            self._error = self._error or error
        return None

    def _read_ahead(self) -> None:
        """While all servers work, take the message that the next one of them will ask for."""
        if not self._requeued and (transaction := self._next_new()):
            self._requeued.append(transaction)

    def _assign_messages(self) -> None:
        """Start messages on idle connections, and open more connections while there are more messages."""
        for connection in self._pool.idle():
            transaction = self.next_transaction(connection.features)
            if transaction is None:
                break
            connection.start(transaction)
            self._pool.update(connection)
        if self._is_hopeless():
            self._stop(self._pool.last_error)
        while self._pool.can_open and not self._pool.idle():
            if len(self._requeued) <= self._pool.opening:
                transaction = self._next_new()
                if transaction is None:
                    break
                self._requeued.append(transaction)
            self._pool.open_another()

    def _is_hopeless(self) -> bool:
        """Whether connecting fails, and no open connection may do better."""
        pool = self._pool
        if pool.failures >= MAX_FAILURES:
            return True
        if pool.last_error is None or pool.has_connections:
            return False
        return not (pool.has_connected and pool.last_error.temporary)

    def _is_done(self) -> bool:
        is_empty = self._is_exhausted and not self._requeued
        return is_empty and not self._pool.is_busy

    def _stop(self, error: Exception | None) -> None:
        """Take no more messages; those in flight continue."""
        self._error = self._error or error
        self._is_exhausted = True
        self._requeued.clear()
