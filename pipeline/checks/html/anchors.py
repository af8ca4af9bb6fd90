"""Anchors: note references and links within the newsletter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from pipeline.checks.findings import error, warning
from pipeline.checks.html.html_part import HtmlPart, quote_context
from pipeline.models.finding import Finding


def check_anchors(part: HtmlPart) -> Iterator[Finding]:
    """Yield references and links without a target, and anchors that occur twice."""
    document = part.document
    notes = set(document.xpath('//*[@role="doc-endnotes"]//li/@id'))
    for link in document.xpath('//a[@role="doc-noteref"][starts-with(@href, "#")]'):
        if link.get("href")[1:] not in notes:
            yield error(
                code="note.missing",
                where=quote_context(link),
                message=f"The note for reference {link.text_content()} does not exist: readers who tap it get nowhere.",
                hint="Write the note, or remove the reference.",
            )
    anchors = Counter(map(str, document.xpath("//@id")))
    for name, count in anchors.items():
        if count > 1:
            yield warning(
                code="anchor.duplicate",
                where=f"#{name}",
                message=f"{count} places have this anchor; links always lead to the first.",
                hint="Give the headings different anchors.",
            )
    for link in document.xpath('//a[starts-with(@href, "#")][not(@role="doc-noteref")]'):
        if unquote(link.get("href")[1:]) not in anchors:
            yield warning(
                code="anchor.missing",
                where=quote_context(link),
                message=f"The link to {link.get('href')} has no target in the newsletter, so nothing happens.",
                hint="Link to a heading of this article, or to a web page.",
            )
