"""The sample articles in other scripts load and render without loss or findings."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from pipeline.loaders import load
from pipeline.markup import count_columns
from pipeline.models.article import Article, List, NoteRef, Paragraph, Quote, Table
from pipeline.models.tree import walk
from pipeline.rendering.text.text_width import COLUMNS
from pipeline.rendering.translations import load_translations
from tests.rendering.html_reader import Page
from tests.rendering.sample_issues import fill_sample, make_issue, render_sample
from tests.support import SEEDS

OTHERS = sorted(SEEDS.glob("*.??.md"))


@cache
def loaded(path: Path) -> Article:
    return load(str(path))


@pytest.fixture(params=OTHERS, ids=lambda path: path.stem)
def source(request: pytest.FixtureRequest) -> Article:
    return loaded(request.param)


def test_four_languages_have_a_sample() -> None:
    """Arabic, Hebrew, Hindi and Japanese each have an article, named after its language."""
    assert ["ar", "he", "hi", "ja"] == sorted(path.stem.rpartition(".")[2] for path in OTHERS)
    for path in OTHERS:
        assert path.stem.rpartition(".")[2] == loaded(path).language


def test_samples_have_every_structure(source: Article) -> None:
    """Each has a quote with its author, a list, a table, and notes: one cited twice, one only by a note, one long."""
    cited = Counter(n.note for n in walk(source.blocks) if isinstance(n, NoteRef))
    nested = {n.note for n in walk(source.notes) if isinstance(n, NoteRef)}
    kinds = {type(block) for block in source.blocks}

    assert {Quote, List, Table} <= kinds
    assert [None] != [b.attribution for b in source.blocks if isinstance(b, Quote)]
    assert 4 <= len(source.notes) <= 8
    assert {"ok"} == {note.status for note in source.notes}
    assert 2 in cited.values()
    assert nested - set(cited)
    assert any(sum(isinstance(b, Paragraph) for b in note.blocks) > 1 for note in source.notes)
    assert () == source.warnings


def test_samples_render_without_findings(source: Article) -> None:
    """The email is in its language and direction, and each internal link has a target."""
    language = source.language or ""
    edition = render_sample(make_issue(source, language=language))
    page = Page(fill_sample(edition.html))
    (document,) = page.root.all("html")
    rtl = language in ("ar", "he")

    assert () == edition.findings
    assert (language, "rtl" if rtl else "ltr") == (
        document.attributes["lang"],
        document.attributes["dir"],
    )
    assert load_translations(language).notes in [e.text() for e in page.root.all("h2")]
    assert set() == {href[1:] for href in page.links if href.startswith("#")} - set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_text_part_keeps_to_72_columns(source: Article) -> None:
    """No line is wider than 72 columns as a terminal counts them, and every note is there."""
    text = fill_sample(render_sample(make_issue(source, language=source.language or "")).text)

    assert [] == [x for x in text.split("\n") if count_columns(x) > COLUMNS and "://" not in x]
    for note in source.notes:
        assert f"\n[{note.number}] " in text
