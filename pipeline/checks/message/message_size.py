"""The size of a message: Gmail clips long HTML, and heavy images load slowly."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy

from pipeline.checks.findings import error, note, warning
from pipeline.checks.html.html_part import HtmlPart
from pipeline.models.finding import Finding
from pipeline.models.message import Message

#: Gmail clips longer HTML parts. Not documented; measured by others at 102 kB (hteumeuleu/email-bugs#41).
CLIP_BYTES = 102_400
#: Leaves room for what a relay or an email service adds.
NEAR_CLIP_BYTES = 92_160
#: Heavier messages load slowly on phones, and some servers refuse them.
MAX_IMAGES_BYTES = 1024 * 1024
#: Many servers refuse larger messages: a common limit is 10 MB, including base64.
MAX_MESSAGE_BYTES = 10 * 1024 * 1024


def check_size(part: HtmlPart) -> Iterator[Finding]:
    """Yield what is too long or too heavy in *part*, the longest variant."""
    if part.size_bytes > NEAR_CLIP_BYTES:
        is_clipped = part.size_bytes > CLIP_BYTES
        effect = (
            "so readers miss notes and footer" if is_clipped else "and a relay may add the rest"
        )
        yield (error if is_clipped else warning)(
            code="size.clipped" if is_clipped else "size.near-clip",
            where="the HTML part",
            message=f"{part.size_bytes:,} bytes; Gmail clips after {CLIP_BYTES:,}, {effect}.",
            hint="Shorten the article, or set [size] policy to trim, notes-online or excerpt.",
        )
    images_bytes = sum(len(image.content) for image in part.variant.edition.images)
    if images_bytes > MAX_IMAGES_BYTES:
        yield warning(
            code="size.pictures",
            where="the images",
            message=f"The images add {images_bytes / 1024**2:.1f} MB to every message, which loads slowly on phones.",
            hint="Save them smaller: 1,200 pixels wide is enough.",
        )


def check_message_size(message: Message) -> Iterator[Finding]:
    """Yield a message that is too large, and HTML too long only once it is encoded, as in non-Latin scripts."""
    if message.size > MAX_MESSAGE_BYTES:
        yield warning(
            code="size.message",
            where="the whole message",
            message=f"{message.size / 1024**2:.1f} MB; many mail servers refuse more than 10.",
            hint="Use fewer or smaller images.",
        )
    parsed = message_from_bytes(message.content, policy=policy.compat32)
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
