"""Find notes outside consecutive lists: `[Footnote 1: …]`, `* …`, and notes without labels below a heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from string import ascii_lowercase

from pipeline.loaders.text.chunks import BULLET, RULE, Chunk
from pipeline.loaders.text.footnotes.labels import (
    NoteStyle,
    is_notes_heading,
    read_label,
    read_named_label,
    read_symbol_label,
)
from pipeline.loaders.text.footnotes.markers import MarkerIndex
from pipeline.loaders.text.footnotes.note_lists import NoteList, NoteSpan
from pipeline.loaders.text.footnotes.numeric_markers import Confidence

#: The highest number of a note in plain text; more would be years.
MAX_NOTES = 999
#: The most chunks in which the bracket that closes a note is searched.
_MAX_TO_CLOSING_BRACKET = 30
#: The most headings below which such notes are searched.
_MAX_HEADINGS = 4


def find_unlabelled_lists(
    chunks: Sequence[Chunk], note_lists: Sequence[NoteList], markers: MarkerIndex
) -> list[NoteList]:
    """
    Return the lists of notes with neither label nor back link, below a heading of notes.

    A browser that copies an ordered list leaves out its numbers. There are as many notes as markers rise before the
    heading.
    """
    headings_with_list = {note_list.heading for note_list in note_lists}
    found: list[NoteList] = []
    for i, chunk in enumerate(chunks):
        if i in headings_with_list or not is_notes_heading(chunk.visible_text):
            continue
        if len(found) == _MAX_HEADINGS:
            break
        styles = (NoteStyle.BRACKET, NoteStyle.SUPERSCRIPT, NoteStyle.BARE)
        count = max(_count_rising_markers(style, markers, i) for style in styles)
        following = chunks[i + 1 : i + 1 + count]
        if count and len(following) == count and not any(_has_label(chunk) for chunk in following):
            numbers = range(1, count + 1)
            notes = tuple(NoteSpan(str(n), NoteStyle.NONE, i + n, i + n + 1) for n in numbers)
            found.append(NoteList(notes=notes, heading=i, has_note_heading=True, back_links=0))
    return found


def _has_label(chunk: Chunk) -> bool:
    readers = (read_label, read_named_label, read_symbol_label)
    return any(read(chunk.text) is not None for read in readers)


def label_alphabetically(note_list: NoteList, markers: MarkerIndex) -> NoteList:
    """Return a list without labels as *a*, *b*, *c* …, if the text cites it that way."""
    letters = ascii_lowercase[: len(note_list.notes)]
    start = (note_list.search_start, -1)
    if note_list.notes[0].style is not NoteStyle.NONE or not all(
        markers.find_first(NoteStyle.BRACKET, letter, start, note_list.start, Confidence.LIKELY)
        for letter in letters
    ):
        return note_list
    notes = zip(note_list.notes, letters, strict=False)
    return replace(note_list, notes=tuple(replace(note, label=letter) for note, letter in notes))


def _count_rising_markers(style: NoteStyle, markers: MarkerIndex, before: int) -> int:
    """Return how far the markers of a style rise from 1 before a chunk."""
    position = (0, -1)
    for label in range(1, MAX_NOTES):
        marker = markers.find_first(style, str(label), position, before, Confidence.LIKELY)
        if marker is None:
            return label - 1
        position = marker.position
    return MAX_NOTES


def find_named_notes(chunks: Sequence[Chunk]) -> list[NoteSpan]:
    """Return the notes such as `[Footnote 1: …]`, wherever they are."""
    found = []
    for start, chunk in enumerate(chunks):
        label = read_named_label(chunk.text)
        if label:
            end = _find_closing_bracket(chunks, start) + 1
            found.append(NoteSpan(label.text, NoteStyle.NAMED, start, end))
    return found


def find_symbol_notes(chunks: Sequence[Chunk]) -> list[NoteSpan]:
    """Return what may be notes that begin with `*` or `†`, except items of bulleted lists."""
    found = []
    for start, chunk in enumerate(chunks):
        label = read_symbol_label(chunk.text)
        if label and not RULE.match(chunk.text) and not _is_bullet_item(chunks, start):
            found.append(NoteSpan(label.text, NoteStyle.SYMBOL, start, start + 1))
    return found


def _find_closing_bracket(chunks: Sequence[Chunk], start: int) -> int:
    """Return the chunk that closes the bracket opened in *start*, *start* itself if none nearby does."""
    depth = 0
    for i in range(start, min(start + _MAX_TO_CLOSING_BRACKET, len(chunks))):
        depth += chunks[i].text.count("[") - chunks[i].text.count("]")
        if depth <= 0:
            return i
    return start


def _is_bullet_item(chunks: Sequence[Chunk], i: int) -> bool:
    """Whether the star of a chunk is a bullet: the chunk before or after begins with one as well."""
    if not BULLET.match(chunks[i].text):
        return False
    neighbours = (*chunks[max(0, i - 1) : i], *chunks[i + 1 : i + 2])
    return any(chunk.text.startswith("* ") for chunk in neighbours)
