"""The size of a message: Gmail clips long HTML, and heavy images load slowly."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.findings import error, warning
from pipeline.checks.html.html_part import HtmlPart
from pipeline.models.finding import Finding

#: Gmail clips longer HTML parts. Not documented; measured by others at 102 kB (hteumeuleu/email-bugs#41).
CLIP_BYTES = 102_400
#: Leaves room for what a relay or an email service adds.
NEAR_CLIP_BYTES = 92_160
#: Heavier messages load slowly on phones, and some servers refuse them.
MAX_IMAGES_BYTES = 1024 * 1024


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
