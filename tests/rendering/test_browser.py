"""In a browser: no letter is wider than its window, whatever a mail program takes away or makes larger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from pipeline.article import Code, Figure, Table
from pipeline.issue import Issue
from tests.browser import Browser, overflow, without_styles
from tests.rendering.letters import (
    APPEAL,
    LETTERS,
    THEMES,
    article,
    bullets,
    cell,
    html_of,
    issue_of,
    link,
    note,
    para,
    ref,
)

WIDTHS = (600, 375, 320)
LONG = "https://archive.example.org/" + "a-very-long-path/" * 12
WIDE = issue_of(
    article(
        para("An address: ", link(LONG, LONG), " and ", "x" * 90, "."),
        Code(code="x = " + "1" * 120),
        Figure(src="https://e.example.org/a.png", alt="A picture that is not loaded", width=2000),
        Table(
            header=tuple(cell(name) for name in ("Harbour", "Ferries", "Fog", "Depth")),
            rows=(tuple(cell(words) for words in ("Oldhaven-on-the-Marrow", "412", "61", "11 m")),),
        ),
        bullets((para("a"), bullets((para("b"), bullets((para("c"), bullets("d " * 40))))))),
        title="Unbreakable" * 6,
    ),
    appeals=(APPEAL,),
)
SHOWN: dict[str, Issue] = {**LETTERS, "wide": WIDE}
#: Text twice as large, as readers with poor sight set it; pictures and the page stay as they are.
TWICE = """() => {
  const all = [...document.querySelectorAll("body *")].map(e => [e, getComputedStyle(e)])
    .map(([e, style]) => [e, parseFloat(style.fontSize), parseFloat(style.lineHeight)]);
  for (const [e, size, leading] of all) {
    e.style.setProperty("font-size", `${2 * size}px`, "important");
    if (leading) e.style.setProperty("line-height", `${2 * leading}px`, "important");
  }
}"""


def at_each_width(page: Page) -> dict[int, int]:
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = overflow(page)
    return found


def at_each_width_with_large_text(page: Page) -> dict[int, int]:
    page.evaluate(TWICE)
    return at_each_width(page)


FITS = dict.fromkeys(WIDTHS, 0)


@pytest.mark.parametrize("name", SHOWN)
def test_no_letter_is_wider_than_its_window(browser: Browser, name: str) -> None:
    """At 600, 375 and 320 pixels nothing sticks out: also without pictures, without styles, with large text."""
    html = html_of(SHOWN[name])

    assert FITS == browser.in_page(html, at_each_width)
    assert FITS == browser.in_page(html, at_each_width, pictures=False)
    assert FITS == browser.in_page(without_styles(html), at_each_width, pictures=False)
    assert FITS == browser.in_page(html, at_each_width_with_large_text)


def test_the_measure_finds_what_is_too_wide(browser: Browser) -> None:
    """A box of 700 pixels sticks out by 100, 325 and 380."""
    html = '<!DOCTYPE html><body style="margin:0"><div style="width:700px">Too wide.</div>'

    assert {600: 100, 375: 325, 320: 380} == browser.in_page(html, at_each_width)


MEASURED = """() => {
  const lines = [...document.querySelectorAll(".prose p")].slice(0, 2).map(p => p.getBoundingClientRect().height);
  const target = document.querySelector('a[role="doc-noteref"]').getBoundingClientRect();
  return [lines, target.width, target.height];
}"""


@pytest.mark.parametrize("in_theme", THEMES)
@pytest.mark.parametrize("language", ["en", "he", "ja"])
def test_references_are_easy_to_tap_and_move_no_line(
    browser: Browser, language: str, in_theme: str
) -> None:
    """A line with references is as high as one without, and a finger of 24 pixels' height finds them."""
    source = article(
        para("The bell 鐘.", ref(1), ref(2)),
        para("The bell 鐘."),
        notes=(note(1, "Said."), note(2, "Said.")),
    )
    html = html_of(source, in_theme=in_theme, language=language)

    lines, width, height = browser.in_page(html, lambda page: page.evaluate(MEASURED))

    assert lines[0] == lines[1] > 20
    assert 24 <= height
    assert 12 <= width
