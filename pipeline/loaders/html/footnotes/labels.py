"""Read labels in text: those of one marker, `2,3` or `2–4`, and the one at the beginning of a note."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.loaders.shared.languages import SUPERSCRIPT_DIGITS

_SEPARATOR = r"[ \xa0]?[,;][ \xa0]?|[ \xa0]|[ \xa0]?[–—-][ \xa0]?"
#: The labels of one marker, with what separates them.
SEVERAL = re.compile(rf"\d{{1,3}}(?:(?:{_SEPARATOR})\d{{1,3}}){{1,9}}")
_PART = re.compile(r"(\d{1,3})([^\d]*)")
#: The dash of a range.
RANGE = re.compile(r"[ \xa0]?[–—-][ \xa0]?")
_ROMAN = {"i": 1, "v": 5, "x": 10}
#: Numbers in a range.
_MAX_RANGE = 20
_SYMBOLS = re.compile(r"[*†‡§¶]{1,3}")


def read_labels(text: str) -> list[tuple[str, str]]:
    """
    Return the labels in *text*, `2,3` or `2–4`, each with the part of *text* that stands for it; [] for other texts.

    The dash of a range stands for the labels in between: `2–4` is 2, 3 and 4.
    """
    text = text.translate(SUPERSCRIPT_DIGITS)
    if not SEVERAL.fullmatch(text):
        return []
    labels: list[tuple[str, str]] = []
    parts = _PART.findall(text)
    for index, (number, separator) in enumerate(parts):
        labels.append((number, number))
        if not RANGE.fullmatch(separator):
            if separator:
                labels.append(("", separator))
            continue
        first, last = int(number), int(parts[index + 1][0])
        if not first < last <= first + _MAX_RANGE:
            return []
        between = [str(inner) for inner in range(first + 1, last)]
        labels += [(inner, separator if inner == between[0] else "") for inner in between]
        if not between:
            labels.append(("", separator))
    return labels


def follows(label: str, labels: Sequence[str]) -> bool:
    """Whether *label* may come right after *labels* in a list of notes."""
    if not labels:
        return True
    last = labels[-1]
    if _SYMBOLS.fullmatch(label):
        return bool(_SYMBOLS.fullmatch(last)) and label not in labels
    if label.isdecimal() or last.isdecimal():
        return label.isdecimal() and last.isdecimal() and int(label) == int(last) + 1
    if len(label) == len(last) == 1 and ord(label) == ord(last) + 1:
        return True
    return _read_roman(label) == _read_roman(last) + 1 > 1


def is_first(label: str) -> bool:
    """Whether a list of notes may begin with *label* without a heading: 1, a, i or a symbol."""
    return label in {"1", "a", "i"} or bool(_SYMBOLS.fullmatch(label))


def _read_roman(label: str) -> int:
    """Return the value of a roman number below 40, else 0."""
    values = [_ROMAN.get(character, 0) for character in label]
    if 0 in values:
        return 0
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)
