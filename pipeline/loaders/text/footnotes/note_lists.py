"""
Runs of chunks that may be the notes of an article: labels that rise by one, or marks back to the text.

Whether they are notes, and not an ordered list or numbered paragraphs, is settled in `pairing`, where their labels are
sought in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.loaders.text.chunks import RULE, Chunk, RemovedSpan
from pipeline.loaders.text.footnotes.labels import (
    NoteLabel,
    NoteStyle,
    find_back_link,
    is_notes_heading,
    is_sources_heading,
    read_label,
    read_named_label,
    read_symbol_label,
    skip_back_link,
)

#: At most so many other chunks stand between two notes of a run: a note's further paragraphs. Below a heading that
#: names notes little else is left to stand there.
_MAX_BETWEEN = 3
_MAX_BETWEEN_BELOW_HEADING = 8
#: So far is sought for the end of a note whose mark back stands in a later chunk.
_MAX_TO_BACK_LINK = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteSpan:
    """A note as it stands in the source: chunks *start* to *end*, and the mark that cites it."""

    label: str
    style: NoteStyle
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteList:
    """
    Notes that follow each other.

    Args:
        heading: The chunk of the heading above them, "Notes" or "References".
        is_sure_heading: Whether that heading names notes and nothing else.
        backs: How many of them bear a mark back to the text.
        is_wordy: Whether most read as notes do, and not as the lines of a table of contents.
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
        """Whether it shows by itself that it holds notes."""
        return self.has_note_heading or self.back_links > 0


def find_note_lists(chunks: Sequence[Chunk]) -> list[NoteList]:
    """Return all runs that may be notes, in source order; they may overlap."""
    labels = [read_label(chunk.text) for chunk in chunks]
    headings = (i for i, chunk in enumerate(chunks) if is_notes_heading(chunk.visible_text))
    notes_start = next((i for i in headings if i * 2 >= len(chunks)), len(chunks))
    note_lists = [
        _build_labelled_list(chunks, labelled)
        for labelled in _group_consecutive_labels(labels, notes_start)
    ]
    taken = {
        i
        for note_list in note_lists
        if note_list.back_links
        for i in range(note_list.start, note_list.end)
    }
    unlabelled = [
        _build_unlabelled_list(chunks, span) for span in _group_by_back_links(chunks, labels, taken)
    ]
    return sorted((*note_lists, *unlabelled), key=lambda note_list: note_list.start)


def clean_note(chunks: Sequence[Chunk], note: NoteSpan) -> tuple[Chunk, ...]:
    """Return the chunks of *note*, its label and its marks back to the text cut out."""
    note_chunks = list(chunks[note.start : note.end])
    note_chunks[0] = note_chunks[0].remove(_find_label_spans(note_chunks[0].text, note.style))
    for position, chunk in enumerate(note_chunks):
        back_link = find_back_link(chunk.text)
        if back_link is not None:
            note_chunks[position] = chunk.remove(
                [RemovedSpan(start=back_link, end=len(chunk.text), rule="note.back-mark")]
            )
    if note.style is NoteStyle.NAMED and note_chunks[-1].text.endswith("]"):
        end = len(note_chunks[-1].text)
        note_chunks[-1] = note_chunks[-1].remove(
            [RemovedSpan(start=end - 1, end=end, rule="note.label")]
        )
    return tuple(note_chunks)


def _find_label_spans(text: str, style: NoteStyle) -> Iterator[RemovedSpan]:
    read = {NoteStyle.NAMED: read_named_label, NoteStyle.SYMBOL: read_symbol_label}.get(
        style, read_label
    )
    label = read(text) if style is not NoteStyle.NONE else None
    text_start = label.end if label else 0
    if label:
        yield RemovedSpan(start=0, end=text_start, rule="note.label")
    back_link = skip_back_link(text[text_start:])
    if back_link and style is not NoteStyle.SYMBOL:
        yield RemovedSpan(start=text_start, end=text_start + back_link, rule="note.back-mark")


def _group_consecutive_labels(
    labels: Sequence[NoteLabel | None], notes_start: int
) -> Iterator[list[tuple[int, NoteLabel]]]:
    """Yield the chunks and labels of each run whose labels rise; *below* is where a heading of notes stands."""
    open_lists: dict[tuple[NoteStyle, bool], list[tuple[int, NoteLabel]]] = {}
    for i, label in enumerate(labels):
        if label is None:
            continue
        key = (label.style, label.text.isdecimal())
        note_list = open_lists.get(key)
        if note_list and _continues_list(note_list[-1], i, label, notes_start):
            note_list.append((i, label))
            continue
        if note_list:
            yield note_list
        open_lists[key] = [(i, label)]
    yield from open_lists.values()


def _continues_list(
    last: tuple[int, NoteLabel], i: int, label: NoteLabel, notes_start: int
) -> bool:
    limit = _MAX_BETWEEN_BELOW_HEADING if last[0] > notes_start else _MAX_BETWEEN
    between = i - last[0] - 1 - (label.style is NoteStyle.OWN_LINE)
    step = label.value - last[1].value
    return (step == 1 and between <= limit) or (1 < step <= 3 and between <= 0)


def _build_labelled_list(
    chunks: Sequence[Chunk], labelled: Sequence[tuple[int, NoteLabel]]
) -> NoteList:
    notes = [
        NoteSpan(label=label.text, style=label.style, start=i, end=after)
        for (i, label), (after, _) in pairwise(labelled)
    ]
    back_links = sum(_has_back_link(chunks, note) for note in notes)
    i, label = labelled[-1]
    end = _find_end_of_last_note(chunks, i, label.style, has_back_links=back_links > 0 or not notes)
    notes.append(NoteSpan(label=label.text, style=label.style, start=i, end=end))
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
    return any(
        chunk.word_count >= 6 or chunk.ends_sentence or "://" in chunk.text for chunk in note_chunks
    )


def _find_end_of_last_note(
    chunks: Sequence[Chunk], i: int, style: NoteStyle, *, has_back_links: bool
) -> int:
    """
    Return where the last note of a run ends, which begins at chunk *at*.

    It goes on to the chunk that bears its mark back, if the notes of this run bear any; else over chunks that are set
    further in; else it is one chunk, or the one after a label that stands alone.
    """
    end = min(i + 2, len(chunks)) if style is NoteStyle.OWN_LINE else i + 1
    if has_back_links and find_back_link(chunks[end - 1].text) is None:
        for further in range(end, min(end + _MAX_TO_BACK_LINK, len(chunks))):
            if find_back_link(chunks[further].text) is not None:
                return further + 1
    while end < len(chunks) and _is_indented_below(chunks[end], chunks[i]):
        end += 1
    return end


def _is_indented_below(chunk: Chunk, first: Chunk) -> bool:
    """Whether a chunk goes on below the first of a note, set further in than that."""
    return (
        chunk.indent > first.indent
        and chunk.blank_lines <= 1
        and not is_notes_heading(chunk.visible_text)
    )


def _has_back_link(chunks: Sequence[Chunk], note: NoteSpan) -> bool:
    label = read_label(chunks[note.start].text)
    text_start = label.end if label else 0
    return skip_back_link(chunks[note.start].text[text_start : text_start + 20]) > 0 or any(
        find_back_link(chunk.text) is not None for chunk in chunks[note.start : note.end]
    )


def _group_by_back_links(
    chunks: Sequence[Chunk], labels: Sequence[NoteLabel | None], taken: set[int]
) -> Iterator[list[int]]:
    """Yield where the notes of each run without labels begin, and where the last one ends."""
    with_back_link = [
        i
        for i, chunk in enumerate(chunks)
        if i not in taken
        and labels[i] is None
        and (find_back_link(chunk.text) is not None or skip_back_link(chunk.text) > 0)
        and len(chunk.text) > 4
    ]
    note_list: list[int] = []
    for i in with_back_link:
        if note_list and (
            i - note_list[-1] > _MAX_BETWEEN + 1
            or _has_heading_between(chunks, note_list[-1] + 1, i)
        ):
            yield note_list
            note_list = []
        note_list.append(i)
    if note_list:
        yield note_list


def _has_heading_between(chunks: Sequence[Chunk], start: int, end: int) -> bool:
    """Whether a heading of notes stands between two chunks."""
    shown = (chunk.visible_text for chunk in chunks[start:end])
    return any(is_notes_heading(text) or is_sources_heading(text) for text in shown)


def split_list(
    chunks: Sequence[Chunk], note_list: NoteList, is_text: Callable[[NoteSpan, NoteSpan], bool]
) -> Iterator[NoteList]:
    """
    Yield the pieces of a run where it stands apart: each note below the paragraph that cites it.

    *is_text* tells whether what stands between two notes is text, and not more of the first.
    """
    notes: list[NoteSpan] = []
    for note, after in pairwise((*note_list.notes, note_list.notes[-1])):
        ends = note is not after and is_text(note, after)
        notes.append(replace(note, end=note.start + 1) if ends else note)
        if ends or note is note_list.notes[-1]:
            yield _build_list(chunks, notes)
            notes = []


def _build_unlabelled_list(chunks: Sequence[Chunk], with_back_link: Sequence[int]) -> NoteList:
    """Return the run of notes without labels; chunks between two marks belong to the note whose mark closes it."""
    notes = []
    start = with_back_link[0]
    for number, i in enumerate(with_back_link, start=1):
        if skip_back_link(chunks[i].text):
            start = i
        notes.append(NoteSpan(label=str(number), style=NoteStyle.NONE, start=start, end=i + 1))
        start = i + 1
    return _build_list(chunks, notes)


def _find_heading_above(chunks: Sequence[Chunk], start: int) -> tuple[int | None, bool]:
    """Return the chunk of the heading right above *start*, lines across the page aside, and whether it is sure."""
    for i in range(start - 1, max(-1, start - 3), -1):
        text = chunks[i].visible_text
        if is_notes_heading(text):
            return i, True
        if is_sources_heading(text):
            return i, False
        if not RULE.match(text):
            break
    return None, False
