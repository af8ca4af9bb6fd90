"""
Find lists that may be the notes of an article: chunks with consecutive labels, or with back links.

Whether they are notes, and not an ordered list or numbered paragraphs, is decided in `select_lists`, which looks for
their labels in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.loaders.text.chunks import RULE, Chunk, RemovedSpan
from pipeline.loaders.text.footnotes.labels import (
    NoteLabel,
    NoteStyle,
    Numbering,
    find_back_link,
    is_notes_heading,
    is_sources_heading,
    read_label,
    read_named_label,
    read_symbol_label,
    skip_back_link,
)

#: The most chunks between two notes, as further paragraphs of the first; below a heading of notes little else
#: follows.
_MAX_BETWEEN = 3
_MAX_BETWEEN_BELOW_HEADING = 8
#: The most chunks of the last note before its back link.
_MAX_TO_BACK_LINK = 5


@dataclass(frozen=True, slots=True)
class NoteSpan:
    """A note in the source: chunks *start* to *end*, and the label by which markers cite it."""

    label: str
    style: NoteStyle
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteList:
    """
    Consecutive notes.

    Args:
        heading: The chunk of the heading above them, "Notes" or "References".
        has_note_heading: Whether that heading means notes and nothing else.
        back_links: The number of notes with a link back to the text.
        is_prose_like: Whether most read like notes, not like a table of contents.
        search_start: The chunk from which their markers are searched.
    """

    notes: tuple[NoteSpan, ...]
    heading: int | None
    has_note_heading: bool
    back_links: int
    is_prose_like: bool = True
    search_start: int = 0

    @property
    def start(self) -> int:
        return self.notes[0].start

    @property
    def end(self) -> int:
        return self.notes[-1].end

    @property
    def has_evidence(self) -> bool:
        """Whether heading or back links show that these are notes."""
        return self.has_note_heading or self.back_links > 0


def find_note_lists(chunks: Sequence[Chunk]) -> list[NoteList]:
    """Return all lists that may be notes, in source order; they may overlap."""
    labels = [read_label(chunk.text) for chunk in chunks]
    headings = (i for i, chunk in enumerate(chunks) if is_notes_heading(chunk.visible_text))
    notes_start = next((i for i in headings if i * 2 >= len(chunks)), len(chunks))
    groups = _group_consecutive_labels(labels, notes_start)
    note_lists = [_build_labelled_list(chunks, group) for group in groups]
    linked = (note_list for note_list in note_lists if note_list.back_links)
    taken = {i for note_list in linked for i in range(note_list.start, note_list.end)}
    unlabelled = _group_by_back_links(chunks, labels, taken)
    note_lists += [_build_unlabelled_list(chunks, group) for group in unlabelled]
    return sorted(note_lists, key=lambda note_list: note_list.start)


def clean_note(chunks: Sequence[Chunk], note: NoteSpan) -> tuple[Chunk, ...]:
    """Return the chunks of *note* without its label and its back links."""
    note_chunks = list(chunks[note.start : note.end])
    note_chunks[0] = note_chunks[0].remove(_find_label_spans(note_chunks[0].text, note.style))
    for position, chunk in enumerate(note_chunks):
        start = find_back_link(chunk.text)
        if start is not None:
            span = RemovedSpan(start=start, end=len(chunk.text), rule="note.back-link")
            note_chunks[position] = chunk.remove([span])
    if note.style is NoteStyle.NAMED and note_chunks[-1].text.endswith("]"):
        end = len(note_chunks[-1].text)
        span = RemovedSpan(start=end - 1, end=end, rule="note.label")
        note_chunks[-1] = note_chunks[-1].remove([span])
    return tuple(note_chunks)


def _find_label_spans(text: str, style: NoteStyle) -> Iterator[RemovedSpan]:
    readers = {NoteStyle.NAMED: read_named_label, NoteStyle.SYMBOL: read_symbol_label}
    read = readers.get(style, read_label)
    label = read(text) if style is not NoteStyle.NONE else None
    text_start = label.end if label else 0
    if label:
        yield RemovedSpan(start=0, end=text_start, rule="note.label")
    back_link = skip_back_link(text[text_start:])
    if back_link and style is not NoteStyle.SYMBOL:
        yield RemovedSpan(start=text_start, end=text_start + back_link, rule="note.back-link")


def _group_consecutive_labels(
    labels: Sequence[NoteLabel | None], notes_start: int
) -> Iterator[list[tuple[int, NoteLabel]]]:
    """Yield chunk and label of each item, list by list; a heading of notes is at *notes_start*."""
    open_lists: dict[tuple[NoteStyle, Numbering], _OpenList] = {}
    for i, label in enumerate(labels):
        if label is None:
            continue
        readings = list(label.list_readings())
        if any(
            _continue_list(open_lists.get((label.style, numbering)), i, label, value, notes_start)
            for numbering, value in readings
        ):
            continue
        numbering, value = min(readings, key=lambda reading: reading[1])
        key = (label.style, numbering)
        if ended := open_lists.pop(key, None):
            yield ended.items
        open_lists[key] = _OpenList([(i, label)], value)
    yield from (one.items for one in open_lists.values())


@dataclass(slots=True)
class _OpenList:
    """The chunks and labels of a list that may continue, and the *value* of the last one."""

    items: list[tuple[int, NoteLabel]]
    value: int


def _continue_list(
    open_list: _OpenList | None, i: int, label: NoteLabel, value: int, notes_start: int
) -> bool:
    """Add chunk *i* to *open_list* if its label is one of the next; return whether it is."""
    if open_list is None:
        return False
    last, _ = open_list.items[-1]
    limit = _MAX_BETWEEN_BELOW_HEADING if last > notes_start else _MAX_BETWEEN
    between = i - last - 1 - (label.style is NoteStyle.OWN_LINE)
    step = value - open_list.value
    if not ((step == 1 and between <= limit) or (1 < step <= 3 and between <= 0)):
        return False
    open_list.items.append((i, label))
    open_list.value = value
    return True


def _build_labelled_list(
    chunks: Sequence[Chunk], labelled: Sequence[tuple[int, NoteLabel]]
) -> NoteList:
    notes = [NoteSpan(lb.text, lb.style, i, after) for (i, lb), (after, _) in pairwise(labelled)]
    has_back_links = not notes or any(_has_back_link(chunks, note) for note in notes)
    i, label = labelled[-1]
    end = _find_end_of_last_note(chunks, i, label.style, has_back_links=has_back_links)
    notes.append(NoteSpan(label.text, label.style, i, end))
    return _build_list(chunks, notes)


def _build_list(chunks: Sequence[Chunk], notes: Sequence[NoteSpan]) -> NoteList:
    heading, is_note_heading = _find_heading_above(chunks, notes[0].start)
    return NoteList(
        notes=tuple(notes),
        heading=heading,
        has_note_heading=is_note_heading,
        back_links=sum(_has_back_link(chunks, note) for note in notes),
        is_prose_like=sum(_is_note_text(chunks, note) for note in notes) * 2 >= len(notes),
    )


def _is_note_text(chunks: Sequence[Chunk], note: NoteSpan) -> bool:
    note_chunks = chunks[note.start : note.end]
    return any(c.word_count >= 6 or c.ends_sentence or "://" in c.text for c in note_chunks)


def _find_end_of_last_note(
    chunks: Sequence[Chunk], i: int, style: NoteStyle, *, has_back_links: bool
) -> int:
    """
    Return where the last note of a list ends, which begins at chunk *i*.

    It continues to the chunk with its back link, if the notes of this list have any; else over indented chunks. Without
    these it is one chunk, or two if the label is on its own line.
    """
    end = min(i + 2, len(chunks)) if style is NoteStyle.OWN_LINE else i + 1
    if has_back_links and find_back_link(chunks[end - 1].text) is None:
        for last, chunk in enumerate(chunks[end : end + _MAX_TO_BACK_LINK], start=end):
            if find_back_link(chunk.text) is not None:
                return last + 1
    while end < len(chunks) and _is_indented_below(chunks[end], chunks[i]):
        end += 1
    return end


def _is_indented_below(chunk: Chunk, first: Chunk) -> bool:
    """Whether a chunk continues a note by its indent."""
    is_indented = chunk.indent > first.indent and chunk.blank_lines <= 1
    return is_indented and not is_notes_heading(chunk.visible_text)


def _has_back_link(chunks: Sequence[Chunk], note: NoteSpan) -> bool:
    label = read_label(chunks[note.start].text)
    text_start = label.end if label else 0
    if skip_back_link(chunks[note.start].text[text_start : text_start + 20]):
        return True
    return any(find_back_link(c.text) is not None for c in chunks[note.start : note.end])


def _group_by_back_links(
    chunks: Sequence[Chunk], labels: Sequence[NoteLabel | None], taken: set[int]
) -> Iterator[list[int]]:
    """Yield the chunks with the back links of notes without labels, list by list."""
    group: list[int] = []
    for i, chunk in enumerate(chunks):
        if i in taken or labels[i] is not None or len(chunk.text) <= 4:
            continue
        if find_back_link(chunk.text) is None and not skip_back_link(chunk.text):
            continue
        is_far = group and i - group[-1] > _MAX_BETWEEN + 1
        if group and (is_far or _has_heading_between(chunks, group[-1] + 1, i)):
            yield group
            group = []
        group.append(i)
    if group:
        yield group


def _has_heading_between(chunks: Sequence[Chunk], start: int, end: int) -> bool:
    """Whether there is a heading of notes between two chunks."""
    texts = (chunk.visible_text for chunk in chunks[start:end])
    return any(is_notes_heading(text) or is_sources_heading(text) for text in texts)


def split_list(
    chunks: Sequence[Chunk], note_list: NoteList, is_text: Callable[[NoteSpan, NoteSpan], bool]
) -> Iterator[NoteList]:
    """Yield the parts of a list with text between its notes, as with notes below the paragraphs that cite them."""
    notes: list[NoteSpan] = []
    for note, after in pairwise((*note_list.notes, note_list.notes[-1])):
        ends = note is not after and is_text(note, after)
        notes.append(replace(note, end=note.start + 1) if ends else note)
        if ends or note is note_list.notes[-1]:
            yield _build_list(chunks, notes)
            notes = []


def _build_unlabelled_list(chunks: Sequence[Chunk], with_back_link: Sequence[int]) -> NoteList:
    """Return the list of notes without labels; chunks between two back links belong to the second."""
    notes = []
    start = with_back_link[0]
    for number, i in enumerate(with_back_link, start=1):
        if skip_back_link(chunks[i].text):
            start = i
        notes.append(NoteSpan(str(number), NoteStyle.NONE, start, i + 1))
        start = i + 1
    return _build_list(chunks, notes)


def _find_heading_above(chunks: Sequence[Chunk], start: int) -> tuple[int | None, bool]:
    """Return the chunk of the heading above *start*, rules skipped, and whether it means notes only."""
    for i in range(start - 1, max(-1, start - 3), -1):
        text = chunks[i].visible_text
        if is_notes_heading(text):
            return i, True
        if is_sources_heading(text):
            return i, False
        if not RULE.match(text):
            break
    return None, False
