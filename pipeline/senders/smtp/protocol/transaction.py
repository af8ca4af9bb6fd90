"""One message, sent over one connection, or over several in turn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message, has_leading_dot
from pipeline.senders.base import refuse_smtputf8
from pipeline.senders.server_text import MAX_ID_CHARACTERS
from pipeline.senders.smtp.protocol.replies import Reply

#: How often a message is started on another connection because one was lost before the message was sent.
MAX_ATTEMPTS = 3

_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]|[^\x00-\x7f]")
_UNSAFE_UTF8 = re.compile(r"[\x00-\x20\x7f-\x9f<>\u2028\u2029]")
#: Replies to MAIL that are about this message: too large (RFC 1870 §6.1), or a form the server rejects (RFC 6531).
_MESSAGE_CODES = {552, 553, 555}
_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_QUEUE_ID = re.compile(
    r"queued as:? <?([^\s<>]{4,})>?|^ok:? ([0-9a-zA-Z._@-]{16,})$", re.IGNORECASE
)


class Step(Enum):
    """What a reply responds to."""

    #: Discard what an earlier message left behind.
    RSET = "RSET"
    #: The envelope sender.
    MAIL = "MAIL"
    #: The envelope recipient.
    RCPT = "RCPT"
    #: The request to send the content.
    DATA = "DATA"
    #: The content and the dot that ends it.
    DOT = "the end of the message"
    #: A dot without content, for a server that expects one although it refused the recipient.
    EMPTY = "the end of a message without recipients"
    #: The end of the session.
    QUIT = "QUIT"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerFeatures:
    """
    The extensions of a server (RFC 2920, 1870, 6152, 6531, 3461).

    Args:
        size: The largest message in bytes, 0 if the server does not say; None without SIZE.
    """

    pipelining: bool = False
    size: int | None = None
    eight_bit: bool = False
    smtputf8: bool = False
    dsn: bool = False


class Transaction:
    """
    A message to send.

    Attributes:
        attempts: On how many connections it was started.
        failure: The first reply that refused or deferred it.
        closing_reply: The reply 421 that came instead of another, if one did.
        has_recipient: Whether the server accepted its recipient.
    """

    __slots__ = (
        *("attempts", "closing_reply", "failed_step", "failure", "has_recipient", "message"),
        *("_envelope_sender", "_has_leading_dot", "_is_ascii", "_needs_smtputf8", "_size"),
    )

    def __init__(self, message: Message) -> None:
        self.message = message
        # Each is asked for several times, and computed each time.
        self._envelope_sender = message.envelope_sender
        self._needs_smtputf8 = message.needs_smtputf8
        self._size = message.size
        if message.is_normalized:
            self._has_leading_dot, self._is_ascii = False, not self._needs_smtputf8
        else:
            content = message.content
            self._has_leading_dot, self._is_ascii = has_leading_dot(content), content.isascii()
        self.attempts = 0
        self.failure: Reply | None = None
        self.failed_step: Step | None = None
        self.closing_reply: Reply | None = None
        self.has_recipient = False

    def start(self) -> None:
        """Start on a connection, and forget what another one replied."""
        self.attempts += 1
        self.failure = None
        self.has_recipient = False

    def fail(self, step: Step, reply: Reply) -> None:
        """Record why it was not accepted; later replies follow from the first failure."""
        if self.failure is None:
            self.failure, self.failed_step = reply, step

    @property
    def is_sender_refused(self) -> bool:
        """Whether the server refused the envelope sender, which is the same for every message."""
        if self.failed_step is not Step.MAIL or self.failure is None or self.failure.is_temporary:
            return False
        return self.failure.code not in _MESSAGE_CODES

    def check(self, features: ServerFeatures) -> Receipt | None:
        """Return the receipt of a message that a server with *features* cannot accept, else None."""
        message = self.message
        if self._needs_smtputf8 and not features.smtputf8:
            return refuse_smtputf8(message)
        unsafe = _UNSAFE_UTF8 if self._needs_smtputf8 else _UNSAFE
        for address in (self._envelope_sender, message.recipient.email):
            if unsafe.search(address):
                return self._refuse(f"{address!r} is not a valid address for SMTP.")
        if not features.eight_bit and not self._is_ascii:
            return self._refuse(
                "The message is not ASCII, and the server does not support 8BITMIME."
            )
        if self._has_leading_dot and _BARE_LINE_END.search(message.content):
            return self._refuse(
                "The message has a line that ends in a bare CR or LF: the server could read what follows as another "
                "message."
            )
        if features.size and self._size > features.size:
            return self._refuse(
                f"The message has {self._size} bytes, but the server accepts at most {features.size}."
            )
        return None

    def commands(self, features: ServerFeatures) -> tuple[bytes, bytes, bytes]:
        """Return MAIL, RCPT and DATA."""
        message = self.message
        parameters = b""
        if features.size is not None:
            parameters += b" SIZE=%d" % self._size
        if features.eight_bit and not self._is_ascii:
            parameters += b" BODY=8BITMIME"
        if self._needs_smtputf8:
            parameters += b" SMTPUTF8"
        notify = b""
        if features.dsn and message.return_token:
            # Only failures are reported, with the header of the message (RFC 3461 §4).
            parameters += b" RET=HDRS ENVID=%b" % message.return_token.encode()
            notify = b" NOTIFY=FAILURE"
            if not self._needs_smtputf8:
                notify += b" ORCPT=rfc822;%b" % _encode_xtext(message.recipient.email)
        return (
            b"MAIL FROM:<%b>%b\r\n" % (self._envelope_sender.encode(), parameters),
            b"RCPT TO:<%b>%b\r\n" % (message.recipient.email.encode(), notify),
            b"DATA\r\n",
        )

    def chunks(self) -> Sequence[bytes]:
        """Return the content as it is sent: ending with a line end, leading dots doubled (RFC 5321 §4.5.2)."""
        if not self._has_leading_dot and self.message.chunks[-1].endswith(b"\r\n"):
            return self.message.chunks
        content = self.message.content
        if self._has_leading_dot:
            content = content.replace(b"\r\n.", b"\r\n..")
            content = b"." + content if content.startswith(b".") else content
        return (content if content.endswith(b"\r\n") else content + b"\r\n",)

    def receipt(self, reply: Reply) -> Receipt:
        """Return the receipt for *reply*."""
        if reply.is_positive:
            state = DeliveryState.ACCEPTED
        else:
            state = DeliveryState.DEFERRED if reply.is_temporary else DeliveryState.REFUSED
        enhanced_code, text = reply.parse()
        queue_id = _QUEUE_ID.search(text) if reply.is_positive else None
        return Receipt(
            sequence=self.message.sequence,
            state=state,
            code=reply.code,
            enhanced_code=enhanced_code,
            response=text,
            provider_id=(queue_id[1] or queue_id[2])[:MAX_ID_CHARACTERS] if queue_id else None,
        )

    def uncertain_receipt(self, reason: str) -> Receipt:
        """Return the receipt of a message whose end was sent and whose reply never came."""
        return Receipt(
            sequence=self.message.sequence, state=DeliveryState.UNCERTAIN, response=reason
        )

    def deferred_receipt(self, reason: str) -> Receipt:
        """Return the receipt of a message that was never sent, after its last attempt."""
        if self.closing_reply:
            return self.receipt(self.closing_reply)
        return Receipt(
            sequence=self.message.sequence, state=DeliveryState.DEFERRED, response=reason
        )

    def _refuse(self, reason: str) -> Receipt:
        return Receipt(sequence=self.message.sequence, state=DeliveryState.REFUSED, response=reason)


class DeliveryCallbacks(Protocol):
    """Where a connection gets its messages from and reports to."""

    def next_transaction(self, features: ServerFeatures) -> Transaction | None:
        """Return the next message for a server with *features*, or None at the end."""
        ...

    def has_lease(self) -> bool:
        """Whether the content of a message may be sent now."""
        ...

    def settle(self, receipt: Receipt) -> None:
        """Record the server's response to a message."""
        ...

    def mark_uncertain(self, receipt: Receipt) -> None:
        """Record a message whose reply was lost."""
        ...

    def requeue(self, transaction: Transaction, reason: str) -> None:
        """Take back a message that was certainly not accepted."""
        ...

    def refuse_sender(self, reply: Reply) -> None:
        """Record that the server accepts nothing from this envelope sender."""
        ...


def _encode_xtext(text: str) -> bytes:
    """Return ASCII *text* as xtext (RFC 3461 §4)."""
    return "".join(f"+{ord(c):02X}" if c in "+=" else c for c in text).encode()
