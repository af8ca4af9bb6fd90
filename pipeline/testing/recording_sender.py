"""A sender that only takes notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender


def _accept(message: Message) -> Receipt:
    return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED, code=250, response="OK")


class RecordingSender(Sender):
    """
    A `Sender` that keeps what it accepts in memory.

    Args:
        answer: Returns the receipt of a message, or raises what a sender raises; by default everything is accepted.

    Attributes:
        offered: The messages taken, whatever became of them, in order.
        accepted: Those of them it accepted.
        is_closed: Whether the last `with` block has ended.
    """

    def __init__(self, answer: Callable[[Message], Receipt] = _accept) -> None:
        self._answer = answer
        self.attempted: list[Message] = []
        self.accepted: list[Message] = []
        self.is_closed = False

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Note *messages* and answer each; see `Sender.send()`."""
        for message in messages:
            self.is_closed = False
            self.check_lease()
            self.attempted.append(message)
            receipt = self._answer(message)
            if receipt.state is DeliveryState.ACCEPTED:
                self.accepted.append(message)
            yield receipt

    def close(self) -> None:
        """Note the end."""
        self.is_closed = True
