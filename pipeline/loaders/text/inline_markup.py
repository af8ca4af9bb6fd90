"""Parse the text of a chunk: spans are removed, references take their place, URLs are linked, `_words_` emphasized."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence

from pipeline.loaders.text.chunks import Chunk, RemovedSpan, find_urls
from pipeline.models.article import Break, Emphasis, Inline, Link, NoteRef, Text

#: White space other than a single space or no-break space.
_SPACES = re.compile(r"\s{2,}|[^\S \xa0\u202f]")
_EMPHASIS = re.compile(r"(?<!\w)_(?=[^\s_])[^_]+(?<=\S)_(?!\w)")
#: What may follow a marker directly; before it the space in front of the marker goes.
_AFTER_MARKER = re.compile(r"[\s.,;:!?…)\]”’\"'»—–]|$")


def parse_inlines(chunk: Chunk, *, has_emphasis: bool) -> tuple[Inline, ...]:
    """Return the inlines of *chunk*; with *has_emphasis*, text between underscores is emphasized."""
    text, references = _remove_spans(chunk)
    urls = list(find_urls(text))
    splitter = _InlineSplitter(text, references, urls)
    inlines: list[Inline] = []
    last_end = 0
    for start, end in _find_emphasis(text, urls) if has_emphasis else []:
        inlines += splitter.split_range(last_end, start)
        inlines.append(Emphasis(inlines=tuple(splitter.split_range(start + 1, end - 1))))
        last_end = end
    return (*inlines, *splitter.split_range(last_end, len(text)))


def parse_verse(chunks: Sequence[Chunk], *, has_emphasis: bool) -> tuple[Inline, ...]:
    """Return the inlines of lines broken by the author."""
    result: list[Inline] = []
    for chunk in chunks:
        result += [Break()] if result else []
        result += parse_inlines(chunk, has_emphasis=has_emphasis)
    return tuple(result)


def collapse_spaces(text: str) -> str:
    """Return *text* with single spaces; a single no-break space stays."""
    return _SPACES.sub(" ", text).strip()


def _remove_spans(chunk: Chunk) -> tuple[str, list[tuple[int, int]]]:
    """
    Return the text without the removed spans, and the position and the note of each reference in it.

    The space before a marker is removed too where none is needed after it.
    """
    pieces: list[str] = []
    references: list[tuple[int, int]] = []
    start = length = 0
    last_character = " "
    end = RemovedSpan(start=len(chunk.text), end=len(chunk.text), rule="")
    spans = (*sorted(chunk.removed, key=lambda span: (span.start, -span.end)), end)
    ends_marker = _find_marker_ends(spans)
    for span in spans:
        piece = _SPACES.sub(" ", chunk.text[start : max(start, span.start)])
        start = max(start, span.end)
        if span is end or (span.notes and _AFTER_MARKER.match(chunk.text, ends_marker[span])):
            piece = piece.rstrip()
        if last_character.isspace():
            piece = piece.lstrip()
        last_character = piece[-1:] or last_character
        pieces.append(piece)
        length += len(piece)
        references += [(length, note) for note in span.notes]
    text = "".join(pieces).rstrip()
    return text, [(min(position, len(text)), note) for position, note in references]


def _find_marker_ends(spans: Sequence[RemovedSpan]) -> dict[RemovedSpan, int]:
    """Return for each span where the markers end that stand together with it: `[2][3]`."""
    ends: dict[RemovedSpan, int] = {}
    after: RemovedSpan | None = None
    for span in reversed(spans):
        is_joined = after is not None and after.notes and after.start == span.end
        ends[span] = ends[after] if after is not None and is_joined else span.end
        after = span
    return ends


def _find_emphasis(text: str, urls: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return start and end of text between underscores, unless a URL overlaps it."""
    if "_" not in text:
        return []
    found = (match.span() for match in _EMPHASIS.finditer(text))
    return [span for span in found if not _is_overlapping(span, urls)]


def _is_overlapping(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    i = bisect_left(others, span[0] + 1, key=lambda other: other[1])
    return i < len(others) and others[i][0] < span[1]


class _InlineSplitter:
    """Yields text, links and references in order; each reference once, in the first range that reaches it."""

    def __init__(
        self, text: str, references: Sequence[tuple[int, int]], urls: Sequence[tuple[int, int]]
    ) -> None:
        self._text, self._references, self._urls = text, deque(references), deque(urls)

    def split_range(self, start: int, end: int) -> Iterator[Inline]:
        """Yield the inlines from *start* to *end*."""
        while self._urls and self._urls[0][0] < end:
            url_start, url_end = self._urls.popleft()
            yield from self._split_text(start, url_start)
            url = self._text[url_start:url_end]
            yield Link(href=url, inlines=(Text(text=url),))
            start = url_end
        yield from self._split_text(start, end)

    def _split_text(self, start: int, end: int) -> Iterator[Inline]:
        while self._references and self._references[0][0] <= end:
            position, note = self._references.popleft()
            if position > start:
                yield Text(text=self._text[start:position])
                start = position
            yield NoteRef(note=note)
        if start < end:
            yield Text(text=self._text[start:end])
