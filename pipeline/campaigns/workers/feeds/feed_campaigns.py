"""Create a campaign for each new entry of the feeds that are due."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.planning.create import create_campaign
from pipeline.campaigns.planning.plan import CampaignPlan
from pipeline.campaigns.planning.schedule import is_stale, parse_recurrence
from pipeline.campaigns.store.tables import feeds
from pipeline.campaigns.workers.feeds.followed_feeds import (
    FeedReader,
    FollowedFeed,
    list_feeds,
    read_feed,
)
from pipeline.campaigns.workers.feeds.known_entries import (
    EntryState,
    add_entries,
    find_most_at_once,
    is_new,
    list_known,
    set_state,
)
from pipeline.campaigns.workers.feeds.repeats import HoldReason, find_holds
from pipeline.campaigns.workers.locks import get_lock_manager
from pipeline.campaigns.workers.tickets import Ticket, TicketKind
from pipeline.database import TransactionLock
from pipeline.errors import PipelineError, StateError, StoreError
from pipeline.models.feed_entry import FeedEntry

log = logging.getLogger(__name__)

#: The delay after a failure, unless the next regular time is earlier.
_RETRY_DELAY = timedelta(minutes=15)


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
        if read_feed(connection, feed.number).next_at > now:  # another worker was faster
            return 0
    if is_stale(feed.next_at, now, stale_after):
        error = f"no worker was running at {feed.next_at:%Y-%m-%d %H:%M} UTC; new entries wait for the next time"
        _reschedule(context, feed, next_at, error)
        return 0
    try:
        new = _find_new(context, feed, reader.list_feed_entries(feed.url), now)
    except StoreError:
        raise
    except PipelineError as error:
        _retry(context, feed, error, now, next_at)
        return 0
    created, first_error = 0, None
    for entry in new:
        try:
            created += _create_once(context, reader, feed, entry.id, now)
        except StoreError:
            raise
        except PipelineError as error:  # it must not keep others from being sent
            first_error = first_error or error
    if first_error:
        _retry(context, feed, first_error, now, next_at)
    else:
        _reschedule(context, feed, next_at, None)
    return created


def _find_new(
    context: CampaignContext, feed: FollowedFeed, entries: Sequence[FeedEntry], now: datetime
) -> list[FeedEntry]:
    """Return those of *entries* that have to be sent, after holding those that may be old."""
    with context.store.writing(TransactionLock.CAMPAIGNS) as connection:
        known = {each.entry.id: each for each in list_known(connection, feed.number)}
        waiting = {
            id
            for id, each in known.items()
            if each.hold is HoldReason.AHEAD
            and each.entry.published
            and each.entry.published <= now
        }
        unseen = [entry for entry in entries if entry.id not in known or entry.id in waiting]
        holds = find_holds(
            unseen,
            [each.entry for id, each in known.items() if id not in waiting],
            feed=entries,
            followed_at=feed.followed_at,
            most_at_once=find_most_at_once(connection, feed.number),
            now=now,
        )
        for entry in unseen:
            if entry.id in waiting and entry.id not in holds:
                set_state(connection, feed.number, entry.id, EntryState.NEW)
        added = [entry for entry in unseen if entry.id not in waiting]
        add_entries(connection, feed.number, added, now, state=EntryState.NEW, holds=holds)
        due = {each.entry.id for each in list_known(connection, feed.number, state=EntryState.NEW)}
    if any(entry.id in holds for entry in added):
        held = replace(feed, held=feed.held + sum(entry.id in holds for entry in added))
        log.warning(
            "%s: %s",
            feed.url,
            held.describe_held(),
            extra={"action": "feed.held", "feed": feed.url},
        )
    return [entry for entry in entries if entry.id in due]


def _create_once(
    context: CampaignContext, reader: FeedReader, feed: FollowedFeed, entry: str, now: datetime
) -> int:
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
        needs_approval=rendered.needs_approval,
    )

    def mark_done(connection: Connection, campaign_id: str) -> None:
        if not is_new(connection, feed.number, entry):
            raise StateError(f"{entry} was taken by another worker.")
        set_state(connection, feed.number, entry, EntryState.DONE, campaign_id=campaign_id)

    try:
        create_campaign(context, plan, on_created=mark_done)
    except StateError as error:  # recipients already received it in another campaign
        log.info("%s", error, extra={"action": "feed.repeated", "feed": feed.url})
        with context.store.writing() as connection:
            set_state(connection, feed.number, entry, EntryState.DONE)
        return 0
    return 1


def _retry(
    context: CampaignContext,
    feed: FollowedFeed,
    error: PipelineError,
    now: datetime,
    next_at: datetime,
) -> None:
    log.warning("%s", error, extra={"action": "feed.failed", "feed": feed.url})
    _reschedule(context, feed, min(now + _RETRY_DELAY, next_at), str(error))


def _reschedule(
    context: CampaignContext, feed: FollowedFeed, next_at: datetime, error: str | None
) -> None:
    with context.store.writing() as connection:
        connection.execute(
            update(feeds)
            .where(feeds.c.number == feed.number)
            .values(next_at=next_at, last_error=error)
        )
        context.engine.add(Ticket(kind=TicketKind.FEEDS, at=next_at), connection)
