"""Random articles with notes: each note comes back as written, with the right number."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.article import Article, Heading, NoteRef, Paragraph, Quote, Text
from pipeline.models.tree import walk
from tests.loaders.markdown.source import codes, load


@dataclass
class DraftNote:
    """A note to write: its label, None for an inline note, and its paragraphs."""

    label: str | None
    paragraphs: list[list[str | int]]


@dataclass
class Draft:
    """An article to write: the form and the pieces of each block, texts or numbers of notes."""

    blocks: list[tuple[str, list[str | int]]]
    notes: list[DraftNote]


WORDS = "quay bell rope tide mole lamp gull keel oar shoal buoy hull mast crew sail".split()
FORMS = ("plain", "heading", "list", "quote", "table", "strong", "link", "html")
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)


@st.composite
def random_drafts(draw: Any) -> Draft:  # Any: Hypothesis's draw
    """Draw an article; notes may be cited often, also by other notes, and inline notes are where they are cited."""
    labels = draw(
        st.lists(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,5}", fullmatch=True), max_size=5, unique=True)
    )
    pieces = st.lists(
        words | st.integers(0, len(labels) - 1) if labels else words, min_size=1, max_size=6
    )
    notes = [DraftNote(label, draw(st.lists(pieces, min_size=1, max_size=3))) for label in labels]
    blocks = draw(st.lists(st.tuples(st.sampled_from(FORMS), pieces), min_size=1, max_size=6))
    draft = Draft([("plain", ["start"]), *blocks], notes)
    for holder in [
        *(block for _, block in draft.blocks),
        *(p for n in list(notes) for p in n.paragraphs),
    ]:
        if draw(st.integers(0, 4)) == 0:
            notes.append(DraftNote(None, [[draw(words)]]))
            holder.append(len(notes) - 1)
    return draft


def format_pieces(pieces: Sequence[str | int], draft: Draft) -> str:
    return " ".join(
        piece if isinstance(piece, str) else format_reference(piece, draft) for piece in pieces
    )


def format_reference(number: int, draft: Draft) -> str:
    note = draft.notes[number]
    return f"[^{note.label}]" if note.label else f"^[{format_pieces(note.paragraphs[0], draft)}]"


def format_block(form: str, text: str) -> str:
    forms = {
        "plain": text,
        "heading": f"## {text}",
        "list": f"- {text}",
        "quote": f"> {text}",
        "table": f"| {text} |\n|--|",
        "strong": f"**so {text} so**",
        "link": f"[so {text} so](https://example.org)",
        "html": f"<small>{text}</small>",
    }
    return forms[form]


def format_draft(draft: Draft, *, notes_first: bool) -> str:
    body = [format_block(form, format_pieces(pieces, draft)) for form, pieces in draft.blocks]
    definitions = [
        f"[^{note.label}]: " + "\n\n    ".join(format_pieces(p, draft) for p in note.paragraphs)
        for note in draft.notes
        if note.label
    ]
    return "\n\n".join([*definitions, *body] if notes_first else [*body, *definitions])


def number_notes(draft: Draft) -> list[int]:
    """Return the notes of the draft in the order of their numbers, by the specification alone."""
    order: list[int] = []
    queue = deque(p for _, pieces in draft.blocks for p in pieces if isinstance(p, int))
    unreferenced = deque(number for number, note in enumerate(draft.notes) if note.label)
    while queue or unreferenced:
        number = queue.popleft() if queue else unreferenced.popleft()
        if number not in order:
            order.append(number)
            queue += [p for ps in draft.notes[number].paragraphs for p in ps if isinstance(p, int)]
    return order


def list_tokens(node: object) -> list[str | int]:
    """Return the words and references in *node*, in reading order."""
    found: list[str | int] = []
    for inner in walk(node):
        if isinstance(inner, NoteRef):
            found.append(inner.note)
        elif isinstance(inner, Text):
            found += [word for word in inner.text.split() if word != "so"]
    return found


@given(draft=random_drafts(), notes_first=st.booleans())
def test_round_trip_of_notes(draft: Draft, notes_first: bool) -> None:
    """Each note comes back once, with its label, status, text and references, and the right number."""
    article = load(format_draft(draft, notes_first=notes_first))
    order = number_notes(draft)
    number = {index: place for place, index in enumerate(order, start=1)}

    def expected_tokens(pieces: Sequence[str | int]) -> list[str | int]:
        return [t for p in pieces for t in (p.split() if isinstance(p, str) else [number[p]])]

    assert [expected_tokens(pieces) for _, pieces in draft.blocks] == merge_lists(draft, article)
    in_notes = {p for note in draft.notes for ps in note.paragraphs for p in ps}
    cited = in_notes | {p for _, pieces in draft.blocks for p in pieces}
    expected = [
        (
            draft.notes[index].label or "",
            "ok" if index in cited else "unreferenced",
            [expected_tokens(paragraph) for paragraph in draft.notes[index].paragraphs],
        )
        for index in order
    ]
    assert expected == [
        (note.label, note.status, [list_tokens(block) for block in note.blocks])
        for note in article.notes
    ]
    assert {"note.unreferenced"} >= set(codes(article.warnings))


def merge_lists(draft: Draft, article: Article) -> list[list[str | int]]:
    """Return the result of each block of *draft*; adjacent lists became one, each item is one of its blocks."""
    found: list[list[str | int]] = []
    for block in article.blocks:
        if isinstance(block, (Paragraph, Heading, Quote)):
            found.append(list_tokens(block))
        elif hasattr(block, "items"):
            found += [list_tokens(item) for item in block.items]
        else:
            found.append(list_tokens(block))
    return found
