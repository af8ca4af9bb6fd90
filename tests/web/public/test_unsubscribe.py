"""What is unsubscribed by which request, with the URLs of messages that an SMTP server received."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.models.event import EventKind
from pipeline.recipient_tokens import TokenKeys, TokenPurpose
from pipeline.web.public.rate_limits import MissLimiter
from tests.web.public.newsroom import Newsroom, open_newsroom

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ANA = "ana@example.org"


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with open_newsroom(tmp_path, limiter=MissLimiter(1_000)) as opened:
        yield opened


def test_pressing_twice_is_one_event(newsroom: Newsroom) -> None:
    """The second press gets the same answer and changes nothing."""
    path = newsroom.path(ANA)
    first, second = (newsroom.client.post(path, data=ONE_CLICK) for _ in range(2))
    assert (200, 200) == (first.status_code, second.status_code)
    assert {ANA: ["weekly"]} == newsroom.off_lists()
    (event,) = newsroom.events()
    assert ("web", "weekly", ANA) == (event.source, event.list_name, event.mailbox)


def test_leaving_again_after_coming_back(newsroom: Newsroom) -> None:
    """Each change of mind is an event of its own, whatever brought the subscriber back."""
    path = newsroom.path(ANA)
    newsroom.client.post(path, data=ONE_CLICK)
    assert b"subscribed again" in newsroom.client.post(path, data={"action": "undo"}).data
    assert {} == newsroom.off_lists()
    newsroom.client.post(path, data=ONE_CLICK)
    assert {ANA: ["weekly"]} == newsroom.off_lists()
    with newsroom.project.open_subscribers() as store:
        (address,) = newsroom.project.parse_recipients([ANA])
        store.resubscribe(address.address, list_name="weekly", reason="asked by telephone")
    assert {} == newsroom.off_lists()
    newsroom.client.post(path, data=ONE_CLICK)
    assert {ANA: ["weekly"]} == newsroom.off_lists()


def test_unsubscribing_from_everything_and_back(newsroom: Newsroom) -> None:
    """Everything is all lists; the way back restores what was there."""
    path = newsroom.path(ANA)
    newsroom.client.post(path, data={"action": "everything"})
    assert {ANA: ["weekly", "monthly"]} == newsroom.off_lists()
    newsroom.client.post(path, data={"action": "undo"})
    assert {} == newsroom.off_lists()
    kinds = [EventKind.UNSUBSCRIBED, EventKind.RESUBSCRIBED]
    assert kinds == [event.kind for event in newsroom.events()]


def test_nobody_comes_back_who_was_unsubscribed_by_hand(newsroom: Newsroom) -> None:
    """Only what was done by the link is undone by the link."""
    path = newsroom.path(ANA)
    with newsroom.project.open_subscribers() as store:
        (recipient,) = newsroom.project.parse_recipients([ANA])
        store.unsubscribe(recipient.address, list_name="weekly")
    page = newsroom.client.post(path, data={"action": "undo"})
    assert b'value="undo"' not in page.data
    assert {ANA: ["weekly"]} == newsroom.off_lists()


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
        (b"", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=Two-Clicks", "application/x-www-form-urlencoded"),
        (b"action=erase", "application/x-www-form-urlencoded"),
        (b"<xml/>", "text/xml"),
    ],
)
def test_other_bodies_change_nothing(newsroom: Newsroom, body: bytes, media_type: str) -> None:
    """A scanner that posts is refused."""
    answer = newsroom.client.post(newsroom.path(ANA), data=body, content_type=media_type)
    assert 400 == answer.status_code
    assert [] == newsroom.events()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_no_other_method_changes_anything(newsroom: Newsroom, method: str) -> None:
    """Only a POST does."""
    newsroom.client.open(newsroom.path(ANA), method=method, data=ONE_CLICK)
    assert [] == newsroom.events()


def test_a_test_token_says_so(newsroom: Newsroom) -> None:
    """The link of a test message answers, and changes nothing."""
    token = TokenKeys(b"any").make_test_token(TokenPurpose.UNSUBSCRIBE)
    for answer in (
        newsroom.client.get(f"/u/{token}"),
        newsroom.client.post(f"/u/{token}", data=ONE_CLICK),
    ):
        assert (200, True) == (answer.status_code, b"This was a test" in answer.data)
    assert [] == newsroom.events()


def test_unknown_tokens_are_answered_alike(newsroom: Newsroom) -> None:
    """A changed token, one of another purpose and nonsense get the same answer; a POST gets 200 too."""
    token = newsroom.path(ANA).removeprefix("/u/")
    changed = token[:10] + ("a" if token[10] != "a" else "b") + token[11:]
    message_token = newsroom.messages[ANA]["Message-ID"].strip("<>").partition("@")[0]
    for method, data in (("GET", None), ("POST", ONE_CLICK), ("POST", {"action": "list"})):
        answers = {
            newsroom.client.open(f"/u/{each}", method=method, data=data).data
            for each in (changed, message_token, "nonsense", token + "a", token[:-2])
        }
        assert 1 == len(answers)
        assert b"Nobody receives email through this link any more" in answers.pop()
    assert [] == newsroom.events()


def test_a_token_in_capitals_works(newsroom: Newsroom) -> None:
    """Some mail servers write URLs in upper case."""
    newsroom.client.post("/u/" + newsroom.path(ANA)[3:].upper(), data=ONE_CLICK)
    assert {ANA: ["weekly"]} == newsroom.off_lists()


def test_answers_are_private(newsroom: Newsroom) -> None:
    """Nothing is stored, indexed, framed or sent on; no cookie, no script, no whole address."""
    answer = newsroom.client.get(newsroom.path(ANA))
    headers = answer.headers
    assert ("no-referrer", "noindex", "no-store") == tuple(
        headers[name] for name in ("Referrer-Policy", "X-Robots-Tag", "Cache-Control")
    )
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy + answer.text
    assert "Set-Cookie" not in headers
    assert "a••@example.org" in answer.text
    assert ANA not in answer.text
    assert "https://" not in answer.text


def test_logs_and_metrics_hold_no_token(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    """Both name the route."""
    caplog.set_level("INFO")
    path = newsroom.path(ANA)
    newsroom.client.post(path, data=ONE_CLICK)
    metrics = newsroom.client.get("/metrics").text
    assert 'requests_total{route="/u/<token>",method="POST",status="200"} 1' in metrics
    assert 'unsubscribe_answers_total{answer="unsubscribed"} 1' in metrics
    assert "/u/<token> 200" in caplog.text
    assert path[3:] not in caplog.text + metrics


def test_metrics_are_for_this_machine_only(newsroom: Newsroom) -> None:
    """What comes through the proxy has another address."""
    outside = {"REMOTE_ADDR": "203.0.113.9"}
    assert 403 == newsroom.client.get("/metrics", environ_base=outside).status_code


def test_health_proves_which_project_answers(newsroom: Newsroom) -> None:
    """A nonce is signed with the project's secret."""
    assert "ok\n" == newsroom.client.get("/healthz").text
    signed = newsroom.client.get("/healthz?nonce=4711").text
    assert f"ok {newsroom.ledger.sign_nonce('4711')}\n" == signed


def test_guessing_is_limited_by_client(newsroom: Newsroom, tmp_path: Path) -> None:
    """After too many unknown tokens an address hears 429; others do not, and known tokens still work."""
    (tmp_path / "other").mkdir()
    with open_newsroom(tmp_path / "other", limiter=MissLimiter(3)) as strict:

        def get(client: str, path: str = "/u/nonsense") -> int:
            return strict.client.get(path, environ_base={"REMOTE_ADDR": client}).status_code

        assert [200, 200, 200, 429] == [get("203.0.113.9") for _ in range(4)]
        assert 200 == get("203.0.113.10")
        assert 200 == get("203.0.113.9", strict.path(ANA))
        same_network = [get(f"2001:db8::{number}") for number in range(4)]
        assert [200, 200, 200, 429] == same_network
