"""A preview that answers on this machine, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.issue import Issue
from pipeline.project import Project
from pipeline.web.preview.desk import Desk
from pipeline.web.preview.serving import Server

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
    server: Server

    @property
    def url(self) -> str:
        """The address to open, with its key."""
        return self.server.guard.url

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
    folder: Path, source: str | None = "tide.md", *, caught: Path | None = None
) -> Iterator[Preview]:
    """Run a preview of the project in *folder* for the block."""

    def load(project: Project, source: str) -> Issue:
        return project.edit(project.load(source))

    desk = Desk(open_project=lambda: Project.open(folder), load=load)
    rooms = {"outbox": folder / "outbox"} | ({"caught": caught} if caught else {})
    server = Server(desk, source=str(folder / source) if source else None, port=0, rooms=rooms)
    server.start()
    try:
        yield Preview(folder=folder, server=server)
    finally:
        server.stop()
