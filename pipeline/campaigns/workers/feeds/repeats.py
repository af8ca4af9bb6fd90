"""
Tell new entries of a feed from old ones that only look new.

A feed whose guids change (https, another host, another program, a restored backup) seems to consist of new entries. To
mail them would send its whole past to everybody, so entries that may be old are held until a person decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import unquote, urlsplit

from pipeline.models.feed_entry import FeedEntry
from pipeline.tracking_parameters import is_tracking_parameter


class HoldReason(Enum):
    """Why an entry is held; the value completes "This entry …"."""

    #: Nothing but scheme, host, slash or tracking parameters of its address changed.
    SAME_ADDRESS = "has the address of an earlier one"
    #: Its title and date are known.
    SAME_DATE = "has the title and date of an earlier one"
    #: Its title and first words are known.
    SAME_TEXT = "has the title and text of an earlier one"
    #: It is dated before the newest that was known.
    OLD = "is older than the last one that was sent or seen"
    #: It is dated ahead; it is judged again when its date has come.
    AHEAD = "is dated ahead of today"
    #: More are new at once than ever were.
    MANY = "came with more new ones at once than this feed ever had"
    #: Nothing that was known is in the feed any longer.
    REPLACED = "came when no earlier one was in the feed any longer"


#: The number of entries that may be new at once even if there never were as many.
MAX_AT_ONCE = 3
#: Dates of the same moment may differ as much if a program drops or adds the zone.
_MAX_ZONE_ERROR = timedelta(hours=14)
_FILE_ENDING = re.compile(r"(?:/index)?\.(?:html?|php|aspx?)$|/(?:index|amp)$")


def find_holds(
    new: Sequence[FeedEntry],
    known: Sequence[FeedEntry],
    *,
    feed: Sequence[FeedEntry],
    followed_at: datetime,
    most_at_once: int,
    now: datetime,
) -> dict[str, HoldReason]:
    """
    Return why entries of *new* have to be held, by their ID.

    Args:
        known: The entries that the feed had before, as they were then.
        feed: All that the feed has now.
        followed_at: When the feed was read for the first time.
        most_at_once: The most entries that were sent at once.
    """
    holds: dict[str, HoldReason] = {}
    newest = _find_newest(known, now) or followed_at - timedelta(days=1)
    links = {key for entry in known for key in _list_link_keys(entry)} - _find_shared_links(feed)
    for entry in new:
        if reason := _find_hold(entry, known, links, newest, now):
            holds[entry.id] = reason
    rest = [entry for entry in new if entry.id not in holds]
    known_ids = {entry.id for entry in known}
    is_replaced = bool(known) and not known_ids & {entry.id for entry in feed}
    if len(rest) > max(most_at_once, MAX_AT_ONCE):
        holds |= {entry.id: HoldReason.MANY for entry in rest}
    elif is_replaced and len(new) > 1:
        holds |= {entry.id: HoldReason.REPLACED for entry in rest}
    return holds


def _find_hold(
    entry: FeedEntry,
    known: Sequence[FeedEntry],
    links: Collection[str],
    newest: datetime,
    now: datetime,
) -> HoldReason | None:
    if any(key in links for key in _list_link_keys(entry)):
        return HoldReason.SAME_ADDRESS
    title = _normalize(entry.title)
    for other in known:
        is_named_alike = bool(title) and title == _normalize(other.title)
        if is_named_alike and (reason := _compare_contents(entry, other)):
            return reason
    if entry.published is None:
        return None
    if entry.published < newest:
        return HoldReason.OLD
    return HoldReason.AHEAD if entry.published > now + _MAX_ZONE_ERROR else None


def _compare_contents(entry: FeedEntry, other: FeedEntry) -> HoldReason | None:
    """Return why *entry* is *other*, which has the same title; another issue of a series has another date and text."""
    if entry.text_digest and entry.text_digest == other.text_digest:
        return HoldReason.SAME_TEXT
    if entry.published and other.published:
        is_same = abs(entry.published - other.published) <= _MAX_ZONE_ERROR
        return HoldReason.SAME_DATE if is_same else None
    return None if entry.text_digest and other.text_digest else HoldReason.SAME_DATE


def _find_newest(known: Sequence[FeedEntry], now: datetime) -> datetime | None:
    """Return the newest date in *known*, announcements of the future aside."""
    dates = [each.published for each in known if each.published and each.published <= now]
    return max(dates, default=None)


def _find_shared_links(feed: Sequence[FeedEntry]) -> set[str]:
    """Return the link keys that several entries of *feed* have: they identify none of them."""
    counts: Mapping[str, int] = Counter(
        key for entry in feed for key in set(_list_link_keys(entry))
    )
    return {key for key, count in counts.items() if count > 1}


def _list_link_keys(entry: FeedEntry) -> Iterator[str]:
    """Yield what remains of the link and of a guid that is one, without scheme, host and tracking parameters."""
    for url in (entry.link, entry.id):
        try:
            parts = urlsplit(url.strip())
        except ValueError:
            continue
        if parts.scheme not in {"http", "https"}:
            continue
        path = _FILE_ENDING.sub("", unquote(parts.path).lower().rstrip("/")).rstrip("/")
        query = sorted(
            item
            for item in parts.query.split("&")
            if item and not is_tracking_parameter(item.partition("=")[0])
        )
        fragment = "" if path else parts.fragment
        if path or query or fragment:
            yield f"{path}?{'&'.join(query)}#{fragment}"


def _normalize(title: str) -> str:
    return re.sub(r"\W+", " ", title.casefold()).strip()
