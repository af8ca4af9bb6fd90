"""The message: one edition for one recipient, as the bytes that travel."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.address import Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """
    A complete message.

    Args:
        sequence: Its number within the campaign, from 1.
        sender: The envelope sender (MAIL FROM, RFC 5321 §4.1.1.2).
        recipient: Whom it is for; the envelope recipient is its address.
        message_id: With angle brackets, the same for the same campaign and recipient.
        content: RFC 5322, CRLF line ends, ASCII, no line over 998 octets.
    """

    sequence: int
    sender: Address
    recipient: Address
    message_id: str
    content: bytes
