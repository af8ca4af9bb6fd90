"""
Feeds: at a recurring time, each new entry is sent once.

An entry is identified by its GUID or link, so an edited one is not sent again. It is marked as seen in the transaction
that creates its campaign: after a crash it has a campaign, or will get one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.planning.create import create_campaign
from pipeline.campaigns.planning.plan import CampaignPlan
from pipeline.campaigns.planning.schedule import is_stale, parse_recurrence
from pipeline.campaigns.store.tables import feed_entries, feeds
from pipeline.campaigns.workers.locks import get_lock_manager
from pipeline.database import TransactionLock, insert_or_ignore
from pipeline.errors import PipelineError, StateError, StoreError
from pipeline.models.edition import Edition

log = logging.getLogger(__name__)

#: The delay after a failure, unless the next regular time is earlier.
_RETRY_DELAY = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEdition:
    """The edition of a feed entry, its subject as written, its URL on the web, and its sender."""

    edition: Edition
    subject: str
    canonical_url: str | None
    sender: str
    delivers_mail: bool


class FeedReader(Protocol):
    """Reads feeds and renders their entries."""

    def list_feed_entries(self, url: str) -> Sequence[str]:
        """Return the GUIDs or links of the entries of the feed at *url*, oldest first."""
        ...

    def render_feed_entry(self, url: str, entry: str, sender_name: str | None) -> FeedEdition:
        """Render one entry for the sender *sender_name*, or for the configured one."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowedFeed:
    """A feed as stored; the table describes the columns."""

    number: int
    url: str
    list_name: str
    segment: str | None
    recurrence: str
    zone: str
    sender: str | None
    next_at: datetime
    last_error: str | None


def follow_feed(
    context: CampaignContext,
    reader: FeedReader,
    url: str,
    *,
    list_name: str,
    segment: str | None,
    recurrence: str,
    zone: str,
    sender: str | None,
) -> tuple[FollowedFeed, int]:
    """
    Send new entries of the feed at *url* to a list from now on; return it, and the number of entries it has already.

    Those entries are not sent. A feed that is followed already gets the new settings.

    Raises:
        PipelineError: The feed cannot be read, or *recurrence* is not a recurring time.
    """
    schedule = parse_recurrence(recurrence, zone)
    entries = reader.list_feed_entries(url)
    now = context.clock.now()
    settings = {
        "segment": segment,
        "recurrence": recurrence,
        "zone": zone,
        "sender": sender,
        "next_at": schedule.next_after(now).utc,
        "last_error": None,
    }
    with context.store.writing(TransactionLock.CAMPAIGNS) as connection:
        number = connection.scalar(
            select(feeds.c.number).where(feeds.c.url == url, feeds.c.list_name == list_name)
        )
        if number is None:
            row = insert(feeds).values(url=url, list_name=list_name, **settings)
            number = connection.scalars(row.returning(feeds.c.number)).one()
            for entry in entries:
                _mark_seen(connection, number, entry, now)
        else:
            connection.execute(update(feeds).where(feeds.c.number == number).values(**settings))
        return _read_feed(connection, number), len(entries)


def unfollow_feed(context: CampaignContext, url: str, *, list_name: str) -> None:
    """
    Stop sending new entries of the feed at *url*.

    Raises:
        StateError: It is not followed.
    """
    with context.store.writing() as connection:
        deleted = connection.execute(
            delete(feeds).where(feeds.c.url == url, feeds.c.list_name == list_name)
        )
    if not deleted.rowcount:
        raise StateError(f'{url}: this feed is not sent to the list "{list_name}".')


def list_feeds(context: CampaignContext) -> Sequence[FollowedFeed]:
    """Return the followed feeds, the next one due first."""
    with context.store.reading() as connection:
        rows = connection.execute(select(feeds).order_by(feeds.c.next_at)).all()
    return [FollowedFeed(**row._mapping) for row in rows]


def is_feed_due(context: CampaignContext) -> bool:
    """Whether any feed is due."""
    with context.store.reading() as connection:
        due = select(feeds.c.number).where(feeds.c.next_at <= context.clock.now()).limit(1)
        return connection.execute(due).first() is not None


def create_feed_campaigns(
    context: CampaignContext, reader: FeedReader, *, stale_after: timedelta
) -> int:
    """Create a campaign for each new entry of the feeds that are due; return how many."""
    now = context.clock.now()
    created = 0
    for feed in list_feeds(context):
        if feed.next_at <= now:
            lock = get_lock_manager(context.store).acquire(f"feed {feed.number}")
            if lock is None:  # another worker handles it
                continue
            try:
                created += _process_feed(context, reader, feed, now, stale_after)
            finally:
                lock.release()
    return created


def _process_feed(
    context: CampaignContext,
    reader: FeedReader,
    feed: FollowedFeed,
    now: datetime,
    stale_after: timedelta,
) -> int:
    next_at = parse_recurrence(feed.recurrence, feed.zone).next_after(now).utc
    with context.store.reading() as connection:
        if _read_feed(connection, feed.number).next_at > now:  # another worker was faster
            return 0
    if is_stale(feed.next_at, now, stale_after):
        error = f"no worker was running at {feed.next_at:%Y-%m-%d %H:%M} UTC; new entries wait for the next time"
        _reschedule(context, feed, next_at, error)
        return 0
    created = 0
    try:
        for entry in reader.list_feed_entries(feed.url):
            created += _create_once(context, reader, feed, entry, now)
    except StoreError:
        raise
    except PipelineError as error:
        log.warning("%s", error, extra={"action": "feed.failed", "feed": feed.url})
        _reschedule(context, feed, min(now + _RETRY_DELAY, next_at), str(error))
        return created
    _reschedule(context, feed, next_at, None)
    return created


def _create_once(
    context: CampaignContext, reader: FeedReader, feed: FollowedFeed, entry: str, now: datetime
) -> int:
    with context.store.reading() as connection:
        if _is_seen(connection, feed.number, entry):
            return 0
    rendered = reader.render_feed_entry(feed.url, entry, feed.sender)
    plan = CampaignPlan(
        edition=rendered.edition,
        subject=rendered.subject,
        canonical_url=rendered.canonical_url,
        sender=rendered.sender,
        delivers_mail=rendered.delivers_mail,
        list_name=feed.list_name,
        segment=feed.segment,
        at=now,
        zone=feed.zone,
    )

    def mark_seen(connection: Connection, campaign_id: str) -> None:
        if _is_seen(connection, feed.number, entry):
            raise StateError(f"{entry} was taken by another worker.")
        _mark_seen(connection, feed.number, entry, now, campaign_id)

    try:
        create_campaign(context, plan, on_created=mark_seen)
    except StateError as error:  # recipients already received it in another campaign
        log.info("%s", error, extra={"action": "feed.repeated", "feed": feed.url})
        with context.store.writing() as connection:
            _mark_seen(connection, feed.number, entry, now)
        return 0
    return 1


def _reschedule(
    context: CampaignContext, feed: FollowedFeed, next_at: datetime, error: str | None
) -> None:
    with context.store.writing() as connection:
        connection.execute(
            update(feeds)
            .where(feeds.c.number == feed.number)
            .values(next_at=next_at, last_error=error)
        )


def _mark_seen(
    connection: Connection, feed: int, entry: str, now: datetime, campaign_id: str | None = None
) -> None:
    row = {"feed": feed, "entry": entry, "seen_at": now, "campaign_id": campaign_id}
    insert_or_ignore(connection, feed_entries, [row])


def _is_seen(connection: Connection, feed: int, entry: str) -> bool:
    is_same = (feed_entries.c.feed == feed) & (feed_entries.c.entry == entry)
    return connection.scalar(select(feed_entries.c.entry).where(is_same)) is not None


def _read_feed(connection: Connection, number: int) -> FollowedFeed:
    row = connection.execute(select(feeds).where(feeds.c.number == number)).one()
    return FollowedFeed(**row._mapping)
