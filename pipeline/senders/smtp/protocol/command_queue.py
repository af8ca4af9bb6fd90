"""The commands of one connection: which wait to be sent, and which replies are expected."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from pipeline.senders.smtp.protocol.transaction import Step, Transaction


class ExpectedReply(NamedTuple):
    """The command that a reply will respond to."""

    step: Step
    transaction: Transaction | None


class CommandQueue:
    """
    Matches replies to commands: the server replies in order.

    Args:
        pipelining: Whether commands may be sent before the replies to earlier ones (RFC 2920).

    Attributes:
        expected: The replies that are expected, in order.
    """

    def __init__(self, *, pipelining: bool) -> None:
        self._pipelining = pipelining
        self._unsent: deque[tuple[bytes, ExpectedReply]] = deque()
        self.expected: deque[ExpectedReply] = deque()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits to be sent and no reply is expected."""
        return not self.expected and not self._unsent

    def add(self, command: bytes, step: Step, transaction: Transaction) -> None:
        """Add a command to be sent."""
        self._unsent.append((command, ExpectedReply(step, transaction)))

    def pop_sendable(self) -> list[bytes]:
        """Return the commands that may be sent now: all with pipelining, else one if no reply is expected."""
        commands = []
        while self._unsent and (self._pipelining or not self.expected):
            command, expected = self._unsent.popleft()
            commands.append(command)
            self.expected.append(expected)
        return commands

    def expect(self, step: Step, transaction: Transaction | None = None) -> None:
        """Expect a reply to what is sent besides commands."""
        self.expected.append(ExpectedReply(step, transaction))

    def put_back(self, step: Step, transaction: Transaction) -> None:
        """Expect a reply first, since the one that came was invalid."""
        self.expected.appendleft(ExpectedReply(step, transaction))

    def drop_unsent(self) -> None:
        """Remove the commands that were not sent."""
        self._unsent.clear()

    def drain(self) -> dict[Transaction, Step]:
        """Remove everything; return each message without a result, with the first reply it waited for."""
        steps: dict[Transaction, Step] = {}
        for step, transaction in self.expected:
            if transaction:
                steps.setdefault(transaction, step)
        self.expected.clear()
        self._unsent.clear()
        return steps
