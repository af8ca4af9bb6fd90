"""In a browser: no letter is wider than its window, with and without its styles."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from pathlib import Path

import pytest

from pipeline.article import Code, Figure, Table
from pipeline.issue import Issue
from tests.rendering.letters import (
    APPEAL,
    LETTERS,
    article,
    bullets,
    cell,
    html_of,
    issue_of,
    link,
    para,
)
from tests.support import require_chromium

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
SCRIPT = """
const letters = %s, widths = %s, found = {};
let waiting = Object.keys(letters).length * widths.length;
for (const name in letters) for (const width of widths) {
  const frame = document.createElement("iframe");
  frame.style = `width:${width}px;height:800px;border:0`;
  frame.onload = () => {
    const root = frame.contentDocument.documentElement;
    found[`${name} at ${width}`] = root.scrollWidth - root.clientWidth;
    if (!--waiting) document.getElementById("found").textContent = JSON.stringify(found);
  };
  frame.srcdoc = letters[name];
  document.body.append(frame);
}
"""
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=15000", "--dump-dom"),
)


def without_styles(html: str) -> str:
    """Return *html* as Gmail shows it to an account of another provider."""
    return re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)


@pytest.fixture(scope="module")
def overflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How many pixels each letter is wider than its window, by name and width; measured in one run of the browser."""
    chromium = require_chromium()
    folder: Path = tmp_path_factory.mktemp("browser")
    letters: dict[str, Issue] = {**LETTERS, "wide": WIDE}
    pages = {name: html_of(issue) for name, issue in letters.items()}
    pages |= {f"{name} without styles": without_styles(html) for name, html in pages.items()}
    shown = json.dumps(pages).replace("</", "<\\/").replace("<!--", "<\\u0021--")
    page = folder / "page.html"
    script = SCRIPT % (shown, json.dumps(WIDTHS))
    page.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><pre id="found"></pre><script>{script}</script>',
        encoding="utf-8",
    )
    run = subprocess.run(
        [str(chromium), *FLAGS, f"--user-data-dir={folder / 'profile'}", page.as_uri()],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    told = re.search(r'<pre id="found">(.+?)</pre>', run.stdout)
    assert told, run.stderr[-2000:]
    found: dict[str, int] = json.loads(unescape(told[1]))
    assert len(pages) * len(WIDTHS) == len(found)
    return found


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*LETTERS, "wide"])
def test_no_letter_is_wider_than_its_window(
    overflow: dict[str, int], name: str, width: int
) -> None:
    """At 600, 375 and 320 pixels nothing sticks out, also where a program takes the styles away."""
    assert 0 == overflow[f"{name} at {width}"]
    assert 0 == overflow[f"{name} without styles at {width}"]
