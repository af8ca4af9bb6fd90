"""Actions in the preview: send, schedule, compare versions, check links and spam score."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.models.event import Event, EventKind
from pipeline.net.address_filter import allow_all
from pipeline.net.client import Client
from pipeline.net.deadline import Limits
from pipeline.project import Project
from pipeline.web.preview.messages.preview_message import read_message
from tests.browser import Browser
from tests.loaders.fetch.servers import Answer, Site, here, running
from tests.senders.smtp.smtp_sink import Moment, Sink
from tests.web.previews import (
    ARTICLE,
    CONFIG,
    Preview,
    frame,
    make_project,
    run_preview,
    wait_for_version,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

SUBSCRIBERS = """\
email,name,donor,country
ada@example.org,Ada Byron,monthly,GB
grace@example.org,Grace Hopper,,US
"""


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    """A preview of one article, with two subscribers on a list."""
    with run_preview(make_list(tmp_path / "lantern")) as running:
        yield running


def make_list(path: Path, config: str = CONFIG) -> Path:
    """Make a project of one article, with two subscribers on a list."""
    folder = make_project(path, config=config)
    (folder / "subscribers.csv").write_text(SUBSCRIBERS, encoding="utf-8")
    with Project.open(folder).open_subscribers() as subscribers:
        subscribers.import_file(folder / "subscribers.csv", list_name="weekly")
    return folder


def read_outbox(preview: Preview) -> list[bytes]:
    """Return the messages in the outbox."""
    return [path.read_bytes() for path in sorted((preview.folder / "outbox").glob("*/*.eml"))]


def test_send_after_review(preview: Preview, browser: Browser) -> None:
    """The summary shows count, sender and findings; then messages and campaign exist, with what came back."""

    def work(page: Page) -> dict[str, str]:
        wait_for_version(page)
        page.click("#send")
        page.click("#send-review")
        page.locator("#send-confirm").wait_for()
        seen = {"summary": page.inner_text("dialog"), "before": str(len(read_outbox(preview)))}
        page.click("#send-confirm")
        page.get_by_text("View messages").wait_for()
        seen["done"] = page.inner_text("dialog")
        page.goto(f"{preview.origin}/articles")
        seen["index"] = page.inner_text(".campaigns")
        page.click(".campaigns a")
        seen["title"] = frame(wait_for_version(page)).locator("h1").inner_text()
        record_reply(preview)
        page.click("#campaign")
        seen["responses"] = page.inner_text("#campaign-responses")
        return seen

    seen = browser.at(preview.url, work)
    for text in ("2 recipients", "What the tide clock says", "everybody on the list"):
        assert text in seen["summary"]
    assert "no mail is sent" in seen["summary"]
    assert "No problems found." in seen["summary"]
    assert "0" == seen["before"]
    assert "2 written to the outbox" in seen["done"]
    assert "SENT" in seen["index"].upper()
    assert "The Tide Clock" == seen["title"]
    assert 2 == len(read_outbox(preview))
    assert "1 replied" in seen["responses"]


def test_mail_takes_a_second_act(tmp_path: Path, browser: Browser) -> None:
    """Mail is sent only after a question; the way back is where the first button was; refusals are quoted."""
    reply = "550 5.1.1 No such harbour"

    def refuse_grace(moment: Moment) -> str | None:
        return reply if moment.step == "RCPT" and "grace" in moment.recipient else None

    with ExitStack() as stack:
        sink = stack.enter_context(Sink(refuse_grace))
        relay = f'[senders.relay]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\n'
        config = f'{CONFIG}\n[sender]\ndefault = "relay"\n\n{relay}'
        preview = stack.enter_context(run_preview(make_list(tmp_path / "lantern", config)))

        def work(page: Page) -> list[str]:
            wait_for_version(page)
            page.click("#test")
            page.fill("#address", "not-grace@example.org")
            page.click("dialog button.primary")
            page.locator("#test-status .failures").wait_for()
            seen = [page.inner_text("#test-status")]
            page.keyboard.press("Escape")
            page.click("#send")
            page.click("#send-review")
            first = page.locator("#send-confirm").bounding_box()
            seen.append(page.inner_text("dialog"))
            page.dblclick("#send-confirm")
            page.locator("#send-confirm, #confirm").wait_for()
            seen.append(str(len(sink.accepted)))
            if not page.locator("#confirm").is_visible():
                page.click("#send-confirm")
            assert first and page.locator("#confirm").bounding_box() != first
            seen.append(page.inner_text("dialog"))
            page.click("#confirm")
            page.locator("#campaign-state", has_text="sent").wait_for()
            return [*seen, page.inner_text("dialog")]

        test, summary, before, question, result = browser.at(preview.url, work)
        assert [1, "0"] == [len(sink.accepted), before]
    assert "No such harbour" in test
    for words in ("The Lantern <letters@lantern.example.org>", "Ada Byron <ada@example.org>"):
        assert words in summary
    assert "Test" in summary
    assert "cannot be recalled" in question
    for words in ("1 accepted, 1 refused", "No such harbour", "weekly"):
        assert words in result


def test_an_older_version_is_never_sent(preview: Preview) -> None:
    """What cannot be rendered, is not saved in its editor, or was saved just now, is not sent in its older version."""
    file = preview.folder / "tide.md"
    summary = preview.call(f"{preview.article_path}/summary", {"list": "weekly"})
    form = {"list": "weekly", "digest": summary["digest"], "count": "2"}
    path = f"{preview.article_path}/campaign"

    file.write_text(ARTICLE.replace("Nobody winds it.", "A boy winds it."), encoding="utf-8")
    assert "has changed since the summary" in preview.call(path, form)["error"]
    lock = preview.folder / ".#tide.md"
    lock.symlink_to("editor@harbour.1:2")
    assert "not saved" in preview.call(path, form)["error"]
    lock.unlink()
    swap = preview.folder / ".tide.md.swp"
    swap.write_bytes(b"b0VIM 9.1".ljust(1007, b"\0") + b"\x55")
    assert "changes in Vim" in preview.call(f"{preview.article_path}/summary", form)["error"]
    swap.write_bytes(b"b0VIM 9.1".ljust(4096, b"\0"))
    assert 2 == preview.call(f"{preview.article_path}/summary", form)["count"]
    (preview.folder / ".~lock.tide.md#").write_text("x")
    note = preview.call(f"{preview.article_path}/summary", form)["open_program"]
    assert "open in a word processor" in note
    file.write_text("---\nappeal: 7\n---\n\nWords.\n", encoding="utf-8")
    for action in ("summary", "campaign", "test"):
        error = preview.call(f"{preview.article_path}/{action}", form)["error"]
        assert "The newest version cannot be rendered" in error
        assert "tide.md" in error
    assert [] == read_outbox(preview)


def record_reply(preview: Preview) -> None:
    """Let the first recipient of the first campaign have replied."""
    reply = Event(
        kind=EventKind.REPLIED,
        source="mailbox",
        source_key="1",
        at=datetime.now(UTC),
        campaign=1,
        sequence=1,
    )
    with Project.open(preview.folder).open_events() as ledger:
        ledger.record([reply])


def test_schedule_without_a_worker(preview: Preview, browser: Browser) -> None:
    """A segment of one recipient is scheduled; that no worker is running is shown before, after and on the index."""

    def work(page: Page) -> list[str]:
        wait_for_version(page)
        page.click("#send")
        page.fill("#send-segment", 'country = "GB"')
        page.fill("#send-time", "2099-12-01T09:00")
        page.click("#send-review")
        page.locator("#send-confirm").wait_for()
        seen = [page.inner_text("dialog")]
        page.click("#send-confirm")
        page.locator("#campaign-state").wait_for()
        seen.append(page.inner_text("dialog"))
        page.goto(f"{preview.origin}/articles")
        return [*seen, page.inner_text("main")]

    seen = browser.at(preview.url, work)
    assert all("No worker is running" in text for text in seen)
    assert "Tuesday 01 December 2099, 09:00 GMT" in seen[0]
    assert "Schedule for 1 recipient" in seen[0]
    with Project.open(preview.folder).open_campaigns() as campaigns:
        (campaign,) = campaigns.list_campaigns()
        (record,) = campaigns.list_records()
    assert ("scheduled", "weekly") == (campaign.state.value, record.list_name)
    assert 'country = "GB"' == record.segment
    assert [] == read_outbox(preview)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"list": "monthly"}, 'No list is called "monthly". Known lists: weekly.'),
        ({"list": "weekly", "segment": "country ="}, "Segment, column 10"),
        ({"list": "weekly", "segment": 'country = "FR"'}, "has no recipients in that segment"),
        ({"list": "weekly", "local_time": "2001-01-01T09:00"}, "is in the past"),
    ],
)
def test_invalid_send_form(preview: Preview, form: dict[str, str], message: str) -> None:
    """An error in list, segment or time is reported, and no campaign is created."""
    response = preview.call(f"{preview.article_path}/summary", form)

    assert message in response["error"]


def test_only_what_was_reviewed_is_sent(preview: Preview) -> None:
    """Nothing is sent if the article or the list has changed since the review, or if there are errors."""
    path = f"{preview.article_path}/campaign"
    summary = preview.call(f"{preview.article_path}/summary", {"list": "weekly"})
    form = {"list": "weekly", "digest": summary["digest"], "count": "2"}

    assert "has changed since" in preview.call(path, form | {"digest": "0" * 64})["error"]
    assert "not 3 as in the summary" in preview.call(path, form | {"count": "3"})["error"]
    preview.save(ARTICLE + "\n\n" + "The tide comes in. " * 6000)  # Gmail would clip it
    wait_for_rendering(preview, 2)
    summary = preview.call(f"{preview.article_path}/summary", {"list": "weekly"})
    assert summary["blocking"] > 0
    form["digest"] = summary["digest"]
    assert "to fix before it can be sent" in preview.call(path, form)["error"]
    assert [] == read_outbox(preview)


def wait_for_rendering(preview: Preview, version: int) -> None:
    """Wait until that version is rendered; fail if it is not after ten changes."""
    article: Any = preview.server.session.get_document(
        preview.article_path.rpartition("/")[2]
    )  # Any: a LiveArticle
    for _ in range(10):
        if article.rendering.version >= version:
            return
        article.wait_for_change(article.revision, timeout_s=2)
    raise AssertionError(f"it was never rendered; the last error was: {article.error}")


def test_approve_and_cancel_a_draft(preview: Preview, browser: Browser) -> None:
    """A draft is viewed, approved as this edition, and cancelled with a second click."""
    preview.save(CONFIG + "\n[schedule]\napproval = true\n", "handbill.toml")
    form = {"list": "weekly", "local_time": "2099-12-01T09:00"}
    summary = preview.call(f"{preview.article_path}/summary", form)
    path = f"{preview.article_path}/campaign"
    campaign = preview.call(path, form | {"digest": summary["digest"], "count": "2"})
    assert "draft" == campaign["state"]

    def work(page: Page) -> list[str]:
        page.goto(f"{preview.origin}/campaign/{campaign['campaign']}")
        wait_for_version(page)
        page.click("#campaign")
        page.click("#campaign-approve")
        page.click("#confirm")
        page.locator("#campaign-state", has_text="scheduled").wait_for()
        texts = [page.inner_text("dialog")]
        page.click("#campaign-cancel")
        texts.append(page.inner_text("dialog"))
        page.click("#confirm")
        page.locator("#campaign-state", has_text="cancelled").wait_for()
        return texts

    text, question = browser.at(preview.url, work)
    assert "No worker is running" in text
    for words in ("Nobody will get it.", "weekly", "Tuesday 01 December 2099, 09:00"):
        assert words in question
    with Project.open(preview.folder).open_campaigns() as campaigns:
        assert "cancelled" == campaigns.get(campaign["campaign"]).state.value


def test_sending_pauses_when_the_preview_ends(preview: Preview, browser: Browser) -> None:
    """Messages that are being sent finish, the campaign is paused, and no recipient is lost."""
    with Project.open(preview.folder).open_subscribers() as subscribers:
        rows = "".join(f"reader{number}@example.org\n" for number in range(500))
        (preview.folder / "many.csv").write_text(f"email\n{rows}", encoding="utf-8")
        subscribers.import_file(preview.folder / "many.csv", list_name="many")
    summary = preview.call(f"{preview.article_path}/summary", {"list": "many"})
    form = {"list": "many", "digest": summary["digest"], "count": "500"}
    campaign_json = preview.call(f"{preview.article_path}/campaign", form)
    preview.server.session.close()

    with Project.open(preview.folder).open_campaigns() as campaigns:
        campaign = campaigns.get(campaign_json["campaign"])
    assert ("paused", "interrupted") == (campaign.state.value, campaign.reason)
    assert 500 == campaign.recipient_count
    assert len(read_outbox(preview)) == campaign.to_json()["accepted"] < 500
    assert_resumed_by_another_preview(preview.folder, campaign.id, browser)


def assert_resumed_by_another_preview(folder: Path, campaign: str, browser: Browser) -> None:
    """The campaign is resumed in the page after a question with its data, and everybody gets one message."""

    def work(page: Page) -> tuple[str, str]:
        page.goto(f"{again.origin}/campaign/{campaign}")
        wait_for_version(page)
        page.click("#campaign")
        page.click("#campaign-resume")
        question = page.inner_text("dialog")
        page.click("#confirm")
        page.locator("#campaign-state", has_text="sent").wait_for()
        return question, page.inner_text("#campaign-counts")

    with run_preview(folder) as again:
        question, counts = browser.at(again.url, work)
        assert 500 == len(read_outbox(again))
    assert "Sends to the remaining" in question
    assert "many" in question
    assert "500 written to the outbox" == counts


def test_changes_since_the_last_test(preview: Preview, browser: Browser) -> None:
    """Before a test the panel says how to start; after it, the panel shows removed and added words."""

    def work(page: Page) -> tuple[str, list[str], list[str]]:
        wait_for_version(page)
        page.click("#tab-changes")
        page.get_by_text("No earlier version yet").wait_for()
        empty = page.inner_text("#panel")
        preview.call(f"{preview.article_path}/test", {"address": "editor@example.org"})
        preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))
        wait_for_version(page, 2)
        page.locator("#panel ins").first.wait_for()
        removed = page.locator("#panel del").all_inner_texts()
        return empty, removed, page.locator("#panel ins").all_inner_texts()

    empty, removed, added = browser.at(preview.url, work)
    assert "Send a test" in empty
    assert (["Nobody", "Nobody"], ["A boy", "A boy"]) == (removed, added)


def test_view_as_a_subscriber(preview: Preview, browser: Browser) -> None:
    """A subscriber is found by a part of the name; message and test have the name and the variant of the subscriber."""

    def work(page: Page) -> tuple[str, str]:
        wait_for_version(page)
        page.click("#view-as")
        page.click("#find-subscriber")
        page.fill("#subscriber-search", "byr")
        page.click("dialog .subscribers button")
        frame(page).get_by_text("Thank you for every month").wait_for()
        text = frame(page).locator("body").inner_text()
        page.keyboard.press("m")
        page.click("#test")
        page.fill("#address", "editor@example.org")
        page.click("dialog button.primary")
        page.get_by_text("Written to").wait_for()
        return text, page.inner_text('[data-card="message"]')

    text, message = browser.at(preview.url, work)
    assert "Dear Ada Byron" in text
    assert "ada@example.org" in message
    (sent,) = read_outbox(preview)
    assert "Dear Ada Byron" in read_message(sent).text
    assert b"ada@example.org" not in sent


def test_links_are_checked_on_demand(tmp_path: Path, browser: Browser) -> None:
    """No request is made before the click; then each link shows its result."""
    config = CONFIG.partition("[appeal]")[0]
    client = Client(address_filter=allow_all, resolve=here, limits=Limits(total_s=10, read_s=5))
    with running(Site()) as site:
        site.routes["/there"] = Answer()
        article = ARTICLE.replace("https://harbour.example.org/master", site.url("/there")).replace(
            "the work,", f"the [work]({site.url('/gone')}),"
        )
        folder = make_project(tmp_path / "lantern", article=article, config=config)
        with run_preview(folder, client=client) as preview:

            def work(page: Page) -> tuple[int, list[str]]:
                wait_for_version(page)
                page.click("#tab-links")
                before = len(site.requests)
                page.click("#check-links")
                page.locator("#panel .result").first.wait_for()
                return before, page.locator("#panel .result").all_inner_texts()

            before, results = browser.at(preview.url, work)
    assert 0 == before
    assert any(text.startswith("200") for text in results)
    assert any("the page does not exist (404)" in text for text in results)


def test_links_of_a_message_are_checked_but_not_to_unsubscribe(tmp_path: Path) -> None:
    """Each link of a message in the outbox is requested once, none that its header or its words call unsubscribe."""
    client = Client(address_filter=allow_all, resolve=here, limits=Limits(total_s=10, read_s=5))
    with running(Site()) as site:
        site.routes["/there"] = Answer()
        message = EmailMessage()
        message["From"], message["To"] = "Shop <shop@example.org>", "ada@example.org"
        message["List-Unsubscribe"] = f"<mailto:leave@example.org>, <{site.url('/leave/7')}>"
        message.set_content("Words.")
        names = ("there", "gone", "leave/7", "unsubscribe/7", "list?optout=7")
        links = "".join(f'<a href="{site.url("/" + name)}">{name}</a> ' for name in names)
        goodbye = f'<a href="{site.url("/bye")}">Unsubscribe</a>'
        message.add_alternative(f"<p>{links}{goodbye}</p>", subtype="html")
        folder = make_project(tmp_path / "lantern")
        (folder / "outbox").mkdir()
        (folder / "outbox" / "shop.eml").write_bytes(message.as_bytes())
        with run_preview(folder, client=client) as preview:
            document_id = preview.server.session.open_message(folder / "outbox" / "shop.eml")
            results = preview.call(f"/preview/{document_id}/links", {})["results"]
        requested = {request.path for request in site.requests}

    assert {site.url("/there"): 200, site.url("/gone"): 404} == {
        url: result["status"] for url, result in results.items()
    }
    assert {"/there", "/gone"} == requested


def test_spam_filter_runs_on_demand(
    preview: Preview, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panel shows the score of the local spam filter after the click."""
    program = tmp_path / "bin" / "spamassassin"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\nwhile read -r line; do :; done\n"
        "echo 'Content analysis details:   (3.1 points, 5.0 required)'\n"
        "echo ' 3.1 FREEMAIL_WORDS  BODY: words of a kind'\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    def work(page: Page) -> str:
        wait_for_version(page)
        page.click("#tab-size")
        page.click("#check-spam")
        page.get_by_text("spam from").wait_for()
        return page.inner_text("#panel")

    text = browser.at(preview.url, work)
    assert "3.1 points SpamAssassin; spam from 5 points" in text
    assert "FREEMAIL_WORDS" in text


def test_viewing_creates_no_files(tmp_path: Path) -> None:
    """Viewing an article and its panels creates no state in a project that has none."""
    folder = make_project(tmp_path / "lantern")
    before = sorted(path.name for path in folder.iterdir())
    with run_preview(folder) as preview:
        preview.call(f"{preview.article_path}/state")
        preview.call(f"{preview.article_path}/versions")
    assert before == sorted(path.name for path in folder.iterdir())
