"""The outbox and the mail catcher: live lists, attachments, checks, deleting, and the interface for tests."""

from __future__ import annotations

import json
import smtplib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.web.preview.messages.message_attachments import list_attachments
from pipeline.web.preview.messages.message_checks import check_saved_message
from pipeline.web.preview.messages.preview_message import read_message
from pipeline.web.preview.routes.api_routes import MAX_WAITING
from pipeline.web.preview.sources.mail_catcher import MailCatcher
from pipeline.web.preview.sources.message_folders import delete_messages, list_messages
from tests.browser import Browser, overflow, violations
from tests.web.previews import Preview, frame, make_project, run_preview, wait_for_version

if TYPE_CHECKING:
    from playwright.sync_api import Page

RIGHT_EDGES = """card => [card, document.getElementById("views")]
  .map(each => Math.floor(each.getBoundingClientRect().right))"""
RULES = ("color-contrast", "button-name", "link-name", "list", "listitem", "label", "target-size")


def make_message(subject: str, to: str = "ada@example.org", **headers: str) -> EmailMessage:
    """Return a message with both parts and an attachment."""
    message = EmailMessage()
    message["From"], message["To"] = "Shop <shop@example.org>", to
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Thank you for the rope.")
    link = '<a href="http://a.example.org">click here</a>'
    html = f'<h1>Thanks</h1><p style="color:#bbb;background:#fff">The <b>rope</b>: {link}</p>'
    message.add_alternative(html, subtype="html")
    content = b"%PDF-1.4 " * 300
    message.add_attachment(
        content, maintype="application", subtype="pdf", filename="../../receipt.pdf"
    )
    return message


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project."""
    return make_project(tmp_path_factory.mktemp("messages") / "lantern")


@pytest.fixture
def caught(tmp_path: Path) -> Iterator[MailCatcher]:
    """A mail catcher that writes to `caught` in the folder of the test."""
    with closing(MailCatcher(tmp_path / "caught", 0)) as catcher:
        yield catcher


@pytest.fixture
def preview(folder: Path, caught: MailCatcher, tmp_path: Path) -> Iterator[Preview]:
    """A preview that catches mail."""
    with run_preview(folder, None, caught=tmp_path / "caught") as running:
        yield running


def send(catcher: MailCatcher, message: EmailMessage, *envelope: str) -> None:
    """Send *message* to the catcher, to the recipients in *envelope* or those of its headers."""
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=20) as client:
        client.send_message(message, to_addrs=list(envelope) or None)


def call(preview: Preview, path: str, *, method: str = "GET", key: str | None = None) -> Any:
    """Send a request as a program does; return the status and the JSON."""
    token = preview.server.guard.token if key is None else key
    request = urllib.request.Request(
        preview.origin + path, method=method, headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            content = error.read()
        is_json = error.headers["Content-Type"] == "application/json"
        return error.code, json.loads(content) if is_json else content.decode()


def test_list_is_live(preview: Preview, caught: MailCatcher, browser: Browser) -> None:
    """A message appears with From, To and size while the list is open; it is searched and deleted after a question."""

    def work(page: Page) -> list[Any]:
        page.goto(f"{preview.origin}/folder/caught")
        page.get_by_text("No messages caught yet.").wait_for()
        send(caught, make_message("Your receipt"))
        page.locator(".messages strong", has_text="Your receipt").wait_for()
        seen: list[Any] = [page.inner_text(".messages li"), violations(page, RULES)]
        send(caught, make_message("Another"))
        page.locator(".messages strong", has_text="Another").wait_for()
        page.fill("#message-search", "receipt")
        page.locator(".messages strong", has_text="Another").wait_for(state="detached")
        seen.append(page.inner_text("#count"))
        page.click(".messages .delete")
        seen.append(page.inner_text("dialog"))
        page.click("#confirm")
        page.get_by_text("No messages found.").wait_for()
        page.fill("#message-search", "")
        page.locator(".messages strong", has_text="Another").wait_for()
        page.set_viewport_size({"width": 375, "height": 800})
        seen.append(overflow(page))
        page.click("#clear")
        seen.append(page.inner_text("dialog"))
        page.click("#confirm")
        page.get_by_text("No messages caught yet.").wait_for()
        return seen

    row, problems, count, question, too_wide, clearing = browser.at(preview.url, work)
    for text in ("Shop <shop@example.org>", "to ada@example.org", " kB", "Your receipt"):
        assert text in row
    assert ([], 0) == (problems, too_wide)
    assert count.startswith("2 messages · times in Europe/London · ")
    assert "gone for good" in question
    assert "the search" not in clearing


def test_message_page(preview: Preview, caught: MailCatcher, browser: Browser) -> None:
    """A caught message has checks, attachments and headers, and its source has colors and a search."""
    send(caught, make_message("Your receipt"), "hidden@example.org")

    def work(page: Page) -> dict[str, Any]:
        page.goto(f"{preview.origin}/folder/caught")
        page.click(".entries a")
        wait_for_version(page)
        page.locator("#panel .finding").first.wait_for()
        seen: dict[str, Any] = {"findings": page.inner_text("#panel")}
        page.click("#tab-headers")
        seen["headers"] = page.inner_text("#panel")
        page.click("#tab-attachments")
        with page.expect_download() as download:
            page.click("#panel a")
        seen["file"] = (
            download.value.suggested_filename,
            Path(download.value.path()).read_bytes()[:8],
        )
        for key in "hm":
            page.keyboard.press(key)
        page.locator('[data-card="message"] .token-tag').first.wait_for()
        seen["last view"] = page.locator('[data-card="message"]').evaluate(RIGHT_EDGES)
        seen["tags"] = page.locator('[data-card="html"] .token-tag').all_inner_texts()
        page.fill('[data-card="html"] .find', "ROPE")
        seen["matches"] = page.inner_text('[data-card="html"] .label [role="status"]')
        seen["problems"] = violations(page, RULES)
        page.click("#source a")
        page.locator(".messages strong", has_text="Your receipt").wait_for()
        page.click(".entries a")
        wait_for_version(page)
        page.click("#menu-button")
        page.click("#delete")
        page.click("#confirm")
        page.get_by_text("No messages caught yet.").wait_for()
        return seen

    seen = browser.at(preview.url, work)
    card_edge, page_edge = seen["last view"]
    assert card_edge <= page_edge  # scrolled into sight
    for text in ("Accessibility", "contrast.light", "link.generic-text", "link.insecure"):
        assert text in seen["findings"]
    assert "unsubscribe" not in seen["findings"]
    assert "hidden@example.org" in seen["headers"]
    assert ("receipt.pdf", b"%PDF-1.4") == seen["file"]
    assert "<h1>" in seen["tags"]
    assert ("1 of 1", []) == (seen["matches"], seen["problems"])


def test_message_without_html(preview: Preview, caught: MailCatcher, browser: Browser) -> None:
    """A message of text alone is shown as text, with nothing in it taken for HTML."""
    message = EmailMessage()
    message["From"], message["To"] = "a@example.org", "b@example.org"
    message.set_content("Dear <b>Ada</b>,\nthe tide.")
    send(caught, message)

    def work(page: Page) -> str:
        page.goto(f"{preview.origin}/folder/caught")
        page.click(".entries a")
        return frame(wait_for_version(page)).locator("body").inner_text()

    assert "Dear <b>Ada</b>,\nthe tide." == browser.at(preview.url, work).strip()


def test_a_newsletter_needs_an_unsubscribe_header() -> None:
    """A message of a list is checked for List-Unsubscribe, a receipt is not; long or missing HTML is no error."""
    codes = {
        finding.code
        for finding in check_saved_message(
            read_message(bytes(make_message("News", List_Id="<news.example.org>")))
        )
    }

    assert "unsubscribe.header-missing" in codes
    assert [] == check_saved_message(read_message(b"Subject: Tides\n\nText.\n"))
    assert [] == check_saved_message(
        read_message(b"Content-Type: text/html\n\n" + b"<p>a" * 99_999)
    )


def test_attachments_of_odd_messages() -> None:
    """Names lose folders and control characters; pictures that the HTML shows are no attachments."""
    message = make_message("x")
    message.add_attachment(b"x", maintype="text", subtype="html", filename="a\x07/b\\\u202e.html")
    related = message.get_body(("html",))
    assert related is not None
    related.add_related(b"x", maintype="image", subtype="png", cid="<a@b>")
    names = [each.name for each in list_attachments(bytes(message))]

    assert "receipt.pdf" == names[0]
    assert 2 == len(names)
    assert names[1].isprintable()
    assert "/" not in names[1] + names[0]
    assert [] == list_attachments(b"\xff" * 999)


def test_waiting_for_a_message(preview: Preview, caught: MailCatcher) -> None:
    """A request waits until the message to its recipient arrives, also if only the envelope names them."""
    answers: list[Any] = []
    path = "/api/messages?to=Hidden@example.org&subject=receipt&timeout=30"
    thread = threading.Thread(target=lambda: answers.append(call(preview, path)))
    thread.start()
    send(caught, make_message("Something else"), "hidden@example.org")
    send(caught, make_message("Your receipt"), "hidden@example.org")
    thread.join(30)

    ((status, answer),) = answers
    (entry,) = answer["messages"]
    assert (200, 1) == (status, answer["total"])
    assert ["ada@example.org", "hidden@example.org"] == entry["to"]
    status, message = call(preview, f"/api/messages/{entry['id']}")
    assert (200, "Thank you for the rope.\n") == (status, message["text"])
    assert ["receipt.pdf"] == [each["name"] for each in message["attachments"]]
    assert {"name": "Delivered-To", "value": "hidden@example.org"} in message["headers"]
    assert (200, 2) == (status, call(preview, "/api/messages")[1]["total"])
    after = entry["at"].replace("+", "%2B")
    assert [] == call(preview, f"/api/messages?after={after}&subject=receipt")[1]["messages"]
    assert (200, {"deleted": 1}) == call(preview, f"/api/messages/{entry['id']}", method="DELETE")
    assert 404 == call(preview, f"/api/messages/{entry['id']}")[0]
    assert (200, {"deleted": 1}) == call(preview, "/api/messages/caught", method="DELETE")


def test_what_does_not_arrive(preview: Preview) -> None:
    """After its time a request fails and says so; odd parameters are refused, and nothing without the key."""
    status, answer = call(preview, "/api/messages?to=ada@example.org&timeout=0.2")
    assert (404, "No such message arrived within 0.2 seconds.") == (status, answer["error"])
    assert (200, []) == (200, call(preview, "/api/messages?to=ada@example.org")[1]["messages"])
    for odd in (
        "timeout=x",
        "timeout=61",
        "timeout=nan",
        "count=0x",
        "after=monday",
        "after=2026-01-01",
    ):
        assert 400 == call(preview, f"/api/messages?{odd}")[0]
    assert 404 == call(preview, "/api/messages?folder=letters")[0]
    assert 404 == call(preview, "/api/messages/caught/..%2Fhandbill.toml")[0]
    assert 403 == call(preview, "/api/messages", key="guess")[0]
    assert 403 == call(preview, "/api/messages/outbox", method="DELETE", key="guess")[0]


def test_many_waiting_requests(preview: Preview) -> None:
    """More than a few requests do not wait, so that the pages still answer; all end with the preview."""
    answers: list[Any] = []

    def wait() -> None:
        answers.append(call(preview, "/api/messages?timeout=60"))

    threads = [threading.Thread(target=wait) for _ in range(MAX_WAITING + 1)]
    for thread in threads:
        thread.start()
    while not answers:
        assert 200 == call(preview, "/api/messages")[0]
    preview.server.session.is_closed = True
    for thread in threads:
        thread.join(30)

    assert [429, *[503] * MAX_WAITING] == [status for status, _ in answers]


def test_deleting_stays_in_the_folder(tmp_path: Path) -> None:
    """Only messages are deleted; a folder that is empty then goes, one with other files stays."""
    for path in ("a/1.eml", "b/1.eml", "b/notes.txt", "2.eml"):
        (tmp_path / "outbox" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "outbox" / path).write_bytes(b"Subject: Tides\n\n")
    outside = tmp_path / "secret.eml"
    outside.write_bytes(b"x")

    assert 0 == delete_messages(tmp_path / "outbox", "../secret.eml")
    assert 1 == delete_messages(tmp_path / "outbox", "a/1.eml")
    assert 2 == delete_messages(tmp_path / "outbox")
    assert outside.exists()
    assert ["b"] == [path.name for path in (tmp_path / "outbox").iterdir()]
    assert ([], 0) == list_messages(tmp_path / "outbox")
