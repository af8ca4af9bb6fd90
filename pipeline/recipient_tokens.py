"""
Tokens that lead from a link, an envelope address or a header back to one message, and to its recipient.

A token is the base32 of its purpose and version, the campaign, the sequence of the message, and a tag. Only who knows
the secret can make one, and only for the mailbox that the store has for that message: after an erasure, in another
project, or in a store whose campaigns are numbered again, a token names nobody, never somebody else.

It is at most 40 characters, lower case, and survives being upper-cased: it stands in a URL, and in the local part of an
email address (64 bytes, RFC 5321 §4.5.3.1.1).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

#: In the upper five bits of the first byte is the version.
_VERSION = 1
#: 80 bits: 100 million guesses a second for a century find one with a chance of 1 in 4.
_TAG_BYTES = 10
#: Of a campaign and of a sequence: 35 bits.
_MAX_VARINT_BYTES = 5
_MAX_CHARACTERS = 40
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 §6, lower case
#: Two characters for ten bits: in two thirds of the time of `base64.b32encode()`; each message has two or three tokens.
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]


class TokenPurpose(IntEnum):
    """What a token allows; each purpose has a key of its own, so that none can be turned into another."""

    #: Unsubscribe, and take it back.
    UNSUBSCRIBE = 1
    #: The envelope sender of a message: a bounce to it concerns this recipient.
    BOUNCE = 2
    #: The Message-ID: a reply or a complaint about the message.
    MESSAGE = 3
    #: The confirmation of something that was asked for, such as a sign-up or a new address.
    CONFIRM = 4
    #: The preferences of a subscriber: lists, pause, address, data.
    PREFERENCES = 5
    #: The answer to the question whether to subscribe.
    SIGNUP = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """
    What a token says, before it is verified.

    Args:
        campaign: The number of the campaign in the store; 0 for a test or a preview. For a message that belongs to no
            campaign, the number of what it asks to confirm.
        sequence: The number of the message within the campaign, from 1; 0 if it belongs to none.
    """

    purpose: TokenPurpose
    campaign: int
    sequence: int
    tag: bytes

    @property
    def is_test(self) -> bool:
        """Whether it comes from a message that was composed to be looked at."""
        return self.campaign == 0


class TokenKeys:
    """
    Makes and verifies tokens.

    Args:
        secret: The project's secret.
    """

    def __init__(self, secret: bytes) -> None:
        self._keys = {
            purpose: hmac.digest(secret, f"token {purpose.name}".encode(), "sha256")
            for purpose in TokenPurpose
        }

    def make(
        self,
        purpose: TokenPurpose,
        *,
        campaign: int,
        campaign_id: str,
        sequence: int,
        mailbox: str,
    ) -> str:
        """
        Return the token of one message.

        Args:
            campaign: The number of the campaign.
            campaign_id: Its id, which is not in the token but in its tag.
            mailbox: The key of the recipient's address, in the tag too.
        """
        head = _write_head(purpose, campaign, sequence)
        return _encode(head + self._make_tag(purpose, head, campaign_id, mailbox))

    def make_test_token(self, purpose: TokenPurpose) -> str:
        """Return a token for a test or a preview, which answers “This was a test”."""
        return self.make(purpose, campaign=0, campaign_id="", sequence=0, mailbox="")

    def verify(self, token: Token, *, campaign_id: str, mailbox: str) -> bool:
        """Whether *token* was made for this message to *mailbox*; compares in constant time."""
        head = _write_head(token.purpose, token.campaign, token.sequence)
        return hmac.compare_digest(
            token.tag, self._make_tag(token.purpose, head, campaign_id, mailbox)
        )

    def _make_tag(
        self, purpose: TokenPurpose, head: bytes, campaign_id: str, mailbox: str
    ) -> bytes:
        """Return the tag: BLAKE2b with a key (RFC 7693 §2.9), in less than half the time of HMAC."""
        content = f"{campaign_id}\0{mailbox}".encode()
        key = self._keys[purpose]
        return hashlib.blake2b(
            b"%b\0%b" % (head, content), key=key, digest_size=_TAG_BYTES
        ).digest()


def parse_token(text: str) -> Token | None:
    """Return what *text*, in upper or lower case, says; None if it is not a token in the one spelling it has."""
    text = text.lower()
    if len(text) > _MAX_CHARACTERS or not text.isascii():
        return None
    try:
        content = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return None
    if len(content) <= _TAG_BYTES or _encode(content) != text:  # base32 has spare bits at its end
        return None
    return _parse_content(content[:-_TAG_BYTES], content[-_TAG_BYTES:])


def _parse_content(head: bytes, tag: bytes) -> Token | None:
    version, purpose = divmod(head[0], 8)
    if version != _VERSION or purpose not in set(TokenPurpose):
        return None
    campaign, rest = _read_number(head[1:])
    sequence, rest = _read_number(rest)
    if campaign is None or sequence is None or rest:
        return None
    token = Token(purpose=TokenPurpose(purpose), campaign=campaign, sequence=sequence, tag=tag)
    return token if _write_head(token.purpose, campaign, sequence) == head else None


def _write_head(purpose: TokenPurpose, campaign: int, sequence: int) -> bytes:
    return _write_start(purpose, campaign) + _write_number(sequence)


@lru_cache(64)  # of bounded size: also for tokens that anybody sends
def _write_start(purpose: TokenPurpose, campaign: int) -> bytes:
    return bytes([_VERSION * 8 + purpose]) + _write_number(campaign)


def _write_number(number: int) -> bytes:
    """Return *number* in groups of seven bits, the last first; the highest bit says that more follow."""
    written = bytearray()
    while number >= 128:
        written.append(number % 128 + 128)
        number //= 128
    return bytes([*written, number])


def _read_number(content: bytes) -> tuple[int | None, bytes]:
    """Return the number at the beginning of *content*, None without one, and what follows."""
    number = 0
    for index, byte in enumerate(content[:_MAX_VARINT_BYTES]):
        number |= (byte & 127) << (7 * index)
        if byte < 128:
            return number, content[index + 1 :]
    return None, b""


def _encode(content: bytes) -> str:
    """Return *content* in base32 (RFC 4648 §6), lower case and without padding."""
    bits = len(content) * 8
    spare = -bits % 10
    number = int.from_bytes(content) << spare
    pairs = [_PAIRS[number >> shift & 1023] for shift in range(bits + spare - 10, -1, -10)]
    return "".join(pairs)[: (bits + 4) // 5]
