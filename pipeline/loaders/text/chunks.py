"""The blocks of a plain-text source, and the patterns that blocks begin and end with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median_low

#: The end of a sentence; quotation marks, brackets and markers may follow it.
SENTENCE_END = re.compile(
    r"""[.!?…。！？][\s"'”“’»«)\]›]{0,6}"""
    r"""(?:\s?(?:\[[\d,;\s–-]{1,9}\]|[\[(](?:[A-Za-z]|[ivxl]{2,6}|\d{1,3})[\])]"""
    r"""|[\d¹²³⁰⁴-⁹]{1,3}|[*†‡§]{1,3})){0,4}$"""
)

#: The entries of a menu on one line.
_MENU = re.compile(r"(?:[^|·•/»›\t]{1,40}[|·•/»›\t]){4}")
#: A bullet and the space after it.
BULLET = re.compile(r"[•◦▪‣●○■∙⁃]\s*|[·*–-]\s+")
#: The number of a list item: `1.` or `1)`.
LIST_NUMBER = re.compile(r"(\d{1,3})([.)])\s+(?=\S)")
#: The beginning of a list item or a note.
_LIST_ITEM = re.compile(
    r"[•◦▪‣●○■∙⁃]|[·*–-]\s|\d{1,3}[.)]\s|\[\d{1,3}\]|\[(?:[A-Za-z]|[ivxl]{2,6})\]\s|\((?:\d{1,3}|[A-Za-z]|[ivxl]{2,6})\)\s|[¹²³⁰⁴-⁹]{1,3}|[*†‡]{1,3}\S"
    r"|\[(?:foot)?note\s",
    re.I,
)
#: A horizontal rule: a line of repeated characters.
RULE = re.compile(r"(?:[-–—_=*~•·#]\s{0,2}){3,}$")

#: A URL in running text, without the punctuation that closes a sentence or a bracket around it.
_URL = re.compile(r"(?<![^\W_])https?://[^\s<>\"“”„«»‹›‘|\\^`{}\[\]⁰¹²³⁴-⁹]{3,}")
_URL_TAIL = ".,;:!?'’*_…"

_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, kw_only=True, slots=True)
class RemovedSpan:
    """Characters of a chunk removed by a named rule, and the notes that they cite, counted from 1."""

    start: int
    end: int
    rule: str
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """
    A block of the source: a paragraph, a heading, a line of a menu.

    Args:
        text: Its text, lines joined.
        blank_lines: The number of blank lines before it.
        indent: The number of spaces it begins with.
        is_verse: Whether it continues the chunk before it after a line break by the author.
        is_after_notes: Whether it follows the notes, among the appeal and boilerplate.
        removed: What is left out when it becomes part of the article.
    """

    text: str
    blank_lines: int = 1
    indent: int = 0
    is_verse: bool = False
    is_after_notes: bool = False
    removed: tuple[RemovedSpan, ...] = ()

    @cached_property
    def word_count(self) -> int:
        """The number of words; in scripts without spaces two characters count as one."""
        words = len(self.text.split())
        return words if self.text.isascii() else words + len(_CJK.findall(self.text)) // 2

    @cached_property
    def is_prose(self) -> bool:
        """Whether it reads like a paragraph: long, or of medium length and ending like a sentence; a menu does not."""
        if self.word_count >= 10 and _MENU.match(self.text):
            return False
        return self.word_count >= 25 or (self.word_count >= 10 and self.ends_sentence)

    @cached_property
    def ends_sentence(self) -> bool:
        """Whether it ends like a sentence, even if a marker or quotation mark follows."""
        return SENTENCE_END.search(self.visible_text[-24:]) is not None

    @property
    def is_list_item(self) -> bool:
        """Whether it begins with a bullet or a list number."""
        return bool(BULLET.match(self.text) or LIST_NUMBER.match(self.text))

    @property
    def cites_notes(self) -> bool:
        """Whether a marker was removed from it."""
        return any(span.notes for span in self.removed)

    @cached_property
    def visible_text(self) -> str:
        """The text without the removed spans."""
        pieces, end = [], 0
        for span in sorted(self.removed, key=lambda span: (span.start, -span.end)):
            pieces.append(self.text[end : span.start])
            end = max(end, span.end)
        return "".join([*pieces, self.text[end:]]).strip()

    def iter_removed(self) -> Iterator[tuple[str, str]]:
        """Yield the rule and the text of each removed span."""
        end = 0
        for span in sorted(self.removed, key=lambda span: (span.start, -span.end)):
            if span.end > end:
                yield span.rule, self.text[max(end, span.start) : span.end].strip()
                end = span.end

    def remove(self, spans: Iterable[RemovedSpan]) -> Chunk:
        """Return a copy with more spans removed."""
        return replace(self, removed=(*self.removed, *spans))

    def slice(self, start: int, end: int | None = None) -> Chunk:
        """Return the chunk of the text from *start* to *end*, with the removed spans inside it."""
        end = len(self.text) if end is None else end
        removed = tuple(
            replace(span, start=span.start - start, end=span.end - start)
            for span in self.removed
            if start <= span.start and span.end <= end
        )
        return replace(self, text=self.text[start:end], removed=removed)


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureText:
    """What is left of a figure after copying; *caption* is without the credit, *label* precedes it: "Photo:"."""

    alt: str = ""
    caption: Chunk | None = None
    credit: str | None = None
    label: str = ""


Item = Chunk | FigureText


def find_first_paragraph(items: Sequence[Item]) -> int | None:
    """Return the index of the first paragraph."""
    return next((i for i, it in enumerate(items) if isinstance(it, Chunk) and it.is_prose), None)


def usual_blank_lines(items: Sequence[Item]) -> int:
    """Return the median number of blank lines before a paragraph."""
    prose = [item for item in items if isinstance(item, Chunk) and item.is_prose]
    return median_low([chunk.blank_lines for chunk in prose] or [1])


def strip_bullet(text: str) -> str:
    """Return *text* without the bullet at its beginning."""
    match = BULLET.match(text)
    return text[match.end() :] if match else text


def starts_list_item(text: str) -> bool:
    """Whether a line begins like a list item or a note."""
    return _LIST_ITEM.match(text) is not None


def find_urls(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each http and https URL in *text*."""
    if "://" not in text:
        return
    for match in _URL.finditer(text):
        url = match[0].rstrip(_URL_TAIL)
        while url.endswith(")") and url.count("(") < url.count(")"):
            url = url[:-1].rstrip(_URL_TAIL)
        if len(url) > len("https://"):
            yield match.start(), match.start() + len(url)
