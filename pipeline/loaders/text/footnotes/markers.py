"""The places in the text that may be markers of notes: `[1]`, `(1)`, `¹`, `*` and bare numbers."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.chunks import Chunk, find_urls
from pipeline.loaders.text.footnotes.labels import (
    SUPERSCRIPT,
    SUPERSCRIPT_DIGITS,
    SYMBOL,
    NoteStyle,
)
from pipeline.loaders.text.footnotes.numeric_markers import (
    CONTEXT_AFTER,
    CONTEXT_BEFORE,
    Confidence,
    rate_marker,
)

_BRACKET = re.compile(
    r"\[\s?\^?(\d{1,3}(?:\s?[,;]\s?\d{1,3}){0,8}|[A-Za-z])\s?\]|(?<!\{)\{(\d{1,3})\}(?!\})"
)
_PAREN = re.compile(r"\((\d{1,3})\)")
_SUPERSCRIPT = re.compile(rf"⁽?({SUPERSCRIPT}{{1,3}}(?:[,;]\s?{SUPERSCRIPT}{{1,3}}){{0,8}})⁾?")
_SYMBOL = re.compile(
    rf"(?<=\S)\s?(?:\(({SYMBOL})\)|\[({SYMBOL})\])|(?<=[^\s*†‡§(\[])({SYMBOL})(?![\w*†‡])"
)
_BARE = re.compile(r"(?<!\d)[0-9]{1,3}(?!\d)")
#: Words set between two stars.
_EMPHASIZED = re.compile(r"(?<![\w*])\*(?=[^\s*])[^*]{1,200}(?<=\S)\*(?![\w*])")
#: Powers, not markers: m², x², 10³, CO².
_POWER = re.compile(
    r"(?:^|[\s\d(/·])(?:[kcdmµ]?m|ft|in|yd|mi|[A-Za-z]|CO)$|(?<!\d)\d{1,3}$|[.,]\d+$"
)
_NEXT_WORD = re.compile(r"\s[^\W\d_]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """A place that may be a marker: signs *start* to *end* of a chunk, for the notes so labelled."""

    chunk: int
    start: int
    end: int
    style: NoteStyle
    labels: tuple[str, ...]
    confidence: Confidence

    @property
    def position(self) -> tuple[int, int]:
        return self.chunk, self.start


#: The weights `MarkerIndex.first()` can be asked for.
_MINIMUM_CONFIDENCES = (Confidence.FAIR, Confidence.LIKELY)


class MarkerIndex:
    """All markers of a text in reading order, found by style and mark."""

    def __init__(self, markers: Iterable[Marker]) -> None:
        self._by_style: dict[NoteStyle, list[Marker]] = defaultdict(list)
        self._by_mark: dict[tuple[NoteStyle, str, Confidence], list[Marker]] = defaultdict(list)
        for marker in markers:
            self._by_style[marker.style].append(marker)
            for label in marker.labels:
                for confidence in _MINIMUM_CONFIDENCES:
                    if marker.confidence >= confidence:
                        self._by_mark[marker.style, label, confidence].append(marker)

    def find_first(
        self, style: NoteStyle, label: str, after: tuple[int, int], before: int, minimum: Confidence
    ) -> Marker | None:
        """Return the first marker of that mark after a place and before a chunk, if it weighs enough."""
        match = self._by_mark.get((style, label, minimum), [])
        i = bisect_right(match, after, key=lambda marker: marker.position)
        return match[i] if i < len(match) and match[i].chunk < before else None

    def find_between(self, style: NoteStyle, find_first: int, end: int) -> Sequence[Marker]:
        """Return the markers of a style in the chunks *first* to *end*."""
        match = self._by_style[style]
        low = bisect_left(match, find_first, key=lambda marker: marker.chunk)
        return match[low : bisect_left(match, end, key=lambda marker: marker.chunk)]


def find_markers(chunks: Sequence[Chunk], labels: Container[str]) -> Iterator[Marker]:
    """
    Yield what may be a marker, chunk by chunk.

    *labels* are the numbers some note may bear: a bare number that is none of them is not weighed. Nothing at the
    very start of a chunk is a marker: there it is a label, or the number of a paragraph.
    """
    for chunk_number, chunk in enumerate(chunks):
        text = chunk.text
        match = [
            *_find_bracketed(chunk_number, text),
            *_find_superscripts(chunk_number, text),
            *_find_symbols(chunk_number, text),
            *_find_bare_numbers(chunk_number, text, labels),
        ]
        addresses = list(find_urls(text)) if match else []
        yield from (
            marker
            for marker in sorted(match, key=lambda marker: marker.start)
            if marker.start > 0 and not _is_inside(marker.start, addresses)
        )


def _is_inside(position: int, spans: Sequence[tuple[int, int]]) -> bool:
    i = bisect_left(spans, position, key=lambda span: span[1])
    return i < len(spans) and spans[i][0] <= position < spans[i][1]


def _find_bracketed(chunk: int, text: str) -> Iterator[Marker]:
    if "[" in text or "{" in text:
        for match in _BRACKET.finditer(text):
            labels = tuple(re.findall(r"\w+", match[1] or match[2]))
            yield Marker(
                chunk=chunk,
                start=match.start(),
                end=match.end(),
                style=NoteStyle.BRACKET,
                labels=labels,
                confidence=Confidence.SURE,
            )
    if "(" in text:
        for match in _PAREN.finditer(text):
            is_enumeration = text[match.start() - 1].isspace() and _NEXT_WORD.match(
                text, match.end()
            )
            yield Marker(
                chunk=chunk,
                start=match.start(),
                end=match.end(),
                style=NoteStyle.PAREN,
                labels=(match[1],),
                confidence=Confidence.POSSIBLE if is_enumeration else Confidence.SURE,
            )


def _find_superscripts(chunk: int, text: str) -> Iterator[Marker]:
    if text.isascii():
        return
    for match in _SUPERSCRIPT.finditer(text):
        labels = tuple(re.findall(r"\d+", match[1].translate(SUPERSCRIPT_DIGITS)))
        start = match.start()
        is_power = _POWER.search(text[max(0, start - 8) : start])
        yield Marker(
            chunk=chunk,
            start=start,
            end=match.end(),
            style=NoteStyle.SUPERSCRIPT,
            labels=labels,
            confidence=Confidence.NEVER if is_power else Confidence.SURE,
        )


def _find_symbols(chunk: int, text: str) -> Iterator[Marker]:
    if "*" not in text and "†" not in text and "‡" not in text and "§" not in text:
        return
    emphasized = [match.span() for match in _EMPHASIZED.finditer(text)]
    for match in _SYMBOL.finditer(text):
        if _is_inside(match.start(), emphasized):
            continue
        yield Marker(
            chunk=chunk,
            start=match.start(),
            end=match.end(),
            style=NoteStyle.SYMBOL,
            labels=(match[1] or match[2] or match[3],),
            confidence=Confidence.SURE,
        )


def _find_bare_numbers(chunk: int, text: str, labels: Container[str]) -> Iterator[Marker]:
    for match in _BARE.finditer(text):
        if match[0] not in labels or not match.start():
            continue
        start, end = match.span()
        confidence = rate_marker(
            text[max(0, start - CONTEXT_BEFORE) : start], text[end : end + CONTEXT_AFTER]
        )
        if confidence > Confidence.NEVER:
            yield Marker(
                chunk=chunk,
                start=start,
                end=end,
                style=NoteStyle.BARE,
                labels=(match[0],),
                confidence=confidence,
            )
