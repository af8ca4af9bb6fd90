"""Rendered sample articles in a real browser."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.journey.command import handbill
from tests.support import SEEDS, require_chromium

pytestmark = pytest.mark.slow

#: A narrow phone, and a common reading pane of an email client, in CSS pixels.
WIDTHS_PX = (375, 600)

_FRAME = '<iframe name="{name}" width="{width}" height="900" srcdoc="{page}"></iframe>'

_MEASURE = """
<script>
addEventListener("load", () => {
  const overflow = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument.documentElement;
    overflow[frame.name] = page.scrollWidth - page.clientWidth;
  }
  document.body.innerHTML = "<pre>" + JSON.stringify(overflow) + "</pre>";
});
</script>
"""


def dump_document(page: Path, profile: Path) -> str:
    """Return the document of *page* after its scripts have run."""
    flags = (
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *(
            f"--user-data-dir={profile}",
            "--hide-scrollbars",
            "--virtual-time-budget=10000",
            "--dump-dom",
        ),
    )
    return subprocess.run(
        [require_chromium(), *flags, page.as_uri()], capture_output=True, text=True, check=True
    ).stdout


def test_sample_articles_fit_the_window(tmp_path: Path) -> None:
    """No rendered sample article needs horizontal scrolling, on a phone or in an email client."""
    wide = html.escape('<body style="margin: 0"><div style="width: 700px">Too wide.</div>')
    frames, expected = [_FRAME.format(name="too wide", width=600, page=wide)], {"too wide": 100}
    for seed in sorted({*SEEDS.glob("*.md"), *SEEDS.glob("*.txt")} - {SEEDS / "README.md"}):
        assert 0 == handbill("render", seed, cwd=tmp_path).exit_code
        page = html.escape((tmp_path / f"{seed.stem}.html").read_text(encoding="utf-8"))
        for width in WIDTHS_PX:
            name = f"{seed.stem} at {width}"
            frames.append(_FRAME.format(name=name, width=width, page=page))
            expected[name] = 0
    wrapper = tmp_path / "all.html"
    wrapper.write_text(
        f"<!doctype html><meta charset=utf-8><style>iframe {{ border: 0 }}</style>{''.join(frames)}{_MEASURE}",
        encoding="utf-8",
    )

    document = dump_document(wrapper, tmp_path / "profile")
    measured = re.search(r"<pre>(.*?)</pre>", document)
    assert measured, document[:2000]
    assert expected == json.loads(html.unescape(measured[1]))
