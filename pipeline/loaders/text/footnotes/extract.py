"""
Extract the notes of a text.

1. Find lists that may be notes (`note_lists`, `standalone_notes`), and all possible markers (`markers`).
2. Select the lists that are notes (`select_lists`), and find their references (`references`).
3. The rest is the body, its markers removed. Missing notes and uncertain references become warnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pipeline.loaders.text.chunks import Chunk, RemovedSpan
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
from pipeline.loaders.text.footnotes.ordered_markers import ReferenceMatch
from pipeline.loaders.text.footnotes.references import (
    check_missing_notes,
    check_uncertain_references,
    find_named_references,
    find_references,
    find_symbol_references,
)
from pipeline.loaders.text.footnotes.select_lists import select_lists
from pipeline.loaders.text.footnotes.standalone_notes import (
    MAX_NOTES,
    find_named_notes,
    find_symbol_notes,
    find_unlabelled_lists,
    label_alphabetically,
)
from pipeline.models.article import Dropped, LoadWarning


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteExtraction:
    """A text without its notes, and their labels and chunks; removed markers cite them by position, from 1."""

    body: tuple[Chunk, ...]
    notes: tuple[tuple[str, tuple[Chunk, ...]], ...] = ()
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[LoadWarning, ...] = ()


def extract_notes(chunks: Sequence[Chunk]) -> NoteExtraction:
    """Return *chunks* without their notes, and the notes."""
    named, symbols = find_named_notes(chunks), find_symbol_notes(chunks)
    note_lists = find_note_lists(chunks)
    markers = MarkerIndex(find_markers(chunks, _collect_labels(chunks, note_lists)))
    is_text = partial(_is_text_between, markers)
    note_lists = [part for one in note_lists for part in split_list(chunks, one, is_text)]
    note_lists += find_unlabelled_lists(chunks, note_lists, markers)
    chosen = select_lists(note_lists, markers, len(chunks))
    if len(chosen) > 1:
        chosen = [label_alphabetically(note_list, markers) for note_list in chosen]

    references: list[ReferenceMatch] = []
    for note_list in sorted(chosen, key=lambda one: -len(one.notes)):  # the longest first
        end = len(chunks) if note_list is chosen[-1] else note_list.end
        references += find_references(note_list, markers, end)
    references += find_named_references(named, markers, len(chunks))
    symbol_references = list(find_symbol_references(symbols, markers))
    cited = {note.start for reference in symbol_references for note in reference.notes}
    references += symbol_references

    listed = [note for note_list in chosen for note in note_list.notes]
    notes = _drop_overlapping(
        (note for note in listed if note.style is not NoteStyle.NONE),
        named,
        (note for note in symbols if note.start in cited),
        (note for note in listed if note.style is NoteStyle.NONE),
    )
    headings = _find_note_headings(chunks, chosen, notes)
    references = _filter_references(references, notes, headings)
    warnings = (
        *check_uncertain_references(chunks, references),
        *check_missing_notes(chunks, references, markers, has_notes=bool(notes)),
    )
    end = _find_end_of_notes(chunks, chosen)
    extraction = _remove_notes(chunks, notes, headings, references, end=end)
    return replace(extraction, warnings=warnings)


def _remove_notes(
    chunks: Sequence[Chunk],
    notes: Sequence[NoteSpan],
    headings: set[int],
    references: Sequence[ReferenceMatch],
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
    inside = _find_note_chunks(notes) | headings
    outside = [i for i in range(len(chunks)) if i not in inside]
    dropped = (Dropped(reason="note.heading", text=chunks[i].text) for i in sorted(headings))
    return NoteExtraction(
        body=tuple(replace(marked_chunks[i], is_after_notes=i >= end) for i in outside),
        notes=tuple((note.label, clean_note(marked_chunks, note)) for note in notes),
        dropped=tuple(dropped),
    )


def _collect_labels(chunks: Sequence[Chunk], note_lists: Sequence[NoteList]) -> set[str]:
    """Return the numbers that notes may have."""
    labels = {note.label for note_list in note_lists for note in note_list.notes}
    headings = (i for i, chunk in enumerate(chunks) if is_notes_heading(chunk.visible_text))
    first = next(headings, None)
    if first is not None:
        labels |= {str(label) for label in range(1, min(MAX_NOTES, len(chunks) - first))}
    return labels


def _drop_overlapping(*groups: Iterable[NoteSpan]) -> list[NoteSpan]:
    """Return the notes of all groups in source order, without those that share a chunk with an earlier group's."""
    used: set[int] = set()
    kept = []
    for group in groups:
        for note in group:
            note_chunks = range(note.start, note.end)
            if used.isdisjoint(note_chunks):
                used.update(note_chunks)
                kept.append(note)
    return sorted(kept, key=lambda note: note.start)


def _filter_references(
    references: Iterable[ReferenceMatch], notes: Sequence[NoteSpan], headings: set[int]
) -> list[ReferenceMatch]:
    """Return the references to kept notes, one for each marker, none inside a heading of notes."""
    kept = {(note.start, note.label) for note in notes}
    result: dict[tuple[int, int], ReferenceMatch] = {}
    for reference in references:
        is_kept = all((note.start, note.label) in kept for note in reference.notes)
        if is_kept and reference.marker.chunk not in headings:
            result.setdefault(reference.marker.position, reference)
    return list(result.values())


def _find_note_chunks(notes: Iterable[NoteSpan]) -> set[int]:
    return {i for note in notes for i in range(note.start, note.end)}


def _is_text_between(markers: MarkerIndex, note: NoteSpan, after: NoteSpan) -> bool:
    """Whether the chunks between two notes are text: they cite the second note."""
    position = (note.start + 1, -1)
    styles = (NoteStyle.BRACKET, NoteStyle.SUPERSCRIPT, NoteStyle.PAREN, NoteStyle.BARE)
    return after.start > note.start + 1 and any(
        markers.find_first(style, after.label, position, after.start, Confidence.LIKELY)
        for style in styles
    )


def _find_note_headings(
    chunks: Sequence[Chunk], chosen: Iterable[NoteList], notes: Sequence[NoteSpan]
) -> set[int]:
    """Return the chunks that are headings of notes, and not part of a note."""
    headings = {note_list.heading for note_list in chosen if note_list.heading is not None}
    above = {note.start - 1 for note in notes if note.start}
    headings |= {i for i in above if is_notes_heading(chunks[i].visible_text)}
    return headings - _find_note_chunks(notes)


def _find_end_of_notes(chunks: Sequence[Chunk], chosen: Sequence[NoteList]) -> int:
    """Return where the notes end, if they close the article: a list, and not more words after it than before."""
    note_list = chosen[-1] if chosen else None
    if note_list is None or not (len(note_list.notes) > 1 or note_list.has_evidence):
        return len(chunks)
    after = sum(chunk.word_count for chunk in chunks[note_list.end :])
    before = sum(chunk.word_count for chunk in chunks[: note_list.end])
    return note_list.end if after <= before else len(chunks)
