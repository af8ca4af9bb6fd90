"""
Segments: which subscribers of a list to choose, as one line.

    list = "weekly" and donor != "monthly" and country in ("GB", "IE")
    not (tag = "press" or domain = "example.org") and age >= 40

A comparison is a *field*, an operator (`=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`) and a value, or several in
parentheses. `and` binds tighter than `or`. A missing value counts as "".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.errors import ConfigError

Value = str | Decimal

#: Fields that every subscriber has; any other name is an attribute.
FIELDS = (
    *("consent", "domain", "email", "joined", "language", "list", "name", "received", "tag"),
    "zone",
)

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | "(?P<text>[^"\n]*)" | '(?P<other>[^'\n]*)' | [“„](?P<curly>[^“”\n]*)[”“]
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?)(?![\w.])
      | (?P<word>[^\W\d]\w*)
      | (?P<symbol><=|>=|!=|==|=|<|>|\(|\)|,)""",
    re.VERBOSE,
)
#: SQLite takes no deeper expression than 1,000 (sqlite.org/limits.html), and each value is compared by itself.
_MAX_DEPTH = 50
_MAX_VALUES = 500
_ORDER_OPERATORS = ("<", "<=", ">", ">=")


class SegmentError(ConfigError):
    """A segment that cannot be parsed; the message names the column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """
    One field compared with one or more values.

    Args:
        operator: `=`, `!=`, `<`, `<=`, `>` or `>=`; with several values `=` means any of them, `!=` none of them.
        column: The position of the field in the line, from 1.
    """

    field: str
    operator: str
    values: tuple[Value, ...]
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class And:
    """True if all of *parts* are."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Or:
    """True if at least one of *parts* is."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """True if *part* is not."""

    part: Expression


Expression = Comparison | And | Or | Not


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A segment: its text and the parsed expression."""

    text: str
    expression: Expression

    @property
    def names_received(self) -> bool:
        """Whether it selects by an issue that somebody received: what is sent to it is about that issue."""
        return any(comparison.field == "received" for comparison in self.comparisons())

    def comparisons(self) -> Iterator[Comparison]:
        """Yield all comparisons, in the order written."""
        yield from _find_comparisons(self.expression)


def parse_segment(text: str) -> Segment:
    """
    Parse a segment.

    Raises:
        SegmentError: *text* is not a segment; the message names the column, from 1.
    """
    return Segment(text=text, expression=_Parser(text).parse())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


class _Parser:
    """A recursive descent parser; precedence from low to high: or, and, not, comparison."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokenize(text))
        self._position = 0
        self._depth = 0
        self._values = 0

    def parse(self) -> Expression:
        expression = self._parse_or()
        if self._next.kind != "end":
            raise self._expected_error("and, or, or the end of the segment")
        return expression

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _advance(self) -> _Token:
        token = self._next
        self._position += token.kind != "end"
        return token

    def _is_word(self, word: str) -> bool:
        return self._next.kind == "word" and self._next.text.lower() == word

    def _is_symbol(self, symbol: str) -> bool:
        return self._next.kind == "symbol" and self._next.text == symbol

    def _parse_or(self) -> Expression:
        parts = [self._parse_and()]
        while self._is_word("or"):
            self._advance()
            parts.append(self._parse_and())
        return parts[0] if len(parts) == 1 else Or(parts=tuple(parts))

    def _parse_and(self) -> Expression:
        parts = [self._parse_not()]
        while self._is_word("and"):
            self._advance()
            parts.append(self._parse_not())
        return parts[0] if len(parts) == 1 else And(parts=tuple(parts))

    def _parse_not(self) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise SegmentError(
                f"Segment, column {self._next.column}: parentheses or not are nested more than {_MAX_DEPTH} deep. "
                "Write it without some of them."
            )
        expression = self._parse_nested()
        self._depth -= 1
        return expression

    def _parse_nested(self) -> Expression:
        if self._is_word("not"):
            self._advance()
            return Not(part=self._parse_not())
        if self._is_symbol("("):
            self._advance()
            expression = self._parse_or()
            self._expect(")")
            return expression
        return self._parse_comparison()

    def _parse_comparison(self) -> Comparison:
        if self._next.kind != "word" or self._next.text.lower() in ("and", "or", "in"):
            raise self._expected_error("a field name")
        name = self._advance()
        operator, is_list = self._parse_operator()
        values = self._parse_values() if is_list else (self._parse_value(),)
        if operator in _ORDER_OPERATORS and name.text in ("domain", "list", "tag"):
            raise SegmentError(
                f"Segment, column {name.column}: {name.text} cannot be ordered. Use =, != or in."
            )
        return Comparison(field=name.text, operator=operator, values=values, column=name.column)

    def _count_value(self) -> None:
        self._values += 1
        if self._values > _MAX_VALUES:
            raise SegmentError(
                f"Segment, column {self._next.column}: more than {_MAX_VALUES} values. "
                "Give these subscribers a tag, and choose by that."
            )

    def _parse_operator(self) -> tuple[str, bool]:
        if self._is_word("in"):
            self._advance()
            return "=", True
        if self._is_word("not"):
            self._advance()
            if not self._is_word("in"):
                raise self._expected_error("in")
            self._advance()
            return "!=", True
        if self._next.kind == "symbol" and self._next.text in ("=", "==", "!=", *_ORDER_OPERATORS):
            symbol = self._advance().text
            return ("=" if symbol == "==" else symbol), False
        raise self._expected_error("=, !=, <, <=, >, >=, in or not in")

    def _parse_values(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._parse_value()]
        while self._is_symbol(","):
            self._advance()
            values.append(self._parse_value())
        self._expect(")")
        return tuple(values)

    def _parse_value(self) -> Value:
        self._count_value()
        if self._next.kind == "text":
            return self._advance().text
        if self._next.kind == "number":
            return Decimal(self._advance().text)
        if self._next.kind == "word":
            raise SegmentError(
                f'Segment, column {self._next.column}: put the value in quotes: "{self._next.text}"'
            )
        raise self._expected_error("a number or text in quotes")

    def _expect(self, symbol: str) -> None:
        if not self._is_symbol(symbol):
            raise self._expected_error(symbol)
        self._advance()

    def _expected_error(self, expected: str) -> SegmentError:
        found = "the end of the segment" if self._next.kind == "end" else f'"{self._next.text}"'
        return SegmentError(
            f"Segment, column {self._next.column}: expected {expected}, found {found}."
        )


def _tokenize(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SegmentError(
                f"Segment, column {at + 1}: unexpected {text[at]!r}. "
                'Example: list = "weekly" and donor != "monthly"'
            )
        kind = match.lastgroup or "space"
        if kind != "space":
            kind = "text" if kind in ("other", "curly") else kind
            yield _Token(kind, match[match.lastgroup or 0], at + 1)
        at = match.end()
    yield _Token("end", "", len(text) + 1)


def _find_comparisons(expression: Expression) -> Iterator[Comparison]:
    match expression:
        case Comparison():
            yield expression
        case Not(part=part):
            yield from _find_comparisons(part)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _find_comparisons(part)
