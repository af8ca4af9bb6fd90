"""Write an Atom feed (RFC 4287), its older documents as archived feeds (RFC 5005 §4)."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from pipeline.archive.feeds.feed_pages import FeedPage, FeedSource, SyndicatedIssue
from pipeline.rendering.web.issue_head import format_time

_ATOM = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"
_NAMESPACES: Any = {None: _ATOM, "fh": _HISTORY}  # Any: None is the default namespace
_XHTML = "http://www.w3.org/1999/xhtml"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_VOID_TAG = re.compile(r"<(br|hr|img|wbr)\b([^<>]*?)/?>")


def write_atom(page: FeedPage, source: FeedSource) -> bytes:
    """Return *page* as an Atom document."""
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap=_NAMESPACES)
    feed.set(_LANGUAGE, source.language)
    _add(feed, "id", f"tag:{source.domain},2026-01-01:archive")
    _add(feed, "title", source.title)
    _add(feed, "updated", format_time(page.updated_at))
    author = _add(feed, "author")
    _add(author, "name", source.title)
    _add(feed, "generator", "Handbill")
    _add_link(feed, "alternate", f"{source.url}/", "text/html")
    _add_link(feed, "self", f"{source.url}/{page.name}.atom", "application/atom+xml")
    if page.is_archived:
        etree.SubElement(feed, f"{{{_HISTORY}}}archive")
        _add_link(feed, "current", f"{source.url}/feed.atom", "application/atom+xml")
    for relation, name in (("prev-archive", page.older), ("next-archive", page.newer)):
        if name:
            _add_link(feed, relation, f"{source.url}/{name}.atom", "application/atom+xml")
    for entry in source.list_entries(page):
        _add_entry(feed, entry, source)
    return etree.tostring(feed, encoding="utf-8", xml_declaration=True) + b"\n"


def _add_entry(feed: Any, entry: SyndicatedIssue, source: FeedSource) -> None:  # Any: an element
    issue = entry.issue
    element = etree.SubElement(feed, f"{{{_ATOM}}}entry")
    element.set(_LANGUAGE, issue.card.language)
    _add(element, "id", issue.tag)
    _add(element, "title", entry.title)
    _add_link(element, "alternate", entry.url, "text/html")
    _add(element, "published", format_time(issue.published_at))
    _add(element, "updated", format_time(issue.updated_at))
    _add(_add(element, "author"), "name", entry.byline or source.title)
    if entry.summary:
        _add(element, "summary", entry.summary)
    content = _add(element, "content", type="xhtml")
    html = _VOID_TAG.sub(r"<\1\2/>", entry.html)
    direction = issue.card.direction
    content.append(
        etree.fromstring(
            f'<div xmlns="{_XHTML}" lang="{issue.card.language}" dir="{direction}">{html}</div>',
            etree.XMLParser(resolve_entities=False, huge_tree=True),
        )
    )


def _add(
    parent: Any, name: str, text: str | None = None, **attributes: str
) -> Any:  # Any: elements
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    element.text = _clean(text) if text is not None else None
    return element


def _add_link(parent: Any, relation: str, url: str, media_type: str) -> None:  # Any: an element
    _add(parent, "link", rel=relation, type=media_type, href=url)


def _clean(text: str) -> str:
    """Return *text* without characters that XML does not allow (XML 1.0 §2.2)."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
