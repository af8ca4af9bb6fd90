"""Many rows at once, asked for and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
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

from pipeline.database.column_types import Instant


def among(column: ColumnElement[Any], values: Iterable[str | int]) -> ColumnElement[bool]:
    """
    Return whether *column* is one of *values*, sent as one parameter whatever their number.

    A parameter for each is a quarter of the time of an import, and SQLite takes at most 32,766 of them.
    """
    return _Among(column, literal(listed(values), Text()))


def among_named(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the same for values that come as the parameter *name* of a statement made once, see `listed()`."""
    return _Among(column, bindparam(name, type_=Text()))


def listed(values: Iterable[str | int]) -> str:
    """Return *values* as one parameter, see `among_named()`."""
    return json.dumps(list(values))


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:  # Any: as SQLAlchemy has it
        """Stand as it is: compared with 1, as SQLite's truths are, no index would be used for it."""
        return self


@compiles(_Among)
def _among(element: Any, compiler: Any, **options: Any) -> str:  # Any: as SQLAlchemy hands them
    column, listed = element.clauses
    left, right = compiler.process(column, **options), compiler.process(listed, **options)
    if compiler.dialect.name != "postgresql":
        return f"{left} IN (SELECT value FROM json_each({right}))"
    kind = "bigint" if isinstance(column.type, Integer) else "text"
    return f"{left} = ANY (ARRAY(SELECT jsonb_array_elements_text({right}::jsonb)::{kind}))"


def insert_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:  # Any: whatever the columns take
    """Insert *rows* as `insert_all()` does, and pass over those another process has written meanwhile."""
    if rows:
        execute_many(connection, _insert_new(table, tuple(rows[0]), connection.dialect.name), rows)


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
def _insert_new(table: Table, names: Sequence[str], dialect: str) -> ClauseElement:
    kind = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return kind.values({name: bindparam(name) for name in names}).on_conflict_do_nothing()


def execute_many(
    connection: Connection, statement: ClauseElement, rows: Sequence[Mapping[str, Any]]
) -> None:  # Any: as above
    """
    Execute *statement* for each of *rows*, which hold its named parameters.

    Each value is converted once and handed to the driver: half the time of SQLAlchemy's own way for many rows.
    """
    if not rows:
        return
    dialect = connection.dialect
    compiled = _compile(statement, dialect)
    same = compiled.construct_params(_check=False)
    types = {name: bind.type for bind, name in compiled.bind_names.items()}
    names = compiled.positiontup or list(types)
    into = [(name, same[name], _converter(types[name], dialect)) for name in names]
    values = ([convert(row.get(name, usual)) for name, usual, convert in into] for row in rows)
    if compiled.positional:
        parameters: Any = list(map(tuple, values))
    else:
        parameters = [dict(zip(names, row, strict=True)) for row in values]
    connection.exec_driver_sql(str(compiled), parameters)


@lru_cache(maxsize=64)
def _compile(statement: ClauseElement, dialect: Dialect) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler), "tables are made by migrations, not here"
    return compiled


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return _unchanged
    return lru_cache(maxsize=64)(convert) if isinstance(kind, Instant) else convert


def _unchanged(value: Any) -> Any:  # Any: it is handed on
    return value
