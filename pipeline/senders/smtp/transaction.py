"""One message on its way through one connection, or several, one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message, has_leading_dot
from pipeline.senders.base import refuse_smtputf8
from pipeline.senders.smtp.replies import Reply

#: How often a message is begun on another connection because one was lost before the message had left.
MAX_ATTEMPTS = 3

_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]|[^\x00-\x7f]")
_UNSAFE_UTF8 = re.compile(r"[\x00-\x20\x7f-\x9f<>\u2028\u2029]")
#: Replies to MAIL that speak of this message: too long (RFC 1870 §6.1), or not in a form the server takes (RFC 6531).
_ABOUT_THE_MESSAGE = {552, 553, 555}
_BARE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_QUEUED = re.compile(r"queued as:? <?([^\s<>]{4,})>?|^ok:? ([0-9a-zA-Z._@-]{16,})$", re.IGNORECASE)


class Step(Enum):
    """What a reply answers."""

    #: Drop what an earlier message left behind.
    RSET = "RSET"
    #: The envelope's sender.
    MAIL = "MAIL"
    #: The envelope's recipient.
    RCPT = "RCPT"
    #: The wish to send the content.
    DATA = "DATA"
    #: The content and the dot that ends it.
    DOT = "the end of the message"
    #: A dot without content, where the server wants one although nobody is to get it.
    EMPTY = "the end of a message that nobody gets"
    #: The end.
    QUIT = "QUIT"


@dataclass(frozen=True, kw_only=True, slots=True)
class Features:
    """
    What a server offers (RFC 2920, 1870, 6152, 6531).

    Args:
        size: The most octets it takes, 0 if it does not say; null if it does not know SIZE.
    """

    pipelining: bool = False
    size: int | None = None
    eight_bit: bool = False
    smtputf8: bool = False


class Transaction:
    """
    A message to be handed over.

    Attributes:
        attempts: On how many connections it was begun.
        failure: The first reply that refused or deferred it.
        goodbye: The reply 421 that came instead of an answer, if one did.
        has_recipient: Whether the server took its recipient.
    """

    __slots__ = (
        *("attempts", "failed_at", "failure", "goodbye", "has_recipient", "message"),
        *("_has_dots", "_is_ascii"),
    )

    def __init__(self, message: Message) -> None:
        self.message = message
        if message.is_normalized:
            self._has_dots, self._is_ascii = False, not message.needs_smtputf8
        else:
            content = message.content
            self._has_dots, self._is_ascii = has_leading_dot(content), content.isascii()
        self.attempts = 0
        self.failure: Reply | None = None
        self.failed_at: Step | None = None
        self.goodbye: Reply | None = None
        self.has_recipient = False

    def begin(self) -> None:
        """Forget what an earlier connection said."""
        self.attempts += 1
        self.failure = None
        self.has_recipient = False

    def fail(self, step: Step, reply: Reply) -> None:
        """Note why it was not taken; what is said after the first reason follows from that."""
        if self.failure is None:
            self.failure, self.failed_at = reply, step

    @property
    def is_ours(self) -> bool:
        """Whether it was refused for what is the same in every message: who sends it."""
        if self.failed_at is not Step.MAIL or self.failure is None or self.failure.is_transient:
            return False
        return self.failure.code not in _ABOUT_THE_MESSAGE

    def refusal(self, features: Features) -> Receipt | None:
        """Return the receipt of a message that a server with *features* cannot take; it need not be offered."""
        message = self.message
        if message.needs_smtputf8 and not features.smtputf8:
            return refuse_smtputf8(message)
        unsafe = _UNSAFE_UTF8 if message.needs_smtputf8 else _UNSAFE
        for address in (message.sender.email, message.recipient.email):
            if unsafe.search(address):
                return self._refused(f"{address!r} is no address that SMTP can carry.")
        if not features.eight_bit and not self._is_ascii:
            return self._refused(
                "The message is not ASCII, and this server takes nothing else (8BITMIME)."
            )
        if self._has_dots and _BARE_END.search(message.content):
            return self._refused(
                "A line of the message ends in CR or LF alone: a server could take what follows for another message."
            )
        size = message.size
        if features.size and size > features.size:
            return self._refused(
                f"The message has {size} octets, and this server takes {features.size} at most."
            )
        return None

    def commands(self, features: Features) -> tuple[bytes, bytes, bytes]:
        """Return MAIL, RCPT and DATA."""
        message = self.message
        parameters = b""
        if features.size is not None:
            parameters += b" SIZE=%d" % message.size
        if features.eight_bit and not self._is_ascii:
            parameters += b" BODY=8BITMIME"
        if message.needs_smtputf8:
            parameters += b" SMTPUTF8"
        return (
            b"MAIL FROM:<%b>%b\r\n" % (message.sender.email.encode(), parameters),
            b"RCPT TO:<%b>\r\n" % message.recipient.email.encode(),
            b"DATA\r\n",
        )

    def pieces(self) -> Sequence[bytes]:
        """Return the content as it travels: ending with a line, dots doubled (RFC 5321 §4.5.2)."""
        if not self._has_dots and self.message.chunks[-1].endswith(b"\r\n"):
            return self.message.chunks
        content = self.message.content
        if self._has_dots:
            content = content.replace(b"\r\n.", b"\r\n..")
            content = b"." + content if content.startswith(b".") else content
        return (content if content.endswith(b"\r\n") else content + b"\r\n",)

    def answered(self, reply: Reply) -> Receipt:
        """Return the receipt that *reply* stands for."""
        if reply.is_positive:
            state = DeliveryState.ACCEPTED
        else:
            state = DeliveryState.DEFERRED if reply.is_transient else DeliveryState.REFUSED
        enhanced_code, words = reply.told()
        queued = _QUEUED.search(words) if reply.is_positive else None
        return Receipt(
            sequence=self.message.sequence,
            state=state,
            code=reply.code,
            enhanced_code=enhanced_code,
            response=words,
            provider_id=queued[1] or queued[2] if queued else None,
        )

    def unanswered(self, words: str) -> Receipt:
        """Return the receipt of a message whose end has left, and whose reply never came."""
        return Receipt(
            sequence=self.message.sequence, state=DeliveryState.UNCERTAIN, response=words
        )

    def given_up(self, words: str) -> Receipt:
        """Return the receipt of a message that never left, however often it was begun."""
        if self.goodbye:
            return self.answered(self.goodbye)
        return Receipt(sequence=self.message.sequence, state=DeliveryState.DEFERRED, response=words)

    def _refused(self, words: str) -> Receipt:
        return Receipt(sequence=self.message.sequence, state=DeliveryState.REFUSED, response=words)
