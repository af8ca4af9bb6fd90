"""The base class of senders: messages in, a receipt for each of them out."""

from __future__ import annotations

import ipaddress
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Self

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message

if TYPE_CHECKING:
    from pipeline.senders.webhooks.provider_webhook import ProviderWebhook

#: What a server without SMTPUTF8 would say about an address that needs it (RFC 6531 §3.5, RFC 5248 X.6.7).
_NO_SMTPUTF8 = (
    "The server does not support addresses with non-ASCII characters before the @ (SMTPUTF8)."
)

#: How many messages a sender may have accepted without a receipt, per connection; after a crash no more are uncertain.
MAX_IN_FLIGHT = 16


def _always() -> bool:
    return True


class Sender(ABC):
    """
    Delivers messages to a server, a provider or a folder.

    A plug-in adds one through the entry-point group `pipeline.senders`; the keyword arguments of its constructor are
    the options in `[senders.NAME]`. The constructor does no I/O; connections are opened by the first message and closed
    at the end of the `with` block. Every sender passes `pipeline.testing.SenderContract`.
    """

    #: Whether accepted messages go to their recipients; False for a folder.
    delivers_mail: ClassVar[bool] = True
    #: Whether it sends the message byte for byte as composed, except for *rewritten_headers*; False for a provider that
    #: takes texts and builds a message of its own, in which our DKIM signature would be invalid.
    accepts_mime: ClassVar[bool] = True
    #: Header fields, in lower case, that the provider rewrites; our DKIM signature must not cover them.
    rewritten_headers: ClassVar[frozenset[str]] = frozenset()
    #: Whether the provider adds a DKIM signature that covers both List-Unsubscribe fields.
    signs_list_unsubscribe: ClassVar[bool] = False
    #: How long the provider recognises a message by its idempotency key; None if it does not. Within this time the same
    #: bytes may be sent again after a lost response.
    idempotency_window: ClassVar[timedelta | None] = None
    #: Options that are paths; a relative path starts at the project.
    path_options: ClassVar[frozenset[str]] = frozenset()
    #: What receives the provider's reports; None without any that Handbill reads.
    webhook_class: ClassVar[type[ProviderWebhook] | None] = None
    #: The host that accepts its messages, or ""; `handbill doctor` compares SPF records with it.
    relay_host: str = ""
    #: How many connections it opens at a time; `MAX_IN_FLIGHT` holds for each. It may change between two calls of
    #: `send()`, see `limit_connections()`.
    connections: int = 1
    #: How many connections all processes together may open, as its options say; None without a limit.
    connection_limit: int | None = None
    #: Called by `check_lease()` before each message is sent; set by the caller of `send()`. Once it returns False, for
    #: example because the worker's lease expired while the machine slept, nothing more is sent.
    has_lease: Callable[[], bool] = staticmethod(_always)
    #: Set by the caller of `send()` that gave it up because it hangs: then it is not closed either.
    is_abandoned: bool = False

    @abstractmethod
    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """
        Send *messages* and yield a receipt for each as soon as it is known.

        Receipts come in any order: with several connections, a slow one does not delay the others. They are matched by
        `Receipt.sequence`, so each message of a call needs its own sequence.

        Messages are consumed one at a time, in the caller's thread, and only while the caller waits for a receipt:
        never more than `MAX_IN_FLIGHT` per connection beyond the receipts yielded. While the sender waits for the next
        message, it may do nothing else. An iterable that has none for now (rate limit, approval) must end instead;
        `send()` is then called again in the same `with` block, where connections stay open. To stop, end *messages*:
        the receipts of messages in flight still come. If the caller stops iterating over the receipts, no more messages
        are consumed, and messages in flight are aborted where possible.

        Raises:
            SendError: It cannot continue. Messages that were consumed and have no receipt were not accepted, unless the
                error is `uncertain`. Errors of *messages* itself pass through, after the receipts of those before.
        """

    def check_lease(self) -> None:
        """
        Require that the next message may be sent.

        Raises:
            SendError: `has_lease()` returns False.
        """
        if not self.has_lease():
            raise SendError(
                "The worker's lease expired before the message was sent. Another worker continues.",
                temporary=True,
            )

    def limit_connections(self, count: int) -> None:
        """
        Open at most *count* connections from now on, and close what is beyond that; called while nothing is sent.

        Processes share the `connection_limit`: what this one does not open any more, another one does.
        """
        self.connections = count

    def get_senders(self) -> Sequence[Sender]:
        """Return the senders that it passes messages to; itself if it delivers them."""
        return (self,)

    def check_connection(self) -> str:
        """
        Connect to the server or provider and log in without sending anything; return what was found, "" for nothing.

        Raises:
            SendError: It cannot be reached, is not secure, or rejects the credentials.
        """
        return ""

    def open_webhook(self) -> ProviderWebhook | None:
        """
        Return what receives the provider's reports about sent messages; None if it makes none that Handbill reads.

        Raises:
            ConfigError: Its secret is missing, so that nothing is heard.
        """
        return None

    def get_folder(self, campaign_id: str) -> str | None:
        """Return the folder with the messages of *campaign_id*, None if this sender writes no files."""
        return None

    def close(self) -> None:  # noqa: B027 (most senders have something to close, some nothing)
        """Close connections and files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.is_abandoned:
            self.close()


def refuse_smtputf8(message: Message) -> Receipt:
    """Return the receipt for a message that `needs_smtputf8` and was not sent, since the server lacks SMTPUTF8."""
    return Receipt(
        sequence=message.sequence,
        state=DeliveryState.REFUSED,
        code=553,
        enhanced_code="5.6.7",
        response=_NO_SMTPUTF8,
    )


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
