"""Compute the numbers that Word shows beside the paragraphs of lists and headings (ECMA-376 part 1 §17.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.loaders.word.elements import Element, W, get_value, is_on

_REFERENCE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
#: Numbers above this are written in digits.
_MAX_ROMAN = 4000


@dataclass(frozen=True, kw_only=True, slots=True)
class ListNumber:
    """The number of one paragraph: its *label* as Word shows it, and its *level* from 0."""

    number: int
    level: int
    label: str
    is_ordered: bool
    is_decimal: bool


@dataclass
class _List:
    """An abstract list: its levels, and the last number on each."""

    levels: dict[int, Element] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)


class ListCounter:
    """The lists of one document, counted paragraph by paragraph in reading order."""

    def __init__(self, root: Element | None) -> None:
        self._lists: dict[str, _List] = {}
        self._instances: dict[str, Element] = {}
        self._started: set[tuple[str, int]] = set()
        if root is None:
            return
        links: dict[str, str] = {}
        named: dict[str, str] = {}
        for abstract in root.iter(f"{W}abstractNum"):
            id = abstract.get(f"{W}abstractNumId") or ""
            levels = {_read_level(level): level for level in abstract.iterchildren(f"{W}lvl")}
            self._lists[id] = _List(levels=levels)
            if link := get_value(abstract, "numStyleLink"):
                links[id] = link
            if name := get_value(abstract, "styleLink"):
                named[name] = id
        for id, link in links.items():
            if link in named:
                self._lists[id] = self._lists[named[link]]
        self._instances = {num.get(f"{W}numId") or "": num for num in root.iter(f"{W}num")}

    def count(self, list_id: str, level_id: str | None, style_id: str | None) -> ListNumber | None:
        """Count a paragraph of the list *list_id*, and return its number; None if the list is not defined."""
        instance = self._instances.get(list_id)
        found = (
            None
            if instance is None
            else self._lists.get(get_value(instance, "abstractNumId") or "")
        )
        if instance is None or found is None:
            return None
        level = self._choose_level(found, level_id, style_id)
        definition, restart = self._find_definition(instance, found, level)
        if definition is None:
            return None
        start = _read_int(get_value(definition, "start"), 0)
        if restart is not None and (list_id, level) not in self._started:
            number = restart
        elif level in found.numbers:
            number = found.numbers[level] + 1
        else:
            number = start
        self._started.add((list_id, level))
        found.numbers[level] = number
        for deeper in [other for other in found.numbers if other > level]:
            if get_value(found.levels.get(deeper), "lvlRestart") != "0":
                del found.numbers[deeper]
        format = get_value(definition, "numFmt") or "decimal"
        return ListNumber(
            number=number,
            level=level,
            label=self._write_label(instance, found, definition),
            is_ordered=format not in {"bullet", "none"},
            is_decimal=format
            in {"decimal", "decimalZero", "ordinal", "cardinalText", "ordinalText"},
        )

    def _choose_level(self, found: _List, level_id: str | None, style_id: str | None) -> int:
        if level_id is not None:
            return _read_int(level_id, 0)
        for level, definition in found.levels.items():
            if style_id and get_value(definition, "pStyle") == style_id:
                return level
        return 0

    def _find_definition(
        self, instance: Element, found: _List, level: int
    ) -> tuple[Element | None, int | None]:
        """Return how *level* is defined, and the number at which this list starts over."""
        definition, restart = found.levels.get(level), None
        for override in instance.iterchildren(f"{W}lvlOverride"):
            if _read_level(override) == level:
                value = get_value(override, "startOverride")
                restart = None if value is None else _read_int(value, 1)
                own = override.find(f"{W}lvl")
                definition = definition if own is None else own
        return definition, restart

    def _write_label(self, instance: Element, found: _List, definition: Element) -> str:
        is_legal = is_on(get_value(definition, "isLgl"))

        def write(match: re.Match[str]) -> str:
            level = int(match[1]) - 1
            other, _ = self._find_definition(instance, found, level)
            number = found.numbers.get(level, _read_int(get_value(other, "start"), 1))
            return format_number(number, "decimal" if is_legal else get_value(other, "numFmt"))

        return _REFERENCE.sub(write, get_value(definition, "lvlText") or "").strip()


def format_number(number: int, format: str | None) -> str:
    """Return *number* in one of Word's formats; those of other scripts in digits."""
    if format in {"lowerRoman", "upperRoman"} and 0 < number < _MAX_ROMAN:
        text, rest = "", number
        for value, sign in _ROMAN:
            text += sign * (rest // value)
            rest %= value
        return text if format == "lowerRoman" else text.upper()
    if format in {"lowerLetter", "upperLetter"} and 0 < number < 26 * 20:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if format == "lowerLetter" else letter.upper()
    return f"{number:02}" if format == "decimalZero" else str(number)


def _read_level(element: Element) -> int:
    return _read_int(element.get(f"{W}ilvl"), 0)


def _read_int(value: str | None, default: int) -> int:
    try:
        return int(value or "")
    except ValueError:
        return default
