"""Pages in a browser: jumps, notes beside their reference, accessibility, small screens, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pipeline.archive import ArchiveStore
from pipeline.rendering.web.page_renderer import IssueList
from tests.archive.sites import NOW, make_site, open_archive, read, render_issue
from tests.browser import Browser, overflow, violations
from tests.rendering.sample_issues import ISSUES, THEMES

if TYPE_CHECKING:
    from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLORS = ("color-contrast", "link-in-text-block")
_OPENED = "[...document.querySelectorAll('.note:popover-open')].map(each => each.innerText)"
_BOXES = (
    "[...document.querySelectorAll('.note:popover-open')].map(each => each.getBoundingClientRect())"
)
_TITLE_IS_BELOW = """() => {
  const title = document.querySelector(".title"), text = document.querySelector(".issue > .prose");
  return title && text && title.getBoundingClientRect().top > text.getBoundingClientRect().top ? 1 : 0;
}"""
T = TypeVar("T")


@pytest.fixture(scope="module")
def archive() -> Iterator[ArchiveStore]:
    """An archive of the sample issues, one of them corrected."""
    editions = [render_issue(issue, name) for name, issue in ISSUES.items()]
    with open_archive(*editions) as store:
        store.correct("japanese", render_issue(ISSUES["arabic"], "japanese"), "كلمة واحدة.")
        yield store


def in_new_page(browser: Browser, html: str, work: Callable[[Page], T], **options: Any) -> T:
    """Return what *work* finds on *html*; the policy of the page before would hold for the styles of this one."""

    def run(page: Page) -> T:
        page.goto("about:blank")
        page.set_content(html, wait_until="load")
        return work(page)

    return browser.in_page("", run, **options)


def find_violations(page: Page, tags: list[str]) -> list[str]:
    """Return what axe finds by its rules with any of *tags*."""
    from pipeline.files import find_static_file

    if not page.evaluate("'axe' in window"):
        page.evaluate(find_static_file("axe.min.js").read_text(encoding="utf-8") + ";0")
    found: list[dict[str, Any]] = page.evaluate(  # Any: axe's own report
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations'], preload: false})"
        ".then(report => report.violations)",
        tags,
    )
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("name", THEMES)
def test_pages_are_accessible_and_fit(archive: ArchiveStore, browser: Browser, name: str) -> None:
    """axe finds nothing on any kind of page, in both schemes and directions; none is wider than 320 pixels."""
    site = make_site(archive, name)
    found: list[str] = []

    def inspect(page: Page) -> list[str]:
        problems = [*find_violations(page, _RULES), f"{overflow(page)} pixels too wide"]
        problems += ["the title is below the text"] * page.evaluate(_TITLE_IS_BELOW)
        page.emulate_media(color_scheme="dark")
        return problems + [f"dark: {each}" for each in violations(page, _COLORS)]

    for path in ("everything/", "japanese/", "in-full/", ""):
        problems = in_new_page(browser, read(site, path), inspect, width_px=320)
        found += [f"{path}: {each}" for each in problems if each != "0 pixels too wide"]

    assert [] == found


@pytest.mark.parametrize("width_px", [375, 1280])
def test_a_note_opens_beside_its_reference(
    archive: ArchiveStore, browser: Browser, width_px: int
) -> None:
    """A press on a reference opens its note, near it or at the end of a small screen; the next press closes it."""
    html = read(make_site(archive), "everything/")

    def open_note(page: Page) -> tuple[list[str], bool, list[str]]:
        reference = page.locator("sup.reference").first
        reference.scroll_into_view_if_needed()
        place = reference.bounding_box()
        assert place
        at = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        page.mouse.click(*at)
        texts, boxes = page.evaluate(_OPENED), page.evaluate(_BOXES)
        box = boxes[0]
        is_inside = box["x"] >= 0 and box["x"] + box["width"] <= width_px
        is_near = box["y"] - place["y"] < 80 or abs(box["y"] + box["height"] - 900) < 2
        page.keyboard.press("Escape")
        return texts, is_inside and is_near, page.evaluate(_OPENED)

    texts, is_placed, rest = in_new_page(browser, html, open_note, width_px=width_px)

    assert 1 == len(texts)
    assert "Callowa" in texts[0]
    assert (True, []) == (is_placed, rest)


def test_keyboard_leads_to_the_note_and_back(archive: ArchiveStore, browser: Browser) -> None:
    """The link of a reference leads to its note, the back link to the reference; buttons are no stops."""
    html = read(make_site(archive), "everything/")

    def walk(page: Page) -> tuple[str, str, int]:
        page.locator('a[role="doc-noteref"]').first.focus()
        page.keyboard.press("Enter")
        there = page.evaluate("document.querySelector(':target').id")
        page.locator('#fn1 a[role="doc-backlink"]').first.focus()
        page.keyboard.press("Enter")
        back = page.evaluate("document.querySelector(':target').id")
        stops = page.evaluate(
            "document.querySelectorAll('sup button:not([tabindex=\"-1\"])').length"
        )
        return there, back, stops

    assert ("fn1", "fnref1", 0) == in_new_page(browser, html, walk)


def test_nothing_is_loaded_from_elsewhere(archive: ArchiveStore) -> None:
    """A page names no style sheet, font, script or image of another place; its own files it finds."""
    site = make_site(archive)
    files = site.list_resources(at=NOW)
    page = read(site, "arabic/")
    empty = site.renderer.render_list(IssueList(path="", heading="", issues=())).decode()

    assert 'rel="stylesheet"' not in page
    assert "@import" not in page
    assert "url(" not in page
    assert "Nothing has been published yet." in empty
    assert len(page.encode()) < 60_000
    assert {"feed.atom", "feed.json"} <= set(files)
