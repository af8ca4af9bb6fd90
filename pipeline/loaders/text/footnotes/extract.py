"""
Lift the notes out of the text: find them, find where they are cited, cut labels, marks and markers.

1. Runs of chunks that may be notes (`runs`), and all places that may be markers (`markers`).
2. The runs that are notes (`pairing`), and the markers that cite them (`citing`).
3. What remains is the body, its markers cut; a note nobody cites and a marker without a note are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pipeline.loaders.text.chunks import Chunk, RemovedSpan
from pipeline.loaders.text.footnotes.choose_lists import AcceptedList, choose_runs
from pipeline.loaders.text.footnotes.labels import MarkerStyle, is_notes_heading
from pipeline.loaders.text.footnotes.markers import MarkerIndex, find_markers
from pipeline.loaders.text.footnotes.note_lists import FoundNote, NoteList, clean, find_runs, part
from pipeline.loaders.text.footnotes.numeric_markers import Weight
from pipeline.loaders.text.footnotes.references import (
    NoteReference,
    cite,
    cite_named,
    cite_signed,
    missing,
    uncertain,
)
from pipeline.loaders.text.footnotes.standalone_notes import (
    MOST,
    find_named,
    find_signed,
    find_unmarked,
    with_letters,
)
from pipeline.models.article import Dropped, LoadWarning


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteChunks:
    """A note's mark and its chunks."""

    mark: str
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteExtraction:
    """
    A text whose notes are lifted out.

    Args:
        body: What is left; a cut of a marker names its notes by their place in *notes*, counted from 1.
    """

    body: tuple[Chunk, ...]
    notes: tuple[NoteChunks, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[LoadWarning, ...] = ()


def lift_notes(chunks: Sequence[Chunk]) -> NoteExtraction:
    """Return *chunks* without their notes, and the notes."""
    runs, named, signed = find_runs(chunks), find_named(chunks), find_signed(chunks)
    index = MarkerIndex(find_markers(chunks, _labels(chunks, runs)))
    runs = [piece for run in runs for piece in part(chunks, run, partial(_is_text_between, index))]
    placed = choose_runs([*runs, *find_unmarked(chunks, runs, index)], index, len(chunks))
    if len(placed) > 1:
        placed = [with_letters(one, index) for one in placed]

    references: list[NoteReference] = []
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
    headings = _headings(chunks, placed, own)
    references = _once(references, own, headings)
    doubts = (
        *uncertain(chunks, references),
        *missing(chunks, references, index, has_notes=bool(own)),
    )
    lifted = _lift(chunks, own, headings, references, end=_end_of_notes(chunks, placed))
    return replace(lifted, warnings=doubts)


def _lift(
    chunks: Sequence[Chunk],
    notes: Sequence[FoundNote],
    headings: set[int],
    references: Sequence[NoteReference],
    *,
    end: int,
) -> NoteExtraction:
    number = {note.start: place for place, note in enumerate(notes, start=1)}
    cuts: dict[int, list[RemovedSpan]] = {}
    for reference in references:
        marker = reference.marker
        cited = tuple(number[note.start] for note in reference.notes)
        cut = RemovedSpan(start=marker.start, end=marker.end, rule="note.marker", notes=cited)
        cuts.setdefault(marker.chunk, []).append(cut)
    cut_chunks = [chunk.with_cuts(cuts.get(at, ())) for at, chunk in enumerate(chunks)]
    outside = _outside(len(chunks), notes, headings)
    return NoteExtraction(
        body=tuple(replace(cut_chunks[at], is_after_notes=at >= end) for at in outside),
        notes=tuple(NoteChunks(mark=note.mark, chunks=clean(cut_chunks, note)) for note in notes),
        dropped=tuple(
            Dropped(reason="note.heading", text=chunks[at].text) for at in sorted(headings)
        ),
    )


def _labels(chunks: Sequence[Chunk], runs: Sequence[NoteList]) -> set[str]:
    """Return the numbers that notes may bear."""
    labels = {note.mark for run in runs for note in run.notes}
    first = next((at for at, chunk in enumerate(chunks) if is_notes_heading(chunk.shown)), None)
    if first is not None:
        labels |= {str(mark) for mark in range(1, min(MOST, len(chunks) - first))}
    return labels


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
    references: Iterable[NoteReference], notes: Sequence[FoundNote], headings: set[int]
) -> list[NoteReference]:
    """Return the references to notes that were kept, one for each marker, none within a heading of notes."""
    kept = {(note.start, note.mark) for note in notes}
    result: dict[tuple[int, int], NoteReference] = {}
    for reference in references:
        is_kept = all((note.start, note.mark) in kept for note in reference.notes)
        if is_kept and reference.marker.chunk not in headings:
            result.setdefault(reference.marker.place, reference)
    return list(result.values())


def _outside(total: int, notes: Sequence[FoundNote], headings: set[int]) -> list[int]:
    inside = {at for note in notes for at in range(note.start, note.end)} | headings
    return [at for at in range(total) if at not in inside]


def _is_text_between(index: MarkerIndex, note: FoundNote, after: FoundNote) -> bool:
    """Whether the chunks between two notes cite the second: then they are text."""
    place = (note.start + 1, -1)
    return after.start > note.start + 1 and any(
        index.first(style, after.mark, place, after.start, Weight.LIKELY)
        for style in (MarkerStyle.BRACKET, MarkerStyle.RAISED, MarkerStyle.PAREN, MarkerStyle.BARE)
    )


def _headings(
    chunks: Sequence[Chunk], placed: Iterable[AcceptedList], notes: Sequence[FoundNote]
) -> set[int]:
    """Return the chunks that are headings of notes, and not within a note themselves."""
    inside = {at for note in notes for at in range(note.start, note.end)}
    above = {note.start - 1 for note in notes if note.start}
    named = {at for at in above if is_notes_heading(chunks[at].shown)}
    return (named | {one.run.heading for one in placed if one.run.heading is not None}) - inside


def _end_of_notes(chunks: Sequence[Chunk], placed: Sequence[AcceptedList]) -> int:
    """Return where the notes end, if they close the article: gathered, and no more words after than before them."""
    run = placed[-1].run if placed else None
    if run is None or not (len(run.notes) > 1 or run.has_evidence):
        return len(chunks)
    after = sum(chunk.size for chunk in chunks[run.end :])
    before = sum(chunk.size for chunk in chunks[: run.end])
    return run.end if after <= before else len(chunks)
