"""Find what may be markers of notes in the text: `[1]`, `(1)`, `¹`, `*` and bare numbers."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.loaders.shared.languages import SUPERSCRIPT_DIGITS, SUPERSCRIPTS, is_power
from pipeline.loaders.text.chunks import Chunk, find_urls
from pipeline.loaders.text.footnotes.labels import SYMBOL, NoteStyle
from pipeline.loaders.text.footnotes.numeric_markers import (
    CONTEXT_AFTER,
    CONTEXT_BEFORE,
    Confidence,
    evaluate_marker,
)

_BRACKET = re.compile(
    r"\[\s?\^?(\d{1,3}(?:\s?[,;]\s?\d{1,3}){0,8}|[A-Za-z])\s?\]|(?<!\{)\{(\d{1,3})\}(?!\})"
)
_PAREN = re.compile(r"\((\d{1,3})\)")
_SUPERSCRIPT = re.compile(
    rf"⁽?([{SUPERSCRIPTS}]{{1,3}}(?:[,;]\s?[{SUPERSCRIPTS}]{{1,3}}){{0,8}})⁾?"
)
_SYMBOL = re.compile(
    rf"(?<=\S)\s?(?:\(({SYMBOL})\)|\[({SYMBOL})\])|(?<=[^\s*†‡§(\[])({SYMBOL})(?![\w*†‡])"
)
_BARE = re.compile(r"(?<!\d)[0-9]{1,3}(?!\d)")
#: Words between two stars.
_EMPHASIZED = re.compile(r"(?<![\w*])\*(?=[^\s*])[^*]{1,200}(?<=\S)\*(?![\w*])")
_NEXT_WORD = re.compile(r"\s[^\W\d_]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """A possible marker: characters *start* to *end* of a chunk, and the labels of the notes that it cites."""

    chunk: int
    start: int
    end: int
    style: NoteStyle
    labels: tuple[str, ...]
    confidence: Confidence

    @property
    def position(self) -> tuple[int, int]:
        return self.chunk, self.start


#: The minimum confidences that `MarkerIndex.find_first()` accepts.
_MINIMUM_CONFIDENCES = (Confidence.FAIR, Confidence.LIKELY)


class MarkerIndex:
    """All markers of a text in reading order, by style and label."""

    def __init__(self, markers: Iterable[Marker]) -> None:
        self._by_style: dict[NoteStyle, list[Marker]] = defaultdict(list)
        self._by_label: dict[tuple[NoteStyle, str, Confidence], list[Marker]] = defaultdict(list)
        for marker in markers:
            self._by_style[marker.style].append(marker)
            for label in marker.labels:
                for confidence in _MINIMUM_CONFIDENCES:
                    if marker.confidence >= confidence:
                        self._by_label[marker.style, label, confidence].append(marker)

    def find_first(
        self, style: NoteStyle, label: str, after: tuple[int, int], before: int, minimum: Confidence
    ) -> Marker | None:
        """Return the first marker with *label* after a position and before chunk *before*."""
        found = self._by_label.get((style, label, minimum), [])
        i = bisect_right(found, after, key=lambda marker: marker.position)
        return found[i] if i < len(found) and found[i].chunk < before else None

    def find_between(self, style: NoteStyle, first: int, end: int) -> Sequence[Marker]:
        """Return the markers of a style in the chunks from *first* to *end*."""
        found = self._by_style[style]
        low = bisect_left(found, first, key=lambda marker: marker.chunk)
        return found[low : bisect_left(found, end, key=lambda marker: marker.chunk)]


def find_markers(chunks: Sequence[Chunk], labels: Container[str]) -> Iterator[Marker]:
    """
    Yield all possible markers, chunk by chunk; bare numbers only if they are among *labels*.

    Nothing at the very beginning of a chunk is a marker: it is a label, or the number of a paragraph.
    """
    for number, chunk in enumerate(chunks):
        text = chunk.text
        found = [
            *_find_brackets(number, text),
            *_find_superscripts(number, text),
            *_find_symbols(number, text),
            *_find_bare_numbers(number, text, labels),
        ]
        urls = list(find_urls(text)) if found else []
        yield from (
            marker
            for marker in sorted(found, key=lambda marker: marker.start)
            if marker.start > 0 and not _is_inside(marker.start, urls)
        )


def _is_inside(position: int, spans: Sequence[tuple[int, int]]) -> bool:
    i = bisect_left(spans, position, key=lambda span: span[1])
    return i < len(spans) and spans[i][0] <= position < spans[i][1]


def _find_brackets(chunk: int, text: str) -> Iterator[Marker]:
    if "[" in text or "{" in text:
        for match in _BRACKET.finditer(text):
            labels = re.findall(r"\w+", match[1] or match[2])
            yield _build_marker(chunk, match, NoteStyle.BRACKET, labels)
    if "(" in text:
        for match in _PAREN.finditer(text):
            is_spaced = text[match.start() - 1].isspace()
            is_enumeration = is_spaced and _NEXT_WORD.match(text, match.end())
            confidence = Confidence.POSSIBLE if is_enumeration else Confidence.SURE
            yield _build_marker(chunk, match, NoteStyle.PAREN, [match[1]], confidence)


def _find_superscripts(chunk: int, text: str) -> Iterator[Marker]:
    if text.isascii():
        return
    for match in _SUPERSCRIPT.finditer(text):
        labels = re.findall(r"\d+", match[1].translate(SUPERSCRIPT_DIGITS))
        confidence = Confidence.NEVER if is_power(text[: match.start()]) else Confidence.SURE
        yield _build_marker(chunk, match, NoteStyle.SUPERSCRIPT, labels, confidence)


def _find_symbols(chunk: int, text: str) -> Iterator[Marker]:
    if "*" not in text and "†" not in text and "‡" not in text and "§" not in text:
        return
    emphasized = [match.span() for match in _EMPHASIZED.finditer(text)]
    for match in _SYMBOL.finditer(text):
        if not _is_inside(match.start(), emphasized):
            labels = [match[1] or match[2] or match[3]]
            yield _build_marker(chunk, match, NoteStyle.SYMBOL, labels)


def _find_bare_numbers(chunk: int, text: str, labels: Container[str]) -> Iterator[Marker]:
    for match in _BARE.finditer(text):
        if match[0] not in labels or not match.start():
            continue
        start, end = match.span()
        before = text[max(0, start - CONTEXT_BEFORE) : start]
        confidence = evaluate_marker(before, text[end : end + CONTEXT_AFTER])
        if confidence > Confidence.NEVER:
            yield _build_marker(chunk, match, NoteStyle.BARE, [match[0]], confidence)


def _build_marker(
    chunk: int,
    match: re.Match[str],
    style: NoteStyle,
    labels: Sequence[str],
    confidence: Confidence = Confidence.SURE,
) -> Marker:
    return Marker(
        chunk=chunk,
        start=match.start(),
        end=match.end(),
        style=style,
        labels=tuple(labels),
        confidence=confidence,
    )
