"""
Which runs are notes at all.

A run without a heading and without marks back to the text is notes only if most of its labels are found as markers
before it; else it is an ordered list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.footnotes.labels import MarkerStyle
from pipeline.loaders.text.footnotes.markers import MarkerIndex
from pipeline.loaders.text.footnotes.note_lists import NoteList
from pipeline.loaders.text.footnotes.numeric_markers import Weight

#: The share of labels that must be found as markers; below it 39 of 922 pages showed notes that were none, with it 7
#: (facts measured on extracted pages).
_SHARE = 0.6
#: From this length on a run's order is proof enough for fair places.
_LONG = 4

#: Styles in the order they are preferred where two find as many labels.
_STYLES = (MarkerStyle.BRACKET, MarkerStyle.RAISED, MarkerStyle.BARE, MarkerStyle.PAREN)


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptedList:
    """An accepted run, and the chunks its markers are sought in: *first* up to the run itself."""

    run: NoteList
    first: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Support:
    """How many labels of a run are found, in which style."""

    style: MarkerStyle
    found: int
    has_first: bool


def choose_runs(runs: Sequence[NoteList], index: MarkerIndex, total: int) -> list[AcceptedList]:
    """
    Return the runs that are notes, in source order; *total* is the number of chunks.

    Two runs cannot both own the markers before them. Both are notes if both show it, or if the numbers start again
    after the first, as where notes stand below each section; else the better one is.
    """
    chosen: list[NoteList] = []  # from the end
    for run in reversed(runs):
        if not _is_notes(run, index, total):
            continue
        later = chosen[-1] if chosen else None
        if later is None or (run.end <= later.start and _are_both_notes(run, later, index)):
            chosen.append(run)
        elif _merit(run, index, total) > _merit(later, index, total):
            chosen[-1] = run
    return list(_placed(chosen[::-1], index))


def _placed(runs: Sequence[NoteList], index: MarkerIndex) -> Iterator[AcceptedList]:
    """Yield each run with the place its markers are sought from: after the run before it, if they start again there."""
    first = end = 0
    for run in runs:
        if end and _starts_again(run, end, index):
            first = end
        yield AcceptedList(run=run, first=first)
        end = run.end


def style_of(placed: AcceptedList, index: MarkerIndex) -> MarkerStyle:
    """Return the style in which most notes of an accepted run are cited."""
    return _support(placed.run, index, placed.first).style


def _is_notes(run: NoteList, index: MarkerIndex, total: int) -> bool:
    support = _support(run, index, 0)
    count = len(run.notes)
    if run.notes[0].style is MarkerStyle.NONE:
        return count > 1 or run.heading is not None or support.found > 0
    if run.backs or (run.is_sure_heading and (support.found or run.start * 2 >= total)):
        return True
    if run.heading is not None and support.found:
        return True
    return run.is_wordy and support.found >= max(1, count * _SHARE)


def _are_both_notes(run: NoteList, later: NoteList, index: MarkerIndex) -> bool:
    if run.has_evidence and later.has_evidence:
        return True
    return _starts_again(later, run.end, index)


def _starts_again(run: NoteList, first: int, index: MarkerIndex) -> bool:
    """Whether most markers of a run, that of its first note among them, stand at or after a chunk."""
    support = _support(run, index, first)
    return support.has_first and support.found >= len(run.notes) * _SHARE


def _merit(run: NoteList, index: MarkerIndex, total: int) -> tuple[bool, float]:
    """Return what two runs are compared by: their evidence, then length, heading, back marks, place and markers."""
    heading = 3 if run.is_sure_heading else 2 if run.heading is not None else 0
    place = 2 * run.start / max(1, total)
    found = _support(run, index, 0).found
    return run.has_evidence, len(run.notes) + heading + 2 * run.backs + place + found


def _support(run: NoteList, index: MarkerIndex, first: int) -> _Support:
    least = Weight.FAIR if len(run.notes) >= _LONG or run.has_evidence else Weight.LIKELY
    supports = [_in_style(run, index, first, style, least) for style in _STYLES]
    return max(supports, key=lambda support: support.found)


def _in_style(
    run: NoteList, index: MarkerIndex, first: int, style: MarkerStyle, least: Weight
) -> _Support:
    """Count the labels found as markers of one style; bare numbers count only in rising order."""
    found, has_first = 0, False
    place = start = (first, -1)
    for note in run.notes:
        marker = index.first(style, note.mark, place, run.start, least)
        if marker is None:
            continue
        found += 1
        has_first = has_first or note is run.notes[0]
        place = marker.place if style is MarkerStyle.BARE else start
    return _Support(style=style, found=found, has_first=has_first)
