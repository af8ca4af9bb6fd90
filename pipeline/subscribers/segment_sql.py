"""Translate segments into SQL conditions."""

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
    column,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from pipeline.errors import ConfigError, suggest_name
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.segment import (
    FIELDS,
    And,
    Comparison,
    Expression,
    Not,
    Or,
    Segment,
    SegmentError,
    Value,
)
from pipeline.subscribers.tables import lists, memberships, subscribers, suppressions, tags

#: What segments read of campaigns, whose tables are defined above this layer (`campaigns/store/tables.py`).
_EDITIONS = table("editions", column("digest", Text()), column("slug", Text()))
_CAMPAIGNS = table("campaigns", column("number"), column("edition_digest"), column("kind", Text()))
_DELIVERIES = table(
    "deliveries", column("campaign"), column("subscriber_id"), column("state", Text())
)

#: Holds for subscribers who must not be sent to.
IS_SUPPRESSED = exists().where(suppressions.c.digest == subscribers.c.digest)


class _Number(FunctionElement[float]):
    """A text as a number, without a value if it is not one."""

    inherit_cache = True
    type = Float()


class _Bytewise(FunctionElement[str]):
    """A text that is ordered by its bytes, whatever the collation of the database."""

    inherit_cache = True
    type = Text()


@compiles(_Number)
def _compile_number(
    element: Any, compiler: Any, **options: Any
) -> str:  # Any: as SQLAlchemy passes them
    inner = compiler.process(element.clauses, **options)
    if compiler.dialect.name == "postgresql":
        return rf"(CASE WHEN ({inner}) ~ '^-?[0-9]+(\.[0-9]+)?$' THEN ({inner})::float END)"
    digits = f"LTRIM({inner}, '-')"
    return (
        f"(CASE WHEN {digits} GLOB '[0-9]*' AND {digits} NOT GLOB '*[^0-9.]*' "
        f"AND {digits} NOT GLOB '*.*.*' AND {digits} NOT GLOB '*.' THEN CAST({inner} AS REAL) END)"
    )


@compiles(_Bytewise)
def _compile_bytewise(
    element: Any, compiler: Any, **options: Any
) -> str:  # Any: as SQLAlchemy passes them
    inner = compiler.process(element.clauses, **options)
    return f'({inner}) COLLATE "C"' if compiler.dialect.name == "postgresql" else inner


def select_confirmed_subscribers(list_name: str, segment: Segment | None = None) -> Select[Any]:
    """
    Select the confirmed subscribers on a list, and in a segment if there is one, in the order they were added.

    Columns: `id`, `key`, `digest`, `email`, `name`, `language`, `zone`, `attributes`, and `is_suppressed` for those
    who must not be sent to.
    """
    query = (
        select(
            subscribers.c.id,
            subscribers.c.key,
            subscribers.c.digest,
            subscribers.c.email,
            subscribers.c.name,
            subscribers.c.language,
            subscribers.c.zone,
            subscribers.c.attributes,
            IS_SUPPRESSED.label("is_suppressed"),
        )
        .join(memberships, memberships.c.subscriber_id == subscribers.c.id)
        .join(lists, lists.c.id == memberships.c.list_id)
        .where(
            lists.c.name == list_name,
            memberships.c.unsubscribed_at.is_(None),
            subscribers.c.state == SubscriberState.CONFIRMED.value,
        )
        .order_by(memberships.c.subscriber_id)  # the order of the primary key: no sorting needed
    )
    return query if segment is None else query.where(segment_condition(segment))


def segment_condition(segment: Segment) -> ColumnElement[bool]:
    """Return the SQL condition that holds for the subscribers in *segment*."""
    return _condition(segment.expression)


def check_segment(connection: Connection, segment: Segment) -> None:
    """
    Check that the lists, tags and attributes in *segment* exist: a typo would select nobody, or everybody.

    Raises:
        SegmentError: A list or a tag does not exist, or no subscriber has the attribute.
    """
    for comparison in segment.comparisons():
        if comparison.field in ("list", "received", "tag"):
            _check_names(connection, comparison)
        elif comparison.field not in FIELDS:
            _check_attribute(connection, comparison)


def check_list_exists(connection: Connection, name: str) -> None:
    """
    Check that the list *name* exists.

    Raises:
        ConfigError: It does not.
    """
    known = list(connection.scalars(select(lists.c.name).order_by(lists.c.name)))
    if name not in known:
        raise ConfigError(
            f'No list is called "{name}". Known lists: {", ".join(known) or "none"}.{suggest_name(name, known)} '
            f"To create it: handbill subscribers import FILE --list {name}"
        )


def find_attribute_names(connection: Connection) -> list[str]:
    """Return the names of all attributes that a subscriber has."""
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
    column = {"list": lists.c.name, "received": _EDITIONS.c.slug, "tag": tags.c.tag}[
        comparison.field
    ]
    known = sorted(connection.scalars(select(column).where(column.is_not(None)).distinct()))
    kind = "issue" if comparison.field == "received" else comparison.field
    for value in map(str, comparison.values):
        if value not in known:
            raise SegmentError(
                f'Segment, column {comparison.column}: no {kind} is called "{value}". '
                f"Known: {', '.join(known) or 'none'}.{suggest_name(value, known)}"
            )


def _check_attribute(connection: Connection, comparison: Comparison) -> None:
    known = find_attribute_names(connection)
    if comparison.field not in known:
        names = [*known, *FIELDS]
        raise SegmentError(
            f'Segment, column {comparison.column}: no subscriber has an attribute "{comparison.field}". '
            f"Known: {', '.join(names)}.{suggest_name(comparison.field, names)}"
        )


def _condition(expression: Expression) -> ColumnElement[bool]:
    match expression:
        case Not(part=part):
            return not_(_condition(part))
        case And(parts=parts):
            return and_(*map(_condition, parts))
        case Or(parts=parts):
            return or_(*map(_condition, parts))
        case Comparison(field="list"):
            return _list_condition(expression)
        case Comparison(field="tag"):
            return _tag_condition(expression)
        case Comparison(field="received"):
            return _received_condition(expression)
        case Comparison(field="domain"):
            return _domain_condition(expression)
        case Comparison(field="joined"):
            return _date_condition(expression)
        case Comparison():
            return _value_condition(expression)


def _list_condition(comparison: Comparison) -> ColumnElement[bool]:
    condition = is_on_list(*map(str, comparison.values))
    return condition if comparison.operator == "=" else not_(condition)


def is_on_list(*names: str) -> ColumnElement[bool]:
    """Return the SQL condition that holds for the current subscribers of one of the lists *names*."""
    return (
        exists()
        .where(memberships.c.subscriber_id == subscribers.c.id)
        .where(memberships.c.unsubscribed_at.is_(None))
        .where(memberships.c.list_id.in_(select(lists.c.id).where(lists.c.name.in_(names))))
    )


def _tag_condition(comparison: Comparison) -> ColumnElement[bool]:
    has_tag = (
        exists()
        .where(tags.c.subscriber_id == subscribers.c.id)
        .where(tags.c.tag.in_(map(str, comparison.values)))
    )
    return has_tag if comparison.operator == "=" else not_(has_tag)


def _received_condition(comparison: Comparison) -> ColumnElement[bool]:
    """Whether the server of the subscriber took an edition of an issue, by the issue's slug."""
    received = (
        select(_DELIVERIES.c.subscriber_id)
        .join(_CAMPAIGNS, _CAMPAIGNS.c.number == _DELIVERIES.c.campaign)
        .join(_EDITIONS, _EDITIONS.c.digest == _CAMPAIGNS.c.edition_digest)
        .where(
            _EDITIONS.c.slug.in_(map(str, comparison.values)),
            _CAMPAIGNS.c.kind != "test",
            _DELIVERIES.c.state.in_(("accepted", "delivered")),
            _DELIVERIES.c.subscriber_id.is_not(None),
        )
    )
    condition = subscribers.c.id.in_(received)
    return condition if comparison.operator == "=" else not_(condition)


def _domain_condition(comparison: Comparison) -> ColumnElement[bool]:
    has_domain = or_(
        *(
            subscribers.c.key.endswith(f"@{str(value).lower()}", autoescape=True)
            for value in comparison.values
        )
    )
    return has_domain if comparison.operator == "=" else not_(has_domain)


def _date_condition(comparison: Comparison) -> ColumnElement[bool]:
    """Compare the day a subscriber was added; days begin at midnight UTC."""
    conditions = [_compare_day(comparison, str(value)) for value in comparison.values]
    return and_(*conditions) if comparison.operator == "!=" else or_(*conditions)


def _compare_day(comparison: Comparison, value: str) -> ColumnElement[bool]:
    try:
        begin = datetime.combine(date.fromisoformat(value), time(), tzinfo=UTC)
    except ValueError as error:
        raise SegmentError(
            f'Segment, column {comparison.column}: "{value}" is not a date. Write it as "2026-03-02".'
        ) from error
    end, created_at = begin + timedelta(days=1), subscribers.c.created_at
    match comparison.operator:
        case "<":
            return created_at < begin
        case "<=":
            return created_at < end
        case ">":
            return created_at >= end
        case ">=":
            return created_at >= begin
        case "=":
            return and_(created_at >= begin, created_at < end)
        case _:
            return or_(created_at < begin, created_at >= end)


def _value_condition(comparison: Comparison) -> ColumnElement[bool]:
    field = _field_value(comparison.field)
    conditions = [_compare(field, comparison.operator, value) for value in comparison.values]
    return and_(*conditions) if comparison.operator == "!=" else or_(*conditions)


def _compare(field: ColumnElement[str], operator: str, value: Value) -> ColumnElement[bool]:
    """Compare texts by their bytes, and numbers as numbers; a text that is not a number equals no number."""
    left: ColumnElement[Any] = _Bytewise(field)
    right: ColumnElement[Any] = literal(value, Text())
    if isinstance(value, Decimal):
        left, right = _Number(field), literal(float(value), Float())
    condition = _OPERATORS[operator](left, right)
    return func.coalesce(condition, literal(operator == "!="))


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


def _field_value(field: str) -> ColumnElement[str]:
    """Return the value of *field* as a text, "" if it is missing."""
    if field == "email":
        return subscribers.c.key
    if field in ("consent", "language", "name", "zone"):
        return func.coalesce(subscribers.c[field], "")
    return func.coalesce(subscribers.c.attributes[field].as_string(), "")
