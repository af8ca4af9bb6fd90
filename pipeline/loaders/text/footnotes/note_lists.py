"""
Runs of chunks that may be the notes of an article: labels that rise by one, or marks back to the text.

Whether they are notes, and not an ordered list or numbered paragraphs, is settled in `pairing`, where their labels are
sought in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.loaders.text.chunks import HORIZONTAL_RULE, Chunk, RemovedSpan
from pipeline.loaders.text.footnotes.labels import (
    MarkerStyle,
    NoteLabel,
    back_mark,
    is_notes_heading,
    is_sources_heading,
    leading_back_mark,
    read_label,
    read_named,
    read_sign,
)

#: At most so many other chunks stand between two notes of a run: a note's further paragraphs. Below a heading that
#: names notes little else is left to stand there.
_BETWEEN = 3
_BETWEEN_BELOW_HEADING = 8
#: So far is sought for the end of a note whose mark back stands in a later chunk.
_FURTHER_BACK = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundNote:
    """A note as it stands in the source: chunks *start* to *end*, and the mark that cites it."""

    mark: str
    style: MarkerStyle
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

    notes: tuple[FoundNote, ...]
    heading: int | None
    is_sure_heading: bool
    backs: int
    is_wordy: bool = True

    @property
    def start(self) -> int:
        return self.notes[0].start

    @property
    def end(self) -> int:
        return self.notes[-1].end

    @property
    def has_evidence(self) -> bool:
        """Whether it shows by itself that it holds notes."""
        return self.is_sure_heading or self.backs > 0


def find_runs(chunks: Sequence[Chunk]) -> list[NoteList]:
    """Return all runs that may be notes, in source order; they may overlap."""
    labels = [read_label(chunk.text) for chunk in chunks]
    headings = (at for at, chunk in enumerate(chunks) if is_notes_heading(chunk.shown))
    below = next((at for at in headings if at * 2 >= len(chunks)), len(chunks))
    runs = [_labelled(chunks, members) for members in _rising(labels, below)]
    taken = {at for run in runs if run.backs for at in range(run.start, run.end)}
    unlabelled = [_unlabelled(chunks, span) for span in _marked_back(chunks, labels, taken)]
    return sorted((*runs, *unlabelled), key=lambda run: run.start)


def clean(chunks: Sequence[Chunk], note: FoundNote) -> tuple[Chunk, ...]:
    """Return the chunks of *note*, its label and its marks back to the text cut out."""
    own = list(chunks[note.start : note.end])
    own[0] = own[0].with_cuts(_label_cuts(own[0].text, note.style))
    for place, chunk in enumerate(own):
        back = back_mark(chunk.text)
        if back is not None:
            own[place] = chunk.with_cuts(
                [RemovedSpan(start=back, end=len(chunk.text), rule="note.back-mark")]
            )
    if note.style is MarkerStyle.NAMED and own[-1].text.endswith("]"):
        end = len(own[-1].text)
        own[-1] = own[-1].with_cuts([RemovedSpan(start=end - 1, end=end, rule="note.label")])
    return tuple(own)


def _label_cuts(text: str, style: MarkerStyle) -> Iterator[RemovedSpan]:
    read = {MarkerStyle.NAMED: read_named, MarkerStyle.SIGN: read_sign}.get(style, read_label)
    label = read(text) if style is not MarkerStyle.NONE else None
    begins = label.end if label else 0
    if label:
        yield RemovedSpan(start=0, end=begins, rule="note.label")
    back = leading_back_mark(text[begins:])
    if back and style is not MarkerStyle.SIGN:
        yield RemovedSpan(start=begins, end=begins + back, rule="note.back-mark")


def _rising(
    labels: Sequence[NoteLabel | None], below: int
) -> Iterator[list[tuple[int, NoteLabel]]]:
    """Yield the chunks and labels of each run whose labels rise; *below* is where a heading of notes stands."""
    open_runs: dict[tuple[MarkerStyle, bool], list[tuple[int, NoteLabel]]] = {}
    for at, label in enumerate(labels):
        if label is None:
            continue
        family = (label.style, label.mark.isdecimal())
        run = open_runs.get(family)
        if run and _goes_on(run[-1], at, label, below):
            run.append((at, label))
            continue
        if run:
            yield run
        open_runs[family] = [(at, label)]
    yield from open_runs.values()


def _goes_on(last: tuple[int, NoteLabel], at: int, label: NoteLabel, below: int) -> bool:
    most = _BETWEEN_BELOW_HEADING if last[0] > below else _BETWEEN
    between = at - last[0] - 1 - (label.style is MarkerStyle.ALONE)
    step = label.value - last[1].value
    return (step == 1 and between <= most) or (1 < step <= 3 and between <= 0)


def _labelled(chunks: Sequence[Chunk], members: Sequence[tuple[int, NoteLabel]]) -> NoteList:
    notes = [
        FoundNote(mark=label.mark, style=label.style, start=at, end=after)
        for (at, label), (after, _) in pairwise(members)
    ]
    backs = sum(_has_back_mark(chunks, note) for note in notes)
    at, label = members[-1]
    end = _last_end(chunks, at, label.style, is_marked=backs > 0 or not notes)
    notes.append(FoundNote(mark=label.mark, style=label.style, start=at, end=end))
    return _run(chunks, notes)


def _run(chunks: Sequence[Chunk], notes: Sequence[FoundNote]) -> NoteList:
    heading, is_sure = _heading_above(chunks, notes[0].start)
    return NoteList(
        notes=tuple(notes),
        heading=heading,
        is_sure_heading=is_sure,
        backs=sum(_has_back_mark(chunks, note) for note in notes),
        is_wordy=sum(_reads_as_note(chunks, note) for note in notes) * 2 >= len(notes),
    )


def _reads_as_note(chunks: Sequence[Chunk], note: FoundNote) -> bool:
    own = chunks[note.start : note.end]
    return any(chunk.size >= 6 or chunk.ends_sentence or "://" in chunk.text for chunk in own)


def _last_end(chunks: Sequence[Chunk], at: int, style: MarkerStyle, *, is_marked: bool) -> int:
    """
    Return where the last note of a run ends, which begins at chunk *at*.

    It goes on to the chunk that bears its mark back, if the notes of this run bear any; else over chunks that are set
    further in; else it is one chunk, or the one after a label that stands alone.
    """
    end = min(at + 2, len(chunks)) if style is MarkerStyle.ALONE else at + 1
    if is_marked and back_mark(chunks[end - 1].text) is None:
        for further in range(end, min(end + _FURTHER_BACK, len(chunks))):
            if back_mark(chunks[further].text) is not None:
                return further + 1
    while end < len(chunks) and _is_further_in(chunks[end], chunks[at]):
        end += 1
    return end


def _is_further_in(chunk: Chunk, first: Chunk) -> bool:
    """Whether a chunk goes on below the first of a note, set further in than that."""
    return chunk.indent > first.indent and chunk.gap <= 1 and not is_notes_heading(chunk.shown)


def _has_back_mark(chunks: Sequence[Chunk], note: FoundNote) -> bool:
    label = read_label(chunks[note.start].text)
    begins = label.end if label else 0
    return leading_back_mark(chunks[note.start].text[begins : begins + 20]) > 0 or any(
        back_mark(chunk.text) is not None for chunk in chunks[note.start : note.end]
    )


def _marked_back(
    chunks: Sequence[Chunk], labels: Sequence[NoteLabel | None], taken: set[int]
) -> Iterator[list[int]]:
    """Yield where the notes of each run without labels begin, and where the last one ends."""
    marked = [
        at
        for at, chunk in enumerate(chunks)
        if at not in taken
        and labels[at] is None
        and (back_mark(chunk.text) is not None or leading_back_mark(chunk.text) > 0)
        and len(chunk.text) > 4
    ]
    run: list[int] = []
    for at in marked:
        if run and (at - run[-1] > _BETWEEN + 1 or _is_headed(chunks, run[-1] + 1, at)):
            yield run
            run = []
        run.append(at)
    if run:
        yield run


def _is_headed(chunks: Sequence[Chunk], start: int, end: int) -> bool:
    """Whether a heading of notes stands between two chunks."""
    shown = (chunk.shown for chunk in chunks[start:end])
    return any(is_notes_heading(text) or is_sources_heading(text) for text in shown)


def part(
    chunks: Sequence[Chunk], run: NoteList, is_text: Callable[[FoundNote, FoundNote], bool]
) -> Iterator[NoteList]:
    """
    Yield the pieces of a run where it stands apart: each note below the paragraph that cites it.

    *is_text* tells whether what stands between two notes is text, and not more of the first.
    """
    notes: list[FoundNote] = []
    for note, after in pairwise((*run.notes, run.notes[-1])):
        ends = note is not after and is_text(note, after)
        notes.append(replace(note, end=note.start + 1) if ends else note)
        if ends or note is run.notes[-1]:
            yield _run(chunks, notes)
            notes = []


def _unlabelled(chunks: Sequence[Chunk], marked: Sequence[int]) -> NoteList:
    """Return the run of notes without labels; chunks between two marks belong to the note whose mark closes it."""
    notes = []
    start = marked[0]
    for number, at in enumerate(marked, start=1):
        if leading_back_mark(chunks[at].text):
            start = at
        notes.append(FoundNote(mark=str(number), style=MarkerStyle.NONE, start=start, end=at + 1))
        start = at + 1
    return _run(chunks, notes)


def _heading_above(chunks: Sequence[Chunk], start: int) -> tuple[int | None, bool]:
    """Return the chunk of the heading right above *start*, lines across the page aside, and whether it is sure."""
    for at in range(start - 1, max(-1, start - 3), -1):
        text = chunks[at].shown
        if is_notes_heading(text):
            return at, True
        if is_sources_heading(text):
            return at, False
        if not HORIZONTAL_RULE.match(text):
            break
    return None, False
