"""Freeze the subscribers of a list as recipients of a campaign: one statement, however many they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    case,
    exists,
    func,
    insert,
    literal,
    not_,
    null,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from pipeline.campaigns.store.tables import recipients
from pipeline.database import Id, Json, UtcDateTime
from pipeline.errors import StoreError
from pipeline.subscribers.segment import parse_segment
from pipeline.subscribers.segment_sql import check_segment, select_confirmed_subscribers

_COLUMNS = (
    "campaign",
    "sequence",
    "mailbox",
    "email",
    "name",
    "subscriber_id",
    "values",
    "not_before",
)


class _Values(FunctionElement[Any]):  # Any: a JSON object
    """The attributes of a subscriber with their language, unless an attribute has that name; None for none of them."""

    inherit_cache = True
    type = Json


@compiles(_Values)
def _compile_values(
    element: Any, compiler: Any, **options: Any
) -> str:  # Any: as SQLAlchemy passes them
    attributes, language = (compiler.process(each, **options) for each in element.clauses)
    if compiler.dialect.name == "postgresql":
        merged, empty = f"jsonb_build_object('language', {language}) || {attributes}", "'{}'::jsonb"
    else:
        merged, empty = f"json_insert({attributes}, '$.language', {language})", "'{}'"
    return f"NULLIF(CASE WHEN {language} <> '' THEN {merged} ELSE {attributes} END, {empty})"


def list_zones(connection: Connection, list_name: str, segment: str | None) -> set[str]:
    """Return the time zones of the subscribers of a list, or of a *segment* of it, as far as they are known."""
    rows = select_confirmed_subscribers(list_name, parse_segment(segment) if segment else None)
    zones = rows.order_by(None).subquery().c.zone
    return set(connection.scalars(select(zones).where(zones.is_not(None)).distinct()))


def freeze_list(
    connection: Connection,
    number: int,
    list_name: str,
    segment: str | None,
    *,
    limit: int | None = None,
    due_times: Mapping[str | None, datetime] | None = None,
) -> int:
    """
    Store the subscribers of a list who can be sent to now as recipients of a campaign; return how many were added.

    Those who are already are left out, the others are numbered after them: the first due first, then the oldest.

    Args:
        segment: Only those in this segment of the list.
        limit: Only the oldest ones.
        due_times: When each time zone is due; None is for those without one. Without it all are due at once.

    Raises:
        SegmentError: *segment* cannot be parsed, or names an unknown field.
        StoreError: Not all were stored: none is.
    """
    expression = parse_segment(segment) if segment is not None else None
    if expression:
        check_segment(connection, expression)
    last, known = connection.execute(
        select(func.coalesce(func.max(recipients.c.sequence), 0), func.count()).where(
            recipients.c.campaign == number
        )
    ).one()
    listed = select_confirmed_subscribers(list_name, expression).subquery()
    eligible = select(listed).where(not_(listed.c.is_suppressed))
    if known:
        is_recipient = exists().where(
            recipients.c.campaign == number, recipients.c.mailbox == listed.c.key
        )
        eligible = eligible.where(~is_recipient)
    if limit is not None:
        eligible = eligible.order_by(listed.c.id).limit(limit)
    who = eligible.subquery().c
    due = _due_time(who.zone, due_times or {})
    order = [who.id] if not due_times else [due, who.id]
    position = func.row_number().over(order_by=order)
    query = select(
        literal(number, Id),
        position + literal(last, Integer()),
        who.key,
        who.email,
        who.name,
        who.id,
        _Values(who.attributes, who.language),
        due,
    ).order_by(*order)
    added = connection.execute(
        insert(recipients).from_select(_COLUMNS, query),
        execution_options={"preserve_rowcount": True},
    ).rowcount
    stored, newest = connection.execute(
        select(func.count(), func.max(recipients.c.sequence)).where(recipients.c.campaign == number)
    ).one()
    if (stored, newest or 0) != (known + added, last + added):
        raise StoreError(
            f"The campaign has {known + added:,} recipients, but {stored:,} were stored. "
            "Nothing was sent; create it again."
        )
    return added


def _due_time(
    zone: ColumnElement[Any], due_times: Mapping[str | None, datetime]
) -> ColumnElement[Any]:  # Any: a time
    """Return when somebody in *zone* is due: a branch for each time, as many zones share one."""
    if not due_times:
        return null()
    zones: dict[datetime, list[str]] = {}
    for name, at in due_times.items():
        if name is not None:
            zones.setdefault(at, []).append(name)
    default = literal(due_times[None], UtcDateTime())
    if not zones:
        return default
    return case(
        *((zone.in_(names), literal(at, UtcDateTime())) for at, names in zones.items()),
        else_=default,
    )
