"""One connection at work: commands out, replies in, each reply matched to its command."""

from __future__ import annotations

import socket
from collections import deque
from time import monotonic
from typing import NamedTuple

from pipeline.senders.smtp.callbacks import Desk
from pipeline.senders.smtp.replies import Reply, ReplyReader
from pipeline.senders.smtp.settings import Timeouts
from pipeline.senders.smtp.socket_io import Wire
from pipeline.senders.smtp.transaction import Features, Step, Transaction

_ENVELOPE = (Step.MAIL, Step.RCPT, Step.DATA)
_WITH_MORE = _ENVELOPE[:2]


class _Awaited(NamedTuple):
    step: Step
    transaction: Transaction | None


class Conversation:
    """
    Messages over one connection, one after the other.

    Where the server offers PIPELINING, MAIL, RCPT and DATA leave together, and with the dot of the message before
    (RFC 2920 §3.1): one round trip for each message. At most two messages are with the server at a time: one whose
    content is under way, one whose envelope is.

    Attributes:
        idle_since: When the last reply came.
        loss: Why the connection was lost with messages on it; else null.
        is_open: Whether there still is a connection.
        is_leaving: Whether it has said goodbye.
        has_served: Whether a message was begun on it.
    """

    def __init__(
        self,
        sock: socket.socket,
        features: Features,
        *,
        timeouts: Timeouts,
        messages: int,
    ) -> None:
        self.wire = Wire(sock)
        self.features = features
        self.loss: str | None = None
        self.is_open = True
        self.is_leaving = False
        self.has_served = False
        self.idle_since = self._moved = monotonic()
        self._block = timeouts.block
        self._patience = {
            Step.RSET: timeouts.mail,
            Step.MAIL: timeouts.mail,
            Step.RCPT: timeouts.rcpt,
            Step.DATA: timeouts.data,
            Step.DOT: timeouts.dot,
            Step.EMPTY: timeouts.dot,
            Step.QUIT: timeouts.quit,
        }
        self._left = messages
        self._replies = ReplyReader()
        self._awaited: deque[_Awaited] = deque()
        self._unsent: deque[tuple[bytes, _Awaited]] = deque()
        self._needs_reset = False
        self._current: Transaction | None = None
        self._dot = 0  # where in the wire the end of the current message begins and ends
        self._after_dot = 0

    @property
    def is_idle(self) -> bool:
        """Whether it could begin a message now."""
        return self.is_open and not self.is_leaving and not self._awaited and not self._unsent

    @property
    def deadline(self) -> float | None:
        """When to give up on what is awaited, by the monotonic clock; null if nothing is."""
        if not self._awaited:
            return None
        if self.wire.is_waiting:
            return self._moved + self._block
        return self._moved + self._patience[self._awaited[0].step]

    def begin(self, transaction: Transaction, desk: Desk) -> None:
        """Offer a message; the conversation is idle."""
        self._moved = monotonic()
        try:
            self.wire.write(*self._envelope(transaction))
        except OSError as error:
            self._lost(error, desk)

    def receive(self, desk: Desk) -> None:
        """Read what the server says and go on."""
        queued = self.wire.queued
        try:
            replies = self._replies.feed(self.wire.read())
            if replies:
                self._moved = monotonic()
            for reply in replies:
                self._hear(reply, desk)
                if not self.is_open:
                    return
            self.wire.flush()
            if self._awaited and queued == self.wire.queued:
                self.wire.acknowledge()
        except OSError as error:
            self._lost(error, desk)
            return
        if self._replies.fault:
            self.break_off(f"The server sent {self._replies.fault}", desk)
        elif self.wire.is_ended:
            self.break_off("The server closed the connection", desk)

    def send_on(self, desk: Desk) -> None:
        """Send more of what waits, the server takes more."""
        self._moved = monotonic()
        try:
            self.wire.flush()
        except OSError as error:
            self._lost(error, desk)

    def expire(self, desk: Desk) -> None:
        """Give up: what was awaited did not come."""
        waited = "take the message" if self.wire.is_waiting else "answer"
        seconds = (self.deadline or 0) - self._moved
        self.break_off(f"The server did not {waited} within {seconds:g} s", desk)

    def break_off(self, words: str, desk: Desk) -> None:
        """Close the connection in the middle, and say what became of each message: see `_part()`."""
        if not self.is_open:
            return
        self.close()
        parted: dict[Transaction, Step] = {}
        for step, transaction in self._awaited:
            if transaction:
                parted.setdefault(transaction, step)
        for transaction in list(parted)[1:]:
            transaction.attempts -= 1  # it was not its turn
        # In reverse, for the last one given back is the first to be taken again.
        for transaction, step in reversed(parted.items()):
            self._part(transaction, f"{words} before it answered {step.value}.", desk)
        self._awaited.clear()
        self._unsent.clear()
        self.loss = words if parted else None

    def leave(self) -> None:
        """Say goodbye; the connection closes when the server does, or at its deadline."""
        if not self.is_open or self.is_leaving:
            return
        self.is_leaving = True
        self._moved = monotonic()
        try:
            self.wire.write(b"QUIT\r\n")
            self._awaited.append(_Awaited(Step.QUIT, None))
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the connection without a word."""
        self.is_open = False
        self.wire.close()

    def _part(self, transaction: Transaction, words: str, desk: Desk) -> None:
        """
        Say what becomes of a message whose connection is gone.

        Only once the first octet of the CRLF.CRLF that ends it may have left could the server have taken it.
        """
        if transaction.failure:
            self._conclude(transaction, desk)
        elif transaction is self._current and self.wire.left > self._dot:
            desk.doubt(transaction.unanswered(words))
        else:
            desk.give_back(transaction, words)

    def _lost(self, error: OSError, desk: Desk) -> None:
        """Break off, but first hear what the server said before it hung up."""
        try:
            for reply in self._replies.feed(self.wire.read()):
                if self.is_open and self._awaited:
                    self._hear(reply, desk)
        except OSError:
            pass
        self.break_off(f"The connection was lost ({error.strerror or error})", desk)

    def _envelope(self, transaction: Transaction) -> list[bytes]:
        """Await the replies to a message's envelope, and return what can leave at once."""
        transaction.begin()
        self.has_served = True
        self._left -= 1
        if self._needs_reset:
            self._unsent.append((b"RSET\r\n", _Awaited(Step.RSET, transaction)))
            self._needs_reset = False
        for command, step in zip(transaction.commands(self.features), _ENVELOPE, strict=True):
            self._unsent.append((command, _Awaited(step, transaction)))
        return self._sendable()

    def _sendable(self) -> list[bytes]:
        """Return the commands that may leave now: all with PIPELINING, else one when nothing is awaited."""
        commands = []
        while self._unsent and (self.features.pipelining or not self._awaited):
            command, awaited = self._unsent.popleft()
            commands.append(command)
            self._awaited.append(awaited)
        return commands

    def _hear(self, reply: Reply, desk: Desk) -> None:
        if not self._awaited:
            self.break_off(f"The server said unasked: {reply}", desk)
            return
        step, transaction = self._awaited[0]
        if step in _WITH_MORE and reply.code == 250 and self.features.pipelining and transaction:
            self._awaited.popleft()  # all is well, and the reply to DATA is still to come
            transaction.has_recipient = step is Step.RCPT
            return
        if step is not Step.DOT and reply.is_closing:
            if transaction:
                transaction.goodbye = reply
            self.break_off(f"The server closed the connection ({reply})", desk)
            return
        self._awaited.popleft()
        self.idle_since = self._moved
        if transaction:
            self._answer(step, transaction, reply, desk)
        elif step is Step.QUIT:
            self.close()
        if self.is_open and not self.is_leaving:
            self._go_on(desk)

    def _answer(self, step: Step, transaction: Transaction, reply: Reply, desk: Desk) -> None:
        if step is Step.RSET:
            if not reply.is_positive:
                self._disorder(transaction, step, reply, desk)
        elif step in (Step.MAIL, Step.RCPT):
            self._envelope_answered(step, transaction, reply, desk)
        elif step is Step.DATA:
            self._data_answered(transaction, reply, desk)
        elif step is Step.DOT:
            self._dot_answered(transaction, reply, desk)
        else:
            self._conclude(transaction, desk)

    def _envelope_answered(
        self, step: Step, transaction: Transaction, reply: Reply, desk: Desk
    ) -> None:
        if reply.is_positive:
            transaction.has_recipient = transaction.has_recipient or step is Step.RCPT
        elif not reply.is_failure:
            self._disorder(transaction, step, reply, desk)
        else:
            transaction.fail(step, reply)
            if not self.features.pipelining:
                self._unsent.clear()
                self._needs_reset = step is Step.RCPT
                self._conclude(transaction, desk)

    def _data_answered(self, transaction: Transaction, reply: Reply, desk: Desk) -> None:
        if reply.is_positive:
            self._disorder(transaction, Step.DATA, reply, desk)
        elif reply.is_failure:
            transaction.fail(Step.DATA, reply)
            self._needs_reset = True
            self._conclude(transaction, desk)
        elif not transaction.failure:
            self._send_content(transaction, desk)
        elif (
            transaction.has_recipient
        ):  # it refused the sender and took the recipient: a dot would mail nothing
            self._cut(transaction, Step.DATA, "The server wants a message that it refused", desk)
        else:
            self._awaited.append(_Awaited(Step.EMPTY, transaction))
            self.wire.write(b".\r\n")

    def _send_content(self, transaction: Transaction, desk: Desk) -> None:
        if not desk.has_lease():
            self._cut(transaction, Step.DATA, "The lease ran out", desk)
            return
        pieces = transaction.pieces()
        end = self.wire.queued + sum(map(len, pieces))
        self._current = transaction
        self._dot, self._after_dot = end - len(b"\r\n"), end + len(b".\r\n")
        self._awaited.append(_Awaited(Step.DOT, transaction))
        following = self._following(desk)
        self.wire.write(*pieces, b".\r\n" + b"".join(following))

    def _following(self, desk: Desk) -> list[bytes]:
        """Return what leaves with the dot of a message: the envelope of the next, or goodbye."""
        if not self.features.pipelining:
            return []
        if self._left <= 0:
            self.is_leaving = True
            self._awaited.append(_Awaited(Step.QUIT, None))
            return [b"QUIT\r\n"]
        transaction = desk.take(self.features)
        return self._envelope(transaction) if transaction else []

    def _dot_answered(self, transaction: Transaction, reply: Reply, desk: Desk) -> None:
        is_early = self.wire.left < self._after_dot
        if not (reply.is_positive or reply.is_failure) or (is_early and reply.is_positive):
            self._disorder(transaction, Step.DOT, reply, desk)
            return
        self._current = None
        desk.settle(transaction.answered(reply))
        if is_early or reply.is_closing:
            self.break_off(f"The server said {reply}", desk)

    def _conclude(self, transaction: Transaction, desk: Desk) -> None:
        """Say what became of a message that was refused before its content left."""
        assert transaction.failure, "only a refusal ends a message early"
        if transaction.is_ours:
            desk.refuse_all(transaction.failure)
        else:
            desk.settle(transaction.answered(transaction.failure))

    def _disorder(self, transaction: Transaction, step: Step, reply: Reply, desk: Desk) -> None:
        self._cut(transaction, step, f'The server said "{reply}" where that has no meaning', desk)

    def _cut(self, transaction: Transaction, step: Step, words: str, desk: Desk) -> None:
        """Break off although *step* was answered: the answer is none to go by."""
        self._awaited.appendleft(_Awaited(step, transaction))
        self.break_off(words, desk)

    def _go_on(self, desk: Desk) -> None:
        """After a reply: send the next command, begin the next message, or say goodbye."""
        if commands := self._sendable():
            self.wire.write(*commands)
        elif not self._awaited:
            if self._left <= 0:
                self.leave()
            elif transaction := desk.take(self.features):
                self.wire.write(*self._envelope(transaction))
