"""
Find the references to each note: markers in the style of its list, or bare numbers in their order.

Also report what a person should check: uncertain references, and markers whose note is missing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.loaders.text.chunks import Chunk
from pipeline.loaders.text.footnotes.labels import NoteStyle
from pipeline.loaders.text.footnotes.markers import Marker, MarkerIndex
from pipeline.loaders.text.footnotes.note_lists import NoteList, NoteSpan
from pipeline.loaders.text.footnotes.numeric_markers import Confidence
from pipeline.loaders.text.footnotes.ordered_markers import ReferenceMatch, select_in_order
from pipeline.loaders.text.footnotes.select_lists import find_marker_style
from pipeline.models.article import LoadWarning


def find_references(note_list: NoteList, markers: MarkerIndex, end: int) -> list[ReferenceMatch]:
    """
    Return the references to the notes of a list.

    Bracketed and superscript markers count everywhere, also inside the notes and up to chunk *end*. Other styles count
    only before the list, and bare numbers by their order. Labels not found in the style of the list are searched in the
    other styles.
    """
    notes = {note.label: note for note in note_list.notes}
    style = find_marker_style(note_list, markers)
    references: list[ReferenceMatch] = []
    for other in dict.fromkeys((style, NoteStyle.BRACKET, NoteStyle.SUPERSCRIPT, NoteStyle.BARE)):
        cited = {note.label for reference in references for note in reference.notes}
        rest = {label: note for label, note in notes.items() if label not in cited}
        last_chunk = end if other in (NoteStyle.BRACKET, NoteStyle.SUPERSCRIPT) else note_list.start
        candidates = markers.find_between(other, note_list.search_start, last_chunk)
        if other is NoteStyle.BARE:
            minimum = Confidence.POSSIBLE if other is style else Confidence.LIKELY
            likely = [marker for marker in candidates if marker.confidence >= minimum]
            references += select_in_order(likely, rest)
        else:
            references += _match_all(candidates, rest)
    return references


def find_named_references(
    notes: Sequence[NoteSpan], markers: MarkerIndex, end: int
) -> Iterator[ReferenceMatch]:
    """Yield the references to named notes: each cites the next note with its label, or the last one."""
    by_label = defaultdict(list)
    for note in notes:
        by_label[note.label].append(note)
    for style in (NoteStyle.BRACKET, NoteStyle.SYMBOL, NoteStyle.SUPERSCRIPT):
        for marker in markers.find_between(style, 0, end):
            same = by_label.get(marker.labels[0], [])
            if same and len(marker.labels) == 1:
                i = bisect_right(same, marker.chunk, key=lambda note: note.start)
                yield ReferenceMatch(marker, (same[min(i, len(same) - 1)],))


def find_symbol_references(
    notes: Sequence[NoteSpan], markers: MarkerIndex
) -> Iterator[ReferenceMatch]:
    """Yield the references to symbol notes: markers with the same symbol after the previous note."""
    search_from: dict[str, int] = {}
    for note in notes:
        first = search_from.get(note.label, 0)
        for marker in markers.find_between(NoteStyle.SYMBOL, first, note.start):
            if marker.labels[0] == note.label:
                yield ReferenceMatch(marker, (note,))
        search_from[note.label] = note.end


def _match_all(
    candidates: Iterable[Marker], notes: Mapping[str, NoteSpan]
) -> Iterator[ReferenceMatch]:
    for marker in candidates:
        cited = tuple(notes[label] for label in marker.labels if label in notes)
        if marker.confidence <= Confidence.POSSIBLE or len(cited) < len(marker.labels):
            continue
        if not any(note.start <= marker.chunk < note.end for note in cited):
            yield ReferenceMatch(marker, cited)


def check_uncertain_references(
    chunks: Sequence[Chunk], references: Iterable[ReferenceMatch]
) -> Iterator[LoadWarning]:
    """Yield a warning for each reference with alternatives."""
    for reference in references:
        if reference.is_certain:
            continue
        marker = reference.marker
        positions = [marker, *reference.alternatives]
        excerpts = " or ".join(f"“{_text_around(chunks, position)}”" for position in positions)
        yield LoadWarning(
            code="note.uncertain",
            message=f"Note {marker.labels[0]} may be cited at {excerpts}; the first was chosen. Check the reference.",
        )


def check_missing_notes(
    chunks: Sequence[Chunk],
    references: Sequence[ReferenceMatch],
    markers: MarkerIndex,
    *,
    has_notes: bool,
) -> Iterator[LoadWarning]:
    """Yield a warning for each bracketed or superscript label without a note."""
    cited = {reference.marker.position for reference in references}
    styles = {reference.marker.style for reference in references}
    reported: set[str] = set()
    for style in (NoteStyle.BRACKET, NoteStyle.SUPERSCRIPT):
        found = markers.find_between(style, 0, len(chunks))
        candidates = [marker for marker in found if marker.confidence is Confidence.SURE]
        if has_notes and style not in styles:
            continue
        if not has_notes and not any(marker.labels[0] == "1" for marker in candidates):
            continue
        for marker in candidates:
            label = ", ".join(marker.labels)
            if marker.position in cited or label in reported or not marker.labels[0].isdecimal():
                continue
            reported.add(label)
            yield LoadWarning(
                code="note.missing",
                message=f"Note {label} is missing; its marker stays after “{_text_before(chunks, marker)}”.",
            )


def _text_before(chunks: Sequence[Chunk], marker: Marker) -> str:
    """Return the four words before a marker."""
    text = chunks[marker.chunk].text
    return " ".join(text[max(0, marker.start - 80) : marker.start].split()[-4:])


def _text_around(chunks: Sequence[Chunk], marker: Marker) -> str:
    text = chunks[marker.chunk].text
    after = " ".join(text[marker.end : marker.end + 40].split()[:2])
    return f"{_text_before(chunks, marker)} {marker.labels[0]} {after}".strip()
