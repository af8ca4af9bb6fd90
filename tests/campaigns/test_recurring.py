"""Recurring sends: what is new in a feed is mailed once, whatever happens in between."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from pipeline.campaigns import Desk
from pipeline.campaigns.workers.feeds import Letter, Source, follow, followed, leave
from pipeline.database import Store
from pipeline.errors import FetchError, ScheduleError, StateError
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.desks import NOON, desk, mailed, subscribe
from tests.mail.samples import edition, literal

WEEK = timedelta(days=7)
URL = "https://example.org/feed"


class Paper:
    """A feed in memory: its entries by guid, the oldest first, each with its text."""

    def __init__(self, *guids: str) -> None:
        self.texts = {guid: guid for guid in guids}
        self.is_away = False

    def source(self) -> Source:
        """Return where the letters come from."""
        return Source(entries=self._entries, letter=self._letter)

    def _entries(self, url: str) -> list[str]:
        if self.is_away:
            raise FetchError(f"{url}: it does not answer.")
        return list(self.texts)

    def _letter(self, url: str, entry: str, sender: str | None) -> Letter:
        return Letter(
            edition=edition(html=(literal(f"<p>{self.texts[entry]}</p>"),)),
            subject=self.texts[entry],
            canonical_url=f"https://example.org/{entry}",
            sender=sender or "relay",
            delivers_mail=True,
        )


def work(at: Desk, paper: Paper) -> None:
    """Let a worker do all that is due."""
    stop = threading.Event()
    with at.working(
        None, stop=stop, stale_after=timedelta(hours=12), source=paper.source()
    ) as worker:
        worker.go(once=True)


def begin(at: Desk, paper: Paper, every: str = "monday 13:00") -> None:
    """Follow the paper's feed."""
    follow(
        at.means,
        paper.source(),
        url=URL,
        list="weekly",
        segment=None,
        every=every,
        zone="UTC",
        sender=None,
    )


def test_what_is_new_is_mailed_once_and_what_is_edited_is_not_mailed_again(store: Store) -> None:
    """Entries that were there are not mailed, a new one is, an edited one is not, two new ones are two letters."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper("old", "older")
    subscribe(store, "ada@example.org")
    at = desk(store, sender=sender, clock=clock)
    begin(at, paper)
    clock.advance(timedelta(hours=1))
    work(at, paper)
    assert [] == at.list()

    paper.texts["first"] = "first"
    work(at, paper)
    assert [] == at.list()  # its time has not come
    subjects = []
    for change in ({}, {"first": "first, corrected"}, {"second": "second", "third": "third"}):
        paper.texts |= change
        clock.advance(WEEK)
        work(at, paper)
        subjects.append([campaign.subject for campaign in reversed(at.list())])

    assert [["first"], ["first"], ["first", "second", "third"]] == subjects
    assert ["ada@example.org"] * 3 == mailed(sender)


def test_a_feed_that_is_away_is_tried_again(store: Store) -> None:
    """What goes wrong is kept and told; a quarter of an hour later it is tried again."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper()
    subscribe(store, "ada@example.org")
    at = desk(store, sender=sender, clock=clock)
    begin(at, paper)
    paper.texts["first"] = "first"
    paper.is_away = True
    clock.advance(timedelta(hours=1))
    work(at, paper)
    (feed,) = followed(at.means)
    assert "does not answer" in (feed.problem or "")
    paper.is_away = False
    clock.advance(timedelta(minutes=15))
    work(at, paper)

    (feed,) = followed(at.means)
    assert (None, NOON + WEEK + timedelta(hours=1)) == (feed.problem, feed.next_at)
    assert 1 == len(mailed(sender))


def test_a_time_nobody_was_there_for_is_left_out(store: Store) -> None:
    """After half a day the turn is over; what is new waits for the next one."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper()
    subscribe(store, "ada@example.org")
    at = desk(store, sender=sender, clock=clock)
    begin(at, paper)
    paper.texts["first"] = "first"
    clock.advance(timedelta(days=1))
    work(at, paper)
    assert [] == mailed(sender)
    (feed,) = followed(at.means)
    assert "nobody was there" in (feed.problem or "")
    clock.set(feed.next_at)
    work(at, paper)
    assert 1 == len(mailed(sender))


def test_what_they_have_had_by_another_way_is_not_mailed_again(store: Store) -> None:
    """An article that was sent by hand within the month is passed over when the feed brings it."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper()
    subscribe(store, "ada@example.org")
    at = desk(store, sender=sender, clock=clock)
    begin(at, paper)
    paper.texts["first"] = "first"
    from tests.campaigns.desks import wish

    at.send(at.plan(wish(list="weekly", canonical_url="https://example.org/first")).id)
    clock.advance(timedelta(hours=1))
    work(at, paper)

    assert 1 == len(mailed(sender))


def test_a_feed_is_followed_until_it_is_left(store: Store) -> None:
    """A new time takes the place of the old one; a feed that was left brings nothing more."""
    clock, sender, paper = ManualClock(NOON), RecordingSender(), Paper()
    subscribe(store, "ada@example.org")
    at = desk(store, sender=sender, clock=clock)
    begin(at, paper)
    begin(at, paper, every="day 18:00")
    (feed,) = followed(at.means)
    assert NOON + timedelta(hours=6) == feed.next_at
    leave(at.means, url=URL, list="weekly")
    paper.texts["first"] = "first"
    clock.advance(timedelta(hours=7))
    work(at, paper)

    assert [] == mailed(sender)
    with pytest.raises(StateError, match="not mailed"):
        leave(at.means, url=URL, list="weekly")
    with pytest.raises(ScheduleError):
        begin(at, paper, every="someday")
