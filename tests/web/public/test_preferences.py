"""The preferences page: lists, everything, a pause; who gets what after each press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.models.address import Address
from pipeline.models.event import EventKind
from pipeline.recipient_tokens import TokenKeys, TokenPurpose
from tests.web.public.newsroom import PEOPLE, Newsroom, open_newsroom, preferences_path, send_again

ANA, BEN, *_ = PEOPLE


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with open_newsroom(tmp_path) as opened:
        yield opened


def post(newsroom: Newsroom, person: str, **data: str) -> str:
    answer = newsroom.client.post(preferences_path(newsroom, person), data=data)
    assert 200 == answer.status_code
    assert "Your change is saved." in answer.text
    return answer.text


def test_one_list_and_back(newsroom: Newsroom) -> None:
    """Each list has a button of its own; one that was left can be joined again; two presses are one event."""
    for _ in range(2):
        page = post(newsroom, ANA, action="unsubscribe", list="monthly")
    assert {ANA: ["monthly"]} == newsroom.off_lists()
    assert "Subscribe to monthly again" in page
    post(newsroom, ANA, action="resubscribe", list="monthly")
    assert {} == newsroom.off_lists()
    kinds = [event.kind for event in newsroom.events()]
    assert [EventKind.UNSUBSCRIBED, EventKind.RESUBSCRIBED] == kinds


def test_everything_and_back(newsroom: Newsroom) -> None:
    """Everything can be left, and taken back on the same page."""
    page = post(newsroom, BEN, action="everything")
    assert {BEN: ["weekly", "monthly"]} == newsroom.off_lists()
    assert 'id="pause"' not in page
    post(newsroom, BEN, action="undo")
    assert {} == newsroom.off_lists()


@pytest.mark.parametrize("name", ["board", "", "weekly' OR 1=1"])
def test_nobody_joins_a_list_they_were_never_on(newsroom: Newsroom, name: str) -> None:
    """Such a press changes nothing."""
    post(newsroom, ANA, action="resubscribe", list=name)
    assert [] == newsroom.events()
    assert {} == newsroom.off_lists()


def test_a_pause_skips_deliveries_until_its_day(newsroom: Newsroom) -> None:
    """The day is shown; a campaign skips who paused, and says why; ended, the next one is sent."""
    until = (datetime.now(UTC) + timedelta(days=10)).date()
    page = post(newsroom, ANA, action="pause", until=until.isoformat())
    assert f"until {until:%B} {until.day}, {until.year}" in page
    with newsroom.project.open_subscribers() as subscribers:
        counts = {each.name: (each.reachable, each.paused) for each in subscribers.count_lists()}
    assert {"weekly": (3, 1), "monthly": (3, 1)} == counts
    skipped, received = send_again(newsroom)
    assert ({ANA: "paused"}, set(PEOPLE) - {ANA}) == (skipped, received)
    page = post(newsroom, ANA, action="resume")
    assert "End the pause" not in page
    assert ({}, set(PEOPLE)) == send_again(newsroom)
    kinds = [event.kind for event in newsroom.events()]
    assert [EventKind.PAUSED, EventKind.RESUMED] == kinds


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01", "2999-01-01", "9999-99-99"])
def test_a_pause_ends_within_a_year(newsroom: Newsroom, until: str) -> None:
    """Another day is refused, and the page says which days there are."""
    answer = newsroom.client.post(
        preferences_path(newsroom, ANA), data={"action": "pause", "until": until}
    )
    assert (400, True) == (answer.status_code, "Choose a day from" in answer.text)
    assert [] == newsroom.events()


def test_an_export_keeps_a_pause(newsroom: Newsroom, tmp_path: Path) -> None:
    """Exported and imported into another project, it is the same; an import ends no pause."""
    from pipeline import cli
    from pipeline.project import Project

    until = (datetime.now(UTC) + timedelta(days=20)).date()
    post(newsroom, ANA, action="pause", until=until.isoformat())
    file, other = tmp_path / "people.csv", tmp_path / "other"
    root = newsroom.project.root
    assert 0 == cli.run(["--project", str(root), "subscribers", "export", "-o", str(file)])
    before = newsroom.read_subscriber(ANA)
    assert 0 == cli.run(["--project", str(root), "subscribers", "import", str(file)])
    assert before == newsroom.read_subscriber(ANA)
    other.mkdir()
    (other / "handbill.toml").write_text(
        '[publication]\nname = "Bell"\nfrom = "bell@example.org"\n', encoding="utf-8"
    )
    assert 0 == cli.run(["--project", str(other), "subscribers", "import", str(file)])
    with Project.open(other).open_subscribers() as subscribers:
        found = subscribers.get_details(Address(email=ANA)).subscriber
    assert found
    assert before.paused_until == found.paused_until
    assert found.paused_until


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_a_post_changes_something(newsroom: Newsroom, method: str) -> None:
    """Opening the page, or asking in another way, does nothing."""
    data = {"action": "everything"}
    newsroom.client.open(preferences_path(newsroom, ANA), method=method, data=data)
    assert [] == newsroom.events()


def test_other_posts_are_refused(newsroom: Newsroom) -> None:
    """One click belongs to the other page; an unknown action is refused."""
    path = preferences_path(newsroom, ANA)
    for data in ({}, {"action": "own"}, {"List-Unsubscribe": "One-Click"}):
        assert 400 == newsroom.client.post(path, data=data).status_code
    assert [] == newsroom.events()


def test_tokens_of_other_purposes_open_nothing(newsroom: Newsroom) -> None:
    """The unsubscribe token is no preferences token, nor the other way round; a test says so."""
    token = newsroom.path(ANA).removeprefix("/u/")
    own = preferences_path(newsroom, ANA).removeprefix("/p/")
    for path in (f"/p/{token}", f"/u/{own}", "/p/nonsense"):
        assert "Nobody receives email through this link" in newsroom.client.get(path).text
    test = TokenKeys(b"any").make_test_token(TokenPurpose.PREFERENCES)
    answer = newsroom.client.post(f"/p/{test}", data={"action": "everything"})
    assert (200, True) == (answer.status_code, "This was a test" in answer.text)
    assert [] == newsroom.events()


def test_the_unsubscribe_page_leads_there(newsroom: Newsroom) -> None:
    """Fewer emails, or another address, instead of leaving."""
    page = newsroom.client.get(newsroom.path(ANA)).text
    links = re.findall(r'<a class="button" href="\.\.(/p/[^"#]+)#([a-z]+)">', page)
    own = preferences_path(newsroom, ANA)
    assert [(own, "pause"), (own, "address")] == links


def test_the_page_is_private(newsroom: Newsroom) -> None:
    """No whole address, no script, no cookie, nothing from elsewhere, nothing stored."""
    answer = newsroom.client.get(preferences_path(newsroom, ANA))
    assert ("a••@example.org" in answer.text, ANA in answer.text) == (True, False)
    assert ("script" in answer.text, "https://" in answer.text) == (False, False)
    assert "Set-Cookie" not in answer.headers
    names = ("Referrer-Policy", "X-Robots-Tag", "Cache-Control")
    assert ("no-referrer", "noindex", "no-store") == tuple(answer.headers[name] for name in names)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
