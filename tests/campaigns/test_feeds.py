"""Feeds: a new entry is sent once, whatever happens in between."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.campaigns import CampaignService
from pipeline.campaigns.workers.feeds import (
    FeedEdition,
    follow_feed,
    list_held,
    release_held,
    unfollow_feed,
)
from pipeline.campaigns.workers.feeds.repeats import HoldReason
from pipeline.database import Store
from pipeline.errors import FetchError, RenderError, ScheduleError, StateError
from pipeline.models.campaign import CampaignState
from pipeline.models.feed_entry import FeedEntry
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, add_subscribers, list_sent_emails, make_service
from tests.mail.samples import edition, literal

WEEK = timedelta(days=7)
URL = "https://example.org/feed"


class FakeFeed:
    """A feed in memory: the text of each entry by GUID, oldest first; *entries* says more about some."""

    def __init__(self, *guids: str, needs_approval: bool = False) -> None:
        self.texts = {guid: guid for guid in guids}
        self.entries: dict[str, FeedEntry] = {}
        self.broken: set[str] = set()
        self.is_away = False
        self.needs_approval = needs_approval

    def show(self, *entries: FeedEntry) -> None:
        """Consist of *entries*, oldest first."""
        self.entries = {entry.id: entry for entry in entries}
        self.texts = {entry.id: entry.title for entry in entries}

    def list_feed_entries(self, url: str) -> list[FeedEntry]:
        if self.is_away:
            raise FetchError(f"{url}: it does not answer.")
        return [self.entries.get(guid) or FeedEntry(id=guid) for guid in self.texts]

    def render_feed_entry(self, url: str, entry: str, sender_name: str | None) -> FeedEdition:
        if entry in self.broken:
            raise RenderError(f"{url}: {entry} has no title.")
        return FeedEdition(
            edition=edition(html=(literal(f"<p>{self.texts[entry]}</p>"),)),
            subject=self.texts[entry],
            canonical_url=f"https://example.org/{entry}",
            sender=sender_name or "relay",
            delivers_mail=True,
            needs_approval=self.needs_approval,
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


def _issue(number: int, *, host: str = "http://bell.example.org", slug: str = "") -> FeedEntry:
    """Return the entry of issue *number*, of that day of February."""
    link = f"{host}/{slug or f'issue-{number}'}/"
    return FeedEntry(
        id=link,
        title=f"Bell {number}",
        link=link,
        published=datetime(2026, 2, number, 9, tzinfo=UTC),
        text_digest=f"text of {number}",
    )


_PAST = tuple(_issue(number) for number in range(1, 11))
_CHANGES = {
    "https": [replace(e, id=e.id.replace("http:", "https:")) for e in _PAST],
    "other host": [
        replace(e, id=f"tag:{e.id}", link=e.link.replace("http://bell", "https://www.peal"))
        for e in _PAST
    ],
    "no slash, tracked": [
        replace(e, id=f"{e.id}?utm_source=rss", link=f"{e.link[:-1]}.html?utm_medium=feed&utm_source=rss")
        for e in _PAST
    ],
    "slugs": [
        replace(e, id=f"https://peal.example.org/?p={n}", link=f"https://peal.example.org/story-{n}/")
        for n, e in enumerate(_PAST)
    ],
    "dated anew": [
        replace(e, id=f"new {n}", link=f"https://peal.example.org/{n}", published=NOON)
        for n, e in enumerate(_PAST)
    ],
    "rewritten": [
        replace(e, id=f"new {n}", link=f"https://peal.example.org/{n}", text_digest="", published=None)
        for n, e in enumerate(_PAST)
    ],
    "a restored backup": [
        *_PAST, *(replace(_issue(n, slug=f"lost-{n}"), title=f"Lost {n}", text_digest=f"l{n}") for n in range(2, 5))
    ],
    "all of it new": [
        FeedEntry(id=f"n{n}", title=f"Peal {n}", published=NOON, text_digest=f"other {n}") for n in range(10)
    ],
    "two of it new": [
        FeedEntry(id=f"n{n}", title=f"Peal {n}", published=NOON, text_digest=f"other {n}") for n in range(2)
    ],
}  # fmt: skip


@pytest.mark.parametrize("change", _CHANGES)
def test_what_may_be_old_is_held(store: Store, change: str) -> None:
    """However a feed changes, nothing that readers had is sent; a person is asked, with the command to go on."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    feed.show(*_PAST)
    follow(service, feed)
    feed.show(*_CHANGES[change])
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)

    assert [] == list_sent_emails(sender)
    (followed,) = service.list_feeds()
    expected_count = len(set(feed.entries) - {entry.id for entry in _PAST})
    assert expected_count == followed.held > 0
    assert f"handbill schedule --feed {URL} --list weekly --held send" in followed.describe_held()


def test_new_entries_beside_changed_ones_are_sent(store: Store) -> None:
    """Of a feed whose guids changed, what is really new is sent: another day's issue of a series with one title too."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    weekly = [
        FeedEntry(id=f"w{n}", title="The week", published=NOON - n * WEEK, text_digest=f"w{n}")
        for n in (2, 1)
    ]
    feed.show(*_PAST, *weekly)
    follow(service, feed)
    new = FeedEntry(id="w0", title="The week", published=NOON, text_digest="w0")
    feed.show(*(replace(entry, id=f"{entry.id}#") for entry in _PAST), *weekly, new)
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)

    assert ["The week"] == [campaign.subject for campaign in service.list_campaigns()]
    assert 10 == service.list_feeds()[0].held


def test_a_feed_that_was_empty_sends_nothing_older(store: Store) -> None:
    """What is dated before the feed was followed is old, even if the feed showed nothing then."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    follow(service, feed)
    new = FeedEntry(id="new", title="New", published=NOON, text_digest="new")
    feed.show(_issue(3), _issue(4), new)
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)

    assert ["New"] == [campaign.subject for campaign in service.list_campaigns()]


def test_held_entries_are_sent_or_skipped(store: Store) -> None:
    """Each held entry is sent once or never; the others go on waiting, whatever happens to the feed."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    feed.show(*_PAST)
    follow(service, feed)
    feed.show(*_CHANGES["https"])
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)
    held = list_held(service.context, URL, list_name="weekly")
    assert [HoldReason.SAME_ADDRESS] * 10 == [each.hold for each in held]
    one = "https://bell.example.org/issue-7/"
    release_held(service.context, URL, list_name="weekly", entry=one, send=True)
    run_worker(service, feed)
    assert ["Bell 7"] == [campaign.subject for campaign in service.list_campaigns()]
    release_held(service.context, URL, list_name="weekly", entry=None, send=False)
    clock.advance(WEEK)
    run_worker(service, feed)

    assert 1 == len(list_sent_emails(sender))
    assert 0 == service.list_feeds()[0].held
    with pytest.raises(StateError, match="no entry is held"):
        release_held(service.context, URL, list_name="weekly", entry=None, send=True)


def test_an_announcement_waits_for_its_date(store: Store) -> None:
    """An entry dated ahead is held until then, and hides nothing that is out before."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    feed.show(_issue(1))
    follow(service, feed)
    fair = FeedEntry(id="fair", title="Fair", published=NOON + 2 * WEEK, text_digest="fair")
    news = FeedEntry(id="news", title="News", published=NOON, text_digest="news")
    feed.show(_issue(1), news, fair)
    subjects = []
    for delay in (timedelta(hours=1), WEEK, WEEK):
        clock.advance(delay)
        run_worker(service, feed)
        subjects.append(sorted(campaign.subject for campaign in service.list_campaigns()))

    assert [["News"], ["News"], ["Fair", "News"]] == subjects


def test_a_broken_entry_keeps_no_other_back(store: Store) -> None:
    """An entry that cannot be rendered is tried again and told; the others are sent."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed()
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    follow(service, feed)
    feed.texts |= {"bad": "bad", "good": "good"}
    feed.broken.add("bad")
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)
    assert ["good"] == [campaign.subject for campaign in service.list_campaigns()]
    assert "bad has no title" in (service.list_feeds()[0].last_error or "")
    feed.broken.clear()
    clock.advance(timedelta(minutes=15))
    run_worker(service, feed)

    assert {"good", "bad"} == {campaign.subject for campaign in service.list_campaigns()}


def test_a_campaign_from_a_feed_waits_for_approval_if_campaigns_do(store: Store) -> None:
    """With `[schedule] approval` a new entry becomes a draft, and nobody is mailed before somebody approves it."""
    clock, sender, feed = ManualClock(NOON), RecordingSender(), FakeFeed(needs_approval=True)
    add_subscribers(store, "ada@example.org")
    service = make_service(store, sender=sender, clock=clock)
    follow(service, feed)
    feed.texts["first"] = "first"
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)
    (draft,) = service.list_campaigns()
    assert (CampaignState.DRAFT, []) == (draft.state, list_sent_emails(sender))
    service.approve(draft.id, digest=draft.digest)
    run_worker(service, feed)

    assert ["ada@example.org"] == list_sent_emails(sender)


def test_an_unforeseen_error_ends_a_single_run(store: Store) -> None:
    """A bug in reading a feed is logged; `worker --once` ends anyway."""
    clock = ManualClock(NOON)
    service = make_service(store, clock=clock)
    feed = FakeFeed()
    follow(service, feed)
    feed.list_feed_entries = lambda url: [None]  # type: ignore[list-item,method-assign]
    clock.advance(timedelta(hours=1))
    run_worker(service, feed)

    assert [] == service.list_campaigns()
