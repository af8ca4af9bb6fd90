"""
Segments: who of an audience is meant, said in a line.

    list = "weekly" and donor != "monthly" and country in ("GB", "IE")
    not (tag = "press" or domain = "example.org") and age >= 40

A comparison names a *field*, an operator (`=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`) and one value or several in
brackets. `and` binds closer than `or`. What somebody does not have counts as "".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.errors import ConfigError

Value = str | Decimal

#: Fields every subscriber has; any other name is an attribute of the publication's own.
FIELDS = ("consent", "domain", "email", "joined", "language", "list", "name", "tag", "zone")

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | "(?P<text>[^"\n]*)" | '(?P<other>[^'\n]*)' | [“„](?P<curly>[^“”\n]*)[”“]
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?)(?![\w.])
      | (?P<word>[^\W\d]\w*)
      | (?P<sign><=|>=|!=|==|=|<|>|\(|\)|,)""",
    re.VERBOSE,
)
_ORDERS = ("<", "<=", ">", ">=")


class SegmentError(ConfigError):
    """A segment that cannot be read; the message names the column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """
    One field against one value or several.

    Args:
        operator: `=`, `!=`, `<`, `<=`, `>` or `>=`; with several values `=` means any of them, `!=` none of them.
        column: Where the field stands in the line, from 1.
    """

    field: str
    operator: str
    values: tuple[Value, ...]
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Both:
    """All of *parts* hold."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Either:
    """One of *parts* holds, or several."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """*part* does not hold."""

    part: Expression


Expression = Comparison | Both | Either | Not


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A segment as it was written, and what it says."""

    text: str
    expression: Expression

    def comparisons(self) -> Iterator[Comparison]:
        """Yield every comparison in it, in the order written."""
        yield from _comparisons(self.expression)


def parse_segment(text: str) -> Segment:
    """
    Read a segment.

    Raises:
        SegmentError: It cannot be read; the message names the column, from 1.
    """
    return Segment(text=text, expression=_Parser(text).whole())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


class _Parser:
    """Recursive descent: or, and, not, comparison."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    def whole(self) -> Expression:
        found = self._either()
        if self._next.kind != "end":
            raise self._refuse("and, or, or the end")
        return found

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _is_word(self, word: str) -> bool:
        return self._next.kind == "word" and self._next.text.lower() == word

    def _is_sign(self, sign: str) -> bool:
        return self._next.kind == "sign" and self._next.text == sign

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._is_word("or"):
            self._take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(parts=tuple(parts))

    def _both(self) -> Expression:
        parts = [self._one()]
        while self._is_word("and"):
            self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Both(parts=tuple(parts))

    def _one(self) -> Expression:
        if self._is_word("not"):
            self._take()
            return Not(part=self._one())
        if self._is_sign("("):
            self._take()
            inside = self._either()
            self._expect(")")
            return inside
        return self._comparison()

    def _comparison(self) -> Comparison:
        if self._next.kind != "word" or self._next.text.lower() in ("and", "or", "in"):
            raise self._refuse("the name of a field")
        name = self._take()
        operator, is_list = self._operator()
        values = self._values() if is_list else (self._value(),)
        if operator in _ORDERS and name.text in ("domain", "list", "tag"):
            raise SegmentError(
                f"The segment, column {name.column}: {name.text} has no order. Use =, != or in."
            )
        return Comparison(field=name.text, operator=operator, values=values, column=name.column)

    def _operator(self) -> tuple[str, bool]:
        if self._is_word("in"):
            self._take()
            return "=", True
        if self._is_word("not"):
            self._take()
            if not self._is_word("in"):
                raise self._refuse("in")
            self._take()
            return "!=", True
        if self._next.kind == "sign" and self._next.text in ("=", "==", "!=", *_ORDERS):
            sign = self._take().text
            return ("=" if sign == "==" else sign), False
        raise self._refuse("=, !=, <, <=, >, >=, in or not in")

    def _values(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._value()]
        while self._is_sign(","):
            self._take()
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        if self._next.kind == "text":
            return self._take().text
        if self._next.kind == "number":
            return Decimal(self._take().text)
        if self._next.kind == "word":
            raise SegmentError(
                f'The segment, column {self._next.column}: write "{self._next.text}", in quotes.'
            )
        raise self._refuse('a value, "in quotes" or a number')

    def _expect(self, sign: str) -> None:
        if not self._is_sign(sign):
            raise self._refuse(sign)
        self._take()

    def _refuse(self, wanted: str) -> SegmentError:
        found = "the end" if self._next.kind == "end" else f'"{self._next.text}"'
        return SegmentError(
            f"The segment, column {self._next.column}: {found} stands there; {wanted} is wanted."
        )


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SegmentError(
                f"The segment, column {at + 1}: {text[at]!r} cannot stand there. "
                'Write it as list = "weekly" and donor != "monthly".'
            )
        kind = match.lastgroup or "space"
        if kind != "space":
            kind = "text" if kind in ("other", "curly") else kind
            yield _Token(kind, match[match.lastgroup or 0], at + 1)
        at = match.end()
    yield _Token("end", "", len(text) + 1)


def _comparisons(expression: Expression) -> Iterator[Comparison]:
    match expression:
        case Comparison():
            yield expression
        case Not(part=part):
            yield from _comparisons(part)
        case Both(parts=parts) | Either(parts=parts):
            for part in parts:
                yield from _comparisons(part)
