"""Set plain text to a width, counted as a terminal would: wide letters take two columns, combining marks none."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

COLUMNS = 72


def width(text: str) -> int:
    """Return how many columns *text* takes (Unicode Standard Annex #11; ambiguous letters count as one)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def wrap(
    text: str,
    *,
    columns: int = COLUMNS,
    first: str = "",
    rest: str = "",
    measure: Callable[[str], int] = width,
) -> str:
    """
    Set *text* to lines of at most *columns*.

    Breaks at spaces, and between East Asian letters. A word that is longer than a line stays whole, so that an
    address can be clicked. Line ends in *text* are kept.

    Args:
        first: What the first line begins with.
        rest: What the others begin with.
        measure: Returns how many columns a word takes.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        _fill(paragraph, lines, columns, first if not lines else rest, rest, measure)
    return "\n".join(line.rstrip() for line in lines)


def _fill(
    paragraph: str,
    lines: list[str],
    columns: int,
    first: str,
    rest: str,
    measure: Callable[[str], int],
) -> None:
    line, used, is_empty = first, width(first), True
    for word, spaced in _words(paragraph):
        needed = measure(word) + (1 if spaced and not is_empty else 0)
        if not is_empty and used + needed > columns:
            lines.append(line)
            line, used, is_empty = rest, width(rest), True
            needed = measure(word)
        line += (" " if spaced and not is_empty else "") + word
        used, is_empty = used + needed, False
    lines.append(line)


def _words(paragraph: str) -> list[tuple[str, bool]]:
    """Return what must not be broken, and whether a space stood before it."""
    found = []
    for word in paragraph.split(" "):
        if not word:
            continue
        pieces = [word] if word.isascii() else _east_asian_pieces(word)
        found += [(piece, index == 0) for index, piece in enumerate(pieces)]
    return found


def _east_asian_pieces(word: str) -> list[str]:
    pieces: list[str] = []
    for letter in word:
        kind = unicodedata.category(letter)
        joins = (
            not pieces
            or kind[0] in "PM"  # no line begins with a mark or a closing sign
            or kind in ("Lm", "Sk")  # nor with a repetition or a long vowel, nor a tone of skin
            or "\u200d" in (letter, pieces[-1][-1])
            or not (_columns(letter) == 2 or _columns(pieces[-1][-1]) == 2)
            or unicodedata.category(pieces[-1][-1]) in ("Ps", "Pi")
        )
        if joins and pieces:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
