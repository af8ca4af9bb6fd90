"""Feeds: a new entry is sent once, whatever happens in between."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from pipeline.campaigns import CampaignService
from pipeline.campaigns.workers.feeds import FeedEdition, follow_feed, unfollow_feed
from pipeline.database import Store
from pipeline.errors import FetchError, ScheduleError, StateError
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, add_subscribers, list_sent_emails, make_service
from tests.mail.samples import edition, literal

WEEK = timedelta(days=7)
URL = "https://example.org/feed"


class FakeFeed:
    """A feed in memory: the text of each entry by GUID, oldest first."""

    def __init__(self, *guids: str) -> None:
        self.texts = {guid: guid for guid in guids}
        self.is_away = False

    def list_feed_entries(self, url: str) -> list[str]:
        if self.is_away:
            raise FetchError(f"{url}: it does not answer.")
        return list(self.texts)

    def render_feed_entry(self, url: str, entry: str, sender_name: str | None) -> FeedEdition:
        return FeedEdition(
            edition=edition(html=(literal(f"<p>{self.texts[entry]}</p>"),)),
            subject=self.texts[entry],
            canonical_url=f"https://example.org/{entry}",
            sender=sender_name or "relay",
            delivers_mail=True,
        )


def run_worker(service: CampaignService, feed: FakeFeed) -> None:
    """Run a worker once."""
    stop = threading.Event()
    with service.start_worker(
        None, stop=stop, stale_after=timedelta(hours=12), feed_reader=feed
    ) as worker:
        worker.run(once=True)


def follow(service: CampaignService, feed: FakeFeed, every: str = "monday 13:00") -> None:
    """Follow the feed."""
    follow_feed(
        service.context,
        feed,
        URL,
        list_name="weekly",
        segment=None,
        recurrence=every,
        zone="UTC",
        sender=None,
    )


def test_new_entries_are_sent_once(store: Store) -> None:
    """Old and edited entries are not sent; each new entry is a campaign of its own."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed("old", "older")
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    follow(service, feed)
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)
    assert [] == service.list_campaigns()

    feed.texts["first"] = "first"
    run_worker(service, feed)
    assert [] == service.list_campaigns()  # its time has not come
    subjects = []
    for change in ({}, {"first": "first, corrected"}, {"second": "second", "third": "third"}):
        feed.texts |= change
        clock.advance(WEEK)
        run_worker(service, feed)
        subjects.append([campaign.subject for campaign in reversed(service.list_campaigns())])

    assert [["first"], ["first"], ["first", "second", "third"]] == subjects
    assert ["ada@example.org"] * 3 == list_sent_emails(sender)


def test_an_unavailable_feed_is_retried(store: Store) -> None:
    """The error is stored; a quarter of an hour later the feed is read again."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    follow(service, feed)
    feed.texts["first"] = "first"
    feed.is_away = True
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)
    (followed,) = service.list_feeds()
    assert "does not answer" in (followed.last_error or "")
    feed.is_away = False
    clock.advance(timedelta(minutes=15))
    run_worker(service, feed)

    (followed,) = service.list_feeds()
    assert (None, NOON + WEEK + timedelta(hours=1)) == (followed.last_error, followed.next_at)
    assert 1 == len(list_sent_emails(sender))


def test_a_missed_time_is_skipped(store: Store) -> None:
    """If no worker ran for half a day, new entries wait for the next time."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    follow(service, feed)
    feed.texts["first"] = "first"
    clock.advance(timedelta(days=1))
    run_worker(service, feed)
    assert [] == list_sent_emails(sender)
    (followed,) = service.list_feeds()
    assert "no worker was running" in (followed.last_error or "")
    clock.set(followed.next_at)
    run_worker(service, feed)
    assert 1 == len(list_sent_emails(sender))


def test_an_article_sent_by_hand_is_not_repeated(store: Store) -> None:
    """An entry whose article was sent within the month is marked as seen."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    follow(service, feed)
    feed.texts["first"] = "first"
    from tests.campaigns.support import make_plan

    service.send(
        service.create(make_plan(list_name="weekly", canonical_url="https://example.org/first")).id
    )
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)

    assert 1 == len(list_sent_emails(sender))


def test_a_feed_is_followed_until_unfollowed(store: Store) -> None:
    """New settings replace the old ones; nothing is sent after unfollowing."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    follow(service, feed)
    follow(service, feed, every="day 18:00")
    (followed,) = service.list_feeds()
    assert NOON + timedelta(hours=6) == followed.next_at
    unfollow_feed(service.context, URL, list_name="weekly")
    feed.texts["first"] = "first"
    clock.advance(timedelta(hours=7))
    run_worker(service, feed)

    assert [] == list_sent_emails(sender)
    with pytest.raises(StateError, match="not sent"):
        unfollow_feed(service.context, URL, list_name="weekly")
    with pytest.raises(ScheduleError):
        follow(service, feed, every="someday")
