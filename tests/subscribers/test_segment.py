"""Segments: the syntax, the errors, and the same results on both databases."""

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
from pipeline.subscribers.imports.rows.import_row import ImportRow
from pipeline.subscribers.segment import (
    And,
    Comparison,
    Expression,
    Not,
    Or,
    Segment,
    SegmentError,
    parse_segment,
)
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.testing import ManualClock
from tests.subscribers.stores import SECRET, import_test_rows


def test_operator_precedence() -> None:
    """Without parentheses "and" comes before "or", and "not" applies to the next comparison."""
    expression = parse_segment('a = "1" or not b = "2" and c = "3"').expression
    assert isinstance(expression, Or)
    assert ["a"] == [part.field for part in expression.parts if isinstance(part, Comparison)]
    conjunction = expression.parts[1]
    assert isinstance(conjunction, And)
    assert isinstance(conjunction.parts[0], Not)


def test_values_are_texts_or_numbers() -> None:
    """Three kinds of quotes make a text, digits a number, parentheses several values."""
    (comparison,) = parse_segment("x not in (\"a b\", 'c', “d”, 7, -2.5)").comparisons()
    assert ("x", "!=", ("a b", "c", "d", Decimal(7), Decimal("-2.5"))) == (
        comparison.field,
        comparison.operator,
        comparison.values,
    )


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "expected a field name, found the end of the segment"),
        ("donor", 6, "=, !=, <, <=, >, >=, in or not in"),
        ("donor = monthly", 9, 'put the value in quotes: "monthly"'),
        (
            'donor = "monthly" list = "x"',
            19,
            'expected and, or, or the end of the segment, found "list"',
        ),
        ('(donor = "a"', 13, "expected ), found the end of the segment"),
        ('donor in "a"', 10, "expected ("),
        ('donor in ("a" "b")', 15, "expected )"),
        ('donor ~ "a"', 7, "unexpected '~'"),
        ('list > "weekly"', 1, "list cannot be ordered"),
        ('donor = "a" and', 16, "expected a field name"),
        ('donor = "open', 9, "unexpected '"),
    ],
)
def test_syntax_errors_name_the_column(text: str, column: int, message: str) -> None:
    """A syntax error names the column and what was expected there."""
    with pytest.raises(SegmentError) as caught:
        parse_segment(text)
    assert f"column {column}:" in str(caught.value)
    assert message in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_parses_or_is_a_segment_error(text: str) -> None:
    """Any text is a segment, or an error that names a column."""
    try:
        parse_segment(text)
    except SegmentError as error:
        assert "column" in str(error)


def test_unknown_names_are_errors(store: Store) -> None:
    """A typo in the name of a list, tag or attribute is an error, not an empty segment."""
    subscriber_store = SubscriberStore(store, secret=SECRET, clock=ManualClock())
    import_test_rows(
        store,
        [
            ImportRow(
                line=1,
                address=parse_address("a@example.org"),
                attributes={"donor": "once"},
                tags=("press",),
            )
        ],
    )
    for text, message in (
        ('donr = "once"', 'no subscriber has an attribute "donr".*Did you mean "donor"'),
        ('list = "weakly"', 'no list is called "weakly".*Did you mean "weekly"'),
        ('tag = "pres"', 'no tag is called "pres".*Did you mean "press"'),
    ):
        with pytest.raises(SegmentError, match=message):
            subscriber_store.list_subscribers(segment=parse_segment(text))


# And databases mean the same as an interpreter of twenty lines


@dataclass(frozen=True)
class Person:
    """A subscriber."""

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

    def build(
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
        build("donor", ordered, VALUES),
        build("age", ordered, NUMBERS | VALUES),
        build("language", ordered, VALUES),
        build("tag", set_like, st.sampled_from(["press", "member"])),
        build("domain", set_like, st.sampled_from(["example.org", "X.example.org"])),
        build("joined", ordered, st.sampled_from(["2026-03-01", "2026-03-02", "2026-03-03"])),
    )


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.builds(Not, part=inner),
        st.builds(And, parts=st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, parts=st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)


def matches(expression: Expression, person: Person) -> bool:
    """Return whether *expression* is true of *person*."""
    match expression:
        case Not(part=part):
            return not matches(part, person)
        case And(parts=parts):
            return all(matches(part, person) for part in parts)
        case Or(parts=parts):
            return any(matches(part, person) for part in parts)
        case Comparison(operator="!="):
            return all(matches_value(expression, value, person) for value in expression.values)
        case _:
            return any(matches_value(expression, value, person) for value in expression.values)


def matches_value(comparison: Comparison, value: Any, person: Person) -> bool:
    """Return whether the comparison with one *value* is true of *person*."""
    operator = comparison.operator
    match comparison.field:
        case "tag":
            return bool((value in person.tags) == (operator == "="))
        case "domain":
            return (person.email.rpartition("@")[2] == str(value).lower()) == (operator == "=")
        case "joined":
            return compare(operator, date(2026, 3, 2), date.fromisoformat(value))
        case "language":
            actual = person.language or ""
        case _:
            actual = person.attributes.get(comparison.field, "")
    if not isinstance(value, Decimal):
        return compare(operator, actual.encode(), value.encode())
    digits = actual.removeprefix("-").split(".")
    is_number = len(digits) <= 2 and all(part.isascii() and part.isdigit() for part in digits)
    return compare(operator, float(actual), float(value)) if is_number else operator == "!="


def compare(operator: str, left: Any, right: Any) -> bool:
    """Compare two values of the same type."""
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
def test_databases_agree_with_the_interpreter(store: Store, expression: Expression) -> None:
    """SQLite and PostgreSQL find the same subscribers as the interpreter, for any segment."""
    subscriber_store = SubscriberStore(store, secret=SECRET, clock=ManualClock())
    if not subscriber_store.count_lists():
        import_test_rows(
            store,
            [
                ImportRow(
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
    found = subscriber_store.list_subscribers(segment=Segment(text="", expression=expression))
    expected = {person.email for person in PEOPLE if matches(expression, person)}
    assert expected == {person.address.email for person in found}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 3_000 + 'a = "1"' + ")" * 3_000, "nested more than 50 deep"),
        ("not " * 3_000 + 'a = "1"', "nested more than 50 deep"),
        (" or ".join(['a = "1"'] * 501), "more than 500 values"),
        (f"a in ({', '.join(['1'] * 501)})", "more than 500 values"),
    ],
)
def test_an_excessive_segment_is_an_error(text: str, message: str) -> None:
    """What neither Python's stack nor a database takes is refused in a sentence."""
    with pytest.raises(SegmentError, match=message):
        parse_segment(text)


def test_the_largest_segment_is_run(store: Store) -> None:
    """What is allowed is within the limits of both databases."""
    subscriber_store = SubscriberStore(store, secret=SECRET, clock=ManualClock())
    import_test_rows(store, [ImportRow(line=1, address=parse_address("a@example.org"))])
    nested = "(" * 49 + 'name = "1"' + ")" * 49
    for text in (
        nested,
        " or ".join(['name = "1"'] * 500),
        " and ".join(["not name = 'x'"] * 500),
        f"name in ({', '.join(['1'] * 500)})",
        "name in (" + '"x", ' * 499 + '"x")',
    ):
        list(subscriber_store.list_subscribers(segment=parse_segment(text)))
