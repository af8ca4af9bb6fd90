"""Type in a browser: titles by length, lines of the right length, lists, numbers, verse and credits."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.loaders import load
from pipeline.models.article import Break, Figure, Quote
from pipeline.rendering import render
from tests.browser import Browser
from tests.rendering.sample_issues import (
    THEMES,
    article,
    bullets,
    fill_sample,
    make_issue,
    note,
    para,
    ref,
    render_html,
    theme,
)
from tests.support import ROOT, SEEDS

WORDS = (
    "If you stand on the town landing at Skerrow and wish to cross the Gut, you take hold of a rope. "
    * 9
)
VERSE = para(
    "One for the man with nothing to carry but his hat,", Break(), "two,", Break(), "three."
)
SHOWN = article(
    para(WORDS),
    VERSE,
    para("Thus", ref(1)),
    Quote(blocks=(VERSE,)),
    bullets("one", "two", start=1),
    Figure(
        src="https://e.example.org/a.png",
        alt="A bell on a post above a stone landing, with a small ferry on the water behind it in the fog",
        width=1200,
        caption=para("The bell on the landing.").inlines,
        credit="Drawing by Nell Oddy",
    ),
    notes=tuple(note(n, "Said.") for n in range(1, 1000)),
    canonical_url="https://e.example.org/bell",
    byline="Wilmot Archibald Pask",
)
MEASURED = """() => {
  const box = e => e.getBoundingClientRect(), style = e => getComputedStyle(e);
  const rows = node => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...new Set([...range.getClientRects()].map(each => Math.round(each.top)))].length;
  };
  const first = document.querySelector(".prose p");
  const notes = document.querySelector(".endnotes ol");
  const last = notes.lastElementChild;
  const ruler = document.createElement("span");
  ruler.textContent = "999. ";
  last.append(ruler);
  const number = box(ruler).width;
  ruler.remove();
  const verse = [...document.querySelectorAll(".verse")];
  const picture = document.querySelector(".image img");
  const online = [...document.links].find(e => e.textContent == "Read online");
  const alone = document.querySelector(".credit");
  return {
    characters: first.textContent.length / (rows(first) - 0.5),
    hanging: parseFloat(style(notes).marginLeft) - number,
    list: [...document.querySelectorAll(".prose ol")]
      .map(e => [style(e).paddingLeft, parseFloat(style(e).marginLeft) > 20]),
    verse: verse.map(e => [style(e).textIndent, box(e).left >= box(e.parentNode).left + 24]),
    credit: box(alone).top - box(alone.previousSibling.previousElementSibling || alone.parentNode).top,
    lines: [style(picture).lineHeight, style(picture).fontSize], online: rows(online),
    title: parseFloat(style(document.querySelector("h1")).fontSize),
  };
}"""


FIRST_WORDS = """() => [...document.querySelectorAll("p")]
  .find(e => e.textContent.startsWith("If you stand on the town")).getBoundingClientRect().top"""


def read_figures() -> list[tuple[str, int]]:
    """Return each theme and how far down its text starts, as `email-comparison.md` says."""
    page = (ROOT / "docs/explanation/email-comparison.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in page.splitlines()
        if line.startswith(("| | default", "| First words"))
    ]
    names, figures = rows[:2]  # of the first table
    return [
        (name, int(figure)) for name, figure in zip(names, figures, strict=False) if name in THEMES
    ]


@pytest.mark.parametrize("in_theme", THEMES)
def test_lines_lists_numbers_and_verse(browser: Browser, in_theme: str) -> None:
    """Lines are short enough, lists have margins, 999 has room, verse hangs, credits are on lines of their own."""
    html = render_html(SHOWN, in_theme=in_theme)

    def measure(page: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        desk = page.evaluate(MEASURED)
        page.set_viewport_size({"width": 320, "height": 900})
        return desk, page.evaluate(MEASURED)

    desk, phone = browser.in_page(html, measure, width_px=700, pictures=False)

    assert (
        55 < desk["characters"] <= (66 if in_theme == "plain" else 78)
    )  # Georgia is wider than what stands in
    assert 0 <= desk["hanging"]
    assert [["0px", True]] * 2 == desk["list"]
    assert [["-24px", True]] * 6 == phone["verse"]
    assert 14 <= desk["credit"]
    assert ["21px", "14px"] == phone["lines"]
    assert 1 == phone["online"]


@pytest.mark.parametrize(("in_theme", "figure"), read_figures())
def test_the_text_starts_on_the_first_screen_of_a_phone(
    browser: Browser, in_theme: str, figure: int
) -> None:
    """Below name, title, standfirst, byline, picture and caption of the sample, where its figures say (docs)."""
    seed = load(str(SEEDS / "the-ferry-bell.md"))
    edition = render(
        make_issue(seed), theme(in_theme), read_image=lambda src: (SEEDS / src).read_bytes()
    )
    top = browser.in_page(
        fill_sample(edition.html), lambda page: page.evaluate(FIRST_WORDS), width_px=375
    )

    assert figure - 60 < top < figure + 40  # fonts differ


@pytest.mark.parametrize("in_theme", THEMES)
def test_long_titles_are_smaller(in_theme: str) -> None:
    """Above 60 characters at 0.8 times the size, above 120 at 0.65 times, always larger than the text."""
    tokens = theme(in_theme).tokens
    usual = tokens.title_font_size_px

    for characters, share in ((60, 1.0), (61, 0.8), (120, 0.8), (121, 0.65)):
        expected = max(round(usual * share), tokens.font_size_px + 3)
        html = render_html(article("One.", title="x" * characters), in_theme=in_theme)
        assert f"font-size:{expected}px;line-height:" in html.partition("<h1")[2][:200]
