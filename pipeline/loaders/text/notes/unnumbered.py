"""Notes that bear no numbers: told by a heading, by letters, by what stands between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from string import ascii_lowercase

from pipeline.loaders.text.chunks import Chunk
from pipeline.loaders.text.notes.choose_runs import Placed
from pipeline.loaders.text.notes.labels import (
    Style,
    is_notes_heading,
    read_label,
    read_named,
    read_sign,
)
from pipeline.loaders.text.notes.markers import MarkerIndex
from pipeline.loaders.text.notes.note_runs import FoundNote, Run
from pipeline.loaders.text.notes.numeric_markers import Weight

#: Notes are numbered up to here in plain text: more would be years.
MOST = 999
#: Below so many headings such notes are sought.
_HEADINGS = 4


def find_unmarked(chunks: Sequence[Chunk], runs: Sequence[Run], index: MarkerIndex) -> list[Run]:
    """
    Return the runs of notes that bear neither number nor mark, below a heading that names them.

    A browser that copies an ordered list leaves out its numbers. There are as many notes as markers rise before the
    heading.
    """
    led = {run.heading for run in runs}
    found: list[Run] = []
    for at, chunk in enumerate(chunks):
        if at in led or not is_notes_heading(chunk.shown) or len(found) == _HEADINGS:
            continue
        count = max(
            _rising(style, index, at) for style in (Style.BRACKET, Style.RAISED, Style.BARE)
        )
        rest = chunks[at + 1 : at + 1 + count]
        if count and len(rest) == count and not any(_is_labelled(chunk) for chunk in rest):
            notes = tuple(
                FoundNote(mark=str(mark), style=Style.NONE, start=at + mark, end=at + mark + 1)
                for mark in range(1, count + 1)
            )
            found.append(Run(notes=notes, heading=at, is_sure_heading=True, backs=0))
    return found


def _is_labelled(chunk: Chunk) -> bool:
    return any(read(chunk.text) is not None for read in (read_label, read_named, read_sign))


def with_letters(placed: Placed, index: MarkerIndex) -> Placed:
    """Return a run that bears no labels as cited by letters, beside one cited by numbers, if the text does so."""
    letters = ascii_lowercase[: len(placed.run.notes)]
    is_bare = placed.run.notes[0].style is Style.NONE
    start = (placed.first, -1)
    if not is_bare or not all(
        index.first(Style.BRACKET, letter, start, placed.run.start, Weight.LIKELY)
        for letter in letters
    ):
        return placed
    notes = tuple(
        replace(note, mark=letter) for note, letter in zip(placed.run.notes, letters, strict=False)
    )
    return replace(placed, run=replace(placed.run, notes=notes))


def _rising(style: Style, index: MarkerIndex, before: int) -> int:
    """Return how far the markers of a style rise from 1 before a chunk."""
    place = (0, -1)
    for mark in range(1, MOST):
        marker = index.first(style, str(mark), place, before, Weight.LIKELY)
        if marker is None:
            return mark - 1
        place = marker.place
    return MOST
