"""The preview: from saving a file to its picture on the screen, and from the command to the first one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, time
from typing import TYPE_CHECKING

from tests.benchmarks.figures import Figure
from tests.benchmarks.sample import article
from tests.browser import Browser
from tests.support import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

SAVES = 20
STARTS = 5
#: Two cards are open; the picture is there when both are.
_SHOWN = "n => performance.getEntriesByName(`version-${n}`).length > 1"
_WHEN = (
    "n => performance.timeOrigin + performance.getEntriesByName(`version-${n}`).at(-1).startTime"
)


def figures() -> list[Figure]:
    """Measure the preview beside what one does without it: render, then load the page again."""
    browser = Browser()
    try:
        with TemporaryDirectory() as folder:
            source = Path(folder, "letter.md")
            save(source, 0)
            saved = _saves(source, browser)
            reloaded = _reloads(source, browser)
            started = _starts(source, browser)
    finally:
        browser.close()
    return [
        Figure(
            what="preview: from saving to the picture",
            value=saved,
            unit="s",
            bar=0.3,
            peer="handbill render, then load the page again",
            peer_value=reloaded,
        ),
        Figure(
            what="preview: from the command to the picture",
            value=started,
            unit="s",
            bar=2,
            peer="handbill render, then load the page again",
            peer_value=reloaded,
        ),
    ]


def save(source: Path, number: int) -> float:
    """Save the measured article, a word of it changed, as an editor does; return when."""
    beside = source.with_suffix(".new")
    beside.write_text(f"{article()}\n\nSaved {number} times.\n", encoding="utf-8")
    beside.replace(source)
    return time()


def _saves(source: Path, browser: Browser) -> float:
    def work(page: Page) -> float:
        page.wait_for_function(_SHOWN, arg=1)
        took = []
        for number in range(2, SAVES + 3):
            page.wait_for_timeout(700)  # the checks of the one before are done: nobody saves faster
            begun = save(source, number)
            page.wait_for_function(_SHOWN, arg=number)
            when: float = page.evaluate(_WHEN, number)
            took.append(when / 1000 - begun)
        return median(took[1:])

    with _preview(source) as url:
        return browser.at(url, work)


def _starts(source: Path, browser: Browser) -> float:
    took = []
    for _ in range(STARTS):
        begun = time()
        with _preview(source) as url:

            def work(page: Page) -> float:
                page.wait_for_function(_SHOWN, arg=1)
                when: float = page.evaluate(_WHEN, 1)
                return when / 1000

            took.append(browser.at(url, work) - begun)
    return median(took)


def _reloads(source: Path, browser: Browser) -> float:
    command = [sys.executable, "-m", "pipeline", "render", str(source), "-o", str(source.parent)]

    def render() -> None:
        subprocess.run(command, cwd=source.parent, env=_env(), check=True, capture_output=True)

    def work(page: Page) -> float:
        took = []
        for number in range(STARTS + 1):
            save(source, number)
            begun = perf_counter()
            render()
            page.set_content(source.with_suffix(".html").read_text(encoding="utf-8"))
            took.append(perf_counter() - begun)
        return median(took[1:])

    return browser.at("about:blank", work)


@contextmanager
def _preview(source: Path) -> Iterator[str]:
    """Run `handbill preview` of *source* for the block; yield the address it prints."""
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "preview",
        str(source),
        "--port",
        "0",
        "--no-browser",
    ]
    with subprocess.Popen(
        command,
        cwd=source.parent,
        env=_env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().strip()
        finally:
            running.terminate()


def _env() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
