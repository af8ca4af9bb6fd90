"""From a segment to a question the database can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    Text,
    and_,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from pipeline.errors import ConfigError, suggest_name
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.segment import (
    FIELDS,
    Both,
    Comparison,
    Either,
    Expression,
    Not,
    Segment,
    SegmentError,
    Value,
)
from pipeline.subscribers.tables import lists, memberships, subscribers, suppressions, tags


class _Number(FunctionElement[float]):
    """A text as a number, null if it is none."""

    inherit_cache = True
    type = Float()


class _Octets(FunctionElement[str]):
    """A text that is ordered octet by octet, wherever the database stands."""

    inherit_cache = True
    type = Text()


@compiles(_Number)
def _number(element: Any, compiler: Any, **options: Any) -> str:  # Any: as SQLAlchemy hands them
    inside = compiler.process(element.clauses, **options)
    if compiler.dialect.name == "postgresql":
        return rf"(CASE WHEN ({inside}) ~ '^-?[0-9]+(\.[0-9]+)?$' THEN ({inside})::float END)"
    plain = f"LTRIM({inside}, '-')"
    return (
        f"(CASE WHEN {plain} GLOB '[0-9]*' AND {plain} NOT GLOB '*[^0-9.]*' "
        f"AND {plain} NOT GLOB '*.*.*' AND {plain} NOT GLOB '*.' THEN CAST({inside} AS REAL) END)"
    )


@compiles(_Octets)
def _octets(element: Any, compiler: Any, **options: Any) -> str:  # Any: as SQLAlchemy hands them
    inside = compiler.process(element.clauses, **options)
    return f'({inside}) COLLATE "C"' if compiler.dialect.name == "postgresql" else inside


def select_members(list_name: str, segment: Segment | None = None) -> Select[Any]:
    """
    Select the confirmed subscribers on a list, of a segment if one is given, in the order they came.

    Columns: `id`, `key`, `digest`, `email`, `name`, `language`, `zone`, `attributes`, and `is_suppressed` for those
    who must not be written to all the same.
    """
    is_suppressed = exists().where(suppressions.c.digest == subscribers.c.digest)
    found = (
        select(
            subscribers.c.id,
            subscribers.c.key,
            subscribers.c.digest,
            subscribers.c.email,
            subscribers.c.name,
            subscribers.c.language,
            subscribers.c.zone,
            subscribers.c.attributes,
            is_suppressed.label("is_suppressed"),
        )
        .join(memberships, memberships.c.subscriber_id == subscribers.c.id)
        .join(lists, lists.c.id == memberships.c.list_id)
        .where(
            lists.c.name == list_name,
            memberships.c.left_at.is_(None),
            subscribers.c.state == SubscriberState.CONFIRMED.value,
        )
        .order_by(memberships.c.subscriber_id)  # as they stand in the table: nothing to sort
    )
    return found if segment is None else found.where(clause(segment))


def clause(segment: Segment) -> ColumnElement[bool]:
    """Return what is true of the subscribers in *segment*."""
    return _expression(segment.expression)


def check_segment(connection: Connection, segment: Segment) -> None:
    """
    See that everything *segment* names is there: a slip in a name would be an empty audience, or the whole one.

    Raises:
        SegmentError: A list, tag or attribute is known of nobody.
    """
    for comparison in segment.comparisons():
        if comparison.field in ("list", "tag"):
            _check_names(connection, comparison)
        elif comparison.field not in FIELDS:
            _check_attribute(connection, comparison)


def check_list(connection: Connection, name: str) -> None:
    """
    See that there is a list *name*.

    Raises:
        ConfigError: There is none.
    """
    known = list(connection.scalars(select(lists.c.name).order_by(lists.c.name)))
    if name not in known:
        raise ConfigError(
            f'There is no list "{name}". Known: {", ".join(known) or "none"}.{suggest_name(name, known)} '
            f"Make one: handbill subscribers import FILE --list {name}"
        )


def attribute_names(connection: Connection) -> list[str]:
    """Return the names of all attributes anybody has."""
    if connection.dialect.name == "postgresql":
        keys = func.jsonb_object_keys(subscribers.c.attributes)
        return sorted(connection.scalars(select(keys).distinct()))
    each = func.json_each(subscribers.c.attributes).table_valued("key")
    return sorted(
        connection.scalars(
            select(each.c.key).select_from(subscribers.join(each, true())).distinct()
        )
    )


def _check_names(connection: Connection, comparison: Comparison) -> None:
    column = lists.c.name if comparison.field == "list" else tags.c.tag
    known = sorted(connection.scalars(select(column).distinct()))
    for value in map(str, comparison.values):
        if value not in known:
            raise SegmentError(
                f'The segment, column {comparison.column}: there is no {comparison.field} "{value}". '
                f"Known: {', '.join(known) or 'none'}.{suggest_name(value, known)}"
            )


def _check_attribute(connection: Connection, comparison: Comparison) -> None:
    known = attribute_names(connection)
    if comparison.field not in known:
        names = [*FIELDS, *known]
        raise SegmentError(
            f"The segment, column {comparison.column}: nobody has a {comparison.field}. "
            f"Known: {', '.join(names)}.{suggest_name(comparison.field, names)}"
        )


def _expression(expression: Expression) -> ColumnElement[bool]:
    match expression:
        case Not(part=part):
            return not_(_expression(part))
        case Both(parts=parts):
            return and_(*map(_expression, parts))
        case Either(parts=parts):
            return or_(*map(_expression, parts))
        case Comparison(field="list"):
            return _is_on(expression)
        case Comparison(field="tag"):
            return _is_tagged(expression)
        case Comparison(field="domain"):
            return _is_at(expression)
        case Comparison(field="joined"):
            return _joined(expression)
        case Comparison():
            return _compared(expression)


def _is_on(comparison: Comparison) -> ColumnElement[bool]:
    found = (
        exists()
        .where(memberships.c.subscriber_id == subscribers.c.id)
        .where(memberships.c.left_at.is_(None))
        .where(
            memberships.c.list_id.in_(
                select(lists.c.id).where(lists.c.name.in_(map(str, comparison.values)))
            )
        )
    )
    return found if comparison.operator == "=" else not_(found)


def _is_tagged(comparison: Comparison) -> ColumnElement[bool]:
    found = (
        exists()
        .where(tags.c.subscriber_id == subscribers.c.id)
        .where(tags.c.tag.in_(map(str, comparison.values)))
    )
    return found if comparison.operator == "=" else not_(found)


def _is_at(comparison: Comparison) -> ColumnElement[bool]:
    found = or_(
        *(
            subscribers.c.key.endswith(f"@{str(value).lower()}", autoescape=True)
            for value in comparison.values
        )
    )
    return found if comparison.operator == "=" else not_(found)


def _joined(comparison: Comparison) -> ColumnElement[bool]:
    """Days begin at midnight UTC."""
    tests = [_on_day(comparison, str(value)) for value in comparison.values]
    return and_(*tests) if comparison.operator == "!=" else or_(*tests)


def _on_day(comparison: Comparison, written: str) -> ColumnElement[bool]:
    try:
        begin = datetime.combine(date.fromisoformat(written), time(), tzinfo=UTC)
    except ValueError as error:
        raise SegmentError(
            f'The segment, column {comparison.column}: "{written}" is no day. Write "2026-03-02".'
        ) from error
    end, added = begin + timedelta(days=1), subscribers.c.added_at
    match comparison.operator:
        case "<":
            return added < begin
        case "<=":
            return added < end
        case ">":
            return added >= end
        case ">=":
            return added >= begin
        case "=":
            return and_(added >= begin, added < end)
        case _:
            return or_(added < begin, added >= end)


def _compared(comparison: Comparison) -> ColumnElement[bool]:
    held = _held(comparison.field)
    tests = [_against(held, comparison.operator, value) for value in comparison.values]
    return and_(*tests) if comparison.operator == "!=" else or_(*tests)


def _against(held: ColumnElement[str], operator: str, value: Value) -> ColumnElement[bool]:
    """Compare texts octet by octet, and numbers as numbers; what is no number is unequal to each."""
    left: ColumnElement[Any] = _Octets(held)
    right: ColumnElement[Any] = literal(value, Text())
    if isinstance(value, Decimal):
        left, right = _Number(held), literal(float(value), Float())
    test = _OPERATORS[operator](left, right)
    return func.coalesce(test, literal(operator == "!="))


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


def _held(field: str) -> ColumnElement[str]:
    """What a subscriber has in *field*, as a text, "" if nothing."""
    if field == "email":
        return subscribers.c.key
    if field in ("consent", "language", "name", "zone"):
        return func.coalesce(subscribers.c[field], "")
    return func.coalesce(subscribers.c.attributes[field].as_string(), "")
