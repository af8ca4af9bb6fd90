"""The message: one edition for one recipient, as the bytes that travel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.models.address import Address
from pipeline.models.edition import InlineImage

_CAMPAIGN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
#: Begins with the dot, which is searched for in C; a search for two octets takes three times as long.
_DOT_AT_START = re.compile(rb"\.(?<=[\r\n]\.)")


def has_leading_dot(content: bytes) -> bool:
    """Whether a line may begin with a dot, whatever a server takes for a line's end; no composer of ours writes one."""
    return content.startswith(b".") or _DOT_AT_START.search(content) is not None


class MessageParts(Protocol):
    """The parts of a message before they were encoded, for services that write messages of their own."""

    @property
    def subject(self) -> str:
        """The subject as the recipient reads it."""

    @property
    def text(self) -> str:
        """The text part, line ends `\\n`."""

    @property
    def html(self) -> str:
        """The HTML part, line ends `\\n`."""

    @property
    def images(self) -> tuple[InlineImage, ...]:
        """The images that the HTML part refers to by `cid:`."""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The header fields in their order, unfolded; without the MIME structure and signatures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """
    A complete message.

    Args:
        campaign_id: The id of the campaign it belongs to, see `is_campaign_id()`.
        sequence: Its number within the campaign, from 1.
        sender: The envelope sender (MAIL FROM, RFC 5321 §4.1.1.2).
        recipient: Whom it is for; the envelope recipient is its address.
        message_id: With angle brackets, the same for the same campaign and recipient.
        chunks: Its octets, cut where they were put together: most of them are the same object in every message of a
            campaign, and a sender that can write them one after the other need not copy 40 kB for each reader.
        is_normalized: Whether its maker has seen to what `content` promises, so that a sender need not look through it.
        parts: What it was composed from; None for a message read from a file.
    """

    campaign_id: str
    sequence: int
    sender: Address
    recipient: Address
    message_id: str
    chunks: tuple[bytes, ...] = field(repr=False)
    is_normalized: bool = False
    parts: MessageParts | None = field(default=None, repr=False, compare=False)

    @property
    def content(self) -> bytes:
        """
        Its octets: RFC 5322, CRLF line ends, no line over 998 octets, none beginning with a dot.

        ASCII, but for the To of a message that `needs_smtputf8`.
        """
        return b"".join(self.chunks)

    @property
    def size(self) -> int:
        """How many octets it has."""
        return sum(map(len, self.chunks))

    @property
    def needs_smtputf8(self) -> bool:
        """
        Whether only a server that offers SMTPUTF8 (RFC 6531) can take it; a sender without one refuses it by a receipt.

        Its To then holds UTF-8 (RFC 6532), so MAIL FROM says `SMTPUTF8 BODY=8BITMIME`.
        """
        return self.recipient.needs_smtputf8


def is_campaign_id(text: str) -> bool:
    """Whether *text* can be a campaign's id: safe in a header and as a folder's name, at most 100 characters."""
    return _CAMPAIGN.fullmatch(text) is not None
