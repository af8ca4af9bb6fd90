"""Recognize the byline and date of an article in its header."""

from __future__ import annotations

import re
from datetime import date

from pipeline.loaders.html.dom import Element, get_text, get_visible_text, strip_punctuation
from pipeline.loaders.shared.dates import MONTHS, find_date, read_date

_BYLINE = re.compile(
    r"(?:^|[\s_:-])(?:by-?lines?|author|authors|p-author|vcard|posted-?(?:on|by)|date-?line|date|dates|time|pub-?date|published|"
    r"post-?meta|entry-?meta|article-?meta|article-?info|meta|metadata|topics?|kicker|eyebrow|avatar|read(?:ing)?-?time)(?:$|[\s_-])",
    re.IGNORECASE,
)
_AUTHOR = re.compile(r"(?:^|[\s_-])(?:by-?line|author|p-author)(?:$|[\s_-])", re.IGNORECASE)
_BY = re.compile(
    r"(?:written |posted |words )?(?:by|von|par|por|di|av|af|door|autor|author|text)[:\s]\s*",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|\b(?:{'|'.join(MONTHS)})\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_CONTAINERS = {"header", "article", "section", "main", "body", "img"}


def has_byline_class(element: Element) -> bool:
    """Whether the class of *element* names a byline, date or similar line."""
    return bool(_BYLINE.search(element.get("class") or ""))


def is_byline(element: Element) -> bool:
    """Whether *element* is marked as a byline, date or similar line."""
    if element.tag in {"time", "address"} or element.get("rel") == "author":
        return True
    name = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    return bool(_BYLINE.search(name)) and element.tag not in _CONTAINERS


def is_byline_text(text: str, byline: str | None) -> bool:
    """Whether *text* is only *byline* or a date."""
    if byline and strip_punctuation(_BY.sub("", text, count=1)) == strip_punctuation(byline):
        return True
    return bool(_DATE.search(text)) and bool(_YEAR.search(text)) and len(text.split()) <= 6


def find_byline(element: Element) -> str | None:
    """Return the author named in *element*."""
    marked = [
        e
        for e in element.iter()
        if e.get("rel") == "author" or e.get("itemprop") == "author" or e.tag == "address"
    ]
    marked += [e for e in element.iter() if _AUTHOR.search(e.get("class") or "")]
    for inner in marked:
        text = _get_text_without_time(inner)
        if by := _BY.match(text):
            text = text[by.end() :]
        if 1 <= len(text.split()) <= 12 and not _YEAR.search(text):
            return text.strip(" ,·|•")
    return None


def _get_text_without_time(element: Element) -> str:
    """Return the visible text of *element* before the first `<time>` in it, or after one at its beginning."""
    time = next(element.iter("time"), None)
    text = get_visible_text(element)
    if time is None or time is element or not (date_text := get_visible_text(time)):
        return text
    before, _, after = text.partition(date_text)
    return (before.strip(" ,·|•–—-") or after.strip(" ,·|•–—-")) if before or after else text


def find_published(element: Element) -> date | None:
    """Return the date in *element*."""
    for inner in element.iter("time"):
        if found := read_date(inner.get("datetime") or "", allow_trailing=True):
            return found
    if found := read_date(get_text(element), allow_trailing=True):
        return found
    in_text = find_date(get_visible_text(element))
    return in_text.day if in_text else None
