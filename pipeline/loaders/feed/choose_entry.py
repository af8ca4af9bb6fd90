"""Choose an entry of a feed: the one asked for, or the newest that is out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from pipeline.errors import LoadError
from pipeline.loaders.base import Source
from pipeline.loaders.feed.parsed_feed import ParsedEntry, ParsedFeed
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

#: An entry may be dated this far ahead of now without being announced: a date without a zone may be off by as much.
_MAX_ZONE_ERROR = timedelta(hours=14)
_OLDEST = datetime.min.replace(tzinfo=UTC)
_ADVICE = "Choose another with --entry."


def choose_entry(
    feed: ParsedFeed, source: Source, now: datetime, report: LoadReport
) -> ParsedEntry:
    """
    Return the entry that *source* asks for, else the newest that is not dated ahead of *now*.

    Where dates do not decide, *report* says so.
    """
    if source.entry is not None:
        return _find_entry(feed.entries, source, source.entry)
    newest_first = list_newest_first(feed.entries)
    ahead = [entry for entry in newest_first if is_ahead(entry.published, now)]
    candidates = [entry for entry in newest_first if entry not in ahead] or newest_first
    chosen = candidates[0]
    if ahead:
        _warn_ahead(chosen, ahead, report)
    undated = [entry for entry in feed.entries if entry.published is None]
    if undated and len(feed.entries) > 1:
        _warn_undated(chosen, undated, report)
    return chosen


def is_ahead(published: datetime | None, now: datetime) -> bool:
    """Whether an entry *published* then announces something that is not out yet."""
    return published is not None and published > now + _MAX_ZONE_ERROR


def list_newest_first(entries: Sequence[ParsedEntry]) -> list[ParsedEntry]:
    """
    Return *entries*, the newest first.

    An entry without a readable date stays before the older entry that follows it in the feed.
    """
    dates = [entry.published for entry in entries if entry.published]
    falling = sum(one > other for one, other in pairwise(dates))
    rising = sum(one < other for one, other in pairwise(dates))
    in_order = list(reversed(entries)) if rising > falling else list(entries)
    keys: list[datetime] = []
    older = _OLDEST
    for entry in reversed(in_order):
        older = entry.published or older
        keys.append(older)
    keys.reverse()
    ranked = sorted(zip(keys, in_order, strict=True), key=lambda pair: pair[0], reverse=True)
    return [entry for _, entry in ranked]


def _find_entry(entries: Sequence[ParsedEntry], source: Source, requested: str) -> ParsedEntry:
    for entry in entries:  # before numbers: a guid may be one, and scheduled feeds ask by guid
        if requested in (entry.id, entry.link):
            return entry
    if requested.isdecimal() and len(requested) < 10 and 1 <= int(requested) <= len(entries):
        return entries[int(requested) - 1]
    titles = "; ".join(f"{n} {entry.title[:40]}" for n, entry in enumerate(entries[:8], 1))
    raise LoadError(
        f'{source.location}: none of the {len(entries)} entries is "{requested[:80]}". '
        f"Name one by its number, guid or link: {titles}."
    )


def _warn_ahead(chosen: ParsedEntry, ahead: Sequence[ParsedEntry], report: LoadReport) -> None:
    first = ahead[-1]
    more = f" and {len(ahead) - 1} more are" if len(ahead) > 1 else " is"
    taken = "It was taken anyway" if chosen in ahead else f'"{chosen.title[:60]}" was taken'
    report.warn(
        "feed.dated-ahead",
        f'"{first.title[:60]}"{more} dated ahead of today ({first.published:%Y-%m-%d}). {taken}. {_ADVICE}',
    )


def _warn_undated(chosen: ParsedEntry, undated: Sequence[ParsedEntry], report: LoadReport) -> None:
    first = undated[0]
    dates = f'the date "{first.date_text[:40]}"' if first.date_text else "no date"
    what = f'"{first.title[:60]}" has {dates}{" that cannot be read" if first.date_text else ""}'
    more = f", like {len(undated) - 1} more of the feed" if len(undated) > 1 else ""
    report.warn(
        "feed.undated",
        f'{what}{more}, so its place in the feed counts. "{chosen.title[:60]}" was taken as the newest. {_ADVICE}',
    )
