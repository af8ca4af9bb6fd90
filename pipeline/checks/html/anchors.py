"""What is wrong inside the HTML: references, anchors, fields, the way to leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import idna

from pipeline.checks.content.unresolved_fields import find_unread_fields
from pipeline.checks.html.html_part import HtmlPart, quote_context
from pipeline.checks.variants import Variant
from pipeline.models.finding import Finding, Severity


def check_anchors(page: HtmlPart) -> Iterator[Finding]:
    """Yield what a reader of this variant would trip over."""
    document = page.document
    yield from _references(document)
    yield from _anchors(document)
    yield from _way_to_leave(document, page.variant)
    yield from _unresolved_fields(document)


def _references(document: Any) -> Iterator[Finding]:  # Any: lxml has no types
    notes = set(document.xpath('//*[@role="doc-endnotes"]//li/@id'))
    for link in document.xpath('//a[@role="doc-noteref"][starts-with(@href, "#")]'):
        if link.get("href")[1:] not in notes:
            yield Finding(
                code="note.missing",
                severity=Severity.ERROR,
                where=quote_context(link),
                message=f"The reference {link.text_content()} leads to no note.",
                hint="Write the note, or take the reference out.",
            )


def _anchors(document: Any) -> Iterator[Finding]:
    ids = Counter(map(str, document.xpath("//@id")))
    for name, count in ids.items():
        if count > 1:
            yield Finding(
                code="anchor.duplicate",
                severity=Severity.WARNING,
                where=f"#{name}",
                message=f"{count} places bear this anchor; links lead to the first.",
                hint="Give the headings different anchors.",
            )
    for link in document.xpath('//a[starts-with(@href, "#")][not(@role="doc-noteref")]'):
        if unquote(link.get("href")[1:]) not in ids:
            yield Finding(
                code="anchor.missing",
                severity=Severity.WARNING,
                where=quote_context(link),
                message=f"The link to {link.get('href')} leads nowhere in this mail.",
                hint="Link to a heading of this article, or to a web page.",
            )


def _way_to_leave(document: Any, variant: Variant) -> Iterator[Finding]:
    publication = variant.edition.publication
    target = (publication.unsubscribe_url or publication.unsubscribe or "").partition("{")[0]
    links = map(plain, document.xpath("//a/@href"))
    if target and not any(link.startswith(plain(target)) for link in links):
        yield Finding(
            code="unsubscribe.not-shown",
            severity=Severity.ERROR,
            where="the letter",
            message="The theme shows no link to unsubscribe.",
            hint="Print letter.unsubscribe_url in the theme's footer.",
        )
    words = " ".join(document.text_content().split())
    for line in publication.postal_address.splitlines():
        if " ".join(line.split()) not in words:
            yield Finding(
                code="postal-address.not-shown",
                severity=Severity.ERROR,
                where="the letter",
                message="The theme does not show the postal address.",
                hint="Print letter.postal_lines in the theme's footer.",
            )
            break


def plain(url: str) -> str:
    """Return *url* to be compared: host in ASCII, nothing percent-encoded."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if not parts.netloc.isascii():
            host = idna.encode(parts.netloc, uts46=True).decode("ascii")
            url = parts._replace(netloc=host).geturl()
    return unquote(url)


def _unresolved_fields(document: Any) -> Iterator[Finding]:
    body = "//body//text()[not(ancestor::code or ancestor::pre or ancestor::style)]"
    for text in document.xpath(body):
        for written in find_unread_fields(text):
            yield Finding(
                code="field.unresolved",
                severity=Severity.WARNING,
                where=quote_context(text.getparent()),
                message=f"{written} looks like a field and was not read as one; readers see the braces.",
                hint='Write {{ name }} or {{ name | "reader" }}; if the braces are meant, set them as code.',
            )
