"""Notes are recovered exactly from the HTML of many programs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.html import HtmlLoader
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.models.article import NoteRef, Paragraph
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from tests.loaders.html.footnote_dialects import DIALECTS, Dialect, Draft

WORDS = (
    "harbour lamp ferry rope bell quay gull tide anchor mast cellar ladder orchard pear hedge gravel spade seed "
    "ledger shelf binding folio margin copyist vellum result-room catalogue ink"
).split()

words = st.lists(st.sampled_from(WORDS), min_size=3, max_size=9).map(" ".join)
sentences = words.map(lambda text: f"{text.capitalize()}.")


@st.composite
def drafts(draw: Any, dialect: Dialect) -> Draft:  # Any: Hypothesis's draw
    """Draw an article whose notes are numbered by first reference, as in all these programs."""
    count = draw(st.integers(1, 5))
    limit = 3 if dialect.has_paragraphs else 1
    notes = tuple(
        tuple(
            f"Note {WORDS[n]} {text}" if first == 0 else text
            for first, text in enumerate(paragraphs)
        )
        for n, paragraphs in enumerate(
            draw(
                st.lists(
                    st.lists(sentences, min_size=1, max_size=limit), min_size=count, max_size=count
                )
            )
        )
    )
    unreferenced = draw(st.booleans()) and dialect.has_unreferenced and count > 1
    referenced = list(range(count - 1 if unreferenced else count))
    if dialect.has_repeats:
        for number in draw(st.lists(st.sampled_from(referenced), max_size=3)):
            index = draw(st.integers(referenced.index(number) + 1, len(referenced)))
            referenced.insert(index, number)
    paragraphs = []
    while referenced:
        size = draw(st.integers(1, 3))
        pieces: list[str | int] = []
        for number in referenced[:size]:
            pieces += [draw(sentences), number, " "]
        paragraphs.append((*pieces, draw(sentences)))
        del referenced[:size]
    paragraphs.append((draw(sentences),))
    return Draft(title="The bell of the old harbour", paragraphs=tuple(paragraphs), notes=notes)


def read(html: str) -> LoadResult:
    """Load *html*."""
    return HtmlLoader().read(
        Source(content=html.encode(), media_type="text/html", location="page.html")
    )


def list_expected(draft: Draft) -> list[list[str | int]]:
    """Return the paragraphs of *draft* as words and note numbers from 1."""
    return [
        [
            token
            for piece in paragraph
            for token in (piece.split() if isinstance(piece, str) else [piece + 1])
        ]
        for paragraph in draft.paragraphs
    ]


def list_loaded(result: LoadResult) -> list[list[str | int]]:
    """Return the first paragraphs of *result* in the same form."""
    found = []
    for block in result.article.blocks:
        if isinstance(block, Paragraph):
            tokens: list[str | int] = []
            for node in walk(block.inlines):
                if isinstance(node, NoteRef):
                    tokens.append(node.note)
                elif hasattr(node, "text"):
                    tokens += node.text.split()
            found.append(tokens)
    return found


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_notes_are_recovered(dialect: Dialect) -> None:
    """Every reference is in its index, every note is complete, and no label or back link is left."""

    @settings(max_examples=25)
    @given(drafts(dialect))
    def check(draft: Draft) -> None:
        html = dialect.write(draft)
        result = read(html)
        article = result.article
        expected = list_expected(draft)
        assert expected == list_loaded(result)[: len(expected)], html
        assert [" ".join(note) for note in draft.notes] == [
            " ".join(plain_text(n).split()) for n in article.notes
        ], html
        if dialect.has_paragraphs:
            assert [len(note) for note in draft.notes] == [len(n.blocks) for n in article.notes], (
                html
            )
        labels = [str(n) if dialect.has_labels else "" for n in range(1, len(draft.notes) + 1)]
        assert labels == [n.label for n in article.notes], html
        referenced = {
            piece for paragraph in draft.paragraphs for piece in paragraph if isinstance(piece, int)
        }
        states = ["ok" if n in referenced else "unreferenced" for n in range(len(draft.notes))]
        assert states == [n.status for n in article.notes], html
        body = plain_text(article.blocks)
        assert not any(char in body for char in "↩↑^[]"), html
        assert "notes" not in body.lower(), html
        assert "The bell of the old harbour" == article.title
        assert [] == find_unplaced_words(result), html
        known = {"note.unreferenced"}
        assert known >= {w.code for w in article.warnings}, html

    check()
