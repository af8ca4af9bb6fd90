"""The appeal in a browser: on a phone its first amount is on the screen together with its heading."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import Browser
from tests.rendering.sample_issues import (
    THEMES,
    WHOLE_APPEAL,
    WHOLE_PUBLICATION,
    WITH_TOKENS,
    article,
    fill_sample,
    heading,
    make_issue,
    render_sample,
)

MEASURED = """() => {
  const top = document.querySelector(".appeal").getBoundingClientRect().top;
  const box = e => e.getBoundingClientRect(), style = e => getComputedStyle(e);
  const color = e => style(e).backgroundColor;
  const links = [...document.querySelectorAll(".appeal a")];
  const size = e => [parseFloat(style(e).fontSize), parseInt(style(e).fontWeight)];
  return {
    height: box(document.querySelector(".appeal")).height,
    tops: links.map(e => box(e).top - top),
    heights: links.map(e => box(e).height),
    filled: links.filter(e => color(e.closest("td")) == color(document.querySelector(".progress-done")))
      .map(e => e.getAttribute("aria-label")),
    clipped: links.filter(e => style(e).display == "block" && e.scrollWidth > e.clientWidth + 1).length,
    heading: size(document.querySelector(".appeal h2")), article: size(document.querySelector(".prose h2")),
    region: document.querySelector("[role=region]").getAttribute("aria-label"),
  };
}"""


@pytest.mark.parametrize("in_theme", THEMES)
def test_appeal_on_a_phone(browser: Browser, in_theme: str) -> None:
    """Its first amount is near, each row is one line, one amount is filled, and its heading is the loudest."""
    issue = make_issue(article("One.", heading("A heading"), "Two."), appeals=(WHOLE_APPEAL,))
    html = fill_sample(render_sample(issue, in_theme=in_theme).html)

    found: dict[str, Any] = browser.in_page(
        html, lambda page: page.evaluate(MEASURED), width_px=375
    )

    monthly, once, other = found["tops"][:3], found["tops"][3:7], found["tops"][7]
    assert monthly[0] < 400
    assert (1, 1) == (len(set(monthly)), len(set(once)))
    assert monthly[0] < once[0] < other
    assert 8 == len(found["tops"])
    assert found["height"] <= 700
    assert all(height >= 46 for height in found["heights"][:7])
    assert ["Give £5 every month"] == found["filled"]
    assert 0 == found["clipped"]
    assert found["heading"] > found["article"]
    assert found["heading"][1] >= found["article"][1]
    assert "Keep the lamp lit" == found["region"]


@pytest.mark.parametrize("in_theme", THEMES)
def test_an_empty_email_with_a_full_appeal_is_small(in_theme: str) -> None:
    """Frame, footer and appeal take at most 16 kB of what Gmail shows."""
    issue = make_issue(
        article(title="A"),
        appeals=(WHOLE_APPEAL,),
        preheader="One line about it.",
        publication=WHOLE_PUBLICATION,
    )
    html = fill_sample(render_sample(issue, in_theme=in_theme).html, reader=WITH_TOKENS)

    assert 16_000 >= len(html.encode())
