"""Notes that bear no numbers: told by a heading, by letters, by what stands between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from string import ascii_lowercase

from pipeline.loaders.text.chunks import BULLET, HORIZONTAL_RULE, Chunk
from pipeline.loaders.text.footnotes.choose_lists import AcceptedList
from pipeline.loaders.text.footnotes.labels import (
    MarkerStyle,
    is_notes_heading,
    read_label,
    read_named,
    read_sign,
)
from pipeline.loaders.text.footnotes.markers import MarkerIndex
from pipeline.loaders.text.footnotes.note_lists import FoundNote, NoteList
from pipeline.loaders.text.footnotes.numeric_markers import Weight

#: Notes are numbered up to here in plain text: more would be years.
MOST = 999
#: So many chunks at most are sought through for the bracket that ends a note.
_FURTHER = 30
#: Below so many headings such notes are sought.
_HEADINGS = 4


def find_unmarked(
    chunks: Sequence[Chunk], runs: Sequence[NoteList], index: MarkerIndex
) -> list[NoteList]:
    """
    Return the runs of notes that bear neither number nor mark, below a heading that names them.

    A browser that copies an ordered list leaves out its numbers. There are as many notes as markers rise before the
    heading.
    """
    led = {run.heading for run in runs}
    found: list[NoteList] = []
    for at, chunk in enumerate(chunks):
        if at in led or not is_notes_heading(chunk.shown) or len(found) == _HEADINGS:
            continue
        count = max(
            _rising(style, index, at)
            for style in (MarkerStyle.BRACKET, MarkerStyle.RAISED, MarkerStyle.BARE)
        )
        rest = chunks[at + 1 : at + 1 + count]
        if count and len(rest) == count and not any(_is_labelled(chunk) for chunk in rest):
            notes = tuple(
                FoundNote(
                    mark=str(mark), style=MarkerStyle.NONE, start=at + mark, end=at + mark + 1
                )
                for mark in range(1, count + 1)
            )
            found.append(NoteList(notes=notes, heading=at, is_sure_heading=True, backs=0))
    return found


def _is_labelled(chunk: Chunk) -> bool:
    return any(read(chunk.text) is not None for read in (read_label, read_named, read_sign))


def with_letters(placed: AcceptedList, index: MarkerIndex) -> AcceptedList:
    """Return a run that bears no labels as cited by letters, beside one cited by numbers, if the text does so."""
    letters = ascii_lowercase[: len(placed.run.notes)]
    is_bare = placed.run.notes[0].style is MarkerStyle.NONE
    start = (placed.first, -1)
    if not is_bare or not all(
        index.first(MarkerStyle.BRACKET, letter, start, placed.run.start, Weight.LIKELY)
        for letter in letters
    ):
        return placed
    notes = tuple(
        replace(note, mark=letter) for note, letter in zip(placed.run.notes, letters, strict=False)
    )
    return replace(placed, run=replace(placed.run, notes=notes))


def _rising(style: MarkerStyle, index: MarkerIndex, before: int) -> int:
    """Return how far the markers of a style rise from 1 before a chunk."""
    place = (0, -1)
    for mark in range(1, MOST):
        marker = index.first(style, str(mark), place, before, Weight.LIKELY)
        if marker is None:
            return mark - 1
        place = marker.place
    return MOST


def find_named(chunks: Sequence[Chunk]) -> list[FoundNote]:
    """Return the notes in brackets that name themselves, `[Footnote 1: …]`, wherever they stand."""
    found = []
    for start, chunk in enumerate(chunks):
        label = read_named(chunk.text)
        if label:
            end = _closing(chunks, start) + 1
            found.append(FoundNote(mark=label.mark, style=MarkerStyle.NAMED, start=start, end=end))
    return found


def find_signed(chunks: Sequence[Chunk]) -> list[FoundNote]:
    """Return what may be notes that begin with `*` or `†`; a chunk of a bulleted list is none."""
    found = []
    for start, chunk in enumerate(chunks):
        label = read_sign(chunk.text)
        if label and not HORIZONTAL_RULE.match(chunk.text) and not _is_bulleted(chunks, start):
            found.append(
                FoundNote(mark=label.mark, style=MarkerStyle.SIGN, start=start, end=start + 1)
            )
    return found


def _closing(chunks: Sequence[Chunk], start: int) -> int:
    """Return the chunk that closes the bracket opened at *start*; *start* if none near does."""
    depth = 0
    for at in range(start, min(start + _FURTHER, len(chunks))):
        depth += chunks[at].text.count("[") - chunks[at].text.count("]")
        if depth <= 0:
            return at
    return start


def _is_bulleted(chunks: Sequence[Chunk], at: int) -> bool:
    """Whether the star of a chunk is a bullet: its neighbour begins with one as well."""
    if not BULLET.match(chunks[at].text):
        return False
    near = [chunks[place].text for place in (at - 1, at + 1) if 0 <= place < len(chunks)]
    return any(text.startswith("* ") for text in near)
