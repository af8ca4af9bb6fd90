"""Verse keeps its lines, and words that only a style sets apart stay apart."""

# ruff: noqa: E501 - the markup is as the programs write it
from __future__ import annotations

import pytest

from tests.loaders.html.outline import LONG, load_body, write

SEA = "Row, sister,\n   row to the <em>bell</em>,\nthe tide is late."


@pytest.mark.parametrize(
    "markup",
    [
        f"<pre class='wp-block-verse'>{SEA}</pre>",
        f"<pre class=poem>\n{SEA}</pre>",
        f"<div class='preformatted-block'><pre class='text'>{SEA}</pre></div>",
        f"<figure class='wp-block-verse'><pre>{SEA}</pre></figure>",
        f"<p style='white-space: pre-wrap'>{SEA}</p>",
        f"<p class='verse'>{SEA}</p>",
    ],
)
def test_verse(markup: str) -> None:
    """A poem is no program code; emphasis in it stays, and so does the indent of its lines."""
    blocks = load_body(f"{markup}<p>{LONG}</p>").blocks
    assert "Row, sister,\\\xa0\xa0\xa0row to the *bell*,\\the tide is late." == write(blocks[:1])


def test_code_stays_code() -> None:
    """Program code is no verse, and long lines in a file are no lines of verse."""
    prose = LONG.replace(", ", ",\n") + " " + LONG
    blocks = load_body(
        f"<pre><code>row()\nrow()</code></pre><p class='song'>{prose * 3}</p>"
    ).blocks
    assert "```row()\nrow()```" == write(blocks[:1])
    assert "\\" not in write(blocks[1:])


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<div><a href='https://a.example/p'>Plan</a><a href='https://a.example/p'>Download</a></div>", "Plan Download"),
        ("<div><a href='https://a.example/p'>Plan</a><span class='size'>2 MB</span></div>", "Plan2 MB"),
        ("<div style='display:flex'><span>Plan</span><span>two pages</span></div>", "Plan two pages"),
        ("<div class='grid'><span>Plan</span><span>two pages</span></div>", "Plan two pages"),
        ("<div><span style='display:block'>Plan</span><span style='display: block'>two pages</span></div>", "Plan\ntwo pages"),
        ("<div><span class=b>Plan</span><span class=b>two pages</span></div>", "Plan\ntwo pages"),
        ("<div><span>Plan</span><b style='display:inline-block'>two pages</b></div>", "Plan **two pages**"),
        ("<div><span class=k>Plan</span><span class=v>12 pages</span></div>", "Plan 12 pages"),
        ("<p><span class=k>Mac</span><span class=v>Donald</span></p>", "MacDonald"),
        ("<p><span class=k>har</span><span class=v>bour</span></p>", "harbour"),
    ],
)  # fmt: skip
def test_separation(markup: str, expected: str) -> None:
    """What a browser shows as blocks or parts of a row is separate; parts of a word are not."""
    found = load_body(f"<p>{LONG}</p>{markup}", head="<style>.b{display:block}</style>")
    assert expected == write(found.blocks[1:])
