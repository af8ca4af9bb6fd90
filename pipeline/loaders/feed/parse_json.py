"""Parse JSON Feed (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import Any

from pipeline.loaders.base import Source
from pipeline.loaders.feed.feed_dates import read_feed_date
from pipeline.loaders.feed.parsed_feed import Attachment, AttachmentKind, ParsedEntry, ParsedFeed


def parse_json_feed(source: Source) -> ParsedFeed | None:
    """Return the feed in *source*, None if it is no JSON Feed."""
    if not source.content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        feed = json.loads(source.content)
    except (ValueError, RecursionError):
        return None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(feed.get("version")):
        return None
    language = _get(feed, "language")
    entries = (_read_item(item, feed, language) for item in items if isinstance(item, dict))
    return ParsedFeed(entries=tuple(entries), language=language)


# Any: JSON, here and below
def _read_item(item: dict[str, Any], feed: dict[str, Any], language: str) -> ParsedEntry:
    date_text = _get(item, "date_published") or _get(item, "date_modified")
    text = _get(item, "content_text")
    return ParsedEntry(
        id=_get(item, "id"),
        link=_get(item, "url") or _get(item, "external_url"),
        title=" ".join(_get(item, "title").split()),
        authors=_list_authors(item) or _list_authors(feed),
        date_text=date_text,
        published=read_feed_date(date_text, _get(item, "language") or language),
        content=_get(item, "content_html") or _to_paragraphs(text),
        summary=_to_paragraphs(_get(item, "summary")),
        attachments=tuple(_list_attachments(item)),
    )


def _list_authors(node: dict[str, Any]) -> tuple[str, ...]:
    authors = node.get("authors")
    people = authors if isinstance(authors, list) else [node.get("author")]
    return tuple(name for each in people if isinstance(each, dict) and (name := _get(each, "name")))


def _list_attachments(item: dict[str, Any]) -> Iterator[Attachment]:
    for name in ("image", "banner_image"):
        if url := _get(item, name):
            yield Attachment(url=url, kind=AttachmentKind.IMAGE)
    attachments = item.get("attachments")
    for each in attachments if isinstance(attachments, list) else []:
        if isinstance(each, dict) and (url := _get(each, "url")):
            is_image = _get(each, "mime_type").startswith("image/")
            kind = AttachmentKind.IMAGE if is_image else AttachmentKind.FILE
            yield Attachment(url=url, kind=kind, title=_get(each, "title"))


def _to_paragraphs(text: str) -> str:
    paragraphs = text.replace("\r\n", "\n").split("\n\n")
    return "".join(f"<p>{html.escape(part.strip())}</p>" for part in paragraphs if part.strip())


def _get(node: dict[str, Any], name: str) -> str:
    value = node.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)
