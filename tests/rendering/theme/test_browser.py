"""Layout in a browser: no email is wider than its window, even without images or styles or with large text."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page

from pipeline.files import find_shipped
from pipeline.models.article import Cell, Code, Figure, Table
from pipeline.models.issue import Appeal, Issue
from pipeline.rendering import Logo, Theme, render
from tests.browser import Browser, Scheme, overflow, without_styles
from tests.rendering.sample_issues import (
    APPEAL,
    ISSUES,
    THEMES,
    article,
    bullets,
    cell,
    fill_sample,
    link,
    make_issue,
    note,
    para,
    ref,
    render_html,
    theme,
)

WIDTHS = (600, 375, 320)
LONG = "https://archive.example.org/" + "a-very-long-path/" * 12
WIDE = make_issue(
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
VISIBLE: dict[str, Issue] = {**ISSUES, "wide": WIDE}
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


@pytest.mark.parametrize("in_theme", THEMES)
@pytest.mark.parametrize("name", VISIBLE)
def test_emails_fit_their_window(browser: Browser, name: str, in_theme: str) -> None:
    """Nothing overflows at 600, 375 and 320 pixels: also without images, without styles, with large text."""
    html = render_html(VISIBLE[name], in_theme=in_theme)

    assert FITS == browser.in_page(html, at_each_width)
    assert FITS == browser.in_page(html, at_each_width, pictures=False)
    assert FITS == browser.in_page(without_styles(html), at_each_width, pictures=False)
    assert FITS == browser.in_page(html, at_each_width_with_large_text)


def as_outlook(html: str) -> str:
    """
    Return *html* about as classic Outlook sees it.

    Its own comments are opened and those for others shut, style sheets are gone; it knows no greatest width, no width
    of a `div` and no padding outside of cells; its shapes are as wide as they say.
    """
    html = re.sub(
        r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->|<style.*?</style>", "", html, flags=re.S
    )
    html = re.sub(r"<!--\[if mso[^\]]*\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.S)
    html = re.sub(
        r"<v:roundrect [^>]*(width:\d+px)[^>]*>", r'<div style="border:1px solid;\1">', html
    )
    html = html.replace("</v:roundrect>", "</div>")
    html = re.sub(r"max-width:[^;\"]*;?|display:inline-block;?", "", html)
    return re.sub(
        r"<(?:div|p|ul|ol|blockquote|pre|h\d)\b[^>]*>",
        lambda tag: re.sub(r"padding[-a-z]*:[^;\"]*;?|(?<=[;\"])width:\d+%;?", "", tag[0]),
        html,
    )


@pytest.mark.parametrize("in_theme", THEMES)
@pytest.mark.parametrize("name", ISSUES)
def test_emails_keep_their_width_in_classic_outlook(
    browser: Browser, name: str, in_theme: str
) -> None:
    """No divider, image or button widens the email where only tables and attributes count."""
    html = as_outlook(render_html(ISSUES[name], in_theme=in_theme))
    found = browser.in_page(
        html,
        lambda page: page.evaluate("document.querySelector('.surface-outlook').offsetWidth"),
        width_px=900,
    )

    assert theme(in_theme).tokens.width_px == found


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August")
PLACES = ("Harbour", "Ferries", "Fog days", "Depth", "Bell", "Remarks")
HARBOURS = article(
    Table(
        header=tuple(map(cell, PLACES)),
        rows=tuple(
            (
                cell(name),
                cell("1,204", align="right"),
                cell("61"),
                cell("4.1 m"),
                cell("none"),
                last,
            )
            for name, last in (
                ("Oldhaven", cell("The wall was rebuilt after the great storm.")),
                ("Harl", Cell(blocks=())),
            )
        ),
    )
)
#: Each visible cell of a stacked table with its words and place.
CELLS = """() => [...document.querySelectorAll(".stack th, .stack td")].filter(e => e.checkVisibility()).map(e => {
  const box = e.getBoundingClientRect(), names = e.querySelector(".column");
  const hidden = names && !names.checkVisibility() ? names.textContent.length : 0;
  return {words: e.textContent.slice(hidden), left: Math.round(box.left), right: box.right, top: Math.round(box.top)};
})"""


def see_cells(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(CELLS)
    return [one for one in found if one["words"]]


@pytest.mark.parametrize("in_theme", THEMES)
def test_tables_of_many_columns_become_rows_on_a_phone(browser: Browser, in_theme: str) -> None:
    """Below each other, each behind the name of its column, without a style sheet too; in columns in a large window."""
    html = render_html(HARBOURS, in_theme=in_theme)
    bare = without_styles(html)
    for page, width_px in ((html, 480), (html, 375), (html, 320), (bare, 320), (bare, 700)):
        cells = browser.in_page(page, see_cells, width_px=width_px)
        names = [one["words"].partition(": ")[0] for one in cells]
        assert [*PLACES, *PLACES[:5]] == names, width_px
        assert ["Harbour: Oldhaven", "Ferries: 1,204"] == [one["words"] for one in cells[:2]]
        assert 1 == len({one["left"] for one in cells})
        assert len(cells) == len({one["top"] for one in cells})
        assert width_px >= max(one["right"] for one in cells)
    in_columns = browser.in_page(html, see_cells, width_px=700)
    assert [*PLACES, "Oldhaven", "1,204"] == [one["words"] for one in in_columns[:8]]
    assert 3 == len({one["top"] for one in in_columns})


def as_thunderbird(html: str) -> str:
    """Return *html* as Thunderbird 153 shows it: without rules in `@media`, in a body with a class of its own."""
    html = re.sub(r"@media[^{}]*{(?:[^{}]*{[^{}]*})*[^{}]*}", "", html)
    return re.sub(r"<body\b([^>]*?) class=\"", r'<body\1 class="moz-text-html ', html)


def test_tables_have_columns_in_thunderbird(browser: Browser) -> None:
    """In a large window as in other clients; in a narrow one, and where nothing has that class, rows."""
    html = render_html(HARBOURS)
    thunderbird = as_thunderbird(html)
    unmarked = thunderbird.replace("moz-text-html ", "")
    expected = browser.in_page(html, see_cells, width_px=700)

    assert "@media" not in thunderbird
    assert expected == browser.in_page(thunderbird, see_cells, width_px=700)
    for page, width_px in ((thunderbird, 375), (unmarked, 700)):
        assert 1 == len(
            {one["left"] for one in browser.in_page(page, see_cells, width_px=width_px)}
        )


@pytest.mark.parametrize("width_px", [700, 620, 481, 480, 375, 320])
def test_no_word_of_a_table_is_broken(browser: Browser, width_px: int) -> None:
    """Neither beside much text nor among many columns, and a number stays with its unit."""
    text = "It has been open since 1891 and closed on one day only, when the roof was mended."
    narrow = Table(
        header=tuple(map(cell, ("Restaurant", "What it is like"))),
        rows=((cell("Unbelievable"), cell(text)),),
    )
    years = Table(header=tuple(map(cell, MONTHS)), rows=(tuple(cell("4.1 m") for _ in MONTHS),))
    html = render_html(article(*HARBOURS.blocks, narrow, years))
    broken = """() => [...document.querySelectorAll("th, td")].filter(e => e.checkVisibility()).filter(e => {
      const range = document.createRange();
      const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
      for (let node; (node = walker.nextNode());)
        for (const word of node.data.matchAll(/4.1 m|[^\\s-]+/g)) {
          range.setStart(node, word.index);
          range.setEnd(node, word.index + word[0].length);
          const tops = [...range.getClientRects()].filter(r => r.width).map(r => Math.round(r.top));
          if (new Set(tops).size > 1) return true;
        }
    }).map(e => e.innerText)"""

    assert [] == browser.in_page(html, lambda page: page.evaluate(broken), width_px=width_px)


def test_each_color_scheme_has_its_logo(browser: Browser) -> None:
    """The light logo in light mode, the dark one in dark mode; without a style sheet the first."""
    logo = Logo(
        src="https://e.example.org/day.png",
        dark_src="https://e.example.org/night.png",
        read=lambda src: b"",
    )
    mine = Theme.find("default", [find_shipped("templates")], logo=logo)
    html = fill_sample(render(make_issue(article("x")), mine).html)

    def seen(page: Page) -> list[str]:
        found: list[str] = page.evaluate(
            "[...document.images].filter(e => e.checkVisibility()).map(e => e.src.split('/').pop())"
        )
        return found

    assert ["day.png"] == browser.in_page(html, seen)
    assert ["night.png"] == browser.in_page(html, seen, scheme="dark")
    assert ["day.png"] == browser.in_page(without_styles(html), seen, scheme="dark")


@pytest.mark.parametrize("in_theme", THEMES)
def test_icon_is_above_the_name(browser: Browser, in_theme: str) -> None:
    """44 pixels high with round corners, silent for screen readers, since the name follows; blocked, the name stays."""
    icon = io.BytesIO()
    Image.new("RGB", (176, 176), "#8f3b1f").save(icon, "PNG")
    logo = Logo(src="icon.png", read=lambda src: icon.getvalue(), with_name=True)
    mine = Theme.find(in_theme, [find_shipped("templates")], logo=logo)
    edition = render(make_issue(article("x")), mine)
    data = base64.b64encode(edition.images[0].content).decode()
    html = fill_sample(edition.html).replace(
        f"cid:{edition.images[0].content_id}", f"data:image/png;base64,{data}"
    )
    look = """() => {
      const image = document.images[0], name = document.querySelector(".name").lastChild;
      const range = document.createRange(); range.selectNode(name);
      const box = image.getBoundingClientRect(), below = range.getBoundingClientRect();
      const corners = getComputedStyle(image).borderRadius, is_above = box.bottom <= below.top + 4;
      return [box.width, box.height, corners, image.alt, is_above, name.data];
    }"""

    assert [44, 44, "4px", "", True, "The Tern"] == browser.in_page(
        html, lambda page: page.evaluate(look)
    )
    blocked = re.sub(r'src="data:[^"]*"', 'src="https://e.example.org/icon.png"', html)
    assert "The Tern" == browser.in_page(
        blocked, lambda page: page.locator(".name").inner_text().strip(), pictures=False
    )


def test_overflow_is_detected(browser: Browser) -> None:
    """A box of 700 pixels overflows by 100, 325 and 380."""
    html = '<!DOCTYPE html><body style="margin:0"><div style="width:700px">Too wide.</div>'

    assert {600: 100, 375: 325, 320: 380} == browser.in_page(html, at_each_width)


MEASURED = """() => {
  const lines = [...document.querySelectorAll(".prose p")].slice(0, 2).map(p => p.getBoundingClientRect().height);
  const target = document.querySelector('a[role="doc-noteref"]').getBoundingClientRect();
  return [lines, target.width, target.height];
}"""


@pytest.mark.parametrize("in_theme", THEMES)
@pytest.mark.parametrize("language", ["en", "he", "ja"])
def test_references_are_tappable_and_keep_line_height(
    browser: Browser, language: str, in_theme: str
) -> None:
    """
    A line with references is as high as one without, and a reference is at least 24 pixels high.

    The room to tap is above and below it: at its sides it would look like a double space.
    """
    source = article(
        para("The bell 鐘.", ref(1), ref(2)),
        para("The bell 鐘."),
        notes=(note(1, "Said."), note(2, "Said.")),
    )
    html = render_html(source, in_theme=in_theme, language=language)

    lines, width, height = browser.in_page(html, lambda page: page.evaluate(MEASURED))

    assert lines[0] == lines[1] > 20
    assert 24 <= height
    assert 6 <= width <= 9


#: Counts the references whose line begins with them: the character before them is a line higher.
FIRST_ON_A_LINE = """() => [...document.querySelectorAll('sup')].filter(mark => {
  const range = document.createRange();
  const walker = document.createTreeWalker(mark.closest("p"), NodeFilter.SHOW_TEXT);
  let before = null;
  for (let node; (node = walker.nextNode()) && !mark.contains(node);)
    if (/[^\\s\\u2060]/.test(node.data)) before = node;
  const end = before.data.search(/[\\s\\u2060]*$/);
  range.setStart(before, end - 1);
  range.setEnd(before, end);
  const middle = (box) => (box.top + box.bottom) / 2;
  return middle(mark.getBoundingClientRect()) - middle([...range.getClientRects()].pop()) > 12;
}).length"""


@pytest.mark.parametrize("before", ["a day-", "घंटी बजी।", "数える。", "「数」"])
def test_references_are_never_first_on_a_line(browser: Browser, before: str) -> None:
    """At no width, whatever they follow; without the word joiner some would be."""
    parts = [
        part for n in range(12) for part in (f"{'m' * (n % 5)} {before}", ref(1), " and so on")
    ]
    html = render_html(article(para(*parts), notes=(note(1, "Said."),)))

    def count(page: Page) -> int:
        found = 0
        for width in range(320, 660, 17):
            page.set_viewport_size({"width": width, "height": 900})
            found += page.evaluate(FIRST_ON_A_LINE)
        return found

    assert 0 == browser.in_page(html, count)
    assert 0 < browser.in_page(html.replace("\u2060", ""), count)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("in_theme", THEMES)
def test_muted_appeal_has_a_thin_border(browser: Browser, in_theme: str, scheme: Scheme) -> None:
    """The text after a deadline has a thin line in the border color, not the bar of an appeal."""
    over = Appeal(blocks=(para("The match is over."),), is_muted=True)
    html = render_html(make_issue(article("One."), appeals=(over,)), in_theme=in_theme)
    look = theme(in_theme).tokens
    line = look.border if scheme == "light" else look.dark.border

    found = browser.in_page(
        html,
        lambda page: page.evaluate(
            "(e => [e.borderTopWidth, e.borderTopColor])(getComputedStyle(document.querySelector('.muted-appeal')))"
        ),
        scheme=scheme,
    )

    red, green, blue = bytes.fromhex(line[1:])
    assert ["1px", f"rgb({red}, {green}, {blue})"] == found
