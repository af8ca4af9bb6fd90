"""Run a preview for tests."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.models.article import Article
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
unsubscribe_by_hand = true

[appeal]
heading = "Keep the lamp lit"
text = "One reader in thirty pays for all the others."
url = "https://lantern.example.org/give"
amounts = [10, 25]
refcode = "newsletter"
deadline = 2099-12-31
after_deadline = "The drive is over. Thank you."

[[appeal.variants]]
when = 'donor = "monthly"'
inherit = false
heading = "Thank you for every month"
text = "You keep the lamp lit already."
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
    """A running preview."""

    folder: Path
    server: PreviewServer

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return self.server.guard.url

    @property
    def article_path(self) -> str:
        """The path of the article it was started with."""
        return f"/preview/{self.server.session.open_article(str(self.folder / 'tide.md'))}"

    def call(self, path: str, form: dict[str, str] | None = None) -> Any:  # Any: JSON
        """Send a request as a page of the preview does; with a form a POST request."""
        token = self.server.guard.token
        headers = {"Cookie": self.cookie, "X-Handbill-Token": token}
        body = None if form is None else json.dumps(form).encode()
        headers["Accept"] = "application/json"
        headers |= {"Content-Type": "application/json"} if form is not None else {}
        request = urllib.request.Request(self.origin + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                return json.loads(error.read())

    @property
    def cookie(self) -> str:
        """The header that a browser sends."""
        return f"{self.server.guard.cookie}={self.server.guard.token}"

    @property
    def origin(self) -> str:
        """The address without the token."""
        return self.server.guard.origin

    def save(self, text: str, name: str = "tide.md") -> None:
        """Save a file as editors do: write a new file, then replace the old one."""
        new = self.folder / f".{name}.new"
        new.write_text(text, encoding="utf-8")
        new.replace(self.folder / name)


def make_project(folder: Path, *, article: str = ARTICLE, config: str = CONFIG) -> Path:
    """Create a project with one article and its image."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handbill.toml").write_text(config, encoding="utf-8")
    (folder / "tide.md").write_text(article, encoding="utf-8")
    Image.new("RGB", (640, 360), "#7d8f8a").save(folder / "clock.png")
    return folder


@contextmanager
def run_preview(
    folder: Path,
    source: str | None = "tide.md",
    *,
    caught: Path | None = None,
    client: Client | None = None,
    open_project: Callable[[], Project] | None = None,
    port: int = 0,
    token: str | None = None,
) -> Iterator[Preview]:
    """Run a preview of the project in *folder* for the block."""

    def load(project: Project, source: str) -> Article:
        return project.load(source)

    folders = {"outbox": folder / "outbox"} | ({"caught": caught} if caught else {})
    session = PreviewSession(
        open_project=open_project or (lambda: Project.open(folder)),
        load=load,
        client=client,
        sources=[str(folder / source)] if source else [],
        folders=folders.values(),
    )
    server = PreviewServer(
        session,
        source=str(folder / source) if source else None,
        port=port,
        folders=folders,
        token=token,
    )
    server.start()
    try:
        yield Preview(folder=folder, server=server)
    finally:
        server.stop()


def wait_for_version(page: Page, version: int = 1) -> Page:
    """Wait until all frames show that version; the frame that it replaces is removed at the same time."""
    page.wait_for_selector(f'body[data-version="{version}"]')
    outdated = f'iframe:not([data-version="{version}"], .is-loading), iframe.is-loading'
    page.wait_for_selector(outdated, state="detached")
    return page


def wait_for_look(page: Page, look: str) -> Page:
    """Wait until all frames show the message as *look*, a client and a scheme: `gmail-dark`; print has its own."""
    page.wait_for_selector(f'iframe[data-look="{look}"]:not(.is-loading)')
    page.wait_for_selector("iframe.is-loading", state="detached")
    return page


def wait_for_findings(page: Page) -> Page:
    """Wait until the article is checked."""
    if not page.locator("#panel").is_visible() or page.inner_text("#panel-title") != "Findings":
        page.click("#tab-findings")
    page.locator("#panel:not(:has-text('Checking …'))").wait_for()
    return page


def frame(page: Page, view: str = "desktop") -> FrameLocator:
    """Return the frame of *view*."""
    return page.frame_locator(f'[data-card="{view}"] iframe:not(.is-loading)')
