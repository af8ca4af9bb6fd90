"""Small things in a browser: references, back links, hyphens, the plate of the match, and the order of the appeal."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from pipeline.models.article import Code, Quote, Table
from tests.browser import Browser
from tests.rendering.html_reader import Page
from tests.rendering.sample_issues import (
    THEMES,
    WHOLE_APPEAL,
    article,
    cell,
    fill_sample,
    make_issue,
    note,
    para,
    ref,
    render_sample,
    theme,
)

SHOWN = make_issue(
    article(
        para("It rang", ref(1), " twice,", ref(2), ref(3), " and then it rested."),
        Quote(blocks=(para("Ring it when the fog comes."),), attribution="Ines Calloway"),
        Code(code="ring(2)"),
        Table(header=(cell("Fog"), cell("Bell")), rows=((cell("1931"), cell("twice")),)),
        notes=tuple(note(number, f"Said {number} times.") for number in (1, 2, 3)),
    ),
    appeals=(WHOLE_APPEAL,),
)
MEASURED = """() => {
  const box = e => e.getBoundingClientRect(), style = e => getComputedStyle(e);
  const all = selector => [...document.querySelectorAll(selector)];
  const color = e => style(e).backgroundColor;
  const textBox = (node, start, end) => {
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, end);
    return range.getBoundingClientRect();
  };
  const references = all("[role=doc-noteref]");
  const first = references[0].closest("sup");
  const before = first.parentNode.firstChild, after = first.nextSibling;
  const word = before.textContent.replace(/[\\s\\u2060]+$/, "").length;
  const next = after.textContent.search(/\\S/);
  const panel = e => {
    while (color(e) == "rgba(0, 0, 0, 0)") e = e.parentElement;
    return color(e);
  };
  const match = document.querySelector(".match");
  const order = ["h2", "p", ".match", ".buttons", ".buttons ~ .buttons", ".other", ".progress", ".terms"];
  return {
    sans: references.map(e => style(e).fontFamily.split(",")[0]),
    left: box(references[0]).left - textBox(before, word - 1, word).right,
    right: textBox(after, next, next + 1).left - box(first).right,
    space: (() => {
      const text = document.createElement("span");
      text.textContent = "\\u00a0";
      first.parentNode.append(text);
      return box(text).width;
    })(),
    heights: references.map(e => box(e).height),
    apart: box(references[2]).left - box(references[1]).right,
    back: all("[role=doc-backlink]").map(e => [box(e).width, box(e).height, e.getAttribute("aria-label")]),
    hyphens: all(".prose p, .endnotes li, h1").map(e => style(e).hyphens),
    plate: [color(match), panel(match.parentElement)],
    order: order.map(selector => document.querySelector(`.appeal ${selector}`)).map(e => box(e).top),
    other: style(document.querySelector(".other a")).display,
  };
}"""


@pytest.mark.parametrize("in_theme", THEMES)
def test_references_and_the_appeal(browser: Browser, in_theme: str) -> None:
    """References take no room beside them and can be hit, words break only on phones, the appeal is in its order."""
    html = fill_sample(render_sample(SHOWN, in_theme=in_theme).html)

    def measure(page: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        desk = page.evaluate(MEASURED)
        page.set_viewport_size({"width": 375, "height": 900})
        phone = page.evaluate(MEASURED)
        page.emulate_media(color_scheme="dark")
        return desk, phone, page.evaluate(MEASURED)

    desk, phone, dark = browser.in_page(html, measure, width_px=700)

    first_sans = theme(in_theme).tokens.sans_font.split(",")[0].strip("'\"")
    assert {first_sans} == {family.strip("'\"") for family in desk["sans"]}
    assert -0.5 <= desk["left"] <= 1.5
    assert desk["right"] <= desk["space"] + 1.5
    assert all(height >= 26 for height in desk["heights"])
    assert desk["apart"] > 3
    assert all(width >= 24 and height >= 24 for width, height, _ in desk["back"])
    assert [f"Back to reference {number}" for number in (1, 2, 3)] == [
        name for _, _, name in desk["back"]
    ]
    assert ({"manual"}, {"auto"}) == (set(desk["hyphens"]), set(phone["hyphens"]))
    for found in (phone, dark):
        plate, panel = found["plate"]
        assert plate != panel
        assert found["order"] == sorted(found["order"])
        assert "inline" == found["other"]


@pytest.mark.parametrize("in_theme", THEMES)
def test_small_resets(in_theme: str) -> None:
    """What Gmail and Word would color and underline by themselves: links in the footer, quoted text, cells."""
    html = fill_sample(render_sample(SHOWN, in_theme=in_theme).html)
    page, sheets = Page(html), "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
    (body,) = page.root.all("body")
    colored = [
        *page.root.find_class("quote"),
        *page.root.find_class("code"),
        *page.root.find_class("data"),
    ]

    assert "body" in body.classes
    assert "u + .body .muted a{color:inherit;text-decoration:none}" in sheets
    assert ".im{color:inherit!important}" in sheets
    assert 3 == len(colored)
    assert all(element.styles["color"].startswith("#") for element in colored)


@pytest.mark.parametrize(
    ("language", "expected"), [("en-GB", "1 March 2026"), ("en", "March 1, 2026")]
)
def test_dates_are_written_as_in_the_country(language: str, expected: str) -> None:
    """A publication in London names the day first, in both parts."""
    edition = render_sample(
        make_issue(article("One.", published=date(2026, 3, 1)), language=language)
    )

    assert expected in fill_sample(edition.html)
    assert expected in fill_sample(edition.text)
