"""Query and insert many rows at once."""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    insert,
    literal,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from pipeline.database.column_types import UtcDateTime
from pipeline.database.sqlite_driver import execute_directly


def in_values(column: ColumnElement[Any], values: Iterable[str | int]) -> ColumnElement[bool]:
    """
    Return whether *column* is one of *values*, sent as a single parameter.

    One parameter for each value takes a quarter of the time of an import, and SQLite allows at most 32,766 of them.
    """
    return _InValues(column, literal(encode_values(values), Text()))


def in_parameter(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the same for values passed as the parameter *name* of a prepared statement, see `encode_values()`."""
    return _InValues(column, bindparam(name, type_=Text()))


def encode_values(values: Iterable[str | int]) -> str:
    """Return *values* as one parameter for `in_parameter()`."""
    return json.dumps(list(values))


class _InValues(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:  # Any: as in SQLAlchemy
        """Add no comparison: SQLite would not use an index for `… = 1`."""
        return self


@compiles(_InValues)
def _compile_in_values(
    element: Any, compiler: Any, **options: Any
) -> str:  # Any: as SQLAlchemy passes them
    column, values = element.clauses
    left, right = compiler.process(column, **options), compiler.process(values, **options)
    if compiler.dialect.name != "postgresql":
        return f"{left} IN (SELECT value FROM json_each({right}))"
    kind = "bigint" if isinstance(column.type, Integer) else "text"
    return f"{left} = ANY (ARRAY(SELECT jsonb_array_elements_text({right}::jsonb)::{kind}))"


def insert_or_ignore(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:  # Any: column values
    """Insert *rows* like `insert_all()`, but ignore those that exist already."""
    if rows:
        statement = _insert_or_ignore(table, tuple(rows[0]), connection.dialect.name)
        execute_many(connection, statement, rows)


def insert_all(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:  # Any: as above
    """Insert *rows*, which all have the same keys; see `execute_many()`."""
    if rows:
        execute_many(connection, _insert(table, tuple(rows[0])), rows)


@lru_cache(maxsize=32)
def _insert(table: Table, names: Sequence[str]) -> ClauseElement:
    return insert(table).values({name: bindparam(name) for name in names})


@lru_cache(maxsize=32)
def _insert_or_ignore(table: Table, names: Sequence[str], dialect: str) -> ClauseElement:
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return statement.values({name: bindparam(name) for name in names}).on_conflict_do_nothing()


def execute_many(
    connection: Connection, statement: ClauseElement, rows: Sequence[Mapping[str, Any]]
) -> None:  # Any: as above
    """
    Execute *statement* for each of *rows*, which hold its named parameters.

    Values are converted once and passed to the driver: half the time of SQLAlchemy's `executemany` for many rows.
    """
    if not rows:
        return
    prepared = _prepare(statement, connection.dialect)
    columns = prepared.columns
    values = (
        [convert(row.get(name, default)) for name, default, convert in columns] for row in rows
    )
    if prepared.is_positional:
        parameters: Any = list(map(tuple, values))
    else:
        names = [name for name, _, _ in columns]
        parameters = [dict(zip(names, row, strict=True)) for row in values]
    connection.exec_driver_sql(prepared.text, parameters)


class Executed(NamedTuple):
    """What a statement returned, named tuples, and how many rows it changed."""

    rows: list[Any]  # Any: a class of its own for each statement
    rowcount: int


def execute_prepared(
    connection: Connection, statement: ClauseElement, values: Mapping[str, Any]
) -> Executed:  # Any: as above
    """
    Execute *statement*, made once, with *values* for its named parameters; its columns are as the driver returns them.

    For what runs every few dozen messages while servers wait: SQLAlchemy's `execute()` adds 150 µs to 30 of SQLite,
    its `exec_driver_sql()` 100.
    """
    prepared = _prepare(statement, connection.dialect)
    found = [convert(values.get(name, default)) for name, default, convert in prepared.columns]
    if connection.dialect.name == "sqlite":
        cursor = execute_directly(connection, prepared.text, found)
        return Executed([*map(prepared.make_row, cursor.fetchall())], cursor.rowcount)
    names = [name for name, _, _ in prepared.columns]
    result = connection.exec_driver_sql(prepared.text, dict(zip(names, found, strict=True)))
    return Executed([*result] if result.returns_rows else [], result.rowcount)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prepared:
    """The *text* of a statement, name, default and converter of each parameter, and what makes a row of its result."""

    text: str
    columns: list[tuple[str, Any, Callable[[Any], Any]]]  # Any: as above
    is_positional: bool
    make_row: Callable[[Sequence[Any]], Any]


@lru_cache(maxsize=128)
def _prepare(statement: ClauseElement, dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler), "migrations create the tables, not this"
    defaults = compiled.construct_params(_check=False)
    types = {name: bind.type for bind, name in compiled.bind_names.items()}
    return _Prepared(
        text=str(compiled),
        columns=[
            (name, defaults[name], _get_converter(types[name], dialect))
            for name in compiled.positiontup or list(types)
        ],
        is_positional=compiled.positional,
        make_row=_define_row(statement),
    )


def _define_row(statement: ClauseElement) -> Callable[[Sequence[Any]], Any]:
    """Return what makes a named tuple of the columns that *statement* returns."""
    names = statement.selected_columns.keys() if isinstance(statement, Select) else []
    row: Any = namedtuple("Row", names)  # type: ignore[misc]
    return row._make


def _get_converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return lambda value: value
    return lru_cache(maxsize=64)(convert) if isinstance(kind, UtcDateTime) else convert
