"""A preview that answers on this machine, for tests."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.models.issue import Issue
from pipeline.net.client import Client
from pipeline.project import Project
from pipeline.web.preview.server import PreviewServer
from pipeline.web.preview.session import PreviewSession

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Page

CONFIG = """\
[publication]
name = "The Lantern"
from = "The Lantern <letters@lantern.example.org>"
postal_address = "12 Quay Street, Skerrow"
timezone = "Europe/London"
unsubscribe = "mailto:leave@lantern.example.org"

[appeal]
heading = "Keep the lamp lit"
text = "One reader in thirty pays for all the others."
url = "https://lantern.example.org/give"
amounts = [10, 25]
refcode = "letter"
deadline = 2099-12-31
after_deadline = "The drive is over. Thank you."

[[appeal.variants]]
when = 'donor = "monthly"'
heading = "Thank you for every month"
text = "You keep the lamp lit already."
amounts = []
button = ""
"""
ARTICLE = """\
---
title: The Tide Clock
subject: What the tide clock says
preheader: One hand, two tides, and a copper ball.
language: en
---

Dear {{ name | "reader" }}, the clock on the quay has one hand.[^hand] It shows the water and not the hour.

![The clock](clock.png)

## Who winds it

Nobody winds it. A float does the work,[^float] and [the harbour master](https://harbour.example.org/master) takes the
credit.

[^hand]: There was a second one until 1911.
[^float]: A copper ball the size of a cheese.
"""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A preview that runs."""

    folder: Path
    server: PreviewServer

    @property
    def url(self) -> str:
        """The address to open, with its key."""
        return self.server.guard.url

    @property
    def letter(self) -> str:
        """The path of the letter it was started with."""
        return f"/studio/{self.server._desk.open(str(self.folder / 'tide.md'))}"

    def call(self, path: str, form: dict[str, str] | None = None) -> Any:  # Any: JSON
        """Ask without a browser, as a page of ours would; a form makes it an act."""
        token = self.server.guard.token
        headers = {"Cookie": f"handbill_preview={token}", "X-Handbill-Token": token}
        body = None if form is None else json.dumps(form).encode()
        headers["Accept"] = "application/json"
        headers |= {"Content-Type": "application/json"} if form is not None else {}
        asking = urllib.request.Request(self.origin + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(asking, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return json.loads(error.read())

    @property
    def origin(self) -> str:
        """The address without it."""
        return self.server.guard.origin

    def save(self, text: str, name: str = "tide.md") -> None:
        """Save a file as an editor does: written beside, then put in its place."""
        beside = self.folder / f".{name}.new"
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.folder / name)


def make_project(folder: Path, *, article: str = ARTICLE, config: str = CONFIG) -> Path:
    """Make a project with one article and its picture."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handbill.toml").write_text(config, encoding="utf-8")
    (folder / "tide.md").write_text(article, encoding="utf-8")
    Image.new("RGB", (640, 360), "#7d8f8a").save(folder / "clock.png")
    return folder


@contextmanager
def previewing(
    folder: Path,
    source: str | None = "tide.md",
    *,
    caught: Path | None = None,
    client: Client | None = None,
    open_project: Callable[[], Project] | None = None,
) -> Iterator[Preview]:
    """DiffRun a preview of the project in *folder* for the block."""

    def load(project: Project, source: str) -> Issue:
        return project.edit(project.load(source))

    desk = PreviewSession(
        open_project=open_project or (lambda: Project.open(folder)), load=load, client=client
    )
    rooms = {"outbox": folder / "outbox"} | ({"caught": caught} if caught else {})
    server = PreviewServer(
        desk, source=str(folder / source) if source else None, port=0, rooms=rooms
    )
    server.start()
    try:
        yield Preview(folder=folder, server=server)
    finally:
        server.stop()


def shown(page: Page, version: int = 1) -> Page:
    """Wait until the picture of that version is on the screen."""
    page.wait_for_selector(f'body[data-shown="{version}"]')
    return page


def checked(page: Page) -> Page:
    """Wait until the findings of the picture are there."""
    page.click("#tab-findings")
    page.locator("#panel:not(:has-text('Looking …'))").wait_for()
    return page


def frame(page: Page, view: str = "desk") -> FrameLocator:
    """Return the letter as *view* shows it."""
    return page.frame_locator(f'[data-card="{view}"] iframe:not(.is-coming)')
