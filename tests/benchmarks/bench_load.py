"""Loading the web pages of the corpus, beside the extractors people know; needs HANDBILL_CORPUS."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.loaders.base import Source
from pipeline.loaders.html import HtmlLoader
from pipeline.models.article import Article, NoteRef
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from tests.benchmarks.figures import Figure, in_turns

ROUNDS = 7
_BAR_MS_FOR_130_KB = 60


@dataclass(frozen=True, kw_only=True)
class FetchedPage:
    """One page, and the beginnings of the notes a person found in it."""

    name: str
    content: bytes
    notes: tuple[str, ...]
    references: int


def figures() -> list[Figure]:
    """Measure milliseconds a page and the notes kept; nothing without the corpus."""
    pages = _pages()
    if not pages:
        return []
    peers = _peers()
    seconds: dict[str, list[float]] = {name: [] for name in ("handbill", *peers)}
    for page in pages:
        tasks = [_task(extract, page) for extract in (_ours, *peers.values())]
        for name, taken in zip(seconds, in_turns(*tasks, rounds=ROUNDS), strict=True):
            seconds[name].append(taken)
    found = [
        _speed(page, seconds, place)
        for place, page in enumerate(pages)
        if len(page.content) > 50_000
    ]
    for name, extract in peers.items():
        found.append(
            Figure(
                what=f"web pages: ms a page (median of {len(pages)})",
                value=median(seconds["handbill"]) * 1000,
                unit="ms",
                bar=_BAR_MS_FOR_130_KB,
                peer=name,
                peer_value=median(seconds[name]) * 1000,
            )
        )
        found.append(_notes(pages, name, extract))
    return [*found, _references(pages)]


def _pages() -> list[FetchedPage]:
    folder = os.environ.get("HANDBILL_CORPUS")
    if not folder:
        return []
    pages = []
    for path in sorted(Path(folder, "cases").glob("*.html")):
        expected = json.loads(path.with_suffix("").with_suffix(".expected.json").read_text("utf-8"))
        pages.append(
            FetchedPage(
                name=path.stem,
                content=path.read_bytes(),
                notes=tuple(_split_words(note["starts"]) for note in expected["notes"]),
                references=expected["refs_count"],
            )
        )
    return pages


def _peers() -> dict[str, Callable[[bytes], str]]:
    """Return what is installed of the extractors, each from a page to its text."""
    found: dict[str, Callable[[bytes], str]] = {}
    try:
        import trafilatura

        found["trafilatura"] = lambda page: trafilatura.extract(page, include_links=True) or ""
    except ImportError:
        pass
    try:
        from readability import Document

        found["readability-lxml"] = lambda page: str(
            Document(page.decode("utf-8", "replace")).summary()
        )
    except ImportError:
        pass
    try:
        import newspaper

        found["newspaper4k"] = lambda page: _newspaper(newspaper, page)
    except ImportError:
        pass
    return found


def _newspaper(newspaper: Any, page: bytes) -> str:  # Any: it has no types
    article = newspaper.Article("https://example.org/", language="en", fetch_images=False)
    article.download(input_html=page.decode("utf-8", "replace"))
    article.parse()
    return str(article.text)


def _ours(page: bytes) -> str:
    article = _load(page)
    return plain_text((article.blocks, article.notes))


def _load(page: bytes) -> Article:
    source = Source(content=page, media_type="text/html", location="page.html", is_trusted=False)
    return HtmlLoader().read(source).article


def _task(extract: Callable[[bytes], str], page: FetchedPage) -> Callable[[], object]:
    return lambda: extract(page.content)


def _speed(page: FetchedPage, seconds: dict[str, list[float]], place: int) -> Figure:
    peer = next(name for name in seconds if name != "handbill")
    return Figure(
        what=f"load {page.name} ({len(page.content) // 1000} kB)",
        value=seconds["handbill"][place] * 1000,
        unit="ms",
        bar=_BAR_MS_FOR_130_KB,
        peer=peer,
        peer_value=seconds[peer][place] * 1000,
    )


def _notes(pages: list[FetchedPage], name: str, extract: Callable[[bytes], str]) -> Figure:
    kept = {}
    for who, how in (("ours", _ours), ("peer", extract)):
        texts = [(_split_words(re.sub(r"<[^>]+>", " ", how(page.content))), page) for page in pages]
        kept[who] = sum(note in text for text, page in texts for note in page.notes)
    return Figure(
        what="web pages: notes kept",
        value=kept["ours"],
        unit="notes",
        bar=sum(len(page.notes) for page in pages),
        is_rate=True,
        peer=name,
        peer_value=max(kept["peer"], 0.001),
    )


def _references(pages: list[FetchedPage]) -> Figure:
    """Return how many references lead to their note; no peer keeps a single one as a reference."""
    articles = [_load(page.content) for page in pages]
    kept = sum(
        isinstance(node, NoteRef)
        for article in articles
        for node in walk((article.blocks, article.notes))
    )
    total = sum(page.references for page in pages)
    return Figure(
        what="web pages: references kept",
        value=kept,
        unit="references",
        bar=total,
        is_rate=True,
        peer="a person",
        peer_value=total,
    )


def _split_words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
