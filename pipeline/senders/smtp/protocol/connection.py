"""One SMTP connection: sends messages one after another."""

from __future__ import annotations

import socket
from time import monotonic

from pipeline.senders.smtp.protocol.command_queue import CommandQueue
from pipeline.senders.smtp.protocol.replies import Reply, ReplyParser
from pipeline.senders.smtp.protocol.socket_io import SocketWriter
from pipeline.senders.smtp.protocol.transaction import (
    DeliveryCallbacks,
    ServerFeatures,
    Step,
    Transaction,
)
from pipeline.senders.smtp.settings import Timeouts

_ENVELOPE = (Step.MAIL, Step.RCPT, Step.DATA)


class SmtpConnection:
    """
    Sends messages over one connection.

    If the server supports PIPELINING, MAIL, RCPT and DATA are sent together, and with the final dot of the message
    before (RFC 2920 §3.1): one round trip for each message. At most two messages are in flight: the content of one, and
    the envelope of the next.

    Attributes:
        idle_since: When the last reply came.
        loss: Why the connection was lost with messages in flight; else None.
        is_open: Whether the connection is open.
        is_quitting: Whether QUIT was sent.
        is_used: Whether a message was started on it.
    """

    def __init__(
        self,
        sock: socket.socket,
        features: ServerFeatures,
        *,
        timeouts: Timeouts,
        max_messages: int,
    ) -> None:
        self.writer = SocketWriter(sock)
        self.features = features
        self.loss: str | None = None
        self.is_open = True
        self.is_quitting = False
        self.is_used = False
        self.idle_since = self._last_progress = monotonic()
        self._block_timeout = timeouts.block
        self._timeouts = {
            Step.RSET: timeouts.mail,
            Step.MAIL: timeouts.mail,
            Step.RCPT: timeouts.rcpt,
            Step.DATA: timeouts.data,
            Step.DOT: timeouts.dot,
            Step.EMPTY: timeouts.dot,
            Step.QUIT: timeouts.quit,
        }
        self._remaining = max_messages
        self._replies = ReplyParser()
        self._queue = CommandQueue(pipelining=features.pipelining)
        self._needs_reset = False
        self._current: Transaction | None = None
        self._dot_start = (
            0  # where in the sent bytes the end of the current message starts and ends
        )
        self._dot_end = 0

    @property
    def is_idle(self) -> bool:
        """Whether it can start a message now."""
        return self.is_open and not self.is_quitting and self._queue.is_empty

    @property
    def deadline(self) -> float | None:
        """When to give up on the expected reply, by the monotonic clock; None if no reply is expected."""
        expected = self._queue.expected
        if expected is None:
            return None
        if self.writer.is_waiting:
            return self._last_progress + self._block_timeout
        return self._last_progress + self._timeouts[expected.step]

    def start(self, transaction: Transaction, callbacks: DeliveryCallbacks) -> None:
        """Start a message on an idle connection."""
        self._last_progress = monotonic()
        try:
            self.writer.write(*self._start_envelope(transaction))
        except OSError as error:
            self._handle_loss(error, callbacks)

    def receive(self, callbacks: DeliveryCallbacks) -> None:
        """Read replies and continue."""
        queued_bytes = self.writer.queued_bytes
        try:
            replies = self._replies.feed(self.writer.read())
            if replies:
                self._last_progress = monotonic()
            for reply in replies:
                self._handle_reply(reply, callbacks)
                if not self.is_open:
                    return
            self.writer.flush()
            if self._queue.expected and queued_bytes == self.writer.queued_bytes:
                self.writer.acknowledge()
        except OSError as error:
            self._handle_loss(error, callbacks)
            return
        if self._replies.error:
            self.abort(f"The server sent {self._replies.error}", callbacks)
        elif self.writer.is_closed_by_peer:
            self.abort("The server closed the connection", callbacks)

    def flush(self, callbacks: DeliveryCallbacks) -> None:
        """Send more of what is buffered, since the server accepts more."""
        self._last_progress = monotonic()
        try:
            self.writer.flush()
        except OSError as error:
            self._handle_loss(error, callbacks)

    def expire(self, callbacks: DeliveryCallbacks) -> None:
        """Give up on the expected reply."""
        action = "accept the message" if self.writer.is_waiting else "reply"
        seconds = (self.deadline or 0) - self._last_progress
        self.abort(f"The server did not {action} within {seconds:g} s", callbacks)

    def abort(self, reason: str, callbacks: DeliveryCallbacks) -> None:
        """Close the connection and settle the messages in flight; see `_settle_unfinished()`."""
        if not self.is_open:
            return
        self.close()
        lost = self._queue.drain()
        for transaction in list(lost)[1:]:
            transaction.attempts -= 1  # the one before it was the cause
        # In reverse: the last one requeued is the first to be sent again.
        for transaction, step in reversed(lost.items()):
            self._settle_unfinished(
                transaction, f"{reason} (waiting for the reply to {step.value}).", callbacks
            )
        self.loss = reason if lost else None

    def quit(self) -> None:
        """Send QUIT; the connection closes when the server closes it, or at its deadline."""
        if not self.is_open or self.is_quitting:
            return
        self.is_quitting = True
        self._last_progress = monotonic()
        try:
            self.writer.write(b"QUIT\r\n")
            self._queue.expect(Step.QUIT)
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the connection without QUIT."""
        self.is_open = False
        self.writer.close()

    def _settle_unfinished(
        self, transaction: Transaction, reason: str, callbacks: DeliveryCallbacks
    ) -> None:
        """
        Settle a message whose connection was lost.

        The server may have accepted it only if the first byte of the CRLF.CRLF that ends it may have been sent.
        """
        if transaction.failure:
            self._settle_failure(transaction, callbacks)
        elif transaction is self._current and self.writer.sent_bytes > self._dot_start:
            callbacks.mark_uncertain(transaction.uncertain_receipt(reason))
        else:
            callbacks.requeue(transaction, reason)

    def _handle_loss(self, error: OSError, callbacks: DeliveryCallbacks) -> None:
        """Abort, but first read what the server sent before it closed the connection."""
        try:
            for reply in self._replies.feed(self.writer.read()):
                if self.is_open and self._queue.expected:
                    self._handle_reply(reply, callbacks)
        except OSError:
            pass
        self.abort(f"The connection was lost ({error.strerror or error})", callbacks)

    def _start_envelope(self, transaction: Transaction) -> list[bytes]:
        """Queue the envelope of a message, and return the commands that can be sent at once."""
        transaction.start()
        self.is_used = True
        self._remaining -= 1
        if self._needs_reset:
            self._queue.add(b"RSET\r\n", Step.RSET, transaction)
            self._needs_reset = False
        for command, step in zip(transaction.commands(self.features), _ENVELOPE, strict=True):
            self._queue.add(command, step, transaction)
        return self._queue.pop_sendable()

    def _handle_reply(self, reply: Reply, callbacks: DeliveryCallbacks) -> None:
        expected = self._queue.expected
        if expected is None:
            self.abort(f"The server sent an unexpected reply: {reply}", callbacks)
            return
        step, transaction = expected
        if (
            (step is Step.MAIL or step is Step.RCPT)
            and reply.code == 250
            and self.features.pipelining
            and transaction
        ):  # the usual case; the reply to DATA is still to come
            self._queue.pop_expected()
            transaction.has_recipient = step is Step.RCPT
            return
        if step is not Step.DOT and reply.is_closing:
            if transaction:
                transaction.closing_reply = reply
            self.abort(f"The server closed the connection ({reply})", callbacks)
            return
        self._queue.pop_expected()
        self.idle_since = self._last_progress
        if transaction:
            self._handle_step(step, transaction, reply, callbacks)
        elif step is Step.QUIT:
            self.close()
        if self.is_open and not self.is_quitting:
            self._continue(callbacks)

    def _handle_step(
        self, step: Step, transaction: Transaction, reply: Reply, callbacks: DeliveryCallbacks
    ) -> None:
        if step is Step.RSET:
            if not reply.is_positive:
                self._reject_reply(transaction, step, reply, callbacks)
        elif step in (Step.MAIL, Step.RCPT):
            self._handle_envelope_reply(step, transaction, reply, callbacks)
        elif step is Step.DATA:
            self._handle_data_reply(transaction, reply, callbacks)
        elif step is Step.DOT:
            self._handle_dot_reply(transaction, reply, callbacks)
        else:
            self._settle_failure(transaction, callbacks)

    def _handle_envelope_reply(
        self, step: Step, transaction: Transaction, reply: Reply, callbacks: DeliveryCallbacks
    ) -> None:
        if reply.is_positive:
            transaction.has_recipient = transaction.has_recipient or step is Step.RCPT
        elif not reply.is_failure:
            self._reject_reply(transaction, step, reply, callbacks)
        else:
            transaction.fail(step, reply)
            if not self.features.pipelining:
                self._queue.drop_unsent()
                self._needs_reset = step is Step.RCPT
                self._settle_failure(transaction, callbacks)

    def _handle_data_reply(
        self, transaction: Transaction, reply: Reply, callbacks: DeliveryCallbacks
    ) -> None:
        if reply.is_positive:
            self._reject_reply(transaction, Step.DATA, reply, callbacks)
        elif reply.is_failure:
            transaction.fail(Step.DATA, reply)
            self._needs_reset = True
            self._settle_failure(transaction, callbacks)
        elif not transaction.failure:
            self._send_content(transaction, callbacks)
        elif (
            transaction.has_recipient
        ):  # MAIL failed, RCPT did not: a dot would send an empty message
            reason = "The server expects a message that it refused"
            self._abort_at(transaction, Step.DATA, reason, callbacks)
        else:
            self._queue.expect(Step.EMPTY, transaction)
            self.writer.write(b".\r\n")

    def _send_content(self, transaction: Transaction, callbacks: DeliveryCallbacks) -> None:
        if not callbacks.has_lease():
            self._abort_at(transaction, Step.DATA, "The lease expired", callbacks)
            return
        chunks = transaction.chunks()
        end = self.writer.queued_bytes + sum(map(len, chunks))
        self._current = transaction
        self._dot_start, self._dot_end = end - len(b"\r\n"), end + len(b".\r\n")
        self._queue.expect(Step.DOT, transaction)
        following = self._following_commands(callbacks)
        self.writer.write(*chunks, b".\r\n" + b"".join(following))

    def _following_commands(self, callbacks: DeliveryCallbacks) -> list[bytes]:
        """Return what is sent together with the final dot: the envelope of the next message, or QUIT."""
        if not self.features.pipelining:
            return []
        if self._remaining <= 0:
            self.is_quitting = True
            self._queue.expect(Step.QUIT)
            return [b"QUIT\r\n"]
        transaction = callbacks.next_transaction(self.features)
        return self._start_envelope(transaction) if transaction else []

    def _handle_dot_reply(
        self, transaction: Transaction, reply: Reply, callbacks: DeliveryCallbacks
    ) -> None:
        is_early = self.writer.sent_bytes < self._dot_end
        if not (reply.is_positive or reply.is_failure) or (is_early and reply.is_positive):
            self._reject_reply(transaction, Step.DOT, reply, callbacks)
            return
        self._current = None
        callbacks.settle(transaction.receipt(reply))
        if is_early or reply.is_closing:
            self.abort(f"The server replied {reply}", callbacks)

    def _settle_failure(self, transaction: Transaction, callbacks: DeliveryCallbacks) -> None:
        """Settle a message that was refused before its content was sent."""
        assert transaction.failure, "only a failure ends a message early"
        if transaction.is_sender_refused:
            callbacks.refuse_sender(transaction.failure)
        else:
            callbacks.settle(transaction.receipt(transaction.failure))

    def _reject_reply(
        self, transaction: Transaction, step: Step, reply: Reply, callbacks: DeliveryCallbacks
    ) -> None:
        self._abort_at(transaction, step, f'The server sent the invalid reply "{reply}"', callbacks)

    def _abort_at(
        self, transaction: Transaction, step: Step, reason: str, callbacks: DeliveryCallbacks
    ) -> None:
        """Abort although *step* was replied to: the reply is of no use."""
        self._queue.put_back(step, transaction)
        self.abort(reason, callbacks)

    def _continue(self, callbacks: DeliveryCallbacks) -> None:
        """After a reply: send the next command, start the next message, or quit."""
        if commands := self._queue.pop_sendable():
            self.writer.write(*commands)
        elif self._queue.expected is None:
            if self._remaining <= 0:
                self.quit()
            elif transaction := callbacks.next_transaction(self.features):
                self.writer.write(*self._start_envelope(transaction))
