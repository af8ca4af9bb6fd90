"""From a chunk to inlines: cuts taken out, references in their place, addresses linked, `_words_` emphasized."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.chunks import Chunk, RemovedSpan, urls
from pipeline.models.article import Break, Emphasis, Inline, Link, NoteRef, Text

#: White space that is not one plain or one no-break space.
_SPACES = re.compile(r"\s{2,}|[^\S \xa0\u202f]")
_EMPHASIS = re.compile(r"(?<!\w)_(?=[^\s_])[^_]+(?<=\S)_(?!\w)")
#: What may follow a marker without a space of its own.
_CLOSE = re.compile(r"[\s.,;:!?…)\]”’\"'»—–]|$")


@dataclass(frozen=True, kw_only=True, slots=True)
class _VisibleText:
    """Text without its cuts, and where in it notes are cited."""

    text: str
    refs: tuple[tuple[int, int], ...]


def inlines(chunk: Chunk, *, has_emphasis: bool) -> tuple[Inline, ...]:
    """Return the inlines of *chunk*; with *has_emphasis*, what stands between underscores is emphasized."""
    words = _words(chunk)
    addresses = list(urls(words.text))
    spans = _emphasized(words.text, addresses) if has_emphasis else []
    return tuple(_split(words, spans, addresses))


def verse(chunks: Sequence[Chunk], *, has_emphasis: bool) -> tuple[Inline, ...]:
    """Return the inlines of lines that the author broke."""
    result: list[Inline] = []
    for chunk in chunks:
        result += [Break()] if result else []
        result += inlines(chunk, has_emphasis=has_emphasis)
    return tuple(result)


def one_line(text: str) -> str:
    """Return *text* with its white space as single spaces; a lone no-break space stays."""
    return _SPACES.sub(" ", text).strip()


def _words(chunk: Chunk) -> _VisibleText:
    """Take the cuts out; the space before a marker goes where none is needed after it."""
    pieces: list[str] = []
    refs: list[tuple[int, int]] = []
    at = length = 0
    last = " "
    end = RemovedSpan(start=len(chunk.text), end=len(chunk.text), rule="")
    for cut in (*sorted(chunk.cuts, key=lambda cut: (cut.start, -cut.end)), end):
        piece = _SPACES.sub(" ", chunk.text[at : max(at, cut.start)])
        at = max(at, cut.end)
        if cut is end or (cut.notes and _CLOSE.match(chunk.text, at)):
            piece = piece.rstrip()
        if last.isspace():
            piece = piece.lstrip()
        last = piece[-1:] or last
        pieces.append(piece)
        length += len(piece)
        refs += [(length, note) for note in cut.notes]
    text = "".join(pieces).rstrip()
    return _VisibleText(
        text=text, refs=tuple((min(place, len(text)), note) for place, note in refs)
    )


def _emphasized(text: str, addresses: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where words between underscores stand, none that cross an address."""
    if "_" not in text:
        return []
    found = (match.span() for match in _EMPHASIS.finditer(text))
    return [span for span in found if not _overlaps(span, addresses)]


def _overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    at = bisect_left(others, span[0] + 1, key=lambda other: other[1])
    return at < len(others) and others[at][0] < span[1]


def _split(
    words: _VisibleText, spans: Sequence[tuple[int, int]], addresses: Sequence[tuple[int, int]]
) -> Iterator[Inline]:
    refs = iter([*words.refs, (len(words.text) + 1, 0)])
    leaves = _Leaves(words.text, list(refs), addresses)
    at = 0
    for start, end in spans:
        yield from leaves.up_to(at, start)
        yield Emphasis(inlines=tuple(leaves.up_to(start + 1, end - 1)))
        at = end
    yield from leaves.up_to(at, len(words.text))


class _Leaves:
    """Yields text, links and references in order; each reference once, in the stretch that reaches it first."""

    def __init__(
        self,
        text: str,
        refs: Sequence[tuple[int, int]],
        addresses: Sequence[tuple[int, int]],
    ) -> None:
        self._text, self._refs, self._addresses = text, refs, addresses
        self._next_ref = self._next_address = 0

    def up_to(self, start: int, end: int) -> Iterator[Inline]:
        """Yield what stands from *start* to *end*."""
        while self._next_address < len(self._addresses):
            first, last = self._addresses[self._next_address]
            if first >= end:
                break
            self._next_address += 1
            yield from self._plain(start, first)
            url = self._text[first:last]
            yield Link(href=url, inlines=(Text(text=url),))
            start = last
        yield from self._plain(start, end)

    def _plain(self, start: int, end: int) -> Iterator[Inline]:
        while self._next_ref < len(self._refs):
            place, note = self._refs[self._next_ref]
            if place > end:
                break
            self._next_ref += 1
            if place > start:
                yield Text(text=self._text[start:place])
                start = place
            yield NoteRef(note=note)
        if start < end:
            yield Text(text=self._text[start:end])
