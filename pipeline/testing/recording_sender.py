"""A sender that only records messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender


def _accept(message: Message) -> Receipt:
    return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED, code=250, response="OK")


class RecordingSender(Sender):
    """
    A `Sender` that keeps accepted messages in memory.

    Args:
        respond: Returns the receipt of a message, or raises what a sender raises; by default it accepts every message.

    Attributes:
        attempted: All messages it received, in order, whatever their receipts.
        accepted: Those it accepted.
        is_closed: Whether the last `with` block has ended.
    """

    def __init__(self, respond: Callable[[Message], Receipt] = _accept) -> None:
        self._respond = respond
        self.attempted: list[Message] = []
        self.accepted: list[Message] = []
        self.is_closed = False

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Record *messages* and yield a receipt for each; see `Sender.send()`."""
        for message in messages:
            self.is_closed = False
            self.check_lease()
            self.attempted.append(message)
            receipt = self._respond(message)
            if receipt.state is DeliveryState.ACCEPTED:
                self.accepted.append(message)
            yield receipt

    def close(self) -> None:
        """Record the end of the block."""
        self.is_closed = True
