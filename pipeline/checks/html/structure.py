"""The frame of the document, as mail programs and screen readers need it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.checks.findings import error, join_first, shorten, warning
from pipeline.checks.html.css import parse_declarations
from pipeline.checks.html.html_part import HtmlPart, quote_context
from pipeline.models.finding import Finding

_FORBIDDEN = tuple(
    "script form iframe video audio object embed base frame applet input textarea select canvas svg math".split()
)
_ITEM = re.compile(r"\s*(?:[•◦▪‣·*–—-]|\(?\d{1,2}[.)])\s+\S")
_ZOOM = re.compile(r"user-scalable\s*=\s*(no|0)|maximum-scale\s*=\s*[01](\.\d+)?\b(?!\d)")


def check_structure(page: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the document as a document."""
    yield from _head(page)
    yield from _language(page)
    yield from _tables(page)
    yield from _order(page)
    yield from _headings(page)
    yield from _forbidden(page)
    yield from _lists(page)


def _head(page: HtmlPart) -> Iterator[Finding]:
    document, html = page.document, page.variant.html
    if not (document.findtext("head/title") or "").strip():
        yield warning(
            code="title.missing",
            where="the head of the HTML",
            message="The document has no title; screen readers say it first, browsers show it.",
            hint="Print letter.title in the theme's mj-title.",
        )
    declared = "".join(document.xpath("//meta/@charset | //meta/@content")).lower()
    if "utf-8" not in declared:
        yield error(
            code="charset.missing",
            where="the head of the HTML",
            message="It does not say that it is UTF-8; Gmail then guesses, and may cut the letter off at once.",
            hint='Write <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">.',
        )
    for viewport in document.xpath('//meta[@name="viewport"]/@content'):
        if _ZOOM.search(viewport.lower()):
            yield warning(
                code="viewport.zoom-locked",
                where="the head of the HTML",
                message="Readers cannot make the text larger with their fingers.",
                hint="Take user-scalable and maximum-scale out of the viewport.",
            )
    if "officedocumentsettings" not in html.lower() or "pixelsperinch" not in html.lower():
        yield warning(
            code="outlook.scaling",
            where="the head of the HTML",
            message="On screens with large type Outlook scales pictures, but not the cells around them.",
            hint="Keep the block <o:OfficeDocumentSettings> with <o:PixelsPerInch>96.",
        )
    if not document.xpath('//meta[@name="format-detection"]'):
        yield warning(
            code="client.auto-links",
            where="the head of the HTML",
            message="Phones make links of dates and numbers, in blue and underlined.",
            hint='Write <meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">.',
        )
    if not document.xpath('//meta[@name="color-scheme"][contains(@content, "dark")]') or not any(
        "prefers-color-scheme" in head for rule in page.sheet for head in rule.within
    ):
        yield warning(
            code="dark.unauthored",
            where="the head of the HTML",
            message="Nothing says how the letter looks on a dark screen; each mail program inverts it in its own way.",
            hint="Keep the metas color-scheme and the rules for prefers-color-scheme: dark in the theme.",
        )


def _language(page: HtmlPart) -> Iterator[Finding]:
    document, edition = page.document, page.variant.edition
    body = document.find("body")
    children = [] if body is None else [child for child in body if isinstance(child.tag, str)]
    bare = [node for node in (document, *children) if not (node.get("lang") and node.get("dir"))]
    if bare:
        yield warning(
            code="language.missing",
            where=join_first([f"<{node.tag}>" for node in bare]),
            message="Its language or direction is not said; web mail takes the outer tags away, so each part must.",
            hint='Write lang="…" and dir="…" on <html> and on everything directly in <body>.',
        )
    for node in (document, *children):
        if (node.get("dir") or edition.direction) != edition.direction:
            yield error(
                code="direction.wrong",
                where=f"<{node.tag}>",
                message=f"It runs {node.get('dir')}, but {edition.language} is written {edition.direction}.",
                hint="Print letter.direction in the theme.",
            )


def _tables(page: HtmlPart) -> Iterator[Finding]:
    """Yield tables for layout that say they hold data; those for Outlook, inside of comments, among them."""
    bare = [
        tag
        for tag in re.findall(r"<table\b[^>]*>", page.variant.html, re.IGNORECASE)
        if not re.search(r"\brole\s*=\s*[\"']?(presentation|none)\b", tag)
        and not re.search(r"\bclass\s*=\s*[\"'][^\"']*\bdata\b", tag)
    ]
    of_data = [table for table in page.document.iter("table") if table.find(".//th") is not None]
    if len(bare) > len(of_data):
        yield warning(
            code="table.role-missing",
            where=shorten(bare[0], 80),
            message="Screen readers read this table out as one of data, with rows and columns.",
            hint='Write role="presentation" on tables that only place things.',
        )


def _order(page: HtmlPart) -> Iterator[Finding]:
    """Yield columns set side by side against the direction of the letter: they are read out the other way round."""
    direction = page.variant.edition.direction
    for node in page.document.xpath("//*[contains(@style, 'direction')]"):
        own = {d.name: d.value for d in parse_declarations(node.get("style"))}
        columns = [child for child in node if child.tag in ("div", "table", "td")]
        if own.get("direction", direction) != direction and len(columns) > 1:
            yield warning(
                code="order.reversed",
                where=quote_context(columns[0]),
                message=f"These parts are set {own['direction']} in a letter that runs {direction}: "
                "eyes meet them in one order, ears in another.",
                hint="Write the parts in the order in which they are to be read, and set no direction.",
            )


def _headings(page: HtmlPart) -> Iterator[Finding]:
    found = [node for node in page.document.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    titles = [node for node in found if node.tag == "h1"]
    if len(titles) != 1:
        yield warning(
            code="heading.title-missing" if not titles else "heading.title-twice",
            where="the headings"
            if not titles
            else join_first([f'"{shorten(t.text_content())}"' for t in titles]),
            message=f"There are {len(titles) or 'no'} headings of the first level; readers jump to one, the title.",
            hint="Set the letter's title as the only <h1>.",
        )
    level = 0
    for node in found:
        if not node.text_content().strip() and not node.xpath(".//img[@alt]"):
            yield warning(
                code="heading.empty",
                where=quote_context(node),
                message="A heading says nothing; screen readers list it all the same.",
                hint="Take it out, or give it words.",
            )
        if level and int(node.tag[1]) > level + 1:
            yield warning(
                code="heading.skipped",
                where=f'"{shorten(node.text_content())}"',
                message=f"It is of level {node.tag[1]} and follows one of level {level}.",
                hint="Go down one level at a time.",
            )
        level = int(node.tag[1])


def _forbidden(page: HtmlPart) -> Iterator[Finding]:
    tags = dict.fromkeys(str(node.tag) for node in page.document.iter(*_FORBIDDEN))
    for tag in tags:
        yield error(
            code="html.forbidden",
            where=f"<{tag}>",
            message="Mail programs take it out, or take the letter for an attack.",
            hint="Link to a web page that has it.",
        )
    for link in page.document.xpath('//link[contains(@rel, "stylesheet")]/@href'):
        yield error(
            code="html.external",
            where=shorten(link),
            message="Style sheets from elsewhere are not loaded, and tell who reads the letter where they are.",
            hint="Write the rules into the theme's own files.",
        )
    handlers = page.document.xpath("//@*[starts-with(name(), 'on')]")
    if handlers:
        yield error(
            code="html.forbidden",
            where=shorten(f"<{handlers[0].getparent().tag} {handlers[0].attrname}>"),
            message="No mail program runs a script; many refuse the letter.",
            hint="Take the attribute out.",
        )


def _lists(page: HtmlPart) -> Iterator[Finding]:
    """Yield lists written as paragraphs, or lines, with a sign before each."""
    for parent in {id(p.getparent()): p.getparent() for p in page.document.iter("p")}.values():
        run: list[str] = []
        for child in parent:
            for line in _lines(child) if child.tag == "p" else ("",):
                run = [*run, line] if _ITEM.match(line) else []
                if len(run) == 3:
                    yield warning(
                        code="list.unmarked",
                        where=f'"{shorten(run[0])}"',
                        message="These lines look like a list and are none; a screen reader does not count them.",
                        hint='Write a list: lines that begin with "- " or "1. ", an empty line before the first.',
                    )


def _lines(paragraph: Any) -> list[str]:  # Any: lxml has no types
    """Return the words of *paragraph*, cut where it has a line break."""
    words = paragraph.text_content().strip()
    if paragraph.find("br") is None:
        return [words]
    lines = [paragraph.text or ""]
    for child in paragraph:
        if child.tag == "br":
            lines.append(child.tail or "")
        else:
            lines[-1] += child.text_content() + (child.tail or "")
    return lines
