"""What a sender is: messages in, a receipt for each of them out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from types import TracebackType
from typing import ClassVar, Self

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message

#: What a server without SMTPUTF8 would say of an address that needs it (RFC 6531 §3.5, RFC 5248 X.6.7).
_NO_SMTPUTF8 = "This server takes no address with letters beyond ASCII before the @ (SMTPUTF8)."

#: How many messages a sender may have taken and not answered, per connection: so many are in doubt after a crash.
MAX_IN_FLIGHT = 16


def _always() -> bool:
    return True


class Sender(ABC):
    """
    A way for messages to leave.

    A third party adds one through the entry-point group `pipeline.senders`; the keyword arguments of its constructor
    are the options in `[senders.NAME]`. The constructor touches nothing outside; connections are opened by the first
    message and closed at the end of the `with` block. Every sender passes `pipeline.testing.SenderContract`.
    """

    #: Whether what it accepts goes to people; false for a folder.
    delivers_mail: ClassVar[bool] = True
    #: Whether the message travels octet for octet as composed, but for *rewrites*; false for services that take the
    #: texts and write a message of their own: a signature of ours would not survive there.
    accepts_mime: ClassVar[bool] = True
    #: Header fields, in lower case, that the service writes anew; no signature may cover them.
    rewritten_headers: ClassVar[frozenset[str]] = frozenset()
    #: Whether the service signs with DKIM itself, both List-Unsubscribe fields covered.
    signs_list_unsubscribe: ClassVar[bool] = False
    #: How long the service knows a message again by its idempotency key; null if it knows none. Inside this window the
    #: same octets may be offered again after a lost reply.
    idempotency_window: ClassVar[timedelta | None] = None
    #: Those of its options that are paths; a relative one counts from the project.
    path_options: ClassVar[frozenset[str]] = frozenset()
    #: The host that takes its messages, "" if there is none; `handbill doctor` compares SPF records with it.
    relay_host: str = ""
    #: How many connections it holds open at once; `MAX_IN_FLIGHT` counts for each.
    connections: int = 1
    #: Asked before the first octet of each message leaves; set by who sends, asked by `check_lease()`. Once it says
    #: no, as when the lease on the work ran out while the machine slept, nothing more leaves and `SendError` is raised.
    has_lease: Callable[[], bool] = staticmethod(_always)

    @abstractmethod
    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """
        Hand over *messages* and yield a receipt for each as soon as it is known.

        Receipts come in whatever order they are known in: with several connections a slow one holds nothing up.
        `Receipt.sequence` says whose it is, so no two messages of one call may share theirs.

        Messages are taken one by one, in the caller's thread and only while a receipt is asked for: never more than
        `MAX_IN_FLIGHT` for each of *connections* beyond the receipts given. While the next one is waited for, nothing
        else may get done: an iterable that has none for now (a rate, an approval) ends instead, and `send()` is called
        again inside the same `with` block, where connections stay open. Who wants to stop ends *messages*, and gets the
        receipts of what is on its way. When the caller stops asking for receipts, no more messages are taken, and what
        is on its way is broken off where that is possible.

        Raises:
            SendError: It cannot go on. Messages that were taken and have no receipt were not accepted, unless the error
                is `uncertain`. Errors of *messages* itself pass through, after the receipts of those before.
        """

    def check_lease(self) -> None:
        """
        See that the next message may leave.

        Raises:
            SendError: `has_lease()` says no.
        """
        if not self.has_lease():
            raise SendError(
                "The lease on this work ran out before the message left; it was not sent. Another worker goes on.",
                temporary=True,
            )

    def get_senders(self) -> Sequence[Sender]:
        """Return the senders that it hands messages to, itself if it does so alone."""
        return (self,)

    def check_connection(self) -> str:
        """
        Reach the server or service as a send would, hand nothing over, and return what was seen, "" for nothing.

        Raises:
            SendError: It cannot be reached, is not safe, or does not want us.
        """
        return ""

    def get_folder(self, campaign_id: str) -> str | None:
        """Return the folder where this sender put the messages of *campaign*, null if it keeps none."""
        return None

    def close(self) -> None:  # noqa: B027 (most senders hold something, some nothing)
        """Let go of connections and files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def refuse_smtputf8(message: Message) -> Receipt:
    """
    Return the receipt for a message that `needs_smtputf8`, from a sender whose server or service does not offer it.

    The message was not offered to anybody.
    """
    return Receipt(
        sequence=message.sequence,
        state=DeliveryState.REFUSED,
        code=553,
        enhanced_code="5.6.7",
        response=_NO_SMTPUTF8,
    )
