"""What a composed message shows that its edition does not."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy

from pipeline.finding import Finding, Severity
from pipeline.message import Message

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
    if not header["List-Unsubscribe"]:
        yield Finding(
            code="unsubscribe.header-missing",
            severity=Severity.ERROR,
            where="the header of the message",
            message="There is no List-Unsubscribe (RFC 2369), which the big receivers ask of bulk mail.",
            hint='Set [publication] unsubscribe = "mailto:…" or unsubscribe_url.',
        )
