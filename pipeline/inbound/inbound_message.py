"""What a message that came back is, and whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pipeline.models.event import BounceClass


class InboundKind(Enum):
    """What a message is."""

    #: A server returned our message.
    BOUNCE = "bounce"
    #: A feedback report: the recipient called our message spam, or a provider reports about it.
    COMPLAINT = "complaint"
    #: A program answered, such as an out-of-office reply.
    AUTO_REPLY = "auto-reply"
    #: A server confirmed delivery.
    DELIVERED = "delivered"
    #: Somebody wants to unsubscribe.
    UNSUBSCRIBE = "unsubscribe"
    #: A person answered.
    REPLY = "reply"
    #: Anything else, such as a warning of delay, or a message of its own.
    OTHER = "other"
    #: It cannot be read.
    UNKNOWN = "unknown"


class Feedback(Enum):
    """What a feedback report is about (RFC 5965 §7.3, RFC 6591)."""

    #: The recipient reported spam.
    ABUSE = "abuse"
    #: The recipient wants to unsubscribe.
    OPT_OUT = "opt-out"
    #: The message failed authentication, as its domain asked to be told: no recipient complains.
    AUTH_FAILURE = "auth-failure"


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundRecipient:
    """
    A recipient of our message, and what happened to it there.

    Args:
        address: As the report names it; None if it does not.
        status: The enhanced status code, the server's own before that of the report.
        code: The reply code.
        bounce_class: Of a bounce.
        text: What the server said.
    """

    address: str | None
    status: str | None = None
    code: int | None = None
    bounce_class: BounceClass | None = None
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return `{"address", "status", "code", "class", "text"}`."""
        return {
            "address": self.address,
            "status": self.status,
            "code": self.code,
            "class": self.bounce_class.value if self.bounce_class else None,
            "text": self.text,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundMessage:
    """
    A message, read.

    Args:
        feedback: Of a complaint: what it is about.
        recipients: Of a bounce, a complaint or a delivery: whom it concerns; may be empty.
        is_in_words: Of an unsubscribe: a person asks for it in words, so a person should confirm it.
        is_from_person: Of another message: nothing says that a program wrote it.
        delivered_to: The addresses it was sent to, in lower case: the envelope's and those in its header.
        original_ids: What may identify our message: Message-IDs and addresses in what it returns or refers to.
        sender: The address in From, "" without one.
        subject: Its subject, at most 200 characters.
    """

    kind: InboundKind
    feedback: Feedback | None = None
    recipients: tuple[InboundRecipient, ...] = ()
    is_in_words: bool = False
    is_from_person: bool = False
    delivered_to: tuple[str, ...] = ()
    original_ids: tuple[str, ...] = field(default=(), repr=False)
    sender: str = ""
    subject: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return `{"kind", "feedback", "in_words", "sender", "subject", "recipients"}`."""
        return {
            "kind": self.kind.value,
            "feedback": self.feedback.value if self.feedback else None,
            "in_words": self.is_in_words,
            "sender": self.sender,
            "subject": self.subject,
            "recipients": [each.to_json() for each in self.recipients],
        }
