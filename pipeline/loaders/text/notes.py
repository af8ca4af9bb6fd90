"""
Lift the notes out of the text: find them, find where they are cited, cut labels, marks and markers.

1. Runs of chunks that may be notes (`runs`), and all places that may be markers (`markers`).
2. The runs that are notes (`pairing`), and the markers that cite them (`citing`).
3. What remains is the body, its markers cut; a note nobody cites and a marker without a note are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase

from pipeline.article import Dropped, Warning
from pipeline.loaders.text.chunks import Chunk, Cut
from pipeline.loaders.text.citing import Reference, cite, cite_named, cite_signed
from pipeline.loaders.text.digits import Weight
from pipeline.loaders.text.labels import Style, is_notes_heading, read_label
from pipeline.loaders.text.markers import Marker, MarkerIndex, find_markers
from pipeline.loaders.text.pairing import Placed, choose_runs
from pipeline.loaders.text.runs import FoundNote, Run, clean, find_named, find_runs, find_signed

#: Notes are numbered up to here in plain text: more would be years.
_MOST = 999


@dataclass(frozen=True, kw_only=True, slots=True)
class LiftedNote:
    """A note's mark and its chunks."""

    mark: str
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LiftedNotes:
    """
    A text whose notes are lifted out.

    Args:
        body: What is left; a cut of a marker names its notes by their place in *notes*, counted from 1.
    """

    body: tuple[Chunk, ...]
    notes: tuple[LiftedNote, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[Warning, ...] = ()


def lift_notes(chunks: Sequence[Chunk]) -> LiftedNotes:
    """Return *chunks* without their notes, and the notes."""
    runs, named, signed = find_runs(chunks), find_named(chunks), find_signed(chunks)
    index = MarkerIndex(find_markers(chunks, _labels(chunks, runs)))
    placed = choose_runs([*runs, *_unmarked(chunks, runs, index)], index, len(chunks))
    if len(placed) > 1:
        placed = [_lettered(one, index) for one in placed]

    references: list[Reference] = []
    for one in sorted(placed, key=lambda one: -len(one.run.notes)):  # the longest has first choice
        is_last = one is placed[-1]
        references += cite(one, index, len(chunks) if is_last else one.run.end)
    references += cite_named(named, index, len(chunks))
    signed_references = list(cite_signed(signed, index))
    cited = {note.start for reference in signed_references for note in reference.notes}
    references += signed_references

    own = _disjoint(
        (note for one in placed for note in one.run.notes),
        named,
        (note for note in signed if note.start in cited),
    )
    headings = {one.run.heading for one in placed if one.run.heading is not None}
    return _lift(chunks, own, headings, _once(references, own, headings), index)


def _lift(
    chunks: Sequence[Chunk],
    notes: Sequence[FoundNote],
    headings: set[int],
    references: Sequence[Reference],
    index: MarkerIndex,
) -> LiftedNotes:
    number = {note.start: place for place, note in enumerate(notes, start=1)}
    cuts: dict[int, list[Cut]] = {}
    for reference in references:
        marker = reference.marker
        cited = tuple(number[note.start] for note in reference.notes)
        cut = Cut(start=marker.start, end=marker.end, rule="note.marker", notes=cited)
        cuts.setdefault(marker.chunk, []).append(cut)
    cut_chunks = [chunk.with_cuts(cuts.get(at, ())) for at, chunk in enumerate(chunks)]
    outside = _outside(len(chunks), notes, headings)
    end = _end_of_notes(chunks, notes)
    return LiftedNotes(
        body=tuple(replace(cut_chunks[at], is_after_notes=at >= end) for at in outside),
        notes=tuple(LiftedNote(mark=note.mark, chunks=clean(cut_chunks, note)) for note in notes),
        dropped=tuple(
            Dropped(reason="note.heading", text=chunks[at].text) for at in sorted(headings)
        ),
        warnings=(*_uncertain(chunks, references), *_missing(chunks, references, notes, index)),
    )


def _labels(chunks: Sequence[Chunk], runs: Sequence[Run]) -> set[str]:
    """Return the numbers that notes may bear."""
    labels = {note.mark for run in runs for note in run.notes}
    first = next((at for at, chunk in enumerate(chunks) if is_notes_heading(chunk.shown)), None)
    if first is not None:
        labels |= {str(mark) for mark in range(1, min(_MOST, len(chunks) - first))}
    return labels


def _unmarked(chunks: Sequence[Chunk], runs: Sequence[Run], index: MarkerIndex) -> list[Run]:
    """
    Return the runs of notes that bear neither number nor mark, below a heading that names them.

    A browser that copies an ordered list leaves out its numbers. There are as many notes as markers rise before the
    heading.
    """
    led = {run.heading for run in runs}
    found: list[Run] = []
    for at, chunk in enumerate(chunks):
        if at in led or not is_notes_heading(chunk.shown) or len(found) > 3:
            continue
        count = max(
            _rising(style, index, at) for style in (Style.BRACKET, Style.RAISED, Style.BARE)
        )
        rest = chunks[at + 1 : at + 1 + count]
        if count and len(rest) == count and not any(read_label(chunk.text) for chunk in rest):
            notes = tuple(
                FoundNote(mark=str(mark), style=Style.NONE, start=at + mark, end=at + mark + 1)
                for mark in range(1, count + 1)
            )
            found.append(Run(notes=notes, heading=at, is_sure_heading=True, backs=0))
    return found


def _lettered(placed: Placed, index: MarkerIndex) -> Placed:
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
    for mark in range(1, _MOST):
        marker = index.first(style, str(mark), place, before, Weight.LIKELY)
        if marker is None:
            return mark - 1
        place = marker.place
    return _MOST


def _disjoint(*groups: Iterable[FoundNote]) -> list[FoundNote]:
    """Return the notes of all groups in source order; one that shares a chunk with an earlier group's is left out."""
    taken: set[int] = set()
    kept = []
    for group in groups:
        for note in group:
            own = range(note.start, note.end)
            if taken.isdisjoint(own):
                taken.update(own)
                kept.append(note)
    return sorted(kept, key=lambda note: note.start)


def _once(
    references: Iterable[Reference], notes: Sequence[FoundNote], headings: set[int]
) -> list[Reference]:
    """Return the references to notes that were kept, one for each marker, none within a heading of notes."""
    kept = {(note.start, note.mark) for note in notes}
    result: dict[tuple[int, int], Reference] = {}
    for reference in references:
        is_kept = all((note.start, note.mark) in kept for note in reference.notes)
        if is_kept and reference.marker.chunk not in headings:
            result.setdefault(reference.marker.place, reference)
    return list(result.values())


def _outside(total: int, notes: Sequence[FoundNote], headings: set[int]) -> list[int]:
    inside = {at for note in notes for at in range(note.start, note.end)} | headings
    return [at for at in range(total) if at not in inside]


def _end_of_notes(chunks: Sequence[Chunk], notes: Sequence[FoundNote]) -> int:
    """Return where the notes end, if they close the article: if no more words follow them than stand before."""
    end = max((note.end for note in notes if note.style is not Style.NAMED), default=0)
    after = sum(chunk.size for chunk in chunks[end:])
    before = sum(chunk.size for chunk in chunks[:end])
    return end if after <= before else len(chunks)


def _uncertain(chunks: Sequence[Chunk], references: Iterable[Reference]) -> Iterator[Warning]:
    for reference in references:
        if reference.is_certain:
            continue
        marker = reference.marker
        places = [marker, *reference.rivals]
        shown = " or ".join(f"“{_around(chunks, place)}”" for place in places)
        yield Warning(
            code="note.uncertain",
            message=f"Note {marker.marks[0]}: its marker may stand at {shown}; the first was taken.",
        )


def _missing(
    chunks: Sequence[Chunk],
    references: Sequence[Reference],
    notes: Sequence[FoundNote],
    index: MarkerIndex,
) -> Iterator[Warning]:
    """Yield a warning for each label in brackets, or raised, that no note bears."""
    cited = {reference.marker.place for reference in references}
    styles = {
        reference.marker.style
        for reference in references
        if reference.marker.style is not Style.SIGN
    }
    told: set[str] = set()
    for style in (Style.BRACKET, Style.RAISED):
        markers = [m for m in index.within(style, 0, len(chunks)) if m.weight is Weight.SURE]
        if notes and style not in styles:
            continue
        if not notes and not any(marker.marks[0] == "1" for marker in markers):
            continue
        for marker in markers:
            label = ", ".join(marker.marks)
            if marker.place in cited or label in told or not marker.marks[0].isdecimal():
                continue
            told.add(label)
            yield Warning(
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
