"""
Recurring sends from a feed: what is new at its time is mailed, each entry once.

An entry is known by its guid or link, so an edited one is not mailed again. It is marked as mailed in the transaction
that plans its campaign: after a crash it is planned, or will be.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.campaigns.context import Means
from pipeline.campaigns.planning.create import plan
from pipeline.campaigns.planning.plan import Plan
from pipeline.campaigns.planning.schedule import is_stale, read_every
from pipeline.campaigns.store.tables import feed_entries, feeds
from pipeline.campaigns.workers.locks import locks_for
from pipeline.errors import PipelineError, StateError, StoreError
from pipeline.models.edition import Edition

log = logging.getLogger(__name__)

#: After a failure it is tried again so much later, or at its next time if that is sooner.
_AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """The letter of an entry: its edition, its subject as written, where it lives, by whom, and whether to people."""

    edition: Edition
    subject: str
    canonical_url: str | None
    sender: str
    delivers_mail: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """
    Where letters come from.

    Args:
        entries: Returns the guids or links of a feed's entries, the oldest first.
        letter: Makes the letter of one of them, for a sender by name or the configured one.
    """

    entries: Callable[[str], Sequence[str]]
    letter: Callable[[str, str, str | None], Letter]


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A feed as it stands in the store; see the table."""

    number: int
    url: str
    list: str
    segment: str | None
    every: str
    zone: str
    sender: str | None
    next_at: datetime
    problem: str | None


def follow(
    means: Means,
    source: Source,
    *,
    url: str,
    list: str,
    segment: str | None,
    every: str,
    zone: str,
    sender: str | None,
) -> tuple[Feed, int]:
    """
    Mail what is new in the feed at *url* to *list* from now on; return that, and how many entries are there already.

    Those that are there are not mailed. A feed that is followed already gets its new time.

    Raises:
        PipelineError: The feed cannot be read, or *every* is no recurring time.
    """
    weekly = read_every(every, zone)
    there = source.entries(url)
    now = means.clock.now()
    values = {
        "segment": segment,
        "every": every,
        "zone": zone,
        "sender": sender,
        "next_at": weekly.following(now).instant,
        "problem": None,
    }
    with means.store.writing() as connection:
        found = connection.scalar(
            select(feeds.c.number).where(feeds.c.url == url, feeds.c.list == list)
        )
        if found is None:
            made = insert(feeds).values(url=url, list=list, **values).returning(feeds.c.number)
            found = connection.scalars(made).one()
            for entry in there:
                _see(connection, found, entry, now)
        else:
            connection.execute(update(feeds).where(feeds.c.number == found).values(**values))
        return _read(connection, found), len(there)


def leave(means: Means, *, url: str, list: str) -> None:
    """
    Follow the feed at *url* no more.

    Raises:
        StateError: It is not followed.
    """
    with means.store.writing() as connection:
        gone = connection.execute(delete(feeds).where(feeds.c.url == url, feeds.c.list == list))
    if not gone.rowcount:
        raise StateError(f'{url}: this feed is not mailed to the list "{list}".')


def followed(means: Means) -> Sequence[Feed]:
    """Return the feeds that are followed, the next one due first."""
    with means.store.reading() as connection:
        rows = connection.execute(select(feeds).order_by(feeds.c.next_at)).all()
    return [Feed(**row._mapping) for row in rows]


def is_any_due(means: Means) -> bool:
    """Whether the time of a feed has come."""
    with means.store.reading() as connection:
        due = select(feeds.c.number).where(feeds.c.next_at <= means.clock.now()).limit(1)
        return connection.execute(due).first() is not None


def mail_new(means: Means, source: Source, *, stale_after: timedelta) -> int:
    """Plan a campaign for each new entry of the feeds whose time has come; return how many."""
    now = means.clock.now()
    planned = 0
    for feed in followed(means):
        if feed.next_at <= now:
            lock = locks_for(means.store).take(f"feed {feed.number}")
            if lock is None:  # another worker is at it
                continue
            try:
                planned += _mail(means, source, feed, now, stale_after)
            finally:
                lock.release()
    return planned


def _mail(means: Means, source: Source, feed: Feed, now: datetime, stale_after: timedelta) -> int:
    following = read_every(feed.every, feed.zone).following(now).instant
    with means.store.reading() as connection:
        if _read(connection, feed.number).next_at > now:  # another worker was faster
            return 0
    if is_stale(feed.next_at, now, stale_after):
        problem = f"nobody was there at {feed.next_at:%Y-%m-%d %H:%M} UTC; what is new waits for the next time"
        _turn(means, feed, following, problem)
        return 0
    planned = 0
    try:
        for entry in source.entries(feed.url):
            planned += _mail_once(means, source, feed, entry, now)
    except StoreError:
        raise
    except PipelineError as error:
        log.warning("%s", error, extra={"action": "feed.failed", "feed": feed.url})
        _turn(means, feed, min(now + _AGAIN, following), str(error))
        return planned
    _turn(means, feed, following, None)
    return planned


def _mail_once(means: Means, source: Source, feed: Feed, entry: str, now: datetime) -> int:
    with means.store.reading() as connection:
        if _is_seen(connection, feed.number, entry):
            return 0
    letter = source.letter(feed.url, entry, feed.sender)
    wish = Plan(
        edition=letter.edition,
        subject=letter.subject,
        canonical_url=letter.canonical_url,
        sender=letter.sender,
        delivers_mail=letter.delivers_mail,
        list=feed.list,
        segment=feed.segment,
        at=now,
        zone=feed.zone,
    )
    try:
        plan(means, wish, witness=lambda c, id: _see(c, feed.number, entry, now, id))
    except StateError as error:  # they have had it by another way
        log.info("%s", error, extra={"action": "feed.repetition", "feed": feed.url})
        with means.store.writing() as connection:
            _see(connection, feed.number, entry, now)
        return 0
    return 1


def _turn(means: Means, feed: Feed, next_at: datetime, problem: str | None) -> None:
    with means.store.writing() as connection:
        connection.execute(
            update(feeds)
            .where(feeds.c.number == feed.number)
            .values(next_at=next_at, problem=problem)
        )


def _see(
    connection: Connection, feed: int, entry: str, now: datetime, campaign: str | None = None
) -> None:
    if not _is_seen(connection, feed, entry):
        connection.execute(
            insert(feed_entries).values(feed=feed, entry=entry, seen_at=now, campaign=campaign)
        )


def _is_seen(connection: Connection, feed: int, entry: str) -> bool:
    mine = (feed_entries.c.feed == feed) & (feed_entries.c.entry == entry)
    return connection.scalar(select(feed_entries.c.entry).where(mine)) is not None


def _read(connection: Connection, number: int) -> Feed:
    row = connection.execute(select(feeds).where(feeds.c.number == number)).one()
    return Feed(**row._mapping)
