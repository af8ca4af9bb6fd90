"""Where each note is cited: by a marker of the style its run is cited in, or by the order of bare numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.notes.choose_runs import Placed, style_of
from pipeline.loaders.text.notes.labels import Style
from pipeline.loaders.text.notes.markers import Marker, MarkerIndex
from pipeline.loaders.text.notes.note_runs import FoundNote
from pipeline.loaders.text.notes.numeric_markers import Weight
from pipeline.loaders.text.notes.rising_numbers import choose


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A marker and the notes it cites; *rivals* are places as good for the same note."""

    marker: Marker
    notes: tuple[FoundNote, ...]
    is_certain: bool = True
    rivals: tuple[Marker, ...] = ()


def cite(placed: Placed, index: MarkerIndex, end: int) -> list[Reference]:
    """
    Return the references to the notes of an accepted run.

    In brackets or raised every marker counts, inside the notes and up to chunk *end* as well. Other styles count
    before the run only, and bare numbers by their order. Labels that the run's own style does not show are sought in
    the others.
    """
    run = placed.run
    notes = {note.mark: note for note in run.notes}
    style = style_of(placed, index)
    references: list[Reference] = []
    for other in dict.fromkeys((style, Style.BRACKET, Style.RAISED, Style.BARE)):
        cited = {note.mark for reference in references for note in reference.notes}
        rest = {mark: note for mark, note in notes.items() if mark not in cited}
        reach = end if other in (Style.BRACKET, Style.RAISED) else run.start
        markers = index.within(other, placed.first, reach)
        if other is Style.BARE:
            references += _in_order(markers, rest, is_own=other is style)
        else:
            references += _all_of(markers, rest)
    return references


def cite_named(notes: Sequence[FoundNote], index: MarkerIndex, end: int) -> Iterator[Reference]:
    """Yield the references to notes that stand anywhere: each cites the next note of its mark, or the last."""
    by_mark = defaultdict(list)
    for note in notes:
        by_mark[note.mark].append(note)
    for style in (Style.BRACKET, Style.SIGN, Style.RAISED):
        for marker in index.within(style, 0, end):
            same = by_mark.get(marker.marks[0], [])
            if same and len(marker.marks) == 1:
                at = bisect_right(same, marker.chunk, key=lambda note: note.start)
                yield Reference(marker=marker, notes=(same[min(at, len(same) - 1)],))


def cite_signed(notes: Sequence[FoundNote], index: MarkerIndex) -> Iterator[Reference]:
    """Yield the references to notes that begin with a sign: the same sign, since the last note that bore it."""
    since: dict[str, int] = {}
    for note in notes:
        for marker in index.within(Style.SIGN, since.get(note.mark, 0), note.start):
            if marker.marks[0] == note.mark:
                yield Reference(marker=marker, notes=(note,))
        since[note.mark] = note.end


def _all_of(markers: Iterable[Marker], notes: Mapping[str, FoundNote]) -> Iterator[Reference]:
    for marker in markers:
        if marker.weight > Weight.POSSIBLE and all(mark in notes for mark in marker.marks):
            cited = tuple(notes[mark] for mark in marker.marks)
            if not any(note.start <= marker.chunk < note.end for note in cited):
                yield Reference(marker=marker, notes=cited)


def _in_order(
    markers: Sequence[Marker], notes: Mapping[str, FoundNote], *, is_own: bool
) -> Iterator[Reference]:
    """Yield the references among bare numbers; where bare numbers are not the run's own style, only likely ones."""
    least = Weight.POSSIBLE if is_own else Weight.LIKELY
    for chosen in choose([marker for marker in markers if marker.weight >= least], list(notes)):
        yield Reference(
            marker=chosen.marker,
            notes=(notes[chosen.marker.marks[0]],),
            is_certain=chosen.is_certain,
            rivals=chosen.rivals,
        )
