"""Compose messages: whatever is the same for all recipients is encoded only once."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime
from functools import partial

from pipeline.errors import ComposeError
from pipeline.mail.dkim.signature import UNSIGNED, Signer, Signing
from pipeline.mail.encoded_variant import (
    EncodedVariant,
    VariantKey,
    VariantSelector,
    check_field_places,
    encode_variant,
    list_fields,
)
from pipeline.mail.field_values import fill_fields
from pipeline.mail.headers.campaign_headers import format_campaign_headers
from pipeline.mail.headers.header_fields import (
    format_address_field,
    format_date_field,
    format_field,
)
from pipeline.mail.headers.list_headers import (
    format_list_unsubscribe,
    has_token_place,
    list_unsubscribe_urls,
)
from pipeline.mail.lint import check_standards
from pipeline.mail.mime import build_mime_frame
from pipeline.models.address import Address
from pipeline.models.edition import Edition, LiteralText
from pipeline.models.message import Message, MessageParts, has_leading_dot, is_campaign_id
from pipeline.models.recipient import Recipient
from pipeline.recipient_tokens import TokenKeys, TokenPurpose

#: Precedes the subject of a test message.
TEST_PREFIX = "[Test] "

_LINT_INTERVAL = 1000  # messages
_MIME_HEAD = 7  # index of the MIME frame's head among the chunks of a message
_MAX_CACHED_VARIANTS = 200  # of about 60 kB each; more are encoded again when they come up


class Composer:
    """
    Composes the messages of one campaign; any number of threads may use it.

    For each message it encodes the recipient's values, writes the header fields that name the recipient, and joins
    them with what was encoded once.

    Args:
        campaign_id: Letters, digits, dots, dashes and underscores.
        campaign_number: The number of the campaign in the store, 0 if it is in none; with it, a Message-ID is a token
            that leads back to the message, see `pipeline.recipient_tokens`.
        secret: The key for Message-IDs: with the same key, composing a message again gives the same id.
        signing: How messages are signed; List-Unsubscribe-Post is written only if they are.
        bounce_address: Bounces go to it with a token of the message after a +; None: to the sender.
        subject_prefix: Precedes the subject: `TEST_PREFIX` for a test message. Nothing else changes.

    Attributes:
        recipient_fields: The names of the fields and splits that differ between recipients, as `Recipient.value()` has
            them: nobody need provide others.

    Raises:
        ComposeError: Something in the edition or its publication cannot be written to a header, or a field is marked
            for another part than the one it is in.
    """

    def __init__(
        self,
        edition: Edition,
        *,
        campaign_id: str,
        secret: bytes,
        campaign_number: int = 0,
        signing: Signing = UNSIGNED,
        subject_prefix: str = "",
        bounce_address: Address | None = None,
    ) -> None:
        _check_arguments(campaign_id, secret)
        check_field_places(edition)
        publication = edition.publication
        self.campaign_id = campaign_id
        self._sender = publication.sender
        self._message_id_end = f"@{publication.sender.domain}>"
        self._campaign_number = campaign_number
        self._bounce_address = bounce_address if campaign_number else None
        self._tokens = TokenKeys(secret)
        self._message_id_key = hmac.digest(secret, b"Message-ID", "sha256")
        self._from = format_address_field("From", publication.sender)
        self._campaign_headers = format_campaign_headers(edition, campaign_id)
        self._signing = signing
        self._unsubscribe_urls = list_unsubscribe_urls(publication)
        self.recipient_fields = list_fields(edition) | self._list_header_fields()
        self._frame = build_mime_frame(edition)
        # After the frame is built: its boundaries stay the same with and without a prefix.
        self.edition = _prefix_subject(edition, subject_prefix)
        self._selector = VariantSelector(edition)
        self._variants: dict[VariantKey, EncodedVariant] = {}
        self._linted: set[VariantKey] = set()
        self._checked: set[tuple[VariantKey, bool]] = set()
        self._last_date: tuple[datetime | None, bytes] = (None, b"")

    def compose(self, recipient: Recipient, *, sequence: int, at: datetime) -> Message:
        """
        Compose the message for *recipient*.

        Args:
            sequence: Its number within the campaign, from 1.
            at: When it is sent, aware: its Date, and the time that choices depend on.

        Raises:
            ComposeError: A field has neither value nor fallback, the address is invalid, or the message violates a
                standard (checked for the first message of each variant and for every thousandth).
        """
        signing = self._signing
        date = self._format_date(at)
        key = self._selector.select(recipient, at)
        variant = self._variants.get(key) or self._encode_variant(key, recipient, at)
        message_id = self._build_message_id(recipient.address, sequence)
        chunks = [
            self._from,
            format_address_field("To", recipient.address, allow_utf8=True),
            variant.format_subject(recipient),
            date,
            format_field("Message-ID", message_id.encode()),
            format_list_unsubscribe(
                self._unsubscribe_urls, recipient.token, is_signed=signing.covers_unsubscribe
            ),
            self._campaign_headers,
            *variant.fill(recipient),
        ]
        header = b"".join(chunks[:_MIME_HEAD])
        if signing.signer:
            chunks.insert(0, _sign(signing.signer, chunks, at))
        pieces, is_normalized = _join_headers(chunks, variant)
        if key not in self._linted or sequence % _LINT_INTERVAL == 0:
            count = len(signing.signer.keys) if signing.signer else 0
            check_standards(b"".join(pieces), signatures=count, by_service=signing.by_service)
            self._linted.add(key)
        return Message(
            campaign_id=self.campaign_id,
            sequence=sequence,
            sender=self._sender,
            recipient=recipient.address,
            return_token=self._make_return_token(recipient.address, sequence),
            bounce_address=self._bounce_address,
            message_id=message_id,
            chunks=pieces,
            is_normalized=is_normalized,
            build_parts=partial(self._build_parts, recipient, at, header),
        )

    def _build_parts(self, recipient: Recipient, at: datetime, header: bytes) -> MessageParts:
        lines = header.removesuffix(b"\r\n").replace(b"\r\n ", b" ").decode().split("\r\n")
        fields = (line.partition(": ") for line in lines)
        return MessageParts(
            text=fill_fields(self.edition.text, recipient, at=at),
            html=fill_fields(self.edition.html, recipient, at=at),
            images=self.edition.images,
            headers=tuple((name, value) for name, _, value in fields),
        )

    def check(self, recipient: Recipient, *, at: datetime) -> bool:
        """
        Check that the message for *recipient* can be composed; return whether it was composed to find out.

        One message per variant, and one to a non-ASCII address, is composed, signed and checked against the standards.
        For all other recipients only what differs between messages is formatted: their address and their values.

        Raises:
            ComposeError: As `compose()` does.
        """
        key = self._selector.select(recipient, at)
        kind = (key, recipient.address.email.isascii())
        if kind not in self._checked:
            self.compose(recipient, sequence=_LINT_INTERVAL, at=at)
            self._checked.add(kind)
            return True
        variant = self._variants.get(key) or self._encode_variant(key, recipient, at)
        format_address_field("To", recipient.address, allow_utf8=True)
        variant.format_subject(recipient)
        variant.fill(recipient)
        return False

    def _encode_variant(
        self, key: VariantKey, recipient: Recipient, at: datetime
    ) -> EncodedVariant:
        if len(self._variants) >= _MAX_CACHED_VARIANTS:
            self._variants = {}  # a new dict: other threads may still be reading the old one
        variant = encode_variant(self.edition, self._frame, recipient=recipient, at=at)
        self._variants[key] = variant
        return variant

    def _list_header_fields(self) -> frozenset[str]:
        has_token = any(has_token_place(url) for url in self._unsubscribe_urls)
        return frozenset({"unsubscribe_token"}) if has_token else frozenset()

    def _format_date(self, at: datetime) -> bytes:
        """Return the Date field, kept for the messages claimed at the same moment."""
        last, date = self._last_date
        if at is not last:
            date = format_date_field(at.replace(microsecond=0))
            self._last_date = (at, date)
        return date

    def _make_return_token(self, address: Address, sequence: int) -> str:
        if self._bounce_address is None:
            return ""
        return self._make_token(TokenPurpose.BOUNCE, address, sequence)

    def _make_token(self, purpose: TokenPurpose, address: Address, sequence: int) -> str:
        return self._tokens.make(
            purpose,
            campaign=self._campaign_number,
            campaign_id=self.campaign_id,
            sequence=sequence,
            mailbox=address.key,
        )

    def _build_message_id(self, address: Address, sequence: int) -> str:
        """Return the same id for the same campaign and address; without the secret it does not reveal the address."""
        if self._campaign_number:
            token = self._make_token(TokenPurpose.MESSAGE, address, sequence)
            return f"<{token}{self._message_id_end}"
        identity = f"{self.campaign_id}\0{address.key}".encode()
        digest = hmac.digest(self._message_id_key, identity, "sha256")
        return f"<{digest[:16].hex()}{self._message_id_end}"


def compose(
    edition: Edition,
    recipient: Recipient,
    *,
    campaign_id: str,
    sequence: int,
    at: datetime,
    secret: bytes,
    signing: Signing = UNSIGNED,
) -> Message:
    """
    Compose one message. For more than one, create a `Composer` and use its `compose()`.

    Raises:
        ComposeError: As `Composer` and `Composer.compose()` do.
    """
    composer = Composer(edition, campaign_id=campaign_id, secret=secret, signing=signing)
    return composer.compose(recipient, sequence=sequence, at=at)


def _join_headers(chunks: list[bytes], variant: EncodedVariant) -> tuple[tuple[bytes, ...], bool]:
    """
    Return *chunks* with the header fields joined, and whether it is known that no line begins with a dot.

    Only what differs between messages is searched: the rest was searched when the variant was encoded.
    """
    count = len(chunks) - len(variant.chunks)
    header, body = b"".join(chunks[:count]), chunks[count:]
    changing = [b"", header, *[body[index] for index, _ in variant.slots]]
    is_normalized = not (variant.has_leading_dot or has_leading_dot(b"\r\n".join(changing)))
    return (header, *body), is_normalized


def _sign(signer: Signer, chunks: list[bytes], at: datetime) -> bytes:
    """Return the signatures over *chunks*, without joining them: copying a message costs as much as hashing it."""
    fields, texts = chunks[:_MIME_HEAD], chunks[_MIME_HEAD + 1 :]
    mime_fields, _, opening = chunks[_MIME_HEAD].partition(b"\r\n\r\n")
    header = b"".join([*fields, mime_fields, b"\r\n"])
    return signer.build_signatures(header, [opening, *texts], at=at)


def _check_arguments(campaign_id: str, secret: bytes) -> None:
    if not is_campaign_id(campaign_id):
        raise ComposeError(
            f"{campaign_id!r} is not a campaign id. Use up to 100 letters, digits, dots, dashes and underscores, "
            "starting with a letter or digit."
        )
    if not secret:
        raise ComposeError(
            "The secret for Message-IDs is empty. Run handbill init to create one, or set HANDBILL_SECRET."
        )


def _prefix_subject(edition: Edition, prefix: str) -> Edition:
    if not prefix:
        return edition
    return replace(edition, subject=(LiteralText(text=prefix), *edition.subject))
