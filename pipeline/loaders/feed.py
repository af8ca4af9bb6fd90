"""Load an entry of an RSS or Atom feed, by default the newest."""

from __future__ import annotations

import re
from calendar import timegm
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.html import read_fragment
from pipeline.models.article import Dropped

#: A shorter summary, without content beside it, is a teaser.
_TEASER_WORDS = 150
_TEASER_END = re.compile(
    r"(?:\[?(?:…|\.\.\.|&hellip;)\]?|(?:read|continue|lire|weiter|leer|leggi)\b[^.]{0,60})\s*$",
    re.IGNORECASE,
)


class FeedLoader:
    """RSS and Atom."""

    media_type = "application/rss+xml"
    suffixes = (".xml", ".rss", ".atom")

    def read(self, source: Source) -> LoadResult:
        """
        Turn an entry of the feed in *source* into an article.

        An entry with only a teaser names its page in `LoadResult.full_article_url`.

        Raises:
            LoadError: It is not a feed, has no entries, or not the requested one.
        """
        import feedparser

        feed = feedparser.parse(source.content, sanitize_html=False, resolve_relative_uris=True)
        if not feed.entries:
            what = (
                "this feed has no entries yet"
                if feed.version
                else "this is not an RSS or Atom feed"
            )
            raise LoadError(
                f"{source.location}: {what}. Open its address in a browser to see what it holds."
            )
        return _read(_choose(feed.entries, source), feed.feed, source)


def list_entries(source: Source) -> tuple[str, ...]:
    """
    Return the guid or link of each entry of the feed in *source*, oldest first.

    An entry with neither cannot be identified and is left out.

    Raises:
        LoadError: It is not a feed.
    """
    import feedparser

    feed = feedparser.parse(source.content, sanitize_html=False)
    if not feed.entries and not feed.version:
        raise LoadError(
            f"{source.location}: this is not an RSS or Atom feed. Open its address in a browser to see what it holds."
        )
    oldest_first = sorted(
        reversed(feed.entries), key=_published_parts
    )  # feeds put the newest first
    identifiers = (entry.get("id") or entry.get("link") for entry in oldest_first)
    return tuple(dict.fromkeys(filter(None, identifiers)))


def _choose(
    entries: list[Any], source: Source
) -> Any:  # Any: feedparser's dictionaries, here and below
    requested = source.entry
    if requested is None:
        return max(entries, key=_published_parts)  # the first of equals: feeds put the newest first
    if requested.isdigit() and 1 <= int(requested) <= len(entries):
        return entries[int(requested) - 1]
    for entry in entries:
        if requested in (entry.get("id"), entry.get("link")):
            return entry
    titles = "; ".join(
        f"{n} {_strip_tags(entry.get('title', ''))[:40]}" for n, entry in enumerate(entries[:8], 1)
    )
    raise LoadError(
        f'{source.location}: none of the {len(entries)} entries is "{requested}". '
        f"Name one by its number, guid or link: {titles}."
    )


def _read(entry: Any, feed: Any, source: Source) -> LoadResult:
    content, summary = _longest_content(entry), entry.get("summary", "")
    link = entry.get("link") or None
    title, byline = _strip_tags(entry.get("title", "")), _strip_tags(entry.get("author", ""))
    reading = read_fragment(
        content or summary or f"<p>{title}</p>", base_url=link, location=source.location
    )
    published = _read_published(entry)
    left_out = (
        _strip_tags(summary) if content and _strip_tags(summary) not in _strip_tags(content) else ""
    )
    article = replace(
        reading.article,
        title=title or None,
        byline=byline or None,
        published=published,
        language=feed.get("language") or reading.article.language,
        canonical_url=link,
        dropped=(
            *reading.article.dropped,
            *((Dropped(reason="feed.summary", text=left_out),) if left_out else ()),
        ),
    )
    visible = (
        title,
        byline,
        published.isoformat() if published else "",
        link or "",
        left_out,
        feed.get("language", ""),
    )
    return replace(
        reading,
        article=article,
        visible_text="\n".join((reading.visible_text, *visible)),
        full_article_url=link if not content and _is_teaser(summary) else None,
    )


def _longest_content(entry: Any) -> str:
    found = [part.get("value", "") for part in entry.get("content", [])]
    return max(found, key=len, default="")


def _is_teaser(summary: str) -> bool:
    text = _strip_tags(summary)
    return len(text.split()) < _TEASER_WORDS or bool(_TEASER_END.search(text))


def _strip_tags(html: str) -> str:
    """Return the text of *html* on one line."""
    from lxml import html as parser

    if "<" not in html and "&" not in html:
        return " ".join(html.split())
    element = parser.fromstring(f"<div>{html}</div>")
    return " ".join("".join(map(str, element.itertext())).split())


def _read_published(entry: Any) -> date | None:
    found = entry.get("published_parsed") or entry.get("updated_parsed")
    return datetime.fromtimestamp(timegm(found), UTC) if found else None


def _published_parts(entry: Any) -> tuple[int, ...]:
    return tuple((entry.get("published_parsed") or entry.get("updated_parsed") or ())[:6])
