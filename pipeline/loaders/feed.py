"""Feeds: one entry of an RSS or Atom feed, by default the newest."""

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

#: A summary shorter than this, without content beside it, is a teaser.
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

        An entry that holds only a teaser names its page in `LoadResult.full_article_url`.

        Raises:
            LoadError: It is no feed, has no entries, or not the one asked for.
        """
        import feedparser

        feed = feedparser.parse(source.content, sanitize_html=False, resolve_relative_uris=True)
        if not feed.entries:
            what = "this feed has no entries yet" if feed.version else "this is no RSS or Atom feed"
            raise LoadError(
                f"{source.location}: {what}. Open its address in a browser to see what it holds."
            )
        return _read(_choose(feed.entries, source), feed.feed, source)


def entries(source: Source) -> tuple[str, ...]:
    """
    Return the guid, else the link, of each entry of the feed in *source*, the oldest first.

    One that has neither cannot be told from others and is left out.

    Raises:
        LoadError: It is no feed.
    """
    import feedparser

    feed = feedparser.parse(source.content, sanitize_html=False)
    if not feed.entries and not feed.version:
        raise LoadError(
            f"{source.location}: this is no RSS or Atom feed. Open its address in a browser to see what it holds."
        )
    oldest_first = sorted(reversed(feed.entries), key=_instant)  # feeds put the newest first
    named = (entry.get("id") or entry.get("link") for entry in oldest_first)
    return tuple(dict.fromkeys(filter(None, named)))


def _choose(
    entries: list[Any], source: Source
) -> Any:  # Any: feedparser's dictionaries, here and below
    wanted = source.entry
    if wanted is None:
        return max(entries, key=_instant)  # the first of equals: feeds put the newest first
    if wanted.isdigit() and 1 <= int(wanted) <= len(entries):
        return entries[int(wanted) - 1]
    for entry in entries:
        if wanted in (entry.get("id"), entry.get("link")):
            return entry
    titles = "; ".join(
        f"{n} {_plain(entry.get('title', ''))[:40]}" for n, entry in enumerate(entries[:8], 1)
    )
    raise LoadError(
        f'{source.location}: there is no entry "{wanted}" among {len(entries)}. '
        f"Give its number, guid or link: {titles}."
    )


def _read(entry: Any, feed: Any, source: Source) -> LoadResult:
    content, summary = _content(entry), entry.get("summary", "")
    link = entry.get("link") or None
    title, byline = _plain(entry.get("title", "")), _plain(entry.get("author", ""))
    reading = read_fragment(
        content or summary or f"<p>{title}</p>", base_url=link, location=source.location
    )
    published = _published(entry)
    left_out = _plain(summary) if content and _plain(summary) not in _plain(content) else ""
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
    said = (
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
        visible_text="\n".join((reading.visible_text, *said)),
        full_article_url=link if not content and _is_teaser(summary) else None,
    )


def _content(entry: Any) -> str:
    found = [part.get("value", "") for part in entry.get("content", [])]
    return max(found, key=len, default="")


def _is_teaser(summary: str) -> bool:
    words = _plain(summary)
    return len(words.split()) < _TEASER_WORDS or bool(_TEASER_END.search(words))


def _plain(html: str) -> str:
    """Return the words of *html* on one line."""
    from lxml import html as parser

    if "<" not in html and "&" not in html:
        return " ".join(html.split())
    element = parser.fromstring(f"<div>{html}</div>")
    return " ".join("".join(map(str, element.itertext())).split())


def _published(entry: Any) -> date | None:
    found = entry.get("published_parsed") or entry.get("updated_parsed")
    return datetime.fromtimestamp(timegm(found), UTC) if found else None


def _instant(entry: Any) -> tuple[int, ...]:
    return tuple((entry.get("published_parsed") or entry.get("updated_parsed") or ())[:6])
