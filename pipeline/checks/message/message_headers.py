"""What a composed message shows that its edition does not."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message as Parsed

from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.models.finding import Finding, Severity
from pipeline.models.message import Message

#: Many servers refuse larger messages: a usual limit is 10 MB, base64 included.
LARGE_BYTES = 10 * 1024 * 1024


def check_message(message: Message) -> Iterator[Finding]:
    """Yield what is wrong with the bytes of *message*."""
    if len(message.content) > LARGE_BYTES:
        yield Finding(
            code="size.message",
            severity=Severity.WARNING,
            where="the whole message",
            message=f"It weighs {len(message.content) / 1024**2:.1f} MB; many servers refuse more than 10.",
            hint="Use fewer or smaller pictures.",
        )
    header = message_from_bytes(message.content, policy=policy.compat32)
    yield from _encoded(header)
    if not header["List-Unsubscribe"]:
        yield Finding(
            code="unsubscribe.header-missing",
            severity=Severity.ERROR,
            where="the header of the message",
            message="There is no List-Unsubscribe (RFC 2369), which the big receivers ask of bulk mail.",
            hint='Set [publication] unsubscribe = "mailto:…" or unsubscribe_url.',
        )


def _encoded(parsed: Parsed) -> Iterator[Finding]:
    """Yield an HTML part that is longer as it travels: scripts beyond Latin take three times the room."""
    for part in parsed.walk():
        if part.get_content_type() != "text/html":
            continue
        sent = len(part.get_payload().encode())  # type: ignore[union-attr]  # a text part holds a string
        size = len(part.get_payload(decode=True))
        if size <= CLIP_BYTES < sent:
            yield Finding(
                code="size.encoded",
                severity=Severity.NOTE,
                where="the HTML part",
                message=f"It has {size:,} bytes, and {sent:,} as it travels; whoever counts those may cut it.",
                hint="Nobody has documented which of both Gmail counts; shorten the letter to be sure.",
            )
