"""Load an entry of an RSS or Atom feed, by default the newest."""

from __future__ import annotations

import io
import re
from calendar import timegm
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.safe_urls import resolve_web_url
from pipeline.models.article import Article, Dropped, Figure, Image, Text
from pipeline.models.tree import map_nodes

#: A shorter summary, without content beside it, is a teaser.
_TEASER_WORDS = 150
_TEASER_END = re.compile(
    r"(?:\[?(?:…|\.\.\.|&hellip;)\]?|(?:read|continue|lire|weiter|leer|leggi)\b[^.]{0,60})\s*$",
    re.IGNORECASE,
)
_ADVICE = "Open its address in a browser to see what it holds."


class FeedLoader:
    """RSS and Atom."""

    media_type = "application/rss+xml"
    suffixes = (".xml", ".rss", ".atom")

    def read(self, source: Source) -> LoadResult:
        """
        Turn an entry of the feed in *source* into an article.

        An entry with only a teaser names its page in `LoadResult.full_article_url`.
        """
        feed = _parse_feed(source)
        if not feed.entries:
            raise LoadError(f"{source.location}: this feed has no entries yet. {_ADVICE}")
        return _read(_choose(feed.entries, source), feed.feed, source)


def list_entries(source: Source) -> tuple[str, ...]:
    """
    Return the guid or link of each entry of the feed in *source*, oldest first.

    An entry with neither cannot be identified and is left out.
    """
    # feeds put the newest first
    oldest_first = sorted(reversed(_parse_feed(source).entries), key=_published_parts)
    identifiers = (entry.get("id") or entry.get("link") for entry in oldest_first)
    return tuple(dict.fromkeys(filter(None, identifiers)))


def _parse_feed(source: Source) -> Any:  # Any: feedparser's dictionaries, here and below
    import feedparser

    # as a stream: feedparser opens a file if the bytes themselves are its path
    content = io.BytesIO(source.content)
    feed = feedparser.parse(content, sanitize_html=False, resolve_relative_uris=True)
    if not feed.entries and not feed.version:
        raise LoadError(f"{source.location}: this is not an RSS or Atom feed. {_ADVICE}")
    return feed


def _choose(entries: list[Any], source: Source) -> Any:
    from pipeline.loaders.html.dom import get_fragment_text

    requested = source.entry
    if requested is None:
        return max(entries, key=_published_parts)  # the first of equals: feeds put the newest first
    for entry in entries:  # before numbers: a guid may be one, and scheduled feeds ask by guid
        if requested in (entry.get("id"), entry.get("link")):
            return entry
    if requested.isdecimal() and len(requested) < 10 and 1 <= int(requested) <= len(entries):
        return entries[int(requested) - 1]
    titles = "; ".join(
        f"{n} {get_fragment_text(entry.get('title', ''))[:40]}"
        for n, entry in enumerate(entries[:8], 1)
    )
    raise LoadError(
        f'{source.location}: none of the {len(entries)} entries is "{requested}". '
        f"Name one by its number, guid or link: {titles}."
    )


def _read(entry: Any, feed: Any, source: Source) -> LoadResult:
    from pipeline.loaders.html.dom import get_fragment_text
    from pipeline.loaders.html.read_page import read_fragment

    contents = (part.get("value", "") for part in entry.get("content", []))
    content, summary = max(contents, key=len, default=""), entry.get("summary", "")
    summary_text = get_fragment_text(summary)
    report = LoadReport()
    declared_link = entry.get("link") or ""
    link = resolve_web_url(declared_link, source.url)
    if declared_link and not link:
        report.drop_url(declared_link, "link of the entry")
    title = get_fragment_text(entry.get("title", ""))
    byline = get_fragment_text(entry.get("author", ""))
    reading = read_fragment(
        content or summary or f"<p>{title}</p>",
        base_url=link or source.url,
        location=source.location,
        has_layout_tables=True,
    )
    date_parts = entry.get("published_parsed") or entry.get("updated_parsed")
    published = datetime.fromtimestamp(timegm(date_parts), UTC) if date_parts else None
    is_repeated = not content or summary_text in get_fragment_text(content)
    left_out = "" if is_repeated else summary_text
    article = replace(
        _remove_local_images(reading.article, report),
        title=title or None,
        byline=byline or None,
        published=published,
        language=feed.get("language") or reading.article.language,
        canonical_url=link,
        dropped=(
            *reading.article.dropped,
            *report.dropped,
            *((Dropped(reason="feed.summary", text=left_out),) if left_out else ()),
        ),
        warnings=(*reading.article.warnings, *report.warnings),
    )
    visible = (
        title,
        byline,
        published.isoformat() if published else "",
        link or declared_link,
        left_out,
        feed.get("language", ""),
    )
    return replace(
        reading,
        article=article,
        visible_text="\n".join((reading.visible_text, *visible)),
        markup=(*reading.markup, *report.markup),
        full_article_url=link if not content and _is_teaser(summary_text) else None,
    )


def _remove_local_images(article: Article, report: LoadReport) -> Article:
    """Return *article* without images that are not on the web: no feed can mail a file of this machine."""

    def change(node: Any) -> Any:  # Any: a node or a value in, the same out
        src = node.src if isinstance(node, Figure | Image) else None
        if not src or resolve_web_url(src, None):
            return node
        report.add_markup("image.unsafe", src)
        report.warn("image.unsafe", f"An image was left out: {src[:60]} is not a web address.")
        return Text(text=node.alt) if isinstance(node, Image) else replace(node, src=None)

    return map_nodes(article, change)


def _is_teaser(text: str) -> bool:
    return len(text.split()) < _TEASER_WORDS or bool(_TEASER_END.search(text))


def _published_parts(entry: Any) -> tuple[int, ...]:
    return tuple((entry.get("published_parsed") or entry.get("updated_parsed") or ())[:6])
