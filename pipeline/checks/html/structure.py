"""The structure of the HTML document, for email clients and screen readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.checks.findings import error, join_first, shorten, warning
from pipeline.checks.html.css import parse_declarations
from pipeline.checks.html.html_part import HtmlPart, quote_context
from pipeline.models.finding import Finding

_FORBIDDEN_TAGS = tuple(
    "script form iframe video audio object embed base frame applet input textarea select canvas svg math".split()
)
_LIST_ITEM = re.compile(r"\s*(?:[•◦▪‣·*–—-]|\(?\d{1,2}[.)])\s+\S")
_ZOOM_LOCK = re.compile(r"user-scalable\s*=\s*(no|0)|maximum-scale\s*=\s*[01](\.\d+)?\b(?!\d)")
_HEAD = "the head of the HTML"
_DIRECTIONS = {"ltr": "left to right", "rtl": "right to left"}


def check_structure(part: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the structure of the document."""
    yield from _check_head(part)
    yield from _check_language(part)
    yield from _check_tables(part)
    yield from _check_reading_order(part)
    yield from _check_headings(part)
    yield from _check_forbidden(part)
    yield from _check_lists(part)


def _check_head(part: HtmlPart) -> Iterator[Finding]:
    document, html = part.document, part.variant.html.lower()
    if not (document.findtext("head/title") or "").strip():
        yield warning(
            code="title.missing",
            where=_HEAD,
            message="The document has no title, which screen readers read first and browser tabs show.",
            hint="Print email.title in the theme's mj-title.",
        )
    declared = "".join(document.xpath("//meta/@charset | //meta/@content")).lower()
    if "utf-8" not in declared:
        yield error(
            code="charset.missing",
            where=_HEAD,
            message="The HTML does not declare UTF-8; Gmail then guesses, and may clip the message at once.",
            hint='Add <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">.',
        )
    for viewport in document.xpath('//meta[@name="viewport"]/@content'):
        if _ZOOM_LOCK.search(viewport.lower()):
            yield warning(
                code="viewport.zoom-locked",
                where=_HEAD,
                message="Readers cannot zoom in, as those with low vision need to.",
                hint="Remove user-scalable and maximum-scale from the viewport.",
            )
    if "officedocumentsettings" not in html or "pixelsperinch" not in html:
        yield warning(
            code="outlook.scaling",
            where=_HEAD,
            message="On high-resolution screens Outlook scales images but not their cells: the layout breaks.",
            hint="Keep the block <o:OfficeDocumentSettings> with <o:PixelsPerInch>96.",
        )
    if not document.xpath('//meta[@name="format-detection"]'):
        yield warning(
            code="client.auto-links",
            where=_HEAD,
            message="Phones turn dates and numbers into blue underlined links that lead nowhere useful.",
            hint='Add <meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">.',
        )
    has_dark_meta = document.xpath('//meta[@name="color-scheme"][contains(@content, "dark")]')
    if not has_dark_meta or not part.has_dark_styles:
        yield warning(
            code="dark.unauthored",
            where=_HEAD,
            message="The theme has no dark mode; each email client inverts the colors its own way, some illegibly.",
            hint="Keep the color-scheme meta tags and the rules for prefers-color-scheme: dark in the theme.",
        )


def _check_language(part: HtmlPart) -> Iterator[Finding]:
    document, edition = part.document, part.variant.edition
    body = document.find("body")
    children = [] if body is None else [child for child in body if isinstance(child.tag, str)]
    nodes = [document, *children]
    if unmarked := [node for node in nodes if not (node.get("lang") and node.get("dir"))]:
        yield warning(
            code="language.missing",
            where=join_first([f"<{node.tag}>" for node in unmarked]),
            message="The language or direction is missing, so screen readers may use the wrong voice. "
            "Webmail removes the outer tags, so each part needs them.",
            hint='Add lang="…" and dir="…" to <html> and to everything directly in <body>.',
        )
    for node in nodes:
        direction = node.get("dir") or edition.direction
        if direction != edition.direction:
            yield error(
                code="direction.wrong",
                where=f"<{node.tag}>",
                message=f"The text is set {_DIRECTIONS.get(direction, direction)}, but {edition.language} is written "
                f"{_DIRECTIONS[edition.direction]}: punctuation and columns appear in the wrong order.",
                hint="Print email.direction in the theme.",
            )


def _check_tables(part: HtmlPart) -> Iterator[Finding]:
    """Yield layout tables that are not marked as such, including those in comments for Outlook."""
    unmarked = [
        tag
        for tag in re.findall(r"<table\b[^<>]*+>", part.variant.html, re.IGNORECASE)
        if not re.search(r"\brole\s*=\s*[\"']?(presentation|none)\b", tag)
        and not re.search(r"\bclass\s*=\s*[\"'][^\"']*\bdata\b", tag)
    ]
    data = [table for table in part.document.iter("table") if table.find(".//th") is not None]
    if len(unmarked) > len(data):
        yield warning(
            code="table.role-missing",
            where=shorten(unmarked[0], 80),
            message="Screen readers read this layout table out as data, with rows and columns.",
            hint='Add role="presentation" to tables that are only for layout.',
        )


def _check_reading_order(part: HtmlPart) -> Iterator[Finding]:
    """Yield columns set against the direction of the text: they are read out in reverse order."""
    direction = part.variant.edition.direction
    for node in part.document.xpath("//*[contains(@style, 'direction')]"):
        styles = {d.name: d.value for d in parse_declarations(node.get("style"))}
        columns = [child for child in node if child.tag in ("div", "table", "td")]
        if styles.get("direction", direction) != direction and len(columns) > 1:
            yield warning(
                code="order.reversed",
                where=quote_context(columns[0]),
                message=f"These columns run against the direction of the text, {_DIRECTIONS[direction]}: "
                "screen readers read them out in another order than they are seen.",
                hint="Write the columns in reading order, and set no direction.",
            )


def _check_headings(part: HtmlPart) -> Iterator[Finding]:
    headings = list(part.document.iter("h1", "h2", "h3", "h4", "h5", "h6"))
    titles = [f'"{shorten(node.text_content())}"' for node in headings if node.tag == "h1"]
    if len(titles) != 1:
        yield warning(
            code="heading.title-twice" if titles else "heading.title-missing",
            where=join_first(titles) if titles else "the headings",
            message=f"There are {len(titles) or 'no'} top-level headings; screen reader users jump to the one title.",
            hint="Make the newsletter's title the only <h1>.",
        )
    level = 0
    for node in headings:
        if not node.text_content().strip() and not node.xpath(".//img[@alt]"):
            yield warning(
                code="heading.empty",
                where=quote_context(node),
                message="A heading is empty, but screen readers still announce it.",
                hint="Remove it, or give it a text.",
            )
        if level and int(node.tag[1]) > level + 1:
            yield warning(
                code="heading.skipped",
                where=f'"{shorten(node.text_content())}"',
                message=f"The heading has level {node.tag[1]} but follows one of level {level}; "
                "screen reader users believe that they missed a section.",
                hint="Go down one level at a time.",
            )
        level = int(node.tag[1])


def _check_forbidden(part: HtmlPart) -> Iterator[Finding]:
    for tag in dict.fromkeys(str(node.tag) for node in part.document.iter(*_FORBIDDEN_TAGS)):
        yield error(
            code="html.forbidden",
            where=f"<{tag}>",
            message="Email clients strip it or flag the message as malicious.",
            hint="Link to a web page that has it.",
        )
    for href in part.document.xpath('//link[contains(@rel, "stylesheet")]/@href'):
        yield error(
            code="html.external",
            where=shorten(href),
            message="Email clients do not load external style sheets, and those that do reveal who reads.",
            hint="Put the rules into the theme's own files.",
        )
    if handlers := part.document.xpath("//@*[starts-with(name(), 'on')]"):
        yield error(
            code="html.forbidden",
            where=shorten(f"<{handlers[0].getparent().tag} {handlers[0].attrname}>"),
            message="Email clients do not run scripts, and many reject the message.",
            hint="Remove the attribute.",
        )


def _check_lists(part: HtmlPart) -> Iterator[Finding]:
    """Yield lists that are written as paragraphs or lines with a bullet or number in front of each."""
    parents = {id(p.getparent()): p.getparent() for p in part.document.iter("p")}
    for parent in parents.values():
        items: list[str] = []
        for child in parent:
            for line in _split_lines(child) if child.tag == "p" else ("",):
                items = [*items, line] if _LIST_ITEM.match(line) else []
                if len(items) == 3:
                    yield warning(
                        code="list.unmarked",
                        where=f'"{shorten(items[0])}"',
                        message="These lines look like a list but are not marked as one; "
                        "screen readers do not announce it.",
                        hint='Write a list: lines starting with "- " or "1. ", after an empty line.',
                    )


def _split_lines(paragraph: Any) -> list[str]:  # Any: lxml has no types
    """Return the text of *paragraph*, split at its line breaks."""
    if paragraph.find("br") is None:
        return [paragraph.text_content().strip()]
    lines = [paragraph.text or ""]
    for child in paragraph:
        if child.tag == "br":
            lines.append(child.tail or "")
        else:
            lines[-1] += child.text_content() + (child.tail or "")
    return lines
