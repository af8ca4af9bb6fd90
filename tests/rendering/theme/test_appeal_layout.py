"""The appeal in a browser: on a phone its first amount is on the screen together with its heading."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.models.issue import Appeal, AppealAmount, Frequency, Goal
from tests.browser import Browser
from tests.rendering.sample_issues import (
    THEMES,
    article,
    fill_sample,
    heading,
    make_issue,
    render_sample,
)

#: Everything that an appeal can have, in the words of docs/reference/appeals.md.
FULL = Appeal(
    heading="Keep the lamp lit",
    text="The Lantern is four long issues a year.\n\n"
    "If this one was worth it, we would be glad of the price of a loaf.",
    bullets=("fees for those who write it", "an archive that stays open"),
    button=None,
    url="https://lantern.example.org/give",
    amounts=(
        *(AppealAmount(minor=minor) for minor in (500, 1000, 2500, 5000)),
        AppealAmount(minor=300, frequency=Frequency.MONTHLY),
        AppealAmount(minor=500, frequency=Frequency.MONTHLY, is_suggested=True),
        AppealAmount(minor=1000, frequency=Frequency.MONTHLY),
    ),
    currency="GBP",
    refcode="lantern_dlp4",
    match="Every gift is doubled by the harbour board.",
    match_times=Decimal(2),
    goal=Goal(minor=1_000_000, raised_minor=620_000),
    deadline=datetime(2026, 12, 31, 18, tzinfo=UTC),
    after_deadline="The match is over. Thank you.",
    disclosure="The Lantern Quarterly is published by a charity. You can stop a monthly gift at any time.",
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
    issue = make_issue(article("One.", heading("A heading"), "Two."), appeals=(FULL,))
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
    """Frame and appeal take at most 16 kB of what Gmail shows."""
    issue = make_issue(article(title="A"), appeals=(FULL,), preheader="One line about it.")

    assert 16_000 >= len(fill_sample(render_sample(issue, in_theme=in_theme).html).encode())
