"""Articles with notes at random: each comes back as it was written, and numbered as promised."""

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
    """A note to be written: its label, null for one in place, and its paragraphs."""

    label: str | None
    paragraphs: list[list[str | int]]


@dataclass
class Draft:
    """An article to be written: the form and the pieces of each block, words or the number of a note."""

    blocks: list[tuple[str, list[str | int]]]
    notes: list[DraftNote]


WORDS = "quay bell rope tide mole lamp gull keel oar shoal buoy hull mast crew sail".split()
FORMS = ("plain", "heading", "list", "quote", "table", "strong", "link", "html")
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)


@st.composite
def drafts(draw: Any) -> Draft:  # Any: Hypothesis's draw
    """Draw an article; a note may be cited often, by other notes too, and a note in place stands where it is cited."""
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


def print_pieces(pieces: Sequence[str | int], draft: Draft) -> str:
    return " ".join(
        piece if isinstance(piece, str) else print_reference(piece, draft) for piece in pieces
    )


def print_reference(number: int, draft: Draft) -> str:
    note = draft.notes[number]
    return f"[^{note.label}]" if note.label else f"^[{print_pieces(note.paragraphs[0], draft)}]"


def print_block(form: str, text: str) -> str:
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


def print_draft(draft: Draft, *, notes_first: bool) -> str:
    body = [print_block(form, print_pieces(pieces, draft)) for form, pieces in draft.blocks]
    definitions = [
        f"[^{note.label}]: " + "\n\n    ".join(print_pieces(p, draft) for p in note.paragraphs)
        for note in draft.notes
        if note.label
    ]
    return "\n\n".join([*definitions, *body] if notes_first else [*body, *definitions])


def numbered(draft: Draft) -> list[int]:
    """Return the drafts' notes in the order of their numbers, by the words of the design alone."""
    order: list[int] = []
    todo = deque(p for _, pieces in draft.blocks for p in pieces if isinstance(p, int))
    lonely = deque(number for number, note in enumerate(draft.notes) if note.label)
    while todo or lonely:
        number = todo.popleft() if todo else lonely.popleft()
        if number not in order:
            order.append(number)
            todo += [p for ps in draft.notes[number].paragraphs for p in ps if isinstance(p, int)]
    return order


def tokens(node: object) -> list[str | int]:
    """Return the words and references at and below *node*, in reading order."""
    found: list[str | int] = []
    for inner in walk(node):
        if isinstance(inner, NoteRef):
            found.append(inner.note)
        elif isinstance(inner, Text):
            found += [word for word in inner.text.split() if word != "so"]
    return found


@given(draft=drafts(), notes_first=st.booleans())
def test_notes_come_back(draft: Draft, notes_first: bool) -> None:
    """Each note comes back once, with its label, status, words and references, and all are numbered as promised."""
    article = load(print_draft(draft, notes_first=notes_first))
    order = numbered(draft)
    number = {index: place for place, index in enumerate(order, start=1)}

    def asked(pieces: Sequence[str | int]) -> list[str | int]:
        return [t for p in pieces for t in (p.split() if isinstance(p, str) else [number[p]])]

    assert [asked(pieces) for _, pieces in draft.blocks] == merged(draft, article)
    in_notes = {p for note in draft.notes for ps in note.paragraphs for p in ps}
    cited = in_notes | {p for _, pieces in draft.blocks for p in pieces}
    expected = [
        (
            draft.notes[index].label or "",
            "ok" if index in cited else "unreferenced",
            [asked(paragraph) for paragraph in draft.notes[index].paragraphs],
        )
        for index in order
    ]
    assert expected == [
        (note.label, note.status, [tokens(block) for block in note.blocks])
        for note in article.notes
    ]
    assert {"note.unreferenced"} >= set(codes(article.warnings))


def merged(draft: Draft, article: Article) -> list[list[str | int]]:
    """Return what each block of *draft* became; neighbouring lists became one, each item is one of its blocks."""
    found: list[list[str | int]] = []
    for block in article.blocks:
        if isinstance(block, (Paragraph, Heading, Quote)):
            found.append(tokens(block))
        elif hasattr(block, "items"):
            found += [tokens(item) for item in block.items]
        else:
            found.append(tokens(block))
    return found
