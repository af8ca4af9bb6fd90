"""Which lines are headings: short, without a full stop, set apart, and followed by what they head."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.loaders.text.boilerplate import edge_reason
from pipeline.loaders.text.chunks import (
    BULLET,
    HORIZONTAL_RULE,
    LIST_NUMBER,
    Chunk,
    FigureText,
    Item,
    urls,
)
from pipeline.loaders.text.footnotes.labels import read_sign
from pipeline.loaders.text.inline_markup import one_line

_LONGEST = 25
_CLOSERS = "\"'”’“»›)]"
_OPENERS = "\"'“„«‹"
#: How a sentence goes on that asks: such a question is a paragraph.
_CONJUNCTION = re.compile(
    r"(?:but|and|so|or|yet|then|well|und|aber|oder|denn|also|doch|mais|et|ou|or|donc|pero|y|o|mas|e|ma|maar|en|ale|i)\b",
    re.I,
)
_LETTER = re.compile(r"[^\W\d_]")


def is_heading(items: Sequence[Item], at: int, *, gap: int, byline: str | None = None) -> bool:
    """
    Whether the chunk at a place is a heading.

    *gap* is the space that usually stands before a paragraph. *byline* heads nothing, though it may stand above a
    line about the author.
    """
    chunk = items[at]
    return (
        isinstance(chunk, Chunk)
        and one_line(chunk.shown) != byline
        and _may_head(chunk)
        and _stands_apart(items, at, gap)
        and _heads_something(items, at, steps=2)
    )


def _may_head(chunk: Chunk) -> bool:
    """Whether its words may be a heading's."""
    text = one_line(chunk.shown)
    if chunk.size > _LONGEST or chunk.is_verse or len(_LETTER.findall(text[:200])) < 3:
        return False
    if (
        BULLET.match(text)
        or HORIZONTAL_RULE.match(text)
        or read_sign(text)
        or text[0] in "([—–-©@#"
    ):
        return False
    first = _LETTER.search(text)
    may_be_small = text[0] in _OPENERS + "0123456789" and not LIST_NUMBER.match(text)
    if first and first[0].islower() and not may_be_small:
        return False
    if _is_quotation(chunk, text) or any(True for _ in urls(text)):
        return False
    if len(text.split()) <= 3 and edge_reason(text):
        return False
    return _ends_as_heading(chunk, text)


def _ends_as_heading(chunk: Chunk, text: str) -> bool:
    """Whether it ends as headings do: in capitals anyhow, else in no sign but one that asks or cries."""
    inner = text.rstrip(_CLOSERS)
    if not inner or inner[-1] in ",;…":
        return False
    if inner[-1] in "?!":
        return not _CONJUNCTION.match(text)
    return text.isupper() or not (chunk.ends_sentence or inner[-1] in ".:。")


def _is_quotation(chunk: Chunk, text: str) -> bool:
    """Whether it is a quotation pulled out of the text."""
    return chunk.size >= 6 and text[0] in _OPENERS and text[-1] in _CLOSERS


def _stands_apart(items: Sequence[Item], at: int, gap: int) -> bool:
    """Whether space stands before it, where space stands before paragraphs."""
    item = items[at]
    is_first = at == 0 or isinstance(items[at - 1], FigureText)
    return is_first or (isinstance(item, Chunk) and item.gap >= min(1, gap))


def _is_paragraph(items: Sequence[Item], at: int) -> bool:
    """Whether a paragraph stands at a place: prose, a sentence of some words, or words that announce a list."""
    chunk = items[at]
    if not isinstance(chunk, Chunk):
        return False
    after = items[at + 1] if at + 1 < len(items) else None
    begins_list = isinstance(after, Chunk) and (
        BULLET.match(after.text) or LIST_NUMBER.match(after.text)
    )
    announces = begins_list and chunk.shown.endswith(":")
    return chunk.is_prose or announces or (chunk.size >= 6 and chunk.ends_sentence)


def _heads_something(items: Sequence[Item], at: int, steps: int) -> bool:
    """Whether a longer paragraph, a list or, *steps* deep, another heading follows it; pictures between aside."""
    chunk = items[at]
    place = at + 1
    while place < len(items) and isinstance(items[place], FigureText):
        place += 1
    after = items[place] if place < len(items) else None
    if not isinstance(chunk, Chunk) or not isinstance(after, Chunk):
        return False
    if BULLET.match(after.text) or LIST_NUMBER.match(after.text):
        return True
    if after.size > chunk.size and not after.is_verse and _is_paragraph(items, place):
        return True
    return steps > 1 and _may_head(after) and _heads_something(items, place, steps - 1)
