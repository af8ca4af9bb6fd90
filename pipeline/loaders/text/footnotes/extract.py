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
from pipeline.loaders.text.footnotes.choose_lists import choose_lists
from pipeline.loaders.text.footnotes.labels import NoteStyle, is_notes_heading
from pipeline.loaders.text.footnotes.markers import MarkerIndex, find_markers
from pipeline.loaders.text.footnotes.note_lists import (
    NoteList,
    NoteSpan,
    clean_note,
    find_note_lists,
    split_list,
)
from pipeline.loaders.text.footnotes.numeric_markers import Confidence
from pipeline.loaders.text.footnotes.references import (
    NoteReference,
    check_missing_notes,
    check_uncertain_references,
    find_named_references,
    find_references,
    find_symbol_references,
)
from pipeline.loaders.text.footnotes.standalone_notes import (
    MAX_NOTES,
    find_named_notes,
    find_symbol_notes,
    find_unlabelled_lists,
    label_with_letters,
)
from pipeline.models.article import Dropped, LoadWarning


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteChunks:
    """A note's mark and its chunks."""

    label: str
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


def extract_notes(chunks: Sequence[Chunk]) -> NoteExtraction:
    """Return *chunks* without their notes, and the notes."""
    note_lists, named_notes, symbol_notes = (
        find_note_lists(chunks),
        find_named_notes(chunks),
        find_symbol_notes(chunks),
    )
    markers = MarkerIndex(find_markers(chunks, _collect_labels(chunks, note_lists)))
    note_lists = [
        part
        for note_list in note_lists
        for part in split_list(chunks, note_list, partial(_is_text_between, markers))
    ]
    accepted = choose_lists(
        [*note_lists, *find_unlabelled_lists(chunks, note_lists, markers)], markers, len(chunks)
    )
    if len(accepted) > 1:
        accepted = [label_with_letters(note_list, markers) for note_list in accepted]

    references: list[NoteReference] = []
    for note_list in sorted(
        accepted, key=lambda note_list: -len(note_list.notes)
    ):  # the longest has first choice
        is_last = note_list is accepted[-1]
        references += find_references(note_list, markers, len(chunks) if is_last else note_list.end)
    references += find_named_references(named_notes, markers, len(chunks))
    symbol_references = list(find_symbol_references(symbol_notes, markers))
    cited = {note.start for reference in symbol_references for note in reference.notes}
    references += symbol_references

    notes = _drop_overlapping(
        (note for note_list in accepted for note in note_list.notes),
        named_notes,
        (note for note in symbol_notes if note.start in cited),
    )
    headings = _find_note_headings(chunks, accepted, notes)
    references = _filter_references(references, notes, headings)
    warnings = (
        *check_uncertain_references(chunks, references),
        *check_missing_notes(chunks, references, markers, has_notes=bool(notes)),
    )
    extraction = _remove_notes(
        chunks, notes, headings, references, end=_find_end_of_notes(chunks, accepted)
    )
    return replace(extraction, warnings=warnings)


def _remove_notes(
    chunks: Sequence[Chunk],
    notes: Sequence[NoteSpan],
    headings: set[int],
    references: Sequence[NoteReference],
    *,
    end: int,
) -> NoteExtraction:
    number = {note.start: position for position, note in enumerate(notes, start=1)}
    spans: dict[int, list[RemovedSpan]] = {}
    for reference in references:
        marker = reference.marker
        cited = tuple(number[note.start] for note in reference.notes)
        span = RemovedSpan(start=marker.start, end=marker.end, rule="note.marker", notes=cited)
        spans.setdefault(marker.chunk, []).append(span)
    marked_chunks = [chunk.remove(spans.get(i, ())) for i, chunk in enumerate(chunks)]
    outside = _find_body_chunks(len(chunks), notes, headings)
    return NoteExtraction(
        body=tuple(replace(marked_chunks[i], is_after_notes=i >= end) for i in outside),
        notes=tuple(
            NoteChunks(label=note.label, chunks=clean_note(marked_chunks, note)) for note in notes
        ),
        dropped=tuple(
            Dropped(reason="note.heading", text=chunks[i].text) for i in sorted(headings)
        ),
    )


def _collect_labels(chunks: Sequence[Chunk], note_lists: Sequence[NoteList]) -> set[str]:
    """Return the numbers that notes may bear."""
    labels = {note.label for note_list in note_lists for note in note_list.notes}
    first = next(
        (i for i, chunk in enumerate(chunks) if is_notes_heading(chunk.visible_text)), None
    )
    if first is not None:
        labels |= {str(label) for label in range(1, min(MAX_NOTES, len(chunks) - first))}
    return labels


def _drop_overlapping(*groups: Iterable[NoteSpan]) -> list[NoteSpan]:
    """Return the notes of all groups in source order; one that shares a chunk with an earlier group's is left out."""
    used: set[int] = set()
    kept = []
    for group in groups:
        for note in group:
            notes = range(note.start, note.end)
            if used.isdisjoint(notes):
                used.update(notes)
                kept.append(note)
    return sorted(kept, key=lambda note: note.start)


def _filter_references(
    references: Iterable[NoteReference], notes: Sequence[NoteSpan], headings: set[int]
) -> list[NoteReference]:
    """Return the references to notes that were kept, one for each marker, none within a heading of notes."""
    kept = {(note.start, note.label) for note in notes}
    result: dict[tuple[int, int], NoteReference] = {}
    for reference in references:
        is_kept = all((note.start, note.label) in kept for note in reference.notes)
        if is_kept and reference.marker.chunk not in headings:
            result.setdefault(reference.marker.position, reference)
    return list(result.values())


def _find_body_chunks(total: int, notes: Sequence[NoteSpan], headings: set[int]) -> list[int]:
    inside = {i for note in notes for i in range(note.start, note.end)} | headings
    return [i for i in range(total) if i not in inside]


def _is_text_between(markers: MarkerIndex, note: NoteSpan, after: NoteSpan) -> bool:
    """Whether the chunks between two notes cite the second: then they are text."""
    position = (note.start + 1, -1)
    return after.start > note.start + 1 and any(
        markers.find_first(style, after.label, position, after.start, Confidence.LIKELY)
        for style in (NoteStyle.BRACKET, NoteStyle.SUPERSCRIPT, NoteStyle.PAREN, NoteStyle.BARE)
    )


def _find_note_headings(
    chunks: Sequence[Chunk], accepted: Iterable[NoteList], notes: Sequence[NoteSpan]
) -> set[int]:
    """Return the chunks that are headings of notes, and not within a note themselves."""
    inside = {i for note in notes for i in range(note.start, note.end)}
    above = {note.start - 1 for note in notes if note.start}
    named_notes = {i for i in above if is_notes_heading(chunks[i].visible_text)}
    return (
        named_notes | {note_list.heading for note_list in accepted if note_list.heading is not None}
    ) - inside


def _find_end_of_notes(chunks: Sequence[Chunk], accepted: Sequence[NoteList]) -> int:
    """Return where the notes end, if they close the article: gathered, and no more words after than before them."""
    note_list = accepted[-1] if accepted else None
    if note_list is None or not (len(note_list.notes) > 1 or note_list.has_evidence):
        return len(chunks)
    after = sum(chunk.word_count for chunk in chunks[note_list.end :])
    before = sum(chunk.word_count for chunk in chunks[: note_list.end])
    return note_list.end if after <= before else len(chunks)
