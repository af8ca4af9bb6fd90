"""How long the mail is, as Gmail counts it."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.variants import Variant
from pipeline.finding import Finding, Severity

#: Gmail cuts longer HTML parts off. Not documented; measured by others at 102 kB (hteumeuleu/email-bugs#41).
CLIP_BYTES = 102_400
#: Leaves room for what a relay or an ESP adds.
NEAR_BYTES = 92_160
#: Heavier messages are slow on a phone and refused by some servers.
PICTURES_BYTES = 1024 * 1024


def check_size(variant: Variant) -> Iterator[Finding]:
    """Yield what is too long or too heavy."""
    size = len(variant.html.encode())
    if size > NEAR_BYTES:
        yield Finding(
            code="size.clipped" if size > CLIP_BYTES else "size.near-clip",
            severity=Severity.ERROR if size > CLIP_BYTES else Severity.WARNING,
            where="the HTML part",
            message=f"It has {size:,} bytes; Gmail cuts off after {CLIP_BYTES:,}, the notes and footer first.",
            hint="Shorten the article, or move its longest notes or tables to the web.",
        )
    weight = sum(len(image.content) for image in variant.edition.images)
    if weight > PICTURES_BYTES:
        yield Finding(
            code="size.pictures",
            severity=Severity.WARNING,
            where="the pictures",
            message=f"They weigh {weight / 1024**2:.1f} MB in every message.",
            hint="Save them smaller: 1,200 pixels wide are enough.",
        )
