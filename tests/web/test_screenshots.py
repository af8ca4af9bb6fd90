"""The pictures of the preview in README and docs; `pytest tests/web --refresh-pictures` takes them anew."""

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
from tests.web.previews import CONFIG, frame, make_project, previewing, shown

if TYPE_CHECKING:
    from playwright.sync_api import Page

PICTURES = ROOT / "docs" / "images"
MOST_BYTES = 150_000
RELAY = """
[sender]
default = "relay"

[senders.relay]
kind = "smtp"
host = "relay.lantern.example.org"
"""


def writing(page: Page) -> None:
    """The letter at a desk and on a phone, and what each group of readers is asked for."""
    page.click("#tab-readers")
    page.wait_for_timeout(1500)


def by_night(page: Page) -> None:
    """The letter by night, in classic Outlook and as plain text, its notes beside it."""
    for view in ("desk", "phone", "dark", "outlook", "text"):
        page.click(f'[data-view="{view}"]')
    frame(page, "dark").locator("h1").wait_for()
    page.click("#tab-notes")
    page.eval_on_selector("#stage", "stage => { stage.scrollLeft = 0; }")
    page.wait_for_timeout(1000)


def sending(page: Page) -> None:
    """What would happen, before it does."""
    page.click("#tab-links")
    page.click("#send")
    page.fill("#send-segment", 'country in ("GB", "IE")')
    page.fill("#send-at", "2099-12-01T09:00")
    page.click("#send-next")
    page.locator("#send-go").wait_for()


SCENES: dict[str, Callable[[Page], None]] = {
    "preview.png": writing,
    "preview-night.png": by_night,
    "preview-send.png": sending,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a sample article and some readers."""
    made = make_project(tmp_path_factory.mktemp("pictures") / "lantern", config=CONFIG + RELAY)
    shutil.copytree(ROOT / "seeds", made / "letters")
    rows = "".join(
        f"reader{number}@example.org,{'GB' if number % 3 else 'US'}\n" for number in range(1806)
    )
    (made / "readers.csv").write_text(f"email,country\n{rows}", encoding="utf-8")
    with Project.open(made).open_subscribers() as roll:
        roll.import_file(made / "readers.csv", list_name="weekly")
    return made


@pytest.mark.parametrize("name", SCENES)
def test_pictures_are_there_and_light(name: str, request: pytest.FixtureRequest) -> None:
    """Each picture is there, light enough for a README, and told of; the flag takes it anew."""
    picture = PICTURES / name
    if request.config.getoption("--refresh-pictures", default=False):
        take(name, picture, request.getfixturevalue("folder"), request.getfixturevalue("browser"))

    assert picture.stat().st_size <= MOST_BYTES
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    told += (ROOT / "docs" / "how-to" / "preview.md").read_text(encoding="utf-8")
    assert f"images/{name}" in told


def take(name: str, picture: Path, folder: Path, browser: Browser) -> None:
    """Take the picture *name*."""

    def work(page: Page) -> bytes:
        shown(page)
        SCENES[name](page)
        return page.screenshot()

    with previewing(folder, "letters/the-ferry-bell.md") as preview:
        scheme: Scheme = "dark" if "night" in name else "light"
        taken = browser.at(preview.url, work, scheme=scheme)
    picture.parent.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(taken)) as image:
        image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)
