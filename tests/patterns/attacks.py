"""Derive from a regular expression the texts that could make it slow."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

#: Characters of every kind that a pattern may tell apart.
POOL = " \t\n\r\xa0\u200baZ1é中.,:;!?-–_'\"’“<>[](){}/\\#*|=&%@^~`+$^•\x00"

#: Texts that were slow in one pattern or another.
GENERIC = (
    " ", "\t", "\n", "\r\n", "\xa0", " \n", "a", "A", "1", "a1", "a ", "A. ", "é", ":", ":::", ".", "-", "- ", "_", "*",
    '"', "'", "{", "{ ", "{{", "[", "[^", "](", "[a](", "<", "<a", "<a ", "<!--", "<script", "</", "&", "&#", "#", "`",
    "(", "((", "\\", "@", "a@", "a.", "/", "//", "http://", "http://a", "=", "a=", "|", "%", "~", "^", "$", "a=\"",
    "a-", "a,", "1,", "1.", "1/", " a\n", "a\n\n", "> ", "[1] ", "*a", "_a", "a:", "\n ", "\n\n ", "a\t",
)  # fmt: skip


class Attacks:
    """
    The attacks on one pattern, as pairs of a beginning, what is repeated, and an end that lets the match fail.

    Args:
        thorough: Also every pair of two kinds of character, behind every beginning.
    """

    def __init__(self, pattern: re.Pattern[Any], *, thorough: bool = False) -> None:
        source = pattern.pattern
        self._is_bytes = isinstance(source, bytes)
        self._tree = _parser.parse(source, pattern.flags & ~re.DEBUG)
        self._thorough = thorough
        self._atoms = list(_atoms(self._tree))
        self._characters = _distinguish(self._atoms)

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        seen = set()
        for attack in self._all():
            if attack[1] and attack not in seen:
                seen.add(attack)
                yield attack

    def build(
        self, attack: tuple[str, str, str], size: int
    ) -> Any:  # Any: as the pattern, text or bytes
        before, unit, after = attack
        text = before + unit * max(1, size // len(unit)) + after
        return text.encode("utf-8", "replace") if self._is_bytes else text

    def _all(self) -> Iterator[tuple[str, str, str]]:
        ends = ("\x00", "", "!\n")
        repeats = list(_repeats(self._tree, ""))
        for before, bodies in repeats:
            yield from ((before, body, "\x00") for body in bodies)
        for character in self._characters:
            yield from (("", character, end) for end in ends[:2])
        for before, bodies in repeats:
            yield "", before, "\x00"
            for body in bodies:
                yield "", before + body, "\x00"
                yield "", before + body + "\n", "\x00"
                yield from ((before, body, end) for end in ends[1:])
        for unit in GENERIC:
            yield "", unit, "\x00"
        whole = _sample(self._tree)
        for cut in (1, 2, len(whole) // 2):
            yield "", whole[:-cut] if cut < len(whole) else whole, "\x00"
        if self._thorough:
            yield from self._pairs({before for before, _ in repeats})

    def _pairs(self, beginnings: set[str]) -> Iterator[tuple[str, str, str]]:
        for one, other in itertools.permutations(self._characters, 2):
            yield "", one + other, "\x00"
        for before in beginnings:
            for character in self._characters:
                yield before, character, "\x00"
                yield "", before + character, "\x00"
            for one, other in itertools.permutations(self._characters[:12], 2):
                yield before, one + other, "\x00"


def _atoms(tree: Any) -> Iterator[Any]:  # Any: the nodes of re._parser have no public type
    """Yield what matches exactly one character."""
    for operator, argument in tree:
        if operator in (c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY, c.CATEGORY):
            yield operator, argument
        else:
            for inner in _inner(operator, argument):
                yield from _atoms(inner)


def _inner(operator: Any, argument: Any) -> list[Any]:  # Any: as above
    if operator in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        return [argument[2]]
    if operator is c.SUBPATTERN:
        return [argument[3]]
    if operator is c.ATOMIC_GROUP:
        return [argument]
    if operator is c.BRANCH:
        return list(argument[1])
    if operator in (c.ASSERT, c.ASSERT_NOT):
        return [argument[1]]
    if operator is c.GROUPREF_EXISTS:
        return [part for part in argument[1:] if part]
    return []


def _distinguish(atoms: list[Any]) -> list[str]:  # Any: as above
    """Return one character for each kind that *atoms* tell apart."""
    literals = {
        chr(argument) for operator, argument in atoms if operator in (c.LITERAL, c.NOT_LITERAL)
    }
    for operator, argument in atoms:
        if operator is c.IN:
            literals |= {chr(value) for kind, value in argument if kind is c.LITERAL}
    kinds: dict[tuple[bool, ...], str] = {}
    for character in POOL:
        kinds.setdefault(tuple(_matches(atom, character) for atom in atoms), character)
    for character in sorted(literals)[:40]:
        kinds.setdefault(tuple(_matches(atom, character) for atom in atoms), character)
    return list(kinds.values())


def _matches(atom: Any, character: str) -> bool:  # Any: as above
    operator, argument = atom
    if operator is c.LITERAL:
        return bool(ord(character) == argument)
    if operator is c.NOT_LITERAL:
        return bool(ord(character) != argument)
    if operator is c.ANY:
        return character != "\n"
    if operator is c.CATEGORY:
        return _is_in_category(argument, character)
    is_negated = bool(argument) and argument[0][0] is c.NEGATE
    return is_negated != any(_is_in_set(item, character) for item in argument)


def _is_in_set(item: Any, character: str) -> bool:  # Any: as above
    kind, value = item
    if kind is c.LITERAL:
        return bool(ord(character) == value)
    if kind is c.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    return kind is c.CATEGORY and _is_in_category(value, character)


_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": lambda character: character.isalnum() or character == "_",
}


def _is_in_category(category: Any, character: str) -> bool:  # Any: as above
    name = str(category).removeprefix("CATEGORY_").removeprefix("UNI_")
    is_negated = name.startswith("NOT_")
    return _CATEGORIES[name.removeprefix("NOT_")](character) != is_negated


def _repeats(tree: Any, before: str) -> Iterator[tuple[str, list[str]]]:  # Any: as above
    """Yield for each repeat what can stand before it, and a few samples of what it repeats."""
    for operator, argument in tree:
        if operator in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            _, high, body = argument
            if high is c.MAXREPEAT or high > 20:
                yield before, _samples(body)
            yield from _repeats(body, before)
        else:
            for inner in _inner(operator, argument):
                yield from _repeats(inner, before)
        before += _sample([(operator, argument)])


def _samples(body: Any) -> list[str]:  # Any: as above
    """Return short texts that *body* matches: for one that is a set, of each of its kinds of character."""
    atoms = list(_atoms(body))
    found = {_sample(body): None}
    if len(atoms) == 1:
        found |= {character: None for character in POOL if _matches(atoms[0], character)}
    for operator, argument in body:
        if operator is c.SUBPATTERN:
            found |= dict.fromkeys(_samples(argument[3]))
        if operator is c.BRANCH:
            found |= {_sample(branch): None for branch in argument[1]}
    return [text for text in found if text][:8]


def _sample(tree: Any) -> str:  # Any: as above
    """Return a short text that *tree* matches, as far as can be told without looking around."""
    return "".join(_sample_of(operator, argument) for operator, argument in tree)


def _sample_of(operator: Any, argument: Any) -> str:  # Any: as above
    if operator is c.LITERAL:
        return str(chr(argument))
    if operator in (c.NOT_LITERAL, c.ANY, c.IN, c.CATEGORY):
        atom = (operator, argument)
        known = (character for character in "a1 ." + POOL if _matches(atom, character))
        return str(next(known, "") or _first(atom))
    if operator in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        return _sample(argument[2]) * int(max(argument[0], 1 if argument[1] else 0))
    if operator in (c.ASSERT, c.ASSERT_NOT):
        return ""
    inner = _inner(operator, argument)
    return _sample(inner[0]) if inner else ""


def _first(atom: Any) -> str:  # Any: as above
    for kind, value in atom[1] if atom[0] is c.IN else ():
        if kind is c.LITERAL:
            return chr(value)
        if kind is c.RANGE:
            return chr(value[0])
    return ""
