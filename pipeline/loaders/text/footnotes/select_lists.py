"""
Select the lists that are notes.

Without a heading or back links a list is notes only if most of its labels are found as markers before it; else it is
an ordered list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.loaders.text.footnotes.labels import NoteStyle
from pipeline.loaders.text.footnotes.markers import MarkerIndex
from pipeline.loaders.text.footnotes.note_lists import NoteList
from pipeline.loaders.text.footnotes.numeric_markers import Confidence

#: The share of labels to be found as markers. Below it 39 of 922 extracted pages had lists mistaken for notes, at it 7.
_MIN_FOUND_SHARE = 0.6
#: From this length on the order of the labels makes fair markers reliable.
_LONG_LIST = 4

#: In order of preference if two styles find as many labels.
_STYLES = (NoteStyle.BRACKET, NoteStyle.SUPERSCRIPT, NoteStyle.BARE, NoteStyle.PAREN)


@dataclass(frozen=True, kw_only=True, slots=True)
class _MarkerCount:
    """How many labels of a list are found as markers, and in which style."""

    style: NoteStyle
    found: int
    has_first: bool


def select_lists(
    note_lists: Sequence[NoteList], markers: MarkerIndex, total: int
) -> list[NoteList]:
    """
    Return the lists that are notes, in source order; *total* is the number of chunks.

    Two lists cannot share the markers before them. Both are notes if both have evidence, or if the numbers restart
    after the first, as with notes below each section; else only the better one is.
    """
    chosen: list[NoteList] = []  # from the end
    for note_list in reversed(note_lists):
        if not _is_notes(note_list, markers, total):
            continue
        later = chosen[-1] if chosen else None
        if later is None or (
            note_list.end <= later.start and _are_both_notes(note_list, later, markers)
        ):
            chosen.append(note_list)
        elif _rank(note_list, markers, total) > _rank(later, markers, total):
            chosen[-1] = note_list
    return list(_set_search_starts(chosen[::-1], markers))


def _set_search_starts(note_lists: Sequence[NoteList], markers: MarkerIndex) -> Iterator[NoteList]:
    """Yield each list with the chunk from which its markers are searched: after the previous list, if they restart."""
    search_start = end = 0
    for note_list in note_lists:
        if end and _restarts_numbering(note_list, end, markers):
            search_start = end
        yield replace(note_list, search_start=search_start)
        end = note_list.end


def find_marker_style(note_list: NoteList, markers: MarkerIndex) -> NoteStyle:
    """Return the style in which most notes of a list are cited."""
    return _count_markers(note_list, markers, note_list.search_start).style


def _is_notes(note_list: NoteList, markers: MarkerIndex, total: int) -> bool:
    count = _count_markers(note_list, markers, 0)
    total_notes = len(note_list.notes)
    if note_list.notes[0].style is NoteStyle.NONE:
        return total_notes > 1 or note_list.heading is not None or count.found > 0
    is_late = note_list.start * 2 >= total
    if note_list.back_links or (note_list.has_note_heading and is_late):
        return True
    if note_list.heading is not None and count.found:
        return True
    return note_list.is_prose_like and count.found >= max(1, total_notes * _MIN_FOUND_SHARE)


def _are_both_notes(note_list: NoteList, later: NoteList, markers: MarkerIndex) -> bool:
    if note_list.has_evidence and later.has_evidence:
        return True
    return _restarts_numbering(later, note_list.end, markers)


def _restarts_numbering(note_list: NoteList, search_start: int, markers: MarkerIndex) -> bool:
    """Whether most markers of a list, its first among them, are in or after a chunk."""
    count = _count_markers(note_list, markers, search_start)
    return count.has_first and count.found >= len(note_list.notes) * _MIN_FOUND_SHARE


def _rank(note_list: NoteList, markers: MarkerIndex, total: int) -> tuple[bool, float]:
    """Return the key by which lists are compared: evidence, then length, heading, back links, position and markers."""
    heading = 3 if note_list.has_note_heading else 2 if note_list.heading is not None else 0
    position = 2 * note_list.start / max(1, total)
    found = _count_markers(note_list, markers, 0).found
    points = len(note_list.notes) + heading + 2 * note_list.back_links + position + found
    return note_list.has_evidence, points


def _count_markers(note_list: NoteList, markers: MarkerIndex, search_start: int) -> _MarkerCount:
    is_reliable = len(note_list.notes) >= _LONG_LIST or note_list.has_evidence
    minimum = Confidence.FAIR if is_reliable else Confidence.LIKELY
    counts = [
        _count_markers_in_style(note_list, markers, search_start, style, minimum)
        for style in _STYLES
    ]
    return max(counts, key=lambda count: count.found)


def _count_markers_in_style(
    note_list: NoteList,
    markers: MarkerIndex,
    search_start: int,
    style: NoteStyle,
    minimum: Confidence,
) -> _MarkerCount:
    """Count the labels found as markers of one style; bare numbers count only in rising order."""
    found, has_first = 0, False
    position = start = (search_start, -1)
    for note in note_list.notes:
        marker = markers.find_first(style, note.label, position, note_list.start, minimum)
        if marker is None:
            continue
        found += 1
        has_first = has_first or note is note_list.notes[0]
        position = marker.position if style is NoteStyle.BARE else start
    return _MarkerCount(style=style, found=found, has_first=has_first)
