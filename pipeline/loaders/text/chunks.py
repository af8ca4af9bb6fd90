"""
Chunks: the blocks of a plain-text source, and the patterns that they begin and end with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median_low

#: The end of a sentence; quotes, brackets and a marker may close it.
SENTENCE_END = re.compile(
    r"""[.!?…。！？][\s"'”“’»«)\]›]{0,6}(?:\[(?:\d{1,3}|[A-Za-z])\]|\(\d{1,3}\)|[\d¹²³⁰⁴-⁹]{1,3}|[*†‡]{1,3})?$"""
)

#: A bullet and the space after it.
BULLET = re.compile(r"[•◦▪‣●○■∙⁃]\s*|[·*–-]\s+")
#: The number of an item: `1.` or `1)`.
LIST_NUMBER = re.compile(r"(\d{1,3})([.)])\s+(?=\S)")
#: Whatever a list item or a note may begin with.
_ITEM = re.compile(
    r"[•◦▪‣●○■∙⁃]|[·*–-]\s|\d{1,3}[.)]\s|\[\d{1,3}\]|\[[A-Za-z]\]\s|\(\d{1,3}\)\s|[¹²³⁰⁴-⁹]{1,3}|[*†‡]{1,3}\S"
    r"|\[(?:foot)?note\s",
    re.I,
)
#: A line of signs across the page.
HORIZONTAL_RULE = re.compile(r"(?:[-–—_=*~•·#]\s{0,2}){3,}$")

#: An address in running text. What closes a sentence or a bracket around it is not part of it.
_URL = re.compile(r"(?<![^\W_])https?://[^\s<>\"“”„«»‹›‘|\\^`{}\[\]⁰¹²³⁴-⁹]{3,}")
_URL_TAIL = ".,;:!?'’*_…"

_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, kw_only=True, slots=True)
class RemovedSpan:
    """Signs of a chunk taken out by a named rule, and the drafts of the notes they cite, counted from 1."""

    start: int
    end: int
    rule: str
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """
    A block of the source.

    Args:
        text: Its words, lines joined.
        gap: How many empty lines stand before it.
        indent: How many spaces it begins with.
        is_verse: Whether it goes on from the chunk before it after a line break the author made.
        is_after_notes: Whether it stood after the notes, among appeal and chrome.
        cuts: What is taken out of *text* when it becomes part of the tree.
    """

    text: str
    gap: int = 1
    indent: int = 0
    is_verse: bool = False
    is_after_notes: bool = False
    cuts: tuple[RemovedSpan, ...] = ()

    @cached_property
    def size(self) -> int:
        """How many words it has; two signs count as a word in scripts that set no spaces."""
        words = len(self.text.split())
        return words if self.text.isascii() else words + len(_CJK.findall(self.text)) // 2

    @cached_property
    def is_prose(self) -> bool:
        """Whether it reads as a paragraph: long, or of some length and ending as a sentence does."""
        return self.size >= 25 or (self.size >= 10 and self.ends_sentence)

    @cached_property
    def ends_sentence(self) -> bool:
        """Whether it ends as a sentence does, whatever marker or quote may close it."""
        return SENTENCE_END.search(self.shown[-24:]) is not None

    @cached_property
    def shown(self) -> str:
        """Its words without what is cut."""
        kept, at = [], 0
        for cut in sorted(self.cuts, key=lambda cut: (cut.start, -cut.end)):
            kept.append(self.text[at : cut.start])
            at = max(at, cut.end)
        return "".join([*kept, self.text[at:]]).strip()

    def removed(self) -> Iterator[tuple[str, str]]:
        """Yield what is cut, and the rule that cuts it."""
        at = 0
        for cut in sorted(self.cuts, key=lambda cut: (cut.start, -cut.end)):
            if cut.end > at:
                yield cut.rule, self.text[max(at, cut.start) : cut.end].strip()
                at = cut.end

    def with_cuts(self, cuts: Iterable[RemovedSpan]) -> Chunk:
        """Return it with more cut out."""
        return replace(self, cuts=(*self.cuts, *cuts))

    def part(self, start: int, end: int | None = None) -> Chunk:
        """Return the chunk of its text from *start* to *end*, with the cuts that lie there."""
        end = len(self.text) if end is None else end
        cuts = tuple(
            replace(cut, start=cut.start - start, end=cut.end - start)
            for cut in self.cuts
            if start <= cut.start and cut.end <= end
        )
        return replace(self, text=self.text[start:end], cuts=cuts)


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureText:
    """
    What copying left of a picture.

    Args:
        alt: Its alternative text, as the source has it.
        caption: The chunk of its caption, without the credit.
        credit: Who made it.
        label: The word before the credit: "Photo:".
    """

    alt: str = ""
    caption: Chunk | None = None
    credit: str | None = None
    label: str = ""


Item = Chunk | FigureText


def first_prose(items: Sequence[Item]) -> int | None:
    """Return where the first paragraph stands."""
    for at, item in enumerate(items):
        if isinstance(item, Chunk) and item.is_prose:
            return at
    return None


def usual_gap(items: Sequence[Item]) -> int:
    """Return how many empty lines usually stand before a paragraph."""
    return median_low([it.gap for it in items if isinstance(it, Chunk) and it.is_prose] or [1])


def begins_item(text: str) -> bool:
    """Whether a line begins as an item of a list or a note does."""
    return _ITEM.match(text) is not None


def urls(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the http and https addresses of *text* begin and end."""
    if "://" not in text:
        return
    for found in _URL.finditer(text):
        url = found[0].rstrip(_URL_TAIL)
        while url.endswith(")") and url.count("(") < url.count(")"):
            url = url[:-1].rstrip(_URL_TAIL)
        if len(url) > len("https://"):
            yield found.start(), found.start() + len(url)
