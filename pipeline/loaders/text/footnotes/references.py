"""Where each note is cited: by a marker of the style its run is cited in, or by the order of bare numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.chunks import Chunk
from pipeline.loaders.text.footnotes.choose_lists import AcceptedList, style_of
from pipeline.loaders.text.footnotes.labels import MarkerStyle
from pipeline.loaders.text.footnotes.markers import Marker, MarkerIndex
from pipeline.loaders.text.footnotes.note_lists import FoundNote
from pipeline.loaders.text.footnotes.numeric_markers import Weight
from pipeline.loaders.text.footnotes.ordered_markers import choose
from pipeline.models.article import LoadWarning


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteReference:
    """A marker and the notes it cites; *rivals* are places as good for the same note."""

    marker: Marker
    notes: tuple[FoundNote, ...]
    is_certain: bool = True
    rivals: tuple[Marker, ...] = ()


def cite(placed: AcceptedList, index: MarkerIndex, end: int) -> list[NoteReference]:
    """
    Return the references to the notes of an accepted run.

    In brackets or raised every marker counts, inside the notes and up to chunk *end* as well. Other styles count
    before the run only, and bare numbers by their order. Labels that the run's own style does not show are sought in
    the others.
    """
    run = placed.run
    notes = {note.mark: note for note in run.notes}
    style = style_of(placed, index)
    references: list[NoteReference] = []
    for other in dict.fromkeys((style, MarkerStyle.BRACKET, MarkerStyle.RAISED, MarkerStyle.BARE)):
        cited = {note.mark for reference in references for note in reference.notes}
        rest = {mark: note for mark, note in notes.items() if mark not in cited}
        reach = end if other in (MarkerStyle.BRACKET, MarkerStyle.RAISED) else run.start
        markers = index.within(other, placed.first, reach)
        if other is MarkerStyle.BARE:
            references += _in_order(markers, rest, is_own=other is style)
        else:
            references += _all_of(markers, rest)
    return references


def cite_named(notes: Sequence[FoundNote], index: MarkerIndex, end: int) -> Iterator[NoteReference]:
    """Yield the references to notes that stand anywhere: each cites the next note of its mark, or the last."""
    by_mark = defaultdict(list)
    for note in notes:
        by_mark[note.mark].append(note)
    for style in (MarkerStyle.BRACKET, MarkerStyle.SIGN, MarkerStyle.RAISED):
        for marker in index.within(style, 0, end):
            same = by_mark.get(marker.marks[0], [])
            if same and len(marker.marks) == 1:
                at = bisect_right(same, marker.chunk, key=lambda note: note.start)
                yield NoteReference(marker=marker, notes=(same[min(at, len(same) - 1)],))


def cite_signed(notes: Sequence[FoundNote], index: MarkerIndex) -> Iterator[NoteReference]:
    """Yield the references to notes that begin with a sign: the same sign, since the last note that bore it."""
    since: dict[str, int] = {}
    for note in notes:
        for marker in index.within(MarkerStyle.SIGN, since.get(note.mark, 0), note.start):
            if marker.marks[0] == note.mark:
                yield NoteReference(marker=marker, notes=(note,))
        since[note.mark] = note.end


def _all_of(markers: Iterable[Marker], notes: Mapping[str, FoundNote]) -> Iterator[NoteReference]:
    for marker in markers:
        if marker.weight > Weight.POSSIBLE and all(mark in notes for mark in marker.marks):
            cited = tuple(notes[mark] for mark in marker.marks)
            if not any(note.start <= marker.chunk < note.end for note in cited):
                yield NoteReference(marker=marker, notes=cited)


def _in_order(
    markers: Sequence[Marker], notes: Mapping[str, FoundNote], *, is_own: bool
) -> Iterator[NoteReference]:
    """Yield the references among bare numbers; where bare numbers are not the run's own style, only likely ones."""
    least = Weight.POSSIBLE if is_own else Weight.LIKELY
    for chosen in choose([marker for marker in markers if marker.weight >= least], list(notes)):
        yield NoteReference(
            marker=chosen.marker,
            notes=(notes[chosen.marker.marks[0]],),
            is_certain=chosen.is_certain,
            rivals=chosen.rivals,
        )


def uncertain(
    chunks: Sequence[Chunk], references: Iterable[NoteReference]
) -> Iterator[LoadWarning]:
    for reference in references:
        if reference.is_certain:
            continue
        marker = reference.marker
        places = [marker, *reference.rivals]
        shown = " or ".join(f"“{_around(chunks, place)}”" for place in places)
        yield LoadWarning(
            code="note.uncertain",
            message=f"Note {marker.marks[0]}: its marker may stand at {shown}; the first was taken.",
        )


def missing(
    chunks: Sequence[Chunk],
    references: Sequence[NoteReference],
    index: MarkerIndex,
    *,
    has_notes: bool,
) -> Iterator[LoadWarning]:
    """Yield a warning for each label in brackets, or raised, that no note bears."""
    cited = {reference.marker.place for reference in references}
    styles = {
        reference.marker.style
        for reference in references
        if reference.marker.style is not MarkerStyle.SIGN
    }
    told: set[str] = set()
    for style in (MarkerStyle.BRACKET, MarkerStyle.RAISED):
        markers = [m for m in index.within(style, 0, len(chunks)) if m.weight is Weight.SURE]
        if has_notes and style not in styles:
            continue
        if not has_notes and not any(marker.marks[0] == "1" for marker in markers):
            continue
        for marker in markers:
            label = ", ".join(marker.marks)
            if marker.place in cited or label in told or not marker.marks[0].isdecimal():
                continue
            told.add(label)
            yield LoadWarning(
                code="note.missing",
                message=f"There is no note {label}; its marker stays after “{_before(chunks, marker)}”.",
            )


def _before(chunks: Sequence[Chunk], marker: Marker) -> str:
    """Return the four words before a marker."""
    text = chunks[marker.chunk].text
    return " ".join(text[max(0, marker.start - 80) : marker.start].split()[-4:])


def _around(chunks: Sequence[Chunk], marker: Marker) -> str:
    text = chunks[marker.chunk].text
    after = " ".join(text[marker.end : marker.end + 40].split()[:2])
    return f"{_before(chunks, marker)} {marker.marks[0]} {after}".strip()
