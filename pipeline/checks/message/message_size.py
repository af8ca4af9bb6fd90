"""How long the mail is, as Gmail counts it."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator

from pipeline.checks.findings import error, warning
from pipeline.checks.html.anchors import plain
from pipeline.checks.html.html_part import HtmlPart
from pipeline.models.finding import Finding

#: Gmail cuts longer HTML parts off. Not documented; measured by others at 102 kB (hteumeuleu/email-bugs#41).
CLIP_BYTES = 102_400
#: Leaves room for what a relay or an ESP adds.
NEAR_BYTES = 92_160
#: Heavier messages are slow on a phone and refused by some servers.
PICTURES_BYTES = 1024 * 1024


def check_size(page: HtmlPart) -> Iterator[Finding]:
    """Yield what is too long or too heavy in *page*, the longest wording: one finding says it for all."""
    html = page.variant.html.encode()
    if len(html) > NEAR_BYTES:
        is_cut = len(html) > CLIP_BYTES
        yield (error if is_cut else warning)(
            code="size.clipped" if is_cut else "size.near-clip",
            where="the HTML part",
            message=f"It has {len(html):,} bytes; Gmail cuts off after {CLIP_BYTES:,}, the notes and footer first.",
            hint="Shorten the article, or set [size] policy: trim, notes-online or excerpt.",
        )
    weight = sum(len(image.content) for image in page.variant.edition.images)
    if weight > PICTURES_BYTES:
        yield warning(
            code="size.pictures",
            where="the pictures",
            message=f"They weigh {weight / 1024**2:.1f} MB in every message.",
            hint="Save them smaller: 1,200 pixels wide are enough.",
        )


def check_unsubscribe_clipped(page: HtmlPart) -> Iterator[Finding]:
    """Yield that the way to leave is cut off; a reader who finds none says that it is spam."""
    html = page.variant.html.encode()
    if len(html) <= CLIP_BYTES:
        return
    publication = page.variant.edition.publication
    target = (publication.unsubscribe_url or publication.unsubscribe or "").partition("{")[0]
    shown = html[:CLIP_BYTES].decode(errors="ignore")
    links = re.findall(r'<a\s[^>]*href="([^"]*)"', shown)
    if target and not any(
        plain(entities.unescape(link)).startswith(plain(target)) for link in links
    ):
        yield error(
            code="unsubscribe.beyond-cut",
            where="the HTML part",
            message="The link to unsubscribe stands where Gmail has cut the letter off.",
            hint="Let the theme print letter.unsubscribe_url at the top too, or shorten the letter.",
        )
