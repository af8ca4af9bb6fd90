"""A project with an archive for the tests, and readers for what it publishes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from lxml import html as lxml_html

from pipeline.archive import ArchiveSite, ArchiveStore
from pipeline.clock import Clock
from pipeline.database import open_store
from pipeline.models.edition import Edition
from pipeline.models.issue import Issue
from pipeline.rendering import render
from pipeline.rendering.web.page_renderer import PageRenderer
from pipeline.testing import ManualClock
from tests.rendering.sample_issues import PUBLICATION, theme

URL = "https://tern.example.org/issues"
NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)


def render_issue(issue: Issue, slug: str) -> Edition:
    """Return the edition of *issue*, whose page is called *slug*."""
    return render(replace(issue, slug=slug, page_url=f"{URL}/{slug}/"), theme())


def make_site(
    archive: ArchiveStore, name: str = "default", goals: dict[tuple[str, int], int] | None = None
) -> ArchiveSite:
    """Return the site of *archive* in the theme *name*."""
    renderer = PageRenderer(theme(name), PUBLICATION, url=URL)
    return ArchiveSite(archive, renderer, settings=name, goals=goals or {})


@contextmanager
def open_archive(*editions: Edition, clock: Clock | None = None) -> Iterator[ArchiveStore]:
    """Open an archive in memory that has *editions*, each a day older than the one before."""
    with open_store("sqlite://", root=Path()) as store:
        archive = ArchiveStore(store, clock=clock or ManualClock(NOW))
        for days, edition in enumerate(editions):
            archive.add(edition, at=datetime.fromtimestamp(NOW.timestamp() - 86400 * days, UTC))
        yield archive


def read(site: ArchiveSite, path: str, *, at: datetime = NOW) -> str:
    """Return the file *path* of *site*."""
    return site.list_resources(at=at)[path].render().decode()


def list_notes(html: str) -> list[str]:
    """Return the text of each endnote in *html*, without its back links."""
    root: Any = lxml_html.fromstring(html)
    notes = []
    for item in root.xpath('//*[@role="doc-endnotes"]//li[starts-with(@id, "fn")]'):
        for back in item.xpath('.//a[@role="doc-backlink"]'):
            back.drop_tree()
        notes.append(normalize(item.text_content()))
    return notes


def list_references(html: str) -> list[str]:
    """Return the number in each reference to a note, in reading order, those in open notes left out."""
    root: Any = lxml_html.fromstring(html)
    for popover in root.xpath("//*[@popover]"):
        popover.drop_tree()
    return [link.text_content() for link in root.xpath('//sup//a[@role="doc-noteref"]')]


def normalize(text: str) -> str:
    """Return *text* without white space, and without characters that only place what is around them."""
    return re.sub(r"[\s\u2060\u200e\u200f\u2066-\u2069\ufe0e]+", "", text)


class Scanner(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def find(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """Return the attributes of each *tag* that has *attributes*."""
        return [
            found
            for name, found in self.tags
            if name == tag and all(found.get(key) == value for key, value in attributes.items())
        ]

    def values(self, name: str) -> list[str]:
        """Return the values of the attribute *name*."""
        return [value for _, found in self.tags if (value := found.get(name)) is not None]
