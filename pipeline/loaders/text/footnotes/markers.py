"""Find what may be markers of notes in the text: `[1]`, `(1)`, `¹`, `*` and bare numbers."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.loaders.shared.languages import SUPERSCRIPT_DIGITS, SUPERSCRIPTS, is_power
from pipeline.loaders.text.chunks import Chunk, find_urls
from pipeline.loaders.text.footnotes.labels import LETTER_LABEL, SYMBOL, NoteStyle
from pipeline.loaders.text.footnotes.numeric_markers import (
    CONTEXT_AFTER,
    CONTEXT_BEFORE,
    Confidence,
    evaluate_marker,
)

#: One label, or several: `[2, 3]`, `[2-4]`, `[i, ii]`.
_LABELS = rf"\d{{1,3}}(?:\s?[,;–-]\s?\d{{1,3}}){{0,8}}|(?:{LETTER_LABEL})(?:\s?[,;]\s?(?:{LETTER_LABEL})){{0,8}}"
_BRACKET = re.compile(rf"\[\s?\^?({_LABELS})\s?\]|(?<!\{{)\{{(\d{{1,3}})\}}(?!\}})")
_PAREN = re.compile(rf"\(({_LABELS})\)")
_SUPERSCRIPT = re.compile(
    rf"⁽?([{SUPERSCRIPTS}]{{1,3}}(?:[,;⁻⁼–-]\s?[{SUPERSCRIPTS}]{{1,3}}){{0,8}})⁾?"
)
_LABEL = re.compile(r"(?P<range>[–⁻-])?\s?(?P<label>[^\W_]+)")
#: The most notes that a range cites.
_MAX_RANGE = 20
_SYMBOL = re.compile(
    rf"(?<=\S)\s?(?:\(({SYMBOL})\)|\[({SYMBOL})\])"
    r"|(?<=[^\s*†‡§‖¶(\[])([*†‡§‖¶]{1,4})(?!\w)|(?<=[.!?…”’\"»)†‡] )([†‡‖]{1,3})(?!\w)"
)
#: The symbols in a run of them, each repeated or not.
_SAME_SYMBOLS = re.compile(SYMBOL)
_SYMBOLS = "*†‡§‖¶"
_BARE = re.compile(r"(?<!\d)[0-9]{1,3}(?!\d)")
#: Several bare numbers after the end of a sentence or a quotation: `why.2, 3`.
_BARE_GROUP = re.compile(
    r"(?<=[^\W\d_][.!?…”’\"»)])[0-9]{1,3}(?:\s?[,;]?\s?(?<!\d)[0-9]{1,3}){1,4}(?![\w.,:/%-]|\s?[0-9])"
)
#: Words between two stars.
_EMPHASIZED = re.compile(r"(?<![\w*])\*(?=[^\s*])[^*]{1,200}(?<=\S)\*(?![\w*])")
#: What ends a sentence or a quotation before a marker.
_CLOSING = ".,;:!?…。\"'”’»)]"
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
            labels = _split_labels(match[1] or match[2])
            yield _build_marker(chunk, match, NoteStyle.BRACKET, labels)
    if "(" in text:
        for match in _PAREN.finditer(text):
            confidence = _evaluate_parenthesis(text, match)
            labels = _split_labels(match[1])
            yield _build_marker(chunk, match, NoteStyle.PAREN, labels, confidence)


def _evaluate_parenthesis(text: str, match: re.Match[str]) -> Confidence:
    """Return whether `(1)` or `(a)` may be a marker; "the member(s)", "as in (a)" and "first (1) the wall" are not."""
    before = text[max(0, match.start() - 8) : match.start()]
    last = before.rstrip()[-1:]
    is_spaced = before[-1:].isspace()
    is_enumeration = is_spaced and last != ")" and _NEXT_WORD.match(text, match.end())
    is_in_sentence = match[1].isalpha() and last not in _CLOSING and (is_spaced or last.isalpha())
    return Confidence.POSSIBLE if is_enumeration or is_in_sentence else Confidence.SURE


def _find_superscripts(chunk: int, text: str) -> Iterator[Marker]:
    if text.isascii():
        return
    for match in _SUPERSCRIPT.finditer(text):
        labels = _split_labels(match[1].translate(SUPERSCRIPT_DIGITS))
        confidence = Confidence.NEVER if is_power(text[: match.start()]) else Confidence.SURE
        yield _build_marker(chunk, match, NoteStyle.SUPERSCRIPT, labels, confidence)


def _split_labels(text: str) -> list[str]:
    """Return the labels in "2, 3" and, with those in between, in "2-4"."""
    labels: list[str] = []
    for match in _LABEL.finditer(text):
        label = match["label"]
        if label.isdecimal():
            first, last = int(labels[-1]) if match["range"] and labels else 0, int(label)
            if first < last <= first + _MAX_RANGE and match["range"]:
                labels += map(str, range(first + 1, last))
            label = str(last) if last else label
        labels.append(label)
    return labels


def _find_symbols(chunk: int, text: str) -> Iterator[Marker]:
    if not any(symbol in text for symbol in _SYMBOLS):
        return
    emphasized = [match.span() for match in _EMPHASIZED.finditer(text)]
    for match in _SYMBOL.finditer(text):
        if _is_inside(match.start(), emphasized):
            continue
        if label := match[1] or match[2]:
            yield _build_marker(chunk, match, NoteStyle.SYMBOL, [label])
            continue
        for symbols in _SAME_SYMBOLS.finditer(text, *match.span(match.lastindex or 0)):
            yield _build_marker(chunk, symbols, NoteStyle.SYMBOL, [symbols[0]])


def _find_bare_numbers(chunk: int, text: str, labels: Container[str]) -> Iterator[Marker]:
    grouped: set[int] = set()
    for group in _BARE_GROUP.finditer(text):
        numbers = list(_BARE.finditer(text, *group.span()))
        if all(number[0] in labels for number in numbers) and _are_rising(numbers):
            grouped.update(number.start() for number in numbers)
            ends = [*(number.start() for number in numbers[1:]), group.end()]
            for number, end in zip(numbers, ends, strict=True):
                marker = _build_marker(chunk, number, NoteStyle.BARE, [number[0]])
                yield replace(marker, end=end)
    for match in _BARE.finditer(text):
        if match[0] not in labels or not match.start() or match.start() in grouped:
            continue
        start, end = match.span()
        before = text[max(0, start - CONTEXT_BEFORE) : start]
        confidence = evaluate_marker(before, text[end : end + CONTEXT_AFTER])
        if confidence > Confidence.NEVER:
            yield _build_marker(chunk, match, NoteStyle.BARE, [match[0]], confidence)


def _are_rising(numbers: Sequence[re.Match[str]]) -> bool:
    return all(int(one[0]) < int(after[0]) for one, after in pairwise(numbers))


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
