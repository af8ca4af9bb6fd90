"""What a conversation needs from whoever sends."""

from __future__ import annotations

from typing import Protocol

from pipeline.models.delivery import Receipt
from pipeline.senders.smtp.replies import Reply
from pipeline.senders.smtp.transaction import Features, Transaction


class Desk(Protocol):
    """Where a conversation gets its messages from and reports to."""

    def take(self, features: Features) -> Transaction | None:
        """Return the next message for a server with *features*, null if there is none."""
        ...

    def has_lease(self) -> bool:
        """Whether the content of a message may leave now."""
        ...

    def settle(self, receipt: Receipt) -> None:
        """Learn what the server said of a message."""
        ...

    def doubt(self, receipt: Receipt) -> None:
        """Learn of a message whose reply was lost."""
        ...

    def give_back(self, transaction: Transaction, words: str) -> None:
        """Take a message back that certainly was not taken."""
        ...

    def refuse_all(self, reply: Reply) -> None:
        """Learn that the server takes nothing from this envelope sender."""
        ...
