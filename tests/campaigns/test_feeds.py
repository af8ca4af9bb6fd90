"""Recurring sends: what is new in a feed is mailed once, whatever happens in between."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from pipeline.campaigns import CampaignService
from pipeline.campaigns.workers.feeds import FeedEdition
from pipeline.database import Store
from pipeline.errors import FetchError, ScheduleError, StateError
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, add_subscribers, list_sent_emails, make_service
from tests.mail.samples import edition, literal

WEEK = timedelta(days=7)
URL = "https://example.org/feed"


class Paper:
    """A feed in memory: its entries by guid, the oldest first, each with its text."""

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


def work(service: CampaignService, paper: Paper) -> None:
    """Let a worker do all that is due."""
    stop = threading.Event()
    with service.start_worker(
        None, stop=stop, stale_after=timedelta(hours=12), feed_reader=paper
    ) as worker:
        worker.run(once=True)


def begin(service: CampaignService, paper: Paper, every: str = "monday 13:00") -> None:
    """Follow the paper's feed."""
    service.follow_feed(
        paper,
        URL,
        list_name="weekly",
        segment=None,
        recurrence=every,
        zone="UTC",
        sender=None,
    )


def test_what_is_new_is_mailed_once_and_what_is_edited_is_not_mailed_again(store: Store) -> None:
    """Entries that were there are not mailed, a new one is, an edited one is not, two new ones are two letters."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper("old", "older")
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    begin(service, paper)
    clock.advance(timedelta(hours=1))
    work(service, paper)
    assert [] == service.list_campaigns()

    paper.texts["first"] = "first"
    work(service, paper)
    assert [] == service.list_campaigns()  # its time has not come
    subjects = []
    for change in ({}, {"first": "first, corrected"}, {"second": "second", "third": "third"}):
        paper.texts |= change
        clock.advance(WEEK)
        work(service, paper)
        subjects.append([campaign.subject for campaign in reversed(service.list_campaigns())])

    assert [["first"], ["first"], ["first", "second", "third"]] == subjects
    assert ["ada@example.org"] * 3 == list_sent_emails(sender)


def test_a_feed_that_is_away_is_tried_again(store: Store) -> None:
    """What goes wrong is kept and told; a quarter of an hour later it is tried again."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    begin(service, paper)
    paper.texts["first"] = "first"
    paper.is_away = True
    clock.advance(timedelta(hours=1))
    work(service, paper)
    (feed,) = service.list_feeds()
    assert "does not answer" in (feed.last_error or "")
    paper.is_away = False
    clock.advance(timedelta(minutes=15))
    work(service, paper)

    (feed,) = service.list_feeds()
    assert (None, NOON + WEEK + timedelta(hours=1)) == (feed.last_error, feed.next_at)
    assert 1 == len(list_sent_emails(sender))


def test_a_time_nobody_was_there_for_is_left_out(store: Store) -> None:
    """After half a day the turn is over; what is new waits for the next one."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    begin(service, paper)
    paper.texts["first"] = "first"
    clock.advance(timedelta(days=1))
    work(service, paper)
    assert [] == list_sent_emails(sender)
    (feed,) = service.list_feeds()
    assert "no worker was running" in (feed.last_error or "")
    clock.set(feed.next_at)
    work(service, paper)
    assert 1 == len(list_sent_emails(sender))


def test_what_they_have_had_by_another_way_is_not_mailed_again(store: Store) -> None:
    """An article that was sent by hand within the month is passed over when the feed brings it."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    begin(service, paper)
    paper.texts["first"] = "first"
    from tests.campaigns.support import make_plan

    service.send(
        service.create(make_plan(list_name="weekly", canonical_url="https://example.org/first")).id
    )
    clock.advance(timedelta(hours=1))
    work(service, paper)

    assert 1 == len(list_sent_emails(sender))


def test_a_feed_is_followed_until_it_is_left(store: Store) -> None:
    """A new time takes the place of the old one; a feed that was left brings nothing more."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    begin(service, paper)
    begin(service, paper, every="day 18:00")
    (feed,) = service.list_feeds()
    assert NOON + timedelta(hours=6) == feed.next_at
    service.unfollow_feed(URL, list_name="weekly")
    paper.texts["first"] = "first"
    clock.advance(timedelta(hours=7))
    work(service, paper)

    assert [] == list_sent_emails(sender)
    with pytest.raises(StateError, match="not sent"):
        service.unfollow_feed(URL, list_name="weekly")
    with pytest.raises(ScheduleError):
        begin(service, paper, every="someday")
