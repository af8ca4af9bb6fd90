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
        callbacks: Where it gets messages from and reports to; set before it is used.
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
        self.callbacks: DeliveryCallbacks
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
        self._dot_start = 0  # offsets in the sent bytes of the end of the current message
        self._dot_end = 0

    @property
    def is_idle(self) -> bool:
        """Whether it can start a message now."""
        return self.is_open and not self.is_quitting and self._queue.is_empty

    @property
    def deadline(self) -> float | None:
        """When to give up on the expected reply, by the monotonic clock; None if no reply is expected."""
        if not self._queue.expected:
            return None
        if self.writer.is_waiting:
            return self._last_progress + self._block_timeout
        return self._last_progress + self._timeouts[self._queue.expected[0].step]

    def start(self, transaction: Transaction) -> None:
        """Start a message on an idle connection."""
        self._last_progress = monotonic()
        try:
            self.writer.write(*self._start_envelope(transaction))
        except OSError as error:
            self._handle_loss(error)

    def receive(self) -> None:
        """Read replies and continue."""
        queued_bytes = self.writer.queued_bytes
        try:
            replies = self._replies.feed(self.writer.read())
            if replies:
                self._last_progress = monotonic()
            for reply in replies:
                self._handle_reply(reply)
                if not self.is_open:
                    return
            self.writer.flush()
            if self._queue.expected and queued_bytes == self.writer.queued_bytes:
                self.writer.acknowledge()
        except OSError as error:
            self._handle_loss(error)
            return
        if self._replies.error:
            self.abort(f"The server sent {self._replies.error}")
        elif self.writer.is_closed_by_peer:
            self.abort("The server closed the connection")

    def flush(self) -> None:
        """Send more of what is buffered, since the server accepts more."""
        self._last_progress = monotonic()
        try:
            self.writer.flush()
        except OSError as error:
            self._handle_loss(error)

    def expire(self) -> None:
        """Give up on the expected reply."""
        action = "accept the message" if self.writer.is_waiting else "reply"
        seconds = (self.deadline or 0) - self._last_progress
        self.abort(f"The server did not {action} within {seconds:g} s")

    def abort(self, reason: str) -> None:
        """Close the connection and settle the messages in flight; see `_settle_unfinished()`."""
        if not self.is_open:
            return
        self.close()
        lost = self._queue.drain()
        for transaction in list(lost)[1:]:
            transaction.attempts -= 1  # the one before it was the cause
        # In reverse: the last one requeued is the first to be sent again.
        for transaction, step in reversed(lost.items()):
            details = f"{reason} (waiting for the reply to {step.value})."
            self._settle_unfinished(transaction, details)
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

    def _settle_unfinished(self, transaction: Transaction, reason: str) -> None:
        """
        Settle a message whose connection was lost.

        The server may have accepted it only if the first byte of the CRLF.CRLF that ends it may have been sent.
        """
        if transaction.failure:
            self._settle_failure(transaction)
        elif transaction is self._current and self.writer.sent_bytes > self._dot_start:
            self.callbacks.mark_uncertain(transaction.uncertain_receipt(reason))
        else:
            self.callbacks.requeue(transaction, reason)

    def _handle_loss(self, error: OSError) -> None:
        """Abort, but first read what the server sent before it closed the connection."""
        try:
            for reply in self._replies.feed(self.writer.read()):
                if self.is_open and self._queue.expected:
                    self._handle_reply(reply)
        except OSError:
            pass
        self.abort(f"The connection was lost ({error.strerror or error})")

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

    def _handle_reply(self, reply: Reply) -> None:
        expected = self._queue.expected
        if not expected:
            self.abort(f"The server sent an unexpected reply: {reply}")
            return
        step, transaction = expected[0]
        is_envelope = step is Step.MAIL or step is Step.RCPT
        if is_envelope and reply.code == 250 and self.features.pipelining and transaction:
            # The usual case; the reply to DATA is still to come.
            expected.popleft()
            transaction.has_recipient = step is Step.RCPT
            return
        if step is not Step.DOT and reply.is_closing:
            if transaction:
                transaction.closing_reply = reply
            self.abort(f"The server closed the connection ({reply})")
            return
        expected.popleft()
        self.idle_since = self._last_progress
        if transaction:
            self._handle_step(step, transaction, reply)
        elif step is Step.QUIT:
            self.close()
        if self.is_open and not self.is_quitting:
            self._continue()

    def _handle_step(self, step: Step, transaction: Transaction, reply: Reply) -> None:
        if step is Step.RSET:
            if not reply.is_positive:
                self._reject_reply(transaction, step, reply)
        elif step in (Step.MAIL, Step.RCPT):
            self._handle_envelope_reply(step, transaction, reply)
        elif step is Step.DATA:
            self._handle_data_reply(transaction, reply)
        elif step is Step.DOT:
            self._handle_dot_reply(transaction, reply)
        else:
            self._settle_failure(transaction)

    def _handle_envelope_reply(self, step: Step, transaction: Transaction, reply: Reply) -> None:
        if reply.is_positive:
            transaction.has_recipient = transaction.has_recipient or step is Step.RCPT
        elif not reply.is_failure:
            self._reject_reply(transaction, step, reply)
        else:
            transaction.fail(step, reply)
            if not self.features.pipelining:
                self._queue.drop_unsent()
                self._needs_reset = step is Step.RCPT
                self._settle_failure(transaction)

    def _handle_data_reply(self, transaction: Transaction, reply: Reply) -> None:
        if reply.is_positive:
            self._reject_reply(transaction, Step.DATA, reply)
        elif reply.is_failure:
            transaction.fail(Step.DATA, reply)
            self._needs_reset = True
            self._settle_failure(transaction)
        elif not transaction.failure:
            self._send_content(transaction)
        elif transaction.has_recipient:  # after a failed MAIL: a dot would send an empty message
            self._abort_at(transaction, Step.DATA, "The server expects a message that it refused")
        else:
            self._queue.expect(Step.EMPTY, transaction)
            self.writer.write(b".\r\n")

    def _send_content(self, transaction: Transaction) -> None:
        if not self.callbacks.has_lease():
            self._abort_at(transaction, Step.DATA, "The lease expired")
            return
        chunks = transaction.chunks()
        end = self.writer.queued_bytes + sum(map(len, chunks))
        self._current = transaction
        self._dot_start, self._dot_end = end - len(b"\r\n"), end + len(b".\r\n")
        self._queue.expect(Step.DOT, transaction)
        following = self._following_commands()
        self.writer.write(*chunks, b".\r\n" + b"".join(following))

    def _following_commands(self) -> list[bytes]:
        """Return what is sent together with the final dot: the envelope of the next message, or QUIT."""
        if not self.features.pipelining:
            return []
        if self._remaining <= 0:
            self.is_quitting = True
            self._queue.expect(Step.QUIT)
            return [b"QUIT\r\n"]
        transaction = self.callbacks.next_transaction(self.features)
        return self._start_envelope(transaction) if transaction else []

    def _handle_dot_reply(self, transaction: Transaction, reply: Reply) -> None:
        is_early = self.writer.sent_bytes < self._dot_end
        if not (reply.is_positive or reply.is_failure) or (is_early and reply.is_positive):
            self._reject_reply(transaction, Step.DOT, reply)
            return
        self._current = None
        self.callbacks.settle(transaction.receipt(reply))
        if is_early or reply.is_closing:
            self.abort(f"The server replied {reply}")

    def _settle_failure(self, transaction: Transaction) -> None:
        """Settle a message that was refused before its content was sent."""
        assert transaction.failure, "only a failure ends a message early"
        if transaction.is_sender_refused:
            self.callbacks.refuse_sender(transaction.failure)
        else:
            self.callbacks.settle(transaction.receipt(transaction.failure))

    def _reject_reply(self, transaction: Transaction, step: Step, reply: Reply) -> None:
        self._abort_at(transaction, step, f'The server sent the invalid reply "{reply}"')

    def _abort_at(self, transaction: Transaction, step: Step, reason: str) -> None:
        """Abort although *step* was replied to: the reply is of no use."""
        self._queue.put_back(step, transaction)
        self.abort(reason)

    def _continue(self) -> None:
        """After a reply: send the next command, start the next message, or quit."""
        if commands := self._queue.pop_sendable():
            self.writer.write(*commands)
        elif not self._queue.expected:
            if self._remaining <= 0:
                self.quit()
            elif transaction := self.callbacks.next_transaction(self.features):
                self.writer.write(*self._start_envelope(transaction))
