"""The places in the text that may be markers of notes: `[1]`, `(1)`, `¹`, `*` and bare numbers."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.loaders.text.chunks import Chunk, urls
from pipeline.loaders.text.footnotes.labels import RAISED, RAISED_DIGITS, SIGN, MarkerStyle
from pipeline.loaders.text.footnotes.numeric_markers import AFTER, BEFORE, Weight, weigh

_BRACKET = re.compile(
    r"\[\s?\^?(\d{1,3}(?:\s?[,;]\s?\d{1,3}){0,8}|[A-Za-z])\s?\]|(?<!\{)\{(\d{1,3})\}(?!\})"
)
_PAREN = re.compile(r"\((\d{1,3})\)")
_RAISED = re.compile(rf"⁽?({RAISED}{{1,3}}(?:[,;]\s?{RAISED}{{1,3}}){{0,8}})⁾?")
_SIGN = re.compile(rf"(?<=\S)\s?(?:\(({SIGN})\)|\[({SIGN})\])|(?<=[^\s*†‡§(\[])({SIGN})(?![\w*†‡])")
_BARE = re.compile(r"(?<!\d)[0-9]{1,3}(?!\d)")
#: Words set between two stars.
_STARRED = re.compile(r"(?<![\w*])\*(?=[^\s*])[^*]{1,200}(?<=\S)\*(?![\w*])")
#: Powers, not markers: m², x², 10³, CO².
_POWER = re.compile(
    r"(?:^|[\s\d(/·])(?:[kcdmµ]?m|ft|in|yd|mi|[A-Za-z]|CO)$|(?<!\d)\d{1,3}$|[.,]\d+$"
)
_GOES_ON = re.compile(r"\s[^\W\d_]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """A place that may be a marker: signs *start* to *end* of a chunk, for the notes so labelled."""

    chunk: int
    start: int
    end: int
    style: MarkerStyle
    marks: tuple[str, ...]
    weight: Weight

    @property
    def place(self) -> tuple[int, int]:
        return self.chunk, self.start


#: The weights `MarkerIndex.first()` can be asked for.
_LEAST = (Weight.FAIR, Weight.LIKELY)


class MarkerIndex:
    """All markers of a text in reading order, found by style and mark."""

    def __init__(self, markers: Iterable[Marker]) -> None:
        self._by_style: dict[MarkerStyle, list[Marker]] = defaultdict(list)
        self._by_mark: dict[tuple[MarkerStyle, str, Weight], list[Marker]] = defaultdict(list)
        for marker in markers:
            self._by_style[marker.style].append(marker)
            for mark in marker.marks:
                for weight in _LEAST:
                    if marker.weight >= weight:
                        self._by_mark[marker.style, mark, weight].append(marker)

    def first(
        self, style: MarkerStyle, mark: str, after: tuple[int, int], before: int, least: Weight
    ) -> Marker | None:
        """Return the first marker of that mark after a place and before a chunk, if it weighs enough."""
        found = self._by_mark.get((style, mark, least), [])
        at = bisect_right(found, after, key=lambda marker: marker.place)
        return found[at] if at < len(found) and found[at].chunk < before else None

    def within(self, style: MarkerStyle, first: int, end: int) -> Sequence[Marker]:
        """Return the markers of a style in the chunks *first* to *end*."""
        found = self._by_style[style]
        low = bisect_left(found, first, key=lambda marker: marker.chunk)
        return found[low : bisect_left(found, end, key=lambda marker: marker.chunk)]


def find_markers(chunks: Sequence[Chunk], labels: Container[str]) -> Iterator[Marker]:
    """
    Yield what may be a marker, chunk by chunk.

    *labels* are the numbers some note may bear: a bare number that is none of them is not weighed. Nothing at the
    very start of a chunk is a marker: there it is a label, or the number of a paragraph.
    """
    for number, chunk in enumerate(chunks):
        text = chunk.text
        found = [
            *_bracketed(number, text),
            *_raised(number, text),
            *_signs(number, text),
            *_bare(number, text, labels),
        ]
        addresses = list(urls(text)) if found else []
        yield from (
            marker
            for marker in sorted(found, key=lambda marker: marker.start)
            if marker.start > 0 and not _lies_in(marker.start, addresses)
        )


def _lies_in(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    at = bisect_left(spans, place, key=lambda span: span[1])
    return at < len(spans) and spans[at][0] <= place < spans[at][1]


def _bracketed(chunk: int, text: str) -> Iterator[Marker]:
    if "[" in text or "{" in text:
        for found in _BRACKET.finditer(text):
            marks = tuple(re.findall(r"\w+", found[1] or found[2]))
            yield Marker(
                chunk=chunk,
                start=found.start(),
                end=found.end(),
                style=MarkerStyle.BRACKET,
                marks=marks,
                weight=Weight.SURE,
            )
    if "(" in text:
        for found in _PAREN.finditer(text):
            is_counting = text[found.start() - 1].isspace() and _GOES_ON.match(text, found.end())
            yield Marker(
                chunk=chunk,
                start=found.start(),
                end=found.end(),
                style=MarkerStyle.PAREN,
                marks=(found[1],),
                weight=Weight.POSSIBLE if is_counting else Weight.SURE,
            )


def _raised(chunk: int, text: str) -> Iterator[Marker]:
    if text.isascii():
        return
    for found in _RAISED.finditer(text):
        marks = tuple(re.findall(r"\d+", found[1].translate(RAISED_DIGITS)))
        start = found.start()
        is_power = _POWER.search(text[max(0, start - 8) : start])
        yield Marker(
            chunk=chunk,
            start=start,
            end=found.end(),
            style=MarkerStyle.RAISED,
            marks=marks,
            weight=Weight.NEVER if is_power else Weight.SURE,
        )


def _signs(chunk: int, text: str) -> Iterator[Marker]:
    if "*" not in text and "†" not in text and "‡" not in text and "§" not in text:
        return
    starred = [found.span() for found in _STARRED.finditer(text)]
    for found in _SIGN.finditer(text):
        if _lies_in(found.start(), starred):
            continue
        yield Marker(
            chunk=chunk,
            start=found.start(),
            end=found.end(),
            style=MarkerStyle.SIGN,
            marks=(found[1] or found[2] or found[3],),
            weight=Weight.SURE,
        )


def _bare(chunk: int, text: str, labels: Container[str]) -> Iterator[Marker]:
    for found in _BARE.finditer(text):
        if found[0] not in labels or not found.start():
            continue
        start, end = found.span()
        weight = weigh(text[max(0, start - BEFORE) : start], text[end : end + AFTER])
        if weight > Weight.NEVER:
            yield Marker(
                chunk=chunk,
                start=start,
                end=end,
                style=MarkerStyle.BARE,
                marks=(found[0],),
                weight=weight,
            )
