"""Keep the entries of feeds that were seen: which were sent, will be, or are held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Connection, func, select, update

from pipeline.campaigns.store.tables import feed_entries
from pipeline.campaigns.workers.feeds.repeats import HoldReason
from pipeline.database import insert_or_ignore
from pipeline.models.feed_entry import FeedEntry


class EntryState(Enum):
    """What is to be done with an entry."""

    #: It will be sent.
    NEW = "new"
    #: It waits for a person.
    HELD = "held"
    #: It was sent, or need not be.
    DONE = "done"


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownEntry:
    """An entry as it was when it was first seen, and its state."""

    entry: FeedEntry
    state: EntryState
    hold: HoldReason | None

    def to_json(self) -> dict[str, str | None]:
        """Return it as `handbill schedule --held show --json` prints it."""
        date = self.entry.published.isoformat() if self.entry.published else None
        return {
            "entry": self.entry.id,
            "title": self.entry.title,
            "link": self.entry.link or None,
            "published": date,
            "hold": self.hold.value if self.hold else None,
        }

    def __str__(self) -> str:
        date = f"{self.entry.published:%Y-%m-%d}" if self.entry.published else "no date"
        reason = f": {self.hold.value}" if self.hold else ""
        return f"{date}  {self.entry.title[:60]}  {self.entry.id[:80]}{reason}"


def add_entries(
    connection: Connection,
    feed: int,
    entries: Iterable[FeedEntry],
    now: datetime,
    *,
    state: EntryState,
    holds: Mapping[str, HoldReason] | None = None,
) -> None:
    """Store *entries* of the feed *feed* with *state*; those in *holds* are held."""
    holds = holds or {}
    rows = [
        {
            "feed": feed,
            "entry": each.id,
            "seen_at": now,
            "state": (EntryState.HELD if each.id in holds else state).value,
            "hold": holds[each.id].name if each.id in holds else None,
            "title": each.title,
            "link": each.link,
            "published_at": each.published,
            "text_digest": each.text_digest,
        }
        for each in entries
    ]
    insert_or_ignore(connection, feed_entries, rows)


def list_known(
    connection: Connection, feed: int, *, state: EntryState | None = None
) -> Sequence[KnownEntry]:
    """Return the stored entries of the feed *feed*, or those with *state*, oldest first."""
    query = select(feed_entries).where(feed_entries.c.feed == feed)
    if state is not None:
        query = query.where(feed_entries.c.state == state.value)
    order = (feed_entries.c.published_at, feed_entries.c.seen_at, feed_entries.c.entry)
    return [
        KnownEntry(
            entry=FeedEntry(
                id=row.entry,
                title=row.title,
                link=row.link,
                published=row.published_at,
                text_digest=row.text_digest,
            ),
            state=EntryState(row.state),
            hold=HoldReason[row.hold] if row.hold else None,
        )
        for row in connection.execute(query.order_by(*order))
    ]


def count_held(connection: Connection) -> dict[int, int]:
    """Return how many entries are held, by the number of the feed."""
    query = select(feed_entries.c.feed, func.count()).where(
        feed_entries.c.state == EntryState.HELD.value
    )
    rows = connection.execute(query.group_by(feed_entries.c.feed))
    return {row[0]: row[1] for row in rows}


def find_most_at_once(connection: Connection, feed: int) -> int:
    """Return the most entries of the feed *feed* that were new at one time and were sent."""
    counts = (
        select(func.count().label("count"))
        .where(feed_entries.c.feed == feed, feed_entries.c.campaign_id.is_not(None))
        .group_by(feed_entries.c.seen_at)
        .subquery()
    )
    return connection.scalar(select(func.max(counts.c.count))) or 0


def is_new(connection: Connection, feed: int, entry: str) -> bool:
    """Whether the entry of the feed *feed* is still to be sent."""
    is_entry = (feed_entries.c.feed == feed) & (feed_entries.c.entry == entry)
    state = connection.scalar(select(feed_entries.c.state).where(is_entry))
    return state == EntryState.NEW.value


def set_state(
    connection: Connection,
    feed: int,
    entry: str,
    state: EntryState,
    *,
    campaign_id: str | None = None,
) -> None:
    """Set the state of one entry of the feed *feed*, which is not held any longer."""
    is_entry = (feed_entries.c.feed == feed) & (feed_entries.c.entry == entry)
    values = {"state": state.value, "hold": None, "campaign_id": campaign_id}
    connection.execute(update(feed_entries).where(is_entry).values(**values))
