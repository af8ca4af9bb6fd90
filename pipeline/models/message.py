"""The message: one edition for one recipient, as bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.models.address import Address
from pipeline.models.edition import InlineImage

_CAMPAIGN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
#: A Message-ID whose local part may be a token: base32, see `pipeline.recipient_tokens`.
_TOKEN_ID = re.compile(r"<([a-z2-7]{16,40})@[^<>@]+>")
#: Begins with the dot, which is searched for in C; a search for two bytes takes three times as long.
_LEADING_DOT = re.compile(rb"\.(?<=[\r\n]\.)")


def has_leading_dot(content: bytes) -> bool:
    """Whether a line may begin with a dot, whatever a server takes for a line end; our composer writes none."""
    return content.startswith(b".") or _LEADING_DOT.search(content) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageParts:
    """
    The parts of a message before they are encoded, for providers that build the MIME message themselves.

    Args:
        text: With line ends `\\n`, as *html*.
        images: Those that the HTML part refers to by `cid:`.
        headers: In order and unfolded; without the MIME structure and signatures.
    """

    text: str
    html: str
    images: tuple[InlineImage, ...]
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """
    A complete message.

    Args:
        campaign_id: The campaign it belongs to, see `is_campaign_id()`.
        sequence: Its number within the campaign, from 1.
        sender: The address in From.
        recipient: The recipient; the envelope recipient is its address.
        bounce_address: Receives bounces of messages with a *return_token*.
        return_token: Leads back from a bounce to this message; "" if bounces go to the sender.
        message_id: With angle brackets; the same for the same campaign and recipient.
        chunks: Its bytes in pieces, most of which are the same object in every message of a campaign: a sender that
            can write them one after another need not copy 40 kB for each recipient.
        is_normalized: Whether its maker guarantees what `content` promises, so that a sender need not check it.
        build_parts: Returns what it was composed from; None for a message read from a file.
    """

    campaign_id: str
    sequence: int
    sender: Address
    recipient: Address
    message_id: str
    chunks: tuple[bytes, ...] = field(repr=False)
    bounce_address: Address | None = None
    return_token: str = ""
    is_normalized: bool = False
    build_parts: Callable[[], MessageParts] | None = field(default=None, repr=False, compare=False)

    @property
    def token(self) -> str:
        """The token in its Message-ID, which a provider keeps with it and returns with its reports; "" without one."""
        found = _TOKEN_ID.fullmatch(self.message_id)
        return found[1] if found else ""

    @property
    def envelope_sender(self) -> str:
        """The address in MAIL FROM (RFC 5321 §4.1.1.2)."""
        if self.bounce_address is None or not self.return_token:
            return self.sender.email
        local, _, domain = self.bounce_address.email.rpartition("@")
        return f"{local}+{self.return_token}@{domain}"

    @property
    def content(self) -> bytes:
        """
        Its bytes: RFC 5322, CRLF line ends, no line over 998 bytes, none beginning with a dot.

        ASCII, except for the To of a message that `needs_smtputf8`.
        """
        return b"".join(self.chunks)

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return sum(map(len, self.chunks))

    @property
    def needs_smtputf8(self) -> bool:
        """
        Whether only a server with SMTPUTF8 (RFC 6531) can accept it; other senders return a receipt that refuses it.

        Its To then holds UTF-8 (RFC 6532), so MAIL FROM says `SMTPUTF8 BODY=8BITMIME`.
        """
        return self.recipient.needs_smtputf8


def is_campaign_id(text: str) -> bool:
    """Whether *text* is a valid campaign id: safe in a header and as a folder name, at most 100 characters."""
    return _CAMPAIGN_ID.fullmatch(text) is not None
