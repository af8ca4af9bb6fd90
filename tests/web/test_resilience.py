"""Errors, many open pages and requests without the keys do not stop the preview."""

from __future__ import annotations

import logging
import os
import smtplib
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.models.article import Article
from pipeline.project import Project
from pipeline.web.preview.event_streams import MAX_STREAMS
from pipeline.web.preview.session import PreviewSession, get_rendering
from pipeline.web.preview.sources.file_watcher import FileWatcher
from pipeline.web.preview.sources.live_article import LiveArticle
from pipeline.web.preview.sources.mail_catcher import MailCatcher
from tests.browser import Browser
from tests.web.previews import ARTICLE, Preview, frame, make_project, run_preview, wait_for_version
from tests.web.test_live_article import get_html, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

HANG_GUARD_S = 20


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    """A preview of one article."""
    with run_preview(make_project(tmp_path / "lantern")) as running:
        yield running


@pytest.fixture(scope="module")
def shared_preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview for requests that change nothing."""
    with run_preview(make_project(tmp_path_factory.mktemp("shared") / "lantern")) as running:
        yield running


# Errors in threads


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("by zero"), RecursionError("too deep"), SystemExit(3)]
)
def test_article_is_rendered_again_after_any_error(tmp_path: Path, error: BaseException) -> None:
    """An unforeseen error of a loader is shown beside the last rendering; the next save is rendered."""
    folder = make_project(tmp_path / "lantern")

    def load(project: Project, source: str) -> Article:
        if "FAIL" in Path(source).read_text(encoding="utf-8"):
            raise error
        return project.load(source)

    session = PreviewSession(open_project=lambda: Project.open(folder), load=load)
    with closing(session):
        document_id = session.open_article(str(folder / "tide.md"))
        article: Any = session.get_document(document_id)  # Any: a LiveArticle
        file = folder / "tide.md"
        wait_until(article, lambda: file.write_text("FAIL"), lambda a: a.error is not None)
        assert type(error).__name__ in article.error
        assert "HANDBILL_DEBUG=1" in article.error
        assert "Nobody winds it." in get_html(article)
        again = ARTICLE.replace("Nobody winds it.", "A boy winds it.")
        wait_until(article, lambda: file.write_text(again), lambda a: a.error is None)
        assert "A boy winds it." in get_html(article)


def test_picture_name_with_a_null_character(preview: Preview, browser: Browser) -> None:
    """A name that no file can have is shown as a problem; the article fixed after it appears."""

    def work(page: Page) -> None:
        wait_for_version(page)
        preview.save(ARTICLE.replace("clock.png", "clock%00.png"))
        page.locator("#error:not([hidden]), #tab-findings .count").first.wait_for()
        preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))
        frame(page).get_by_text("A boy winds it.").wait_for()
        page.locator("#error").wait_for(state="hidden")

    browser.at(preview.url, work)


def test_error_while_checking(tmp_path: Path) -> None:
    """If checking fails unforeseen, the page says so instead of “Checking …” for ever."""

    class BrokenClock:
        """Has no time."""

        def now(self) -> datetime:
            """Fail."""
            raise ZeroDivisionError("the clock stopped")

    folder = make_project(tmp_path / "lantern")
    project = replace(Project.open(folder), clock=BrokenClock())
    article = LiveArticle(
        str(folder / "tide.md"),
        open_project=lambda: project,
        load=lambda opened: opened.load(str(folder / "tide.md")),
    )
    with closing(article):
        wait_until(article, article.refresh, lambda a: a.error is not None)

    assert "the clock stopped" in str(article.error)
    assert article.rendering is not None
    assert () == article.rendering.findings


def test_watcher_survives_errors(tmp_path: Path) -> None:
    """An error of the callbacks is reported, and the next change is noticed."""
    file = tmp_path / "tide.md"
    file.write_text("one")
    reported: list[str] = []
    is_reported, is_noticed = threading.Event(), threading.Event()

    def on_change(changed: Collection[Path]) -> None:
        if file.read_text() == "two":
            raise KeyError("unforeseen")
        is_noticed.set()

    def on_error(error: BaseException) -> None:
        reported.append(type(error).__name__)
        is_reported.set()

    watcher = FileWatcher(lambda: [file], on_change, on_error)
    watcher.start()
    try:
        file.write_text("two")
        assert is_reported.wait(HANG_GUARD_S)
        file.write_text("three, and longer")
        assert is_noticed.wait(HANG_GUARD_S)
    finally:
        watcher.stop()
    assert ["KeyError"] == reported


@pytest.mark.parametrize(("has_fractions", "expected"), [(True, 1), (False, 2)])
def test_a_change_is_handled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_fractions: bool, expected: int
) -> None:
    """What polling noticed is not handled again when the system reports it, unless times are whole seconds."""
    file = tmp_path / "tide.md"
    file.write_text("one")
    handled: list[Collection[Path]] = []
    watcher = FileWatcher(lambda: [file], handled.append)

    def wait(_: object) -> Iterator[set[Path]]:
        file.write_text("two, and longer")
        os.utime(file, ns=(10**18 + has_fractions, 10**18 + has_fractions))
        yield set()  # polling comes first
        yield {file}
        watcher._stop.set()

    monkeypatch.setattr(watcher, "_wait_for_changes", wait)
    watcher.start()
    watcher._thread.join(HANG_GUARD_S)
    assert [{file}] * expected == handled


def test_a_change_during_the_first_rendering_is_rendered(tmp_path: Path) -> None:
    """Somebody saves while the preview starts: the page does not stay at what was there before."""
    folder = make_project(tmp_path / "lantern")
    file = folder / "tide.md"
    count = 0

    def load(project: Project, source: str) -> Article:
        nonlocal count
        count += 1
        article = project.load(source)
        if count == 1:
            file.write_text(ARTICLE.replace("Nobody winds it.", "A boy winds it."), "utf-8")
        return article

    session = PreviewSession(open_project=lambda: Project.open(folder), load=load)
    with closing(session):
        document: Any = session.get_document(session.open_article(str(file)))
        wait_until(document, lambda: None, lambda a: "A boy winds it." in get_html(a))
    assert 2 == count


def test_only_used_files_are_watched(tmp_path: Path) -> None:
    """A picture that is a folder is not watched, and of the folder of a picture only that file."""
    many = tmp_path / "many"
    for number in range(200):
        (many / str(number)).mkdir(parents=True)
    article = ARTICLE + f"\n\n![All]({many})\n\n![One]({many / 'one.png'})\n"
    folder = make_project(tmp_path / "lantern", article=article)
    session = PreviewSession(open_project=lambda: Project.open(folder), load=lambda p, s: p.load(s))
    with closing(session):
        document: Any = session.get_document(session.open_article(str(folder / "tide.md")))
        watched = set(document.watched_paths())

    assert many not in watched
    assert many / "one.png" in watched


def test_mail_catcher_recovers(tmp_path: Path) -> None:
    """A message that cannot be stored is refused for now with the reason; the next one is caught."""
    folder = tmp_path / "caught"
    with closing(MailCatcher(folder, 0)) as catcher:
        folder.rmdir()
        folder.write_text("in the way")

        def send() -> None:
            with smtplib.SMTP("127.0.0.1", catcher.port, timeout=HANG_GUARD_S) as client:
                client.sendmail("a@example.org", ["b@example.org"], b"Subject: Tides\r\n\r\nx\r\n")

        with pytest.raises(smtplib.SMTPDataError, match="Not caught"):
            send()
        folder.unlink()
        send()
    assert 1 == len(list(folder.glob("*.eml")))


# Many pages


def open_stream(preview: Preview) -> socket.socket:
    """Open the stream of events of the article, as a page does, and return its connection."""
    connection = socket.create_connection(
        ("127.0.0.1", preview.server.guard.port), timeout=HANG_GUARD_S
    )
    connection.sendall(
        f"GET {preview.article_path}/events HTTP/1.1\r\nHost: 127.0.0.1:{preview.server.guard.port}\r\n"
        f"Cookie: {preview.cookie}\r\n\r\n".encode()
    )
    assert b"200 OK" in connection.recv(4096)
    return connection


def test_many_open_pages_leave_the_preview_answering(
    preview: Preview, caplog: pytest.LogCaptureFixture
) -> None:
    """With 60 pages open and after they are closed, the page answers; the oldest are told to come back later."""
    with ExitStack() as stack, caplog.at_level(logging.WARNING):
        connections = [stack.enter_context(open_stream(preview)) for _ in range(60)]
        assert preview.call(f"{preview.article_path}/state")["is_rendered"]
        received = b""
        while b"event: later" not in received:
            received += connections[0].recv(4096) or pytest.fail("the stream ended without a word")
        for connection in connections[-MAX_STREAMS:]:
            connection.setblocking(False)
            assert b"event: later" not in receive_available(connection)
    assert preview.call(f"{preview.article_path}/state")["is_rendered"]
    assert [] == [record.message for record in caplog.records if "waitress" in record.name]


def receive_available(connection: socket.socket) -> bytes:
    """Return what has arrived on a connection that does not block."""
    try:
        return connection.recv(4096)
    except BlockingIOError:
        return b""


def test_hidden_pages_do_not_listen(preview: Preview, browser: Browser) -> None:
    """A page in the background closes its stream, and shows what has changed once it is visible again."""
    hide = (
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )

    def work(page: Page) -> tuple[bool, str]:
        wait_for_version(page)
        page.evaluate(hide, True)
        preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))
        article: Any = preview.server.session.get_document(
            preview.article_path.rpartition("/")[2]
        )  # Any: a LiveArticle
        wait_until(article, lambda: None, lambda a: get_rendering(a).version == 2)
        before = "A boy winds it." in frame(page).locator("body").inner_text()
        page.evaluate(hide, False)
        frame(page).get_by_text("A boy winds it.").wait_for()
        return before, page.inner_text("#status")

    assert (False, "up to date") == browser.at(preview.url, work)


# Requests


def send_head(preview: Preview, head: str) -> bytes:
    """Send the headers of a request that announces a body, none of it, and return the answer."""
    with socket.create_connection(
        ("127.0.0.1", preview.server.guard.port), timeout=HANG_GUARD_S
    ) as connection:
        connection.sendall(f"{head}\r\n\r\n".replace("\n", "\r\n").replace("\r\r", "\r").encode())
        answer = b""
        while received := connection.recv(4096):
            answer += received
        return answer


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Content-Length: 60000", b"403"),
        ("Content-Length: 900000000", b"403"),
        ("Transfer-Encoding: chunked", b"403"),
        ("Content-Length: 60000\nExpect: 100-continue", b"403"),
        ("Content-Length: 60000\nCookie: {cookie}", b"403"),
        ("Content-Length: 60000\nX-Handbill-Token: {token}", b"403"),
        (
            "Content-Length: 9\nCookie: {cookie}\nX-Handbill-Token: {token}\nOrigin: http://evil.example.org",
            b"403",
        ),
        (
            "Content-Length: 900000000\nCookie: {cookie}\nX-Handbill-Token: {token}",
            b"413",
        ),
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
def test_bodies_without_the_keys_are_not_received(
    shared_preview: Preview, headers: str, status: bytes, method: str
) -> None:
    """The answer comes before any of the body is sent, without 100 Continue."""
    guard = shared_preview.server.guard
    filled = headers.format(cookie=shared_preview.cookie, token=guard.token)
    head = f"{method} /preview/x/test HTTP/1.1\nHost: 127.0.0.1:{guard.port}\n{filled}"

    assert send_head(shared_preview, head).startswith(b"HTTP/1.1 " + status)


def test_bodies_for_other_hosts_are_not_received(shared_preview: Preview) -> None:
    """Another name for this machine is rejected before the body is received, even with the keys."""
    token = shared_preview.server.guard.token
    head = (
        "POST /preview/x/test HTTP/1.1\nHost: evil.example.org\nContent-Length: 60000\n"
        f"Cookie: {shared_preview.cookie}\nX-Handbill-Token: {token}"
    )

    assert send_head(shared_preview, head).startswith(b"HTTP/1.1 421")


ODD_PATHS = (
    *("/preview/{id}/state?at=0001-01-01T00:00:00%2B14:00", "/preview/{id}/state?at=9999-12-31T23:59:59-12:00"),
    *("/static/a%00b.js", "/folder/outbox/a%00b.eml", "/folder/outbox/..%2F%00.eml", "/preview/a%00b"),
    *("/campaign/a%00b", "/open?path=a%00b", "/preview/{id}/state?field.name=%00", "/folder/outbox?q=%00"),
    *("/preview/{id}/state?at=" + "1" * 5000, "/preview/{id}/differences/%00", "/frames/{key}/{id}/li%00ght"),
    *("/subscribers?q=%00", "/campaigns/a%00b", "/preview/{id}/state?language=..%2F..", "/%ff%fe"),
)  # fmt: skip


@pytest.mark.parametrize("path", ODD_PATHS)
def test_odd_addresses(shared_preview: Preview, path: str) -> None:
    """An address that no page has is an answer in words, and no failure of the program."""
    name = shared_preview.article_path.rpartition("/")[2]
    answer = read_status(
        shared_preview, path.format(id=name, key=shared_preview.server.guard.frame_key)
    )

    assert answer in (200, 400, 404, 409)


ODD_FORMS = (
    '{"list": "weekly", "count": "' + "9" * 5000 + '"}',
    '{"list": ' + "[" * 30_000 + "]" * 30_000 + "}",
    "[" * 60_000,
    '{"list": "\\ud800"}',
    '{"address": "\\udcff@example.org"}',
    '{"list": "\\u0000", "segment": "\\u0000"}',
    '{"list": "weekly", "local_time": "0001-01-01T00:00"}',
    '{"list": "weekly", "local_time": "9999-12-31T23:59"}',
    '{"digest": ' + "1" * 5000 + "}",
    "\\x00",
    "",
)


@pytest.mark.parametrize("form", ODD_FORMS)
@pytest.mark.parametrize("action", ["test", "summary", "campaign", "markdown"])
def test_odd_forms(shared_preview: Preview, action: str, form: str) -> None:
    """A form that no page sends is an answer in words, and no failure of the program."""
    status = read_status(shared_preview, f"{shared_preview.article_path}/{action}", form)

    assert status in (200, 400, 404, 409)


def read_status(preview: Preview, path: str, form: str | None = None) -> int:
    """Send a request with the keys and return the status of the answer."""
    import http.client

    token = preview.server.guard.token
    headers = {
        "Cookie": preview.cookie,
        "X-Handbill-Token": token,
        "Content-Type": "application/json",
    }
    connection = http.client.HTTPConnection(
        "127.0.0.1", preview.server.guard.port, timeout=HANG_GUARD_S
    )
    with closing(connection):
        method = "GET" if form is None else "POST"
        connection.request(method, path, form.encode() if form is not None else None, headers)
        return connection.getresponse().status
