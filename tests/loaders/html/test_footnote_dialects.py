"""Notes come back exactly, in each shape that programs give them."""

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
from tests.loaders.html.footnote_dialects import SHAPES, Draft, Shape

WORDS = (
    "harbour lamp ferry rope bell quay gull tide anchor mast cellar ladder orchard pear hedge gravel spade seed "
    "ledger shelf binding folio margin copyist vellum reading-room catalogue ink"
).split()

words = st.lists(st.sampled_from(WORDS), min_size=3, max_size=9).map(" ".join)
sentences = words.map(lambda text: f"{text.capitalize()}.")


@st.composite
def drafts(draw: Any, shape: Shape) -> Draft:  # Any: Hypothesis's draw
    """Draw an article whose notes are numbered as they are first cited, as all these programs number them."""
    count = draw(st.integers(1, 5))
    many = 3 if shape.has_paragraphs else 1
    notes = tuple(
        tuple(
            f"Note {WORDS[n]} {text}" if first == 0 else text
            for first, text in enumerate(paragraphs)
        )
        for n, paragraphs in enumerate(
            draw(
                st.lists(
                    st.lists(sentences, min_size=1, max_size=many), min_size=count, max_size=count
                )
            )
        )
    )
    lonely = draw(st.booleans()) and shape.has_lonely and count > 1
    cited = list(range(count - 1 if lonely else count))
    if shape.has_repeats:
        for number in draw(st.lists(st.sampled_from(cited), max_size=3)):
            place = draw(st.integers(cited.index(number) + 1, len(cited)))
            cited.insert(place, number)
    paragraphs = []
    while cited:
        size = draw(st.integers(1, 3))
        pieces: list[str | int] = []
        for number in cited[:size]:
            pieces += [draw(sentences), number, " "]
        paragraphs.append((*pieces, draw(sentences)))
        del cited[:size]
    paragraphs.append((draw(sentences),))
    return Draft(title="The bell of the old harbour", paragraphs=tuple(paragraphs), notes=notes)


def read(html: str) -> LoadResult:
    """Return the reading of *html*."""
    return HtmlLoader().read(
        Source(content=html.encode(), media_type="text/html", location="page.html")
    )


def asked(draft: Draft) -> list[list[str | int]]:
    """Return the paragraphs of *draft* as words and note numbers from 1."""
    return [
        [
            token
            for piece in paragraph
            for token in (piece.split() if isinstance(piece, str) else [piece + 1])
        ]
        for paragraph in draft.paragraphs
    ]


def got(reading: LoadResult) -> list[list[str | int]]:
    """Return the first paragraphs of *reading* in the same form."""
    found = []
    for block in reading.article.blocks:
        if isinstance(block, Paragraph):
            tokens: list[str | int] = []
            for node in walk(block.inlines):
                if isinstance(node, NoteRef):
                    tokens.append(node.note)
                elif hasattr(node, "text"):
                    tokens += node.text.split()
            found.append(tokens)
    return found


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_notes_come_back(shape: Shape) -> None:
    """Every reference stands where it stood, every note is whole, and nothing of the frame is left."""

    @settings(max_examples=25)
    @given(drafts(shape))
    def holds(draft: Draft) -> None:
        html = shape.write(draft)
        reading = read(html)
        article = reading.article
        expected = asked(draft)
        assert expected == got(reading)[: len(expected)], html
        assert [" ".join(note) for note in draft.notes] == [
            " ".join(plain_text(n).split()) for n in article.notes
        ], html
        if shape.has_paragraphs:
            assert [len(note) for note in draft.notes] == [len(n.blocks) for n in article.notes], (
                html
            )
        labels = [str(n) if shape.has_labels else "" for n in range(1, len(draft.notes) + 1)]
        assert labels == [n.label for n in article.notes], html
        cited = {
            piece for paragraph in draft.paragraphs for piece in paragraph if isinstance(piece, int)
        }
        states = ["ok" if n in cited else "unreferenced" for n in range(len(draft.notes))]
        assert states == [n.status for n in article.notes], html
        body = plain_text(article.blocks)
        assert not any(sign in body for sign in "↩↑^[]"), html
        assert "notes" not in body.lower(), html
        assert "The bell of the old harbour" == article.title
        assert [] == find_unplaced_words(reading), html
        known = {"note.unreferenced"}
        assert known >= {w.code for w in article.warnings}, html

    holds()
