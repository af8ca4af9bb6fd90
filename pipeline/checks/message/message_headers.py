"""What only a composed message shows: its size, encoded size and headers."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message as ParsedMessage

from pipeline.checks.findings import error, note, warning
from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.models.finding import Finding
from pipeline.models.message import Message

#: Many servers refuse larger messages: a common limit is 10 MB, including base64.
MAX_MESSAGE_BYTES = 10 * 1024 * 1024


def check_message(message: Message) -> Iterator[Finding]:
    """Yield what is wrong with the bytes of *message*."""
    if message.size > MAX_MESSAGE_BYTES:
        yield warning(
            code="size.message",
            where="the whole message",
            message=f"{message.size / 1024**2:.1f} MB; many mail servers refuse more than 10.",
            hint="Use fewer or smaller images.",
        )
    parsed = message_from_bytes(message.content, policy=policy.compat32)
    yield from _check_encoded_size(parsed)
    if not parsed["List-Unsubscribe"]:
        yield error(
            code="unsubscribe.header-missing",
            where="the header of the message",
            message="There is no List-Unsubscribe (RFC 2369), which Gmail and Yahoo require in newsletters: "
            "they show readers no unsubscribe button and may reject the message.",
            hint='Set [publication] unsubscribe = "mailto:…" or unsubscribe_url.',
        )


def _check_encoded_size(parsed: ParsedMessage) -> Iterator[Finding]:
    """Yield an HTML part that is too long only once it is encoded: non-Latin scripts take three times the space."""
    for part in parsed.walk():
        if part.get_content_type() != "text/html":
            continue
        encoded = len(part.get_payload().encode())  # type: ignore[union-attr]  # a text part has a string
        decoded = len(part.get_payload(decode=True))
        if decoded <= CLIP_BYTES < encoded:
            yield note(
                code="size.encoded",
                where="the HTML part",
                message=f"{decoded:,} bytes, but {encoded:,} once encoded for sending; Gmail may clip the end.",
                hint="It is not documented which of the two Gmail counts; shorten the article to be safe.",
            )
