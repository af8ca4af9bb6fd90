"""Read author, date and address that classes (h-entry) or microdata name anywhere in the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.loaders.html import dom
from pipeline.loaders.html.dom import Element
from pipeline.loaders.html.metadata import PageMetadata
from pipeline.loaders.shared.dates import read_date
from pipeline.loaders.shared.html_nodes.safe_urls import resolve_web_url

#: Other people's: a comment, a quotation, a card of a related article.
_FOREIGN = re.compile(
    r"(?:^|\s)(?:h-cite|p-comment|u-comment|comment|h-feed-item|u-in-reply-to)(?:\s|$)"
)
_CARD = re.compile(r"(?:^|\s)(?:h-card|p-author)(?:\s|$)")
_PROPERTIES = re.compile(r"(?:^|\s)properties(?:\s|$)")
_AUTHOR_NAMES = frozenset("author authors by writer byline autor autorin auteur autore".split())
_DATE_NAMES = frozenset("date published publish-date publication-date datum fecha data".split())


def read_microformats(body: Element, metadata: PageMetadata, url: str | None) -> PageMetadata:
    """Return *metadata* with what it lacks and the page *body* names by classes, microdata or a Notion table."""
    if metadata.byline is None and (byline := _find_authors(body)):
        metadata = replace(metadata, byline=byline)
    if metadata.published is None:
        for element in _iter_marked(body, "dt-published", "datePublished"):
            value = element.get("datetime") or element.get("content") or dom.get_text(element)
            if published := read_date(value, allow_trailing=True):
                metadata = replace(metadata, published=published)
                break
    declared = next(_iter_links(body), "")
    if declared and metadata.canonical_url in (None, url):
        canonical = resolve_web_url(declared, url)
        if canonical:
            metadata = replace(
                metadata, canonical_url=canonical, base_url=metadata.base_url or canonical
            )
        elif metadata.invalid_canonical_url is None:
            metadata = replace(metadata, invalid_canonical_url=declared)
    return _read_properties(body, metadata)


def _find_authors(body: Element) -> str:
    names = []
    marked = list(_iter_marked(body, "p-author", "author"))
    scope = _find_scope(marked[0]) if marked else None
    for element in marked:
        if _find_scope(element) is not scope:  # of another article
            continue
        inner = next((e for e in element.iter() if _has_mark(e, "p-name", "name")), element)
        name = dom.get_text(inner) or (inner.get("content") or "").strip()
        name = re.sub(r"^(?:by|von|par|por|di)\s+", "", name, flags=re.IGNORECASE)
        if 1 <= len(name.split()) <= 8 and "@" not in name and len(name) <= 80:
            names.append(name)
    return ", ".join(dict.fromkeys(names)) if len(set(names)) <= 6 else ""


def _find_scope(element: Element) -> Element | None:
    """Return the article that *element* describes."""
    for ancestor in element.iterancestors():
        if ancestor.tag == "article" or "h-entry" in (ancestor.get("class") or "").split():
            return ancestor
    return None


def _iter_links(body: Element) -> Iterator[str]:
    for element in body.iter("a"):
        if "p-canonical" in (element.get("class") or "").split() and element.get("href"):
            yield str(element.get("href"))
    for element in _iter_marked(body, "u-url", ""):
        outer = (element, *element.iterancestors())
        if element.get("href") and not any(_CARD.search(e.get("class") or "") for e in outer):
            yield str(element.get("href"))


def _iter_marked(body: Element, class_name: str, item_property: str) -> Iterator[Element]:
    for element in body.iter():
        if isinstance(element.tag, str) and _has_mark(element, class_name, item_property):
            outer = (element, *element.iterancestors())
            if not any(_FOREIGN.search(e.get("class") or "") for e in outer):
                yield element


def _has_mark(element: Element, class_name: str, item_property: str) -> bool:
    if class_name in (element.get("class") or "").split():
        return True
    return bool(item_property) and element.get("itemprop") == item_property


def _read_properties(body: Element, metadata: PageMetadata) -> PageMetadata:
    """Read author and date from the table of properties on top of a page that Notion exported."""
    tables = (e for e in body.iter("table") if _PROPERTIES.search(e.get("class") or ""))
    for row in [row for table in tables for row in table.iter("tr")]:
        cells = [dom.get_text(cell) for cell in row if cell.tag in {"th", "td"}]
        if len(cells) != 2 or not cells[1]:
            continue
        name, value = cells[0].strip().lower(), cells[1].strip().lstrip("@")
        if (
            name in _AUTHOR_NAMES
            and metadata.byline is None
            and len(value) <= 80
            and "@" not in value
        ):
            metadata = replace(metadata, byline=value)
        elif name in _DATE_NAMES and metadata.published is None:
            metadata = replace(metadata, published=read_date(value))
    return metadata
