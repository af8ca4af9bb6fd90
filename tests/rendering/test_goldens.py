"""Two sample emails compared with approved files; a change shows in their diff."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pipeline.models.article import Code, Quote
from tests.rendering.sample_issues import (
    APPEAL,
    ARABIC,
    article,
    bullets,
    fill_sample,
    heading,
    link,
    make_issue,
    note,
    para,
    ref,
    render_sample,
)

GOLDENS = Path(__file__).parent / "goldens"
BELL = article(
    para("The bell hung above the slip for ninety years,", ref(1), " and nobody asked why."),
    heading("What the log says", anchor="log"),
    para(
        "The ",
        link("https://archive.example.org/1931", "harbour log"),
        " names three ringers.",
        ref(1),
    ),
    Quote(blocks=(para("Ring it when the fog comes."),), attribution="Ines Calloway, 1931"),
    bullets("rope", "oil"),
    Code(code="ring(2)"),
    byline="Mara Quill",
    published=date(2026, 3, 1),
    notes=(note(1, "Ninety-one, says Calloway."),),
)
LETTERS = {
    "bell": make_issue(BELL, preheader="What a harbour hears", appeals=(APPEAL,)),
    "arabic": make_issue(ARABIC, language="ar"),
}


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("part", ["html", "txt"])
def test_emails_match_their_goldens(name: str, part: str, request: pytest.FixtureRequest) -> None:
    """With `--refresh-goldens` they are rewritten, to review their diff."""
    edition = render_sample(LETTERS[name])
    found = in_lines(fill_sample(edition.html)) if part == "html" else fill_sample(edition.text)
    golden = GOLDENS / f"{name}.{part}"
    if request.config.getoption("--refresh-goldens", default=False):
        golden.write_text(found, encoding="utf-8")

    assert golden.read_text(encoding="utf-8") == found


def in_lines(html: str) -> str:
    """Return *html* with a line for each block, so that a diff can be read."""
    return re.sub(r"(?=<(?:tr|td|p|h[1-6]|li|div|style|!--))", "\n", html).strip() + "\n"
