"""What is wrong inside the HTML: references, anchors, pictures, the way to leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import idna

from pipeline.checks.fields import left_braces
from pipeline.checks.variants import Variant
from pipeline.finding import Finding, Severity


def check_document(variant: Variant) -> Iterator[Finding]:
    """Yield what a reader of this variant would trip over."""
    from lxml import html

    document = html.document_fromstring(variant.html)
    yield from _references(document)
    yield from _anchors(document)
    yield from _pictures(document)
    yield from _way_to_leave(document, variant)
    yield from _unresolved_fields(document)


def _references(document: Any) -> Iterator[Finding]:  # Any: lxml has no types
    notes = set(document.xpath('//*[@role="doc-endnotes"]//li/@id'))
    for link in document.xpath('//a[@role="doc-noteref"][starts-with(@href, "#")]'):
        if link.get("href")[1:] not in notes:
            yield Finding(
                code="note.missing",
                severity=Severity.ERROR,
                where=_context(link),
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
                where=_context(link),
                message=f"The link to {link.get('href')} leads nowhere in this mail.",
                hint="Link to a heading of this article, or to a web page.",
            )


def _pictures(document: Any) -> Iterator[Finding]:
    for picture in document.xpath("//img"):
        if not (picture.get("alt") or "").strip():
            yield Finding(
                code="image.alt-missing",
                severity=Severity.WARNING,
                where=picture.get("src", "")[:80],
                message="The picture has no words for those who cannot see it, and for clients that block pictures.",
                hint="Write what it shows: ![A bell on a buoy](bell.jpg).",
            )


def _way_to_leave(document: Any, variant: Variant) -> Iterator[Finding]:
    publication = variant.edition.publication
    target = (publication.unsubscribe_url or publication.unsubscribe or "").partition("{")[0]
    links = map(_plain, document.xpath("//a/@href"))
    if target and not any(link.startswith(_plain(target)) for link in links):
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


def _plain(url: str) -> str:
    """Return *url* to be compared: host in ASCII, nothing percent-encoded."""
    parts = urlsplit(url)
    with suppress(ValueError):
        if not parts.netloc.isascii():
            parts = parts._replace(netloc=idna.encode(parts.netloc, uts46=True).decode("ascii"))
    return unquote(parts.geturl())


def _unresolved_fields(document: Any) -> Iterator[Finding]:
    body = "//body//text()[not(ancestor::code or ancestor::pre or ancestor::style)]"
    for text in document.xpath(body):
        for written in left_braces(text):
            yield Finding(
                code="field.unresolved",
                severity=Severity.WARNING,
                where=_context(text.getparent()),
                message=f"{written} looks like a field and was not read as one; readers see the braces.",
                hint='Write {{ name }} or {{ name | "reader" }}; if the braces are meant, set them as code.',
            )


def _context(node: Any) -> str:
    """Return the words around *node*, to search for."""
    block = next(node.iterancestors("p", "li", "td", "h2", "h3", "h4"), node)
    words = " ".join(block.text_content().split())
    return f'near "{words[:60]}{"…" if len(words) > 60 else ""}"'
