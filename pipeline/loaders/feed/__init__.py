"""
Load an entry of an RSS feed, Atom feed or JSON Feed, by default the newest.

1. The feed is parsed (`parse_xml`, `parse_json`) into `ParsedFeed`.
2. An entry is chosen (`choose_entry`).
3. Its content becomes the article (`read_entry`), with the pictures and recordings beside it (`attachments`).
"""

from __future__ import annotations

from pipeline.clock import Clock, SystemClock
from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.models.feed_entry import FeedEntry

__all__ = ["FeedLoader", "list_entries"]

_ADVICE = "Open its address in a browser to see what it holds."


class FeedLoader:
    """RSS, Atom and JSON Feed."""

    media_type = "application/rss+xml"
    suffixes = (".xml", ".rss", ".atom", ".json")

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def read(self, source: Source) -> LoadResult:
        """
        Turn an entry of the feed in *source* into an article.

        An entry with only a teaser names its page in `LoadResult.full_article_url`.
        """
        from pipeline.loaders.feed.choose_entry import choose_entry
        from pipeline.loaders.feed.read_entry import parse_feed, read_entry
        from pipeline.loaders.shared.html_nodes.load_report import LoadReport

        feed = parse_feed(source)
        if not feed.entries:
            raise LoadError(f"{source.location}: this feed has no entries yet. {_ADVICE}")
        report = LoadReport()
        entry = choose_entry(feed, source, self._clock.now(), report)
        return read_entry(entry, feed, source, report)


def list_entries(source: Source) -> tuple[FeedEntry, ...]:
    """
    Return the entries of the feed in *source*, oldest first.

    An entry with neither guid nor link cannot be identified and is left out.
    """
    from pipeline.loaders.feed.choose_entry import list_newest_first
    from pipeline.loaders.feed.read_entry import parse_feed, summarize_entry

    oldest_first = reversed(list_newest_first(parse_feed(source).entries))
    entries = (summarize_entry(entry, source) for entry in oldest_first)
    return tuple({entry.id: entry for entry in entries if entry.id}.values())
