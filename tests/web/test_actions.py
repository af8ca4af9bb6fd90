"""What is done from the preview: sending, scheduling, comparing, asking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.net.address_filter import allow_all
from pipeline.net.client import Client
from pipeline.net.deadline import Limits
from pipeline.project import Project
from pipeline.web.preview.messages.preview_message import received
from tests.browser import Browser
from tests.loaders.fetch.servers import Answer, Site, here, running
from tests.web.previews import ARTICLE, CONFIG, Preview, frame, make_project, previewing, shown

if TYPE_CHECKING:
    from playwright.sync_api import Page

READERS = """\
email,name,donor,country
ada@example.org,Ada Byron,monthly,GB
grace@example.org,Grace Hopper,,US
"""


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    """A preview of one article, and two readers on a list."""
    folder = make_project(tmp_path / "lantern")
    (folder / "readers.csv").write_text(READERS, encoding="utf-8")
    with Project.open(folder).open_subscribers() as roll:
        roll.import_file(folder / "readers.csv", list_name="weekly")
    with previewing(folder) as running:
        yield running


def sent(preview: Preview) -> list[bytes]:
    """Return the letters in the outbox."""
    return [path.read_bytes() for path in sorted((preview.folder / "outbox").glob("*/*.eml"))]


def test_a_letter_is_sent_after_it_was_said_what_would_happen(
    preview: Preview, browser: Browser
) -> None:
    """Count, sender and findings stand before the act; then the letters are there, and so is the campaign."""

    def work(page: Page) -> dict[str, str]:
        shown(page)
        page.click("#send")
        page.click("#send-next")
        page.locator("#send-go").wait_for()
        seen = {"offer": page.inner_text("dialog"), "before": str(len(sent(preview)))}
        page.click("#send-go")
        page.get_by_text("Look at them").wait_for()
        seen["done"] = page.inner_text("dialog")
        page.goto(f"{preview.origin}/articles")
        seen["index"] = page.inner_text(".campaigns")
        page.click(".campaigns a")
        seen["letter"] = frame(shown(page)).locator("h1").inner_text()
        return seen

    seen = browser.at(preview.url, work)
    for words in ("2 letters to the outbox", "What the tide clock says", "everybody on weekly"):
        assert words in seen["offer"]
    assert "nobody is mailed" in seen["offer"]
    assert "nothing to mend" in seen["offer"]
    assert "0" == seen["before"]
    assert "2 accepted" in seen["done"]
    assert "SENT" in seen["index"].upper()
    assert "The Tide Clock" == seen["letter"]
    assert 2 == len(sent(preview))


def test_a_letter_is_scheduled_and_the_missing_worker_told(
    preview: Preview, browser: Browser
) -> None:
    """A time, a segment: one reader; no worker is alive, which is said before, after and in the index."""

    def work(page: Page) -> list[str]:
        shown(page)
        page.click("#send")
        page.fill("#send-segment", 'country = "GB"')
        page.fill("#send-at", "2099-12-01T09:00")
        page.click("#send-next")
        page.locator("#send-go").wait_for()
        seen = [page.inner_text("dialog")]
        page.click("#send-go")
        page.locator("#campaign-state").wait_for()
        seen.append(page.inner_text("dialog"))
        page.goto(f"{preview.origin}/articles")
        return [*seen, page.inner_text("main")]

    seen = browser.at(preview.url, work)
    assert all("No worker is alive" in words for words in seen)
    assert "Tuesday 01 December 2099, 09:00 GMT" in seen[0]
    assert "Schedule for 1 reader by outbox" in seen[0]
    with Project.open(preview.folder).open_campaigns() as desk:
        (campaign,) = desk.list()
        (record,) = desk.records()
    assert ("scheduled", "weekly") == (campaign.state.value, record.list)
    assert 'country = "GB"' == record.segment
    assert [] == sent(preview)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"list": "monthly"}, 'nobody to write to on the list "monthly"'),
        ({"list": "weekly", "segment": "country ="}, "Segment, column 10"),
        ({"list": "weekly", "segment": 'country = "FR"'}, "nobody to write to"),
        ({"list": "weekly", "wall": "2001-01-01T09:00"}, "is past"),
    ],
)
def test_a_wish_that_cannot_be_is_told_in_a_sentence(
    preview: Preview, form: dict[str, str], told: str
) -> None:
    """A slip in the list, the segment or the time is told, and nothing is planned."""
    answer = preview.call(f"{preview.letter}/offer", form)

    assert told in answer["error"]


def test_only_what_was_offered_is_sent(preview: Preview) -> None:
    """A letter or a list that has changed since somebody looked is not sent, nor one with errors in it."""
    act = f"{preview.letter}/campaign"
    offer = preview.call(f"{preview.letter}/offer", {"list": "weekly"})
    form = {"list": "weekly", "digest": offer["digest"], "count": "2"}

    assert "has changed since" in preview.call(act, form | {"digest": "0" * 64})["error"]
    assert "not to 3 as you saw" in preview.call(act, form | {"count": "3"})["error"]
    preview.save(ARTICLE + "\n\n" + "The tide comes in. " * 6000)  # Gmail would clip it
    wait_for_picture(preview, 2)
    offer = preview.call(f"{preview.letter}/offer", {"list": "weekly"})
    assert offer["hindrances"] > 0
    form["digest"] = offer["digest"]
    assert "to mend before it can be sent" in preview.call(act, form)["error"]
    assert [] == sent(preview)


def wait_for_picture(preview: Preview, version: int) -> None:
    """Wait until that picture was made; fail if ten pieces of news do not bring it."""
    studio: Any = preview.server._desk.opened(preview.letter.rpartition("/")[2])  # Any: a studio
    for _ in range(10):
        if studio.picture.version >= version:
            return
        studio.wait(studio.news, timeout_s=2)
    raise AssertionError(f"it never came; the last word was: {studio.error}")


def test_a_draft_is_approved_and_called_off(preview: Preview, browser: Browser) -> None:
    """A draft is looked at, approved as that very edition, and called off after a second question."""
    preview.save(CONFIG + "\n[schedule]\napproval = true\n", "handbill.toml")
    wish = {"list": "weekly", "wall": "2099-12-01T09:00"}
    offer = preview.call(f"{preview.letter}/offer", wish)
    act = f"{preview.letter}/campaign"
    made = preview.call(act, wish | {"digest": offer["digest"], "count": "2"})
    assert "draft" == made["state"]

    def work(page: Page) -> list[str]:
        page.goto(f"{preview.origin}/campaign/{made['campaign']}")
        shown(page)
        page.click("#standing")
        page.click("#move-approve")
        page.locator("#campaign-state", has_text="scheduled").wait_for()
        seen = [page.inner_text("dialog")]
        page.click("#move-cancel")
        page.click("#move-cancel")
        page.locator("#campaign-state", has_text="cancelled").wait_for()
        return seen

    (told,) = browser.at(preview.url, work)
    assert "No worker is alive" in told
    with Project.open(preview.folder).open_campaigns() as desk:
        assert "cancelled" == desk.show(made["campaign"]).state.value


def test_what_is_being_sent_pauses_when_the_preview_ends(preview: Preview) -> None:
    """Messages on the wire finish, the campaign is paused, and nobody is forgotten."""
    with Project.open(preview.folder).open_subscribers() as roll:
        rows = "".join(f"reader{number}@example.org\n" for number in range(500))
        (preview.folder / "many.csv").write_text(f"email\n{rows}", encoding="utf-8")
        roll.import_file(preview.folder / "many.csv", list_name="many")
    offer = preview.call(f"{preview.letter}/offer", {"list": "many"})
    form = {"list": "many", "digest": offer["digest"], "count": "500"}
    begun = preview.call(f"{preview.letter}/campaign", form)
    preview.server._desk.close()

    with Project.open(preview.folder).open_campaigns() as desk:
        campaign = desk.show(begun["campaign"])
    assert ("paused", "interrupted") == (campaign.state.value, campaign.reason)
    assert 500 == campaign.recipients
    assert len(sent(preview)) == campaign.to_json()["accepted"] < 500


def test_what_changed_since_the_last_test_is_shown(preview: Preview, browser: Browser) -> None:
    """After a test, what is rewritten stands in the panel: the old words and the new ones; before, how to begin."""

    def work(page: Page) -> tuple[str, list[str], list[str]]:
        shown(page)
        page.click("#tab-changes")
        page.get_by_text("Nothing of this letter was kept yet").wait_for()
        empty = page.inner_text("#panel")
        preview.call(f"{preview.letter}/test", {"address": "desk@example.org"})
        preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))
        shown(page, 2)
        page.locator("#panel ins").first.wait_for()
        gone = page.locator("#panel del").all_inner_texts()
        return empty, gone, page.locator("#panel ins").all_inner_texts()

    empty, gone, new = browser.at(preview.url, work)
    assert "Send a test" in empty
    assert (["Nobody", "Nobody"], ["A boy", "A boy"]) == (gone, new)


def test_the_letter_is_seen_as_somebody_from_the_roll(preview: Preview, browser: Browser) -> None:
    """A reader is found by a part of a name; name and wording are theirs, and so is a test sent then."""

    def work(page: Page) -> tuple[str, str]:
        shown(page)
        page.click("#person")
        page.fill("#person-words", "byr")
        page.click("dialog .people button")
        frame(page).get_by_text("Thank you for every month").wait_for()
        text = frame(page).locator("body").inner_text()
        page.keyboard.press("m")
        page.click("#test")
        page.fill("#address", "desk@example.org")
        page.click("dialog button.main")
        page.get_by_text("Written to").wait_for()
        return text, page.inner_text('[data-card="message"]')

    text, message = browser.at(preview.url, work)
    assert "Dear Ada Byron" in text
    assert "ada@example.org" in message
    (letter,) = sent(preview)
    assert "Dear Ada Byron" in received(letter).text
    assert b"ada@example.org" not in letter


def test_the_web_is_asked_only_on_demand(tmp_path: Path, browser: Browser) -> None:
    """Nothing is asked before the click; then each link says what came of it."""
    config = CONFIG.partition("[appeal]")[0]
    client = Client(address_filter=allow_all, resolve=here, limits=Limits(total_s=10, read_s=5))
    with running(Site()) as site:
        site.routes["/there"] = Answer()
        article = ARTICLE.replace("https://harbour.example.org/master", site.url("/there")).replace(
            "the work,", f"the [work]({site.url('/gone')}),"
        )
        folder = make_project(tmp_path / "lantern", article=article, config=config)
        with previewing(folder, client=client) as preview:

            def work(page: Page) -> tuple[int, list[str]]:
                shown(page)
                page.click("#tab-links")
                before = len(site.requests)
                page.click("#ask-web")
                page.locator("#panel .answer").first.wait_for()
                return before, page.locator("#panel .answer").all_inner_texts()

            before, answers = browser.at(preview.url, work)
    assert 0 == before
    assert any(words.startswith("200") for words in answers)
    assert any("there is no such page (404)" in words for words in answers)


def test_a_spam_filter_is_asked_only_on_demand(
    preview: Preview, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a filter on this machine holds against the message stands in the panel after the click."""
    program = tmp_path / "bin" / "spamassassin"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\ncat >/dev/null\n"
        "echo 'Content analysis details:   (3.1 points, 5.0 required)'\n"
        "echo ' 3.1 FREEMAIL_WORDS  BODY: words of a kind'\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    def work(page: Page) -> str:
        shown(page)
        page.click("#tab-size")
        page.click("#ask-spam")
        page.get_by_text("make it spam").wait_for()
        return page.inner_text("#panel")

    told = browser.at(preview.url, work)
    assert "3.1 points SpamAssassin; 5 make it spam" in told
    assert "FREEMAIL_WORDS" in told


def test_looking_leaves_no_files(tmp_path: Path) -> None:
    """The index, a letter and its panels make no state in a project that has none."""
    folder = make_project(tmp_path / "lantern")
    before = sorted(path.name for path in folder.iterdir())
    with previewing(folder) as preview:
        preview.call(f"{preview.letter}/state")
        preview.call(f"{preview.letter}/versions")
    assert before == sorted(path.name for path in folder.iterdir())
