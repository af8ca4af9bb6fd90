"""Wrap plain text, counting columns as a terminal does: wide characters take two, combining marks none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from pipeline.markup import NARROW, count_columns, split_graphemes

COLUMNS = 72

# Words that must not start a line: it would look like a list item or a quote, or they belong to the word before.
_NOT_FIRST = re.compile(r"\d{1,3}[.)]|[-–—*+>#•]|[»:;!?%]+")
_NOT_LAST = re.compile(r"[«¿¡]+")
# Small kana, which never start a line (JIS X 4051); iteration and long vowel marks are found by category.
_SMALL_KANA = frozenset("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ")
_OPENING_CATEGORIES = ("Ps", "Pi")


def wrap(
    text: str,
    *,
    columns: int = COLUMNS,
    first_indent: str = "",
    indent: str = "",
    measure: Callable[[str], int] = count_columns,
) -> str:
    """
    Wrap *text* to lines of at most *columns*.

    Breaks at spaces, and between East Asian characters where their rules allow it. A word longer than a line stays
    whole, so that URLs can be clicked. No line but the first starts with what would look like a list item or a quote,
    such as `2.`. Line breaks in *text* are kept.

    Args:
        first_indent: Starts the first line.
        indent: Starts the others.
        measure: Returns how many columns a word takes.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        prefix = indent if lines else first_indent
        lines += _wrap_paragraph(paragraph, columns, prefix, indent, measure)
    return "\n".join(line.rstrip() for line in lines)


def _wrap_paragraph(
    paragraph: str, columns: int, prefix: str, indent: str, measure: Callable[[str], int]
) -> Iterator[str]:
    line, used, is_empty = prefix, count_columns(prefix), True
    for word, is_spaced in _split_words(paragraph):
        width = measure(word)
        space = 1 if is_spaced and not is_empty else 0
        if not is_empty and used + space + width > columns:
            yield line
            line, used, space = indent, count_columns(indent), 0
        line += " " * space + word
        used, is_empty = used + space + width, False
    yield line


def _split_words(paragraph: str) -> list[tuple[str, bool]]:
    """Return the unbreakable parts of *paragraph*, each with whether a space precedes it."""
    found: list[tuple[str, bool]] = []
    previous = ""
    for word in filter(None, paragraph.split(" ")):
        is_narrow = word.isascii() or NARROW.fullmatch(word)
        parts = [word] if is_narrow else _split_east_asian(word)
        if found and (_NOT_FIRST.fullmatch(word) or _NOT_LAST.fullmatch(previous)):
            joined, is_spaced = found.pop()
            found.append((f"{joined} {parts.pop(0)}", is_spaced))
            found += [(part, False) for part in parts]
        else:
            found += [(part, index == 0) for index, part in enumerate(parts)]
        previous = word
    return found


def _split_east_asian(word: str) -> list[str]:
    """Split *word* where a line may break inside it."""
    parts: list[str] = []
    previous = position = 0
    for grapheme in split_graphemes(word):
        if parts and (
            not (_is_east_asian(grapheme) or _is_east_asian(word[previous:position]))
            or _is_not_first(grapheme, word[position:])
            or unicodedata.category(word[position - 1]) in _OPENING_CATEGORIES
        ):
            parts[-1] += grapheme
        else:
            parts.append(grapheme)
        previous, position = position, position + len(grapheme)
    return parts


def _is_not_first(grapheme: str, rest: str) -> bool:
    """Whether no line may start with *grapheme*; *rest* is the word from there on."""
    category = unicodedata.category(grapheme[0])
    return (
        (category[0] in "PM" and category not in _OPENING_CATEGORIES)
        or category in ("Lm", "Sk", "Cf")
        or grapheme[0] in _SMALL_KANA
        or bool(re.match(r"\[\d+\]", rest))  # a reference
    )


def _is_east_asian(grapheme: str) -> bool:
    """Whether a line may break next to *grapheme*; Korean breaks at its spaces."""
    is_wide = unicodedata.east_asian_width(grapheme[0]) in "WF"
    return is_wide and not "\uac00" <= grapheme[0] <= "\ud7a3"
