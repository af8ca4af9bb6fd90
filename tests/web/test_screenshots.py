"""The screenshots in README and docs; `pytest tests/web --refresh-screenshots` takes them again."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from pipeline.project import Project
from tests.browser import Browser, Scheme
from tests.support import ROOT
from tests.web.previews import CONFIG, make_project, run_preview, wait_for_look, wait_for_version

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCREENSHOTS = ROOT / "docs" / "images"
MAX_BYTES = 150_000
RELAY = """
[sender]
default = "relay"

[senders.relay]
kind = "smtp"
host = "relay.lantern.example.org"
"""


def show_recipients(page: Page) -> None:
    """Desktop and phone, and the appeal for each group of recipients."""
    page.click("#tab-recipients")
    page.wait_for_timeout(1500)


def show_dark_mode(page: Page) -> None:
    """Dark mode and plain text, with the notes."""
    page.select_option("#scheme", "dark")
    page.keyboard.press("t")
    wait_for_look(page, "full-dark")
    page.click("#tab-notes")
    page.wait_for_timeout(1000)


def show_summary(page: Page) -> None:
    """The summary before sending."""
    page.click("#tab-links")
    page.click("#send")
    page.fill("#send-segment", 'country in ("GB", "IE")')
    page.fill("#send-time", "2099-12-01T09:00")
    page.click("#send-review")
    page.locator("#send-confirm").wait_for()


SCENES: dict[str, Callable[[Page], None]] = {
    "preview.png": show_recipients,
    "preview-night.png": show_dark_mode,
    "preview-send.png": show_summary,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with sample articles and subscribers."""
    project = make_project(tmp_path_factory.mktemp("pictures") / "lantern", config=CONFIG + RELAY)
    shutil.copytree(ROOT / "seeds", project / "articles")
    rows = "".join(
        f"reader{number}@example.org,{'GB' if number % 3 else 'US'}\n" for number in range(1806)
    )
    (project / "subscribers.csv").write_text(f"email,country\n{rows}", encoding="utf-8")
    with Project.open(project).open_subscribers() as subscribers:
        subscribers.import_file(project / "subscribers.csv", list_name="weekly")
    return project


@pytest.mark.parametrize("name", SCENES)
def test_screenshots(name: str, request: pytest.FixtureRequest) -> None:
    """Each screenshot exists, is small enough for a README, and is used in the docs; the option takes it again."""
    screenshot = SCREENSHOTS / name
    if request.config.getoption("--refresh-screenshots", default=False):
        save_screenshot(
            name, screenshot, request.getfixturevalue("folder"), request.getfixturevalue("browser")
        )

    assert screenshot.stat().st_size <= MAX_BYTES
    docs = (ROOT / "README.md").read_text(encoding="utf-8")
    docs += (ROOT / "docs" / "how-to" / "preview.md").read_text(encoding="utf-8")
    assert f"images/{name}" in docs


def save_screenshot(name: str, path: Path, folder: Path, browser: Browser) -> None:
    """Save the screenshot *name*."""

    def work(page: Page) -> bytes:
        wait_for_version(page)
        SCENES[name](page)
        return page.screenshot()

    with run_preview(folder, "articles/the-ferry-bell.md") as preview:
        scheme: Scheme = "dark" if "night" in name else "light"
        content = browser.at(preview.url, work, scheme=scheme)
    path.parent.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(content)) as image:
        image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
