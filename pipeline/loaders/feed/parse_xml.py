"""Parse RSS and Atom."""

from __future__ import annotations

import html
import io
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from pipeline.errors import LoadError
from pipeline.loaders.base import Source
from pipeline.loaders.feed.feed_dates import read_feed_date
from pipeline.loaders.feed.parsed_feed import Attachment, AttachmentKind, ParsedEntry, ParsedFeed

_MEDIA = "{http://search.yahoo.com/mrss/}"
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
#: Titles in RSS may be HTML: of tags in them these are markup, others are words.
_TITLE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|bdi|bdo|br|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u|var|wbr)"
    r"(?:\s[^<>]{0,500})?/?>|</(?:html|body|div|p|h[1-6])>|<(?:p|h[1-6])>",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[a-z!/]", re.IGNORECASE)
_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|[?#])", re.IGNORECASE)
_AVATAR = re.compile(r"//(?:[\w-]{1,20}\.)?gravatar\.com/", re.IGNORECASE)


#: Characters by number, among which are some that do not exist; feedparser fails at those.
_NUMBERED = re.compile(rb"&#(?:[xX]([0-9A-Fa-f]{1,40})|([0-9]{1,40}));")


def _replace_impossible(match: re.Match[bytes]) -> bytes:
    number = int(match[1], 16) if match[1] else int(match[2])
    is_character = 0 < number < 0xD800 or 0xDFFF < number < 0x110000
    return match[0] if is_character else b"&#xFFFD;"


@dataclass(kw_only=True)
class _Details:
    """What feedparser does not keep: the texts of media by URL, and who owns a podcast."""

    texts: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    owners: set[str] = field(default_factory=set)


def parse_xml_feed(source: Source) -> ParsedFeed | None:
    """Return the feed in *source*, None if it is neither RSS nor Atom."""
    import feedparser

    # as a stream: feedparser opens a file if the bytes themselves are its path
    content = _NUMBERED.sub(_replace_impossible, source.content)
    try:
        feed = feedparser.parse(
            io.BytesIO(content), sanitize_html=False, resolve_relative_uris=True
        )
    except Exception as error:  # its parser for broken XML raises whatever happens
        raise LoadError(
            f"{source.location}: the feed is damaged and cannot be read ({type(error).__name__}). "
            "Check it at validator.w3.org/feed."
        ) from error
    version = str(feed.get("version") or "")
    if not feed.entries and not version:
        return None
    details = _read_details(source.content)
    is_atom = version.startswith("atom")
    language = str(feed.feed.get("language") or "")
    entries = (_read_entry(each, feed.feed, details, language, is_atom) for each in feed.entries)
    return ParsedFeed(entries=tuple(entries), language=language)


# Any: feedparser's dictionaries, here and below
def _read_entry(
    entry: Any, feed: Any, details: _Details, language: str, is_atom: bool
) -> ParsedEntry:
    # dict.get: feedparser's own warns where it answers for another key
    date_text = str(dict.get(entry, "published") or dict.get(entry, "updated") or "")
    parts = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    authors = _list_authors(entry) or (_list_authors(feed) if is_atom else ())
    return ParsedEntry(
        id=str(entry.get("id") or ""),
        link=str(entry.get("link") or ""),
        title=_read_title(entry, is_atom),
        authors=tuple(name for name in authors if name not in details.owners) or authors,
        date_text=date_text,
        published=_read_parts(parts) or read_feed_date(date_text, language),
        content=_choose_content(entry, is_atom),
        summary=_to_html(entry.get("summary") or "", entry.get("summary_detail"), is_atom),
        attachments=tuple(_list_attachments(entry, details)),
    )


def _read_parts(parts: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(parts), UTC) if parts else None
    except (ValueError, OverflowError, OSError):
        return None


def _list_authors(node: Any) -> tuple[str, ...]:
    people = [each for each in node.get("authors", []) if each] or [{"name": node.get("author")}]
    names = []
    for person in people:
        name, email = str(person.get("name") or ""), str(person.get("email") or "")
        names.append(f"{name} <{email}>" if email and email not in name else name)
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _read_title(entry: Any, is_atom: bool) -> str:
    title, detail = str(entry.get("title") or ""), entry.get("title_detail") or {}
    if not (is_atom and detail.get("type") == "text/plain"):
        title = html.unescape(_TITLE_TAG.sub("", title))
    return " ".join(title.split())


def _choose_content(entry: Any, is_atom: bool) -> str:
    """Return the longest content, HTML before plain text, which podcasts use for a summary."""
    parts = [part for part in entry.get("content", []) if part.get("value")]
    best = max(
        parts, key=lambda part: (part.get("type") != "text/plain", len(part["value"])), default=None
    )
    return _to_html(best["value"], best, is_atom) if best else ""


def _to_html(text: str, detail: Any, is_atom: bool) -> str:
    """Return *text* as HTML: of plain text, each paragraph."""
    is_plain = is_atom and (detail or {}).get("type") == "text/plain"
    if not is_plain and (_ANY_TAG.search(text) or "\n\n" not in text.replace("\r\n", "\n")):
        return text
    paragraphs = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))
    escape = html.escape if is_plain else str
    return "".join(
        f"<p>{escape(paragraph.strip())}</p>" for paragraph in paragraphs if paragraph.strip()
    )


def _list_attachments(entry: Any, details: _Details) -> Iterator[Attachment]:
    media = entry.get("media_content", [])
    enclosures = [link for link in entry.get("links", []) if link.get("rel") == "enclosure"]
    thumbnails = entry.get("media_thumbnail", [])
    found: dict[str, Attachment] = {}
    for each in (*media, *enclosures, entry.get("image") or {}, *thumbnails):
        url = str(each.get("url") or each.get("href") or "").strip()
        if not url or url in found or _AVATAR.search(url):
            continue
        kind = str(each.get("medium") or each.get("type") or "").partition("/")[0].lower()
        is_image = kind == "image" or each in thumbnails or each == entry.get("image")
        is_image = is_image or (not kind and bool(_IMAGE_FILE.search(url)))
        description, title, credit = details.texts.get(url, ("", "", ""))
        width = str(each.get("width") or "")
        found[url] = Attachment(
            url=url,
            kind=AttachmentKind.IMAGE if is_image else AttachmentKind.FILE,
            description=description,
            title=title,
            credit=credit,
            width=int(width) if width.isdecimal() and len(width) < 6 else 0,
        )
    yield from found.values()


def _read_details(content: bytes) -> _Details:
    details = _Details()
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content.strip(), parser)
    except (etree.LxmlError, ValueError):
        return details
    if root is None:
        return details
    details.owners = {_get_text(each) for each in root.iter(f"{_ITUNES}author")}
    for element in root.iter(f"{_MEDIA}content", f"{_MEDIA}thumbnail"):
        if url := (element.get("url") or "").strip():
            description, title, credit = (
                _find_text(element, name) for name in ("description", "title", "credit")
            )
            details.texts.setdefault(url, (description, title, credit))
    return details


def _find_text(element: Any, name: str) -> str:
    """Return the media text *name* of *element*, or that of its group or entry."""
    found = element.find(f"{_MEDIA}{name}")
    parent = element.getparent()
    while found is None and parent is not None and parent.tag not in {"channel", "rss"}:
        found = parent.find(f"{_MEDIA}{name}")
        parent = parent.getparent() if parent.tag == f"{_MEDIA}group" else None
    return _get_text(found) if found is not None else ""


def _get_text(element: Any) -> str:
    return " ".join("".join(map(str, element.itertext())).split())
