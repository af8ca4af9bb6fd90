"""Segments: what can be said, what is told when it cannot, and that both databases mean the same by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.database import Store
from pipeline.models.address import parse_address
from pipeline.subscribers.imports.row import Row
from pipeline.subscribers.segment import (
    Both,
    Comparison,
    Either,
    Expression,
    Not,
    Segment,
    SegmentError,
    parse_segment,
)
from pipeline.subscribers.subscriber_store import Roll
from pipeline.testing import ManualClock
from tests.subscribers.rolls import SECRET, put


def test_and_binds_closer_than_or() -> None:
    """Without brackets the ands are done first, and not belongs to what follows it."""
    told = parse_segment('a = "1" or not b = "2" and c = "3"').expression
    assert isinstance(told, Either)
    assert ["a"] == [part.field for part in told.parts if isinstance(part, Comparison)]
    both = told.parts[1]
    assert isinstance(both, Both)
    assert isinstance(both.parts[0], Not)


def test_values_are_texts_or_numbers() -> None:
    """Quotes of three kinds make a text, digits a number, brackets several of them."""
    (told,) = parse_segment("x not in (\"a b\", 'c', “d”, 7, -2.5)").comparisons()
    assert ("x", "!=", ("a b", "c", "d", Decimal(7), Decimal("-2.5"))) == (
        told.field,
        told.operator,
        told.values,
    )


@pytest.mark.parametrize(
    ("written", "column", "words"),
    [
        ("", 1, "the end stands there; the name of a field is wanted"),
        ("donor", 6, "=, !=, <, <=, >, >=, in or not in"),
        ("donor = monthly", 9, 'write "monthly", in quotes'),
        ('donor = "monthly" list = "x"', 19, '"list" stands there; and, or, or the end'),
        ('(donor = "a"', 13, "the end stands there; ) is wanted"),
        ('donor in "a"', 10, "( is wanted"),
        ('donor in ("a" "b")', 15, ") is wanted"),
        ('donor ~ "a"', 7, "'~' cannot stand there"),
        ('list > "weekly"', 1, "list has no order"),
        ('donor = "a" and', 16, "the name of a field"),
        ('donor = "open', 9, "cannot stand there"),
    ],
)
def test_mistakes_are_told_with_their_column(written: str, column: int, words: str) -> None:
    """What cannot be read is one sentence that names the column and what is wanted there."""
    with pytest.raises(SegmentError) as told:
        parse_segment(written)
    assert f"column {column}:" in str(told.value)
    assert words in str(told.value)


@given(st.text(max_size=60))
def test_nothing_but_a_sentence_comes_of_nonsense(written: str) -> None:
    """Any text is a segment, or a mistake with a column."""
    try:
        parse_segment(written)
    except SegmentError as error:
        assert "column" in str(error)


def test_names_that_nobody_has_are_told(store: Store) -> None:
    """A slip in the name of a list, tag or attribute is no empty audience."""
    roll = Roll(store, secret=SECRET, clock=ManualClock())
    put(
        store,
        [
            Row(
                line=1,
                address=parse_address("a@example.org"),
                attributes={"donor": "once"},
                tags=("press",),
            )
        ],
    )
    for written, words in (
        ('donr = "once"', 'nobody has a donr.*Did you mean "donor"'),
        ('list = "weakly"', 'no list "weakly".*Did you mean "weekly"'),
        ('tag = "pres"', 'no tag "pres".*Did you mean "press"'),
    ):
        with pytest.raises(SegmentError, match=words):
            roll.subscribers(segment=parse_segment(written))


# Both databases mean the same as an interpreter of twenty lines


@dataclass(frozen=True)
class Person:
    """One of an audience."""

    number: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    language: str | None = None

    @property
    def email(self) -> str:
        return f"p{self.number}@{'x.example.org' if self.number % 2 else 'example.org'}"


PEOPLE = [
    Person(number, {k: v for k, v in (("donor", donor), ("age", age)) if v}, tags, language)
    for number, (donor, age, tags, language) in enumerate(
        [
            ("monthly", "40", ("press",), "en"),
            ("monthly", "9", (), "fr"),
            ("once", "9.5", ("press", "member"), None),
            ("once", "-3", ("member",), "en"),
            ("", "old", (), "de"),
            ("none", "", (), "en"),
            ("Monthly", "40.0", (), "fr"),
            ("ünlü", "1e3", (), None),
            ("%", "40.", (), "en"),
            ('"', "4", (), "en"),
        ]
    )
]
VALUES = st.sampled_from(
    ["monthly", "once", "none", "", "press", "member", "en", "fr", "9", "40", "%", "ü"]
)
NUMBERS = st.sampled_from([Decimal(40), Decimal("9.5"), Decimal(-3), Decimal(0)])


def comparisons() -> st.SearchStrategy[Comparison]:
    """Comparisons of every kind of field."""
    ordered = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    set_like = st.sampled_from(["=", "!="])

    def of(
        name: str, operators: st.SearchStrategy[str], values: Any
    ) -> st.SearchStrategy[Comparison]:
        return st.builds(
            Comparison,
            field=st.just(name),
            operator=operators,
            values=st.lists(values, min_size=1, max_size=3).map(tuple),
            column=st.just(1),
        )

    return st.one_of(
        of("donor", ordered, VALUES),
        of("age", ordered, NUMBERS | VALUES),
        of("language", ordered, VALUES),
        of("tag", set_like, st.sampled_from(["press", "member"])),
        of("domain", set_like, st.sampled_from(["example.org", "X.example.org"])),
        of("joined", ordered, st.sampled_from(["2026-03-01", "2026-03-02", "2026-03-03"])),
    )


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.builds(Not, part=inner),
        st.builds(Both, parts=st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Either, parts=st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)


def holds(expression: Expression, person: Person) -> bool:
    """Say whether *expression* is true of *person*."""
    match expression:
        case Not(part=part):
            return not holds(part, person)
        case Both(parts=parts):
            return all(holds(part, person) for part in parts)
        case Either(parts=parts):
            return any(holds(part, person) for part in parts)
        case Comparison(operator="!="):
            return all(one(expression, value, person) for value in expression.values)
        case _:
            return any(one(expression, value, person) for value in expression.values)


def one(comparison: Comparison, value: Any, person: Person) -> bool:
    """Say whether the comparison with one *value* is true of *person*."""
    operator = comparison.operator
    match comparison.field:
        case "tag":
            return bool((value in person.tags) == (operator == "="))
        case "domain":
            return (person.email.rpartition("@")[2] == str(value).lower()) == (operator == "=")
        case "joined":
            return compared(operator, date(2026, 3, 2), date.fromisoformat(value))
        case "language":
            held = person.language or ""
        case _:
            held = person.attributes.get(comparison.field, "")
    if not isinstance(value, Decimal):
        return compared(operator, held.encode(), value.encode())
    digits = held.removeprefix("-").split(".")
    is_number = len(digits) <= 2 and all(part.isascii() and part.isdigit() for part in digits)
    return compared(operator, float(held), float(value)) if is_number else operator == "!="


def compared(operator: str, left: Any, right: Any) -> bool:
    """Compare two of a kind."""
    results: dict[str, bool] = {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }
    return results[operator]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expression=EXPRESSIONS)
def test_the_database_means_what_the_segment_says(store: Store, expression: Expression) -> None:
    """Whatever is asked, SQLite and PostgreSQL find those an interpreter of the same words finds."""
    roll = Roll(store, secret=SECRET, clock=ManualClock())
    if not roll.lists():
        put(
            store,
            [
                Row(
                    line=1,
                    address=parse_address(person.email),
                    attributes=person.attributes,
                    tags=person.tags,
                    language=person.language,
                )
                for person in PEOPLE
            ],
            at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        )
    found = roll.subscribers(segment=Segment(text="", expression=expression))
    expected = {person.email for person in PEOPLE if holds(expression, person)}
    assert expected == {person.address.email for person in found}
