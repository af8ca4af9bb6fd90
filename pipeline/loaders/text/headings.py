"""Decide which lines are headings: short, without a full stop, set apart, and followed by content."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.loaders.text.boilerplate.match_lines import match_edge_boilerplate
from pipeline.loaders.text.chunks import (
    BULLET,
    LIST_NUMBER,
    RULE,
    Chunk,
    FigureText,
    Item,
    find_urls,
)
from pipeline.loaders.text.footnotes.labels import read_symbol_label
from pipeline.loaders.text.inline_markup import collapse_spaces

_MAX_HEADING_WORDS = 25
_CLOSING = "\"'”’“»›)]"
_OPENING = "\"'“„«‹"
#: How a question in the running text begins: such a line is a paragraph.
_CONJUNCTION = re.compile(
    r"(?:but|and|so|or|yet|then|well|und|aber|oder|denn|also|doch|mais|et|ou|or|donc|pero|y"
    r"|o (?:se|forse|magari|meglio|addirittura|invece|no|non|quizás?|acaso|tal vez|mejor)|mas|e|ma|maar|en|ale|i)\b",
    re.I,
)
_LETTER = re.compile(r"[^\W\d_]")


def is_heading(
    items: Sequence[Item], i: int, *, blank_lines: int, byline: str | None = None
) -> bool:
    """
    Whether item *i* is a heading; *blank_lines* is the usual number of blank lines before a paragraph.

    The *byline* never is one, even above a line about the author.
    """
    chunk = items[i]
    return (
        isinstance(chunk, Chunk)
        and collapse_spaces(chunk.visible_text) != byline
        and _has_heading_text(chunk)
        and _is_set_apart(items, i, blank_lines)
        and _has_content_below(items, i, depth=2)
    )


def _has_heading_text(chunk: Chunk) -> bool:
    """Whether the text alone may be a heading."""
    text = collapse_spaces(chunk.visible_text)
    if chunk.word_count > _MAX_HEADING_WORDS or chunk.is_verse:
        return False
    if len(_LETTER.findall(text[:200])) < 3:
        return False
    if BULLET.match(text) or RULE.match(text) or read_symbol_label(text) or text[0] in "([—–-©@#":
        return False
    letter = _LETTER.search(text)
    may_be_lower_case = text[0] in _OPENING + "0123456789" and not LIST_NUMBER.match(text)
    if letter and letter[0].islower() and not may_be_lower_case:
        return False
    if _is_quotation(chunk, text) or next(find_urls(text), None):
        return False
    if len(text.split()) <= 3 and match_edge_boilerplate(text):
        return False
    return _ends_like_heading(chunk, text)


def _ends_like_heading(chunk: Chunk, text: str) -> bool:
    """Whether it ends like a heading: without punctuation but ? and !, or all in capitals."""
    inner = text.rstrip(_CLOSING)
    if not inner or inner[-1] in ",;…":
        return False
    if inner[-1] in "?!":
        return not _CONJUNCTION.match(text)
    return text.isupper() or not (chunk.ends_sentence or inner[-1] in ".:。")


def _is_quotation(chunk: Chunk, text: str) -> bool:
    """Whether it is a pull quote."""
    return chunk.word_count >= 6 and text[0] in _OPENING and text[-1] in _CLOSING


def _is_set_apart(items: Sequence[Item], i: int, blank_lines: int) -> bool:
    """Whether blank lines precede it, if they precede paragraphs."""
    item = items[i]
    is_first = i == 0 or isinstance(items[i - 1], FigureText)
    return is_first or (isinstance(item, Chunk) and item.blank_lines >= min(1, blank_lines))


def _is_paragraph(items: Sequence[Item], i: int) -> bool:
    """Whether item *i* is a paragraph: prose, a sentence of six words, or the introduction of a list."""
    chunk = items[i]
    if not isinstance(chunk, Chunk):
        return False
    after = items[i + 1] if i + 1 < len(items) else None
    is_before_list = isinstance(after, Chunk) and after.is_list_item
    introduces_list = is_before_list and chunk.visible_text.endswith(":")
    return chunk.is_prose or introduces_list or (chunk.word_count >= 6 and chunk.ends_sentence)


def _has_content_below(items: Sequence[Item], i: int, depth: int) -> bool:
    """Whether a longer paragraph or a list follows, or another heading, up to *depth* headings; figures are skipped."""
    chunk = items[i]
    position = i + 1
    while position < len(items) and isinstance(items[position], FigureText):
        position += 1
    after = items[position] if position < len(items) else None
    if not isinstance(chunk, Chunk) or not isinstance(after, Chunk):
        return False
    is_longer = after.word_count > chunk.word_count and not after.is_verse
    if after.is_list_item or (is_longer and _is_paragraph(items, position)):
        return True
    return depth > 1 and _has_heading_text(after) and _has_content_below(items, position, depth - 1)
