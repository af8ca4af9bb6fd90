"""Which feeds are followed, and what a person decides about their entries."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.planning.schedule import parse_recurrence
from pipeline.campaigns.store.tables import feeds
from pipeline.campaigns.workers.feeds.known_entries import (
    EntryState,
    KnownEntry,
    add_entries,
    count_held,
    list_known,
    set_state,
)
from pipeline.campaigns.workers.tickets import Ticket, TicketKind
from pipeline.database import TransactionLock
from pipeline.errors import StateError
from pipeline.models.edition import Edition
from pipeline.models.feed_entry import FeedEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEdition:
    """
    The edition of a feed entry, its subject as written, its URL on the web, and its sender.

    If it *needs_approval*, its campaign is a draft until somebody approves it.
    """

    edition: Edition
    subject: str
    canonical_url: str | None
    sender: str
    delivers_mail: bool
    needs_approval: bool = False


class FeedReader(Protocol):
    """Reads feeds and renders their entries."""

    def list_feed_entries(self, url: str) -> Sequence[FeedEntry]:
        """Return the entries of the feed at *url*, oldest first."""
        ...

    def render_feed_entry(self, url: str, entry: str, sender_name: str | None) -> FeedEdition:
        """Render one entry for the sender *sender_name*, or for the configured one."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowedFeed:
    """A feed as stored, the table describes the columns; *held* of its entries wait for a person."""

    number: int
    url: str
    list_name: str
    segment: str | None
    recurrence: str
    zone: str
    sender: str | None
    next_at: datetime
    last_error: str | None
    followed_at: datetime
    held: int = 0

    def describe_held(self) -> str:
        """Return how many entries are held, and the commands that decide; "" without any."""
        if not self.held:
            return ""
        count = "1 entry is" if self.held == 1 else f"{self.held} entries are"
        command = f"handbill schedule --feed {shlex.quote(self.url)} --list {shlex.quote(self.list_name)} --held"
        return (
            f"{count} held and not sent: the feed seems to have changed, and readers may have had them, or they are "
            f"dated ahead. See them: {command} show. Send them: {command} send. Leave them out: {command} skip"
        )


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
            row = insert(feeds).values(url=url, list_name=list_name, followed_at=now, **settings)
            number = connection.scalars(row.returning(feeds.c.number)).one()
            add_entries(connection, number, entries, now, state=EntryState.DONE)
        else:
            connection.execute(update(feeds).where(feeds.c.number == number).values(**settings))
        feed = read_feed(connection, number)
        context.engine.add(Ticket(kind=TicketKind.FEEDS, at=feed.next_at), connection)
        return feed, len(entries)


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
        held = count_held(connection)
    return [FollowedFeed(**row._mapping, held=held.get(row.number, 0)) for row in rows]


def list_held(context: CampaignContext, url: str, *, list_name: str) -> Sequence[KnownEntry]:
    """
    Return the entries of the feed at *url* that are held, oldest first.

    Raises:
        StateError: It is not followed.
    """
    with context.store.reading() as connection:
        number = _find_number(connection, url, list_name)
        return list_known(connection, number, state=EntryState.HELD)


def release_held(
    context: CampaignContext, url: str, *, list_name: str, entry: str | None, send: bool
) -> Sequence[KnownEntry]:
    """
    Decide about entries that are held: a worker sends them now, or they are never sent; return them.

    Args:
        entry: The ID or link of one of them; None for all.

    Raises:
        StateError: The feed is not followed, or nothing such is held.
    """
    with context.store.writing(TransactionLock.CAMPAIGNS) as connection:
        number = _find_number(connection, url, list_name)
        held = list_known(connection, number, state=EntryState.HELD)
        chosen = [each for each in held if entry in (None, each.entry.id, each.entry.link)]
        if not chosen:
            what = f'no entry "{entry[:80]}" is held' if entry else "no entry is held"
            raise StateError(f"{url}: {what}. See which are: handbill worker --once")
        for each in chosen:
            set_state(
                connection, number, each.entry.id, EntryState.NEW if send else EntryState.DONE
            )
        if send:
            due = update(feeds).where(feeds.c.number == number)
            connection.execute(due.values(next_at=context.clock.now()))
            context.engine.add(Ticket(kind=TicketKind.FEEDS), connection)
    return chosen


def _find_number(connection: Connection, url: str, list_name: str) -> int:
    is_feed = (feeds.c.url == url) & (feeds.c.list_name == list_name)
    number = connection.scalar(select(feeds.c.number).where(is_feed))
    if number is None:
        raise StateError(f'{url}: this feed is not sent to the list "{list_name}".')
    return int(number)


def read_feed(connection: Connection, number: int) -> FollowedFeed:
    """Return the feed called *number*."""
    row = connection.execute(select(feeds).where(feeds.c.number == number)).one()
    return FollowedFeed(**row._mapping)
