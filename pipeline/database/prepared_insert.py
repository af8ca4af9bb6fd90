"""Insert a few dozen rows again and again, at the least cost for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.database.column_types import UtcDateTime
from pipeline.database.sqlite_driver import execute_directly

Converter = Callable[[Any], Any]  # Any: a value of a column
_POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_SQLITE = sqlite.dialect()


class PreparedInsert:
    """
    Inserts rows of *table*.

    SQLite takes them one by one. PostgreSQL takes them as one JSON array, since it spends as long on a statement as on
    several rows; `unnest()` of arrays costs twice as much, and COPY as much as JSON (PostgreSQL 15, psycopg 3.3).

    Args:
        varying: The columns that differ between rows; none is JSON.
        constant: The columns that are the same in all rows of one call.
    """

    def __init__(self, table: Table, *, varying: Sequence[str], constant: Sequence[str]) -> None:
        self._constant = constant
        columns = ", ".join((*constant, *varying))
        marks = f"({', '.join('?' * (len(constant) + len(varying)))})"
        self._sqlite = f"INSERT INTO {table.name} ({columns}) VALUES {marks}"
        fixed = [f"%({name})s" for name in constant]
        kinds = [table.c[name].type.compile(_POSTGRESQL) for name in varying]
        parsed = [f"CAST(r ->> {index} AS {kind})" for index, kind in enumerate(kinds)]
        self._postgresql = (
            f"INSERT INTO {table.name} ({columns}) SELECT {', '.join([*fixed, *parsed])} "
            "FROM jsonb_array_elements(CAST(%(rows)s AS jsonb)) AS r"
        )
        self._times = [
            index
            for index, name in enumerate(varying)
            if isinstance(table.c[name].type, UtcDateTime)
        ]
        self._constant_times = {
            name for name in constant if isinstance(table.c[name].type, UtcDateTime)
        }

    def execute(
        self, connection: Connection, rows: Sequence[tuple[Any, ...]], constants: Mapping[str, Any]
    ) -> None:  # Any: values of the columns
        """Insert *rows*, tuples of the varying columns, with *constants*."""
        if not rows:
            return
        if connection.dialect.name == "postgresql":
            content = json.dumps([*zip(*self._convert(rows, _to_iso), strict=True)])
            connection.exec_driver_sql(self._postgresql, {**constants, "rows": content})
            return
        fixed = [
            _to_sqlite(constants[name]) if name in self._constant_times else constants[name]
            for name in self._constant
        ]
        columns = self._convert(rows, _to_sqlite)
        values = [*zip(*map(repeat, fixed), *columns, strict=False)]
        execute_directly(connection, self._sqlite, values, many=True)

    def _convert(self, rows: Sequence[tuple[Any, ...]], convert: Converter) -> list[Iterable[Any]]:
        """Return the columns of *rows*, with times as the database takes them."""
        columns: list[Iterable[Any]] = [*zip(*rows, strict=True)]
        for index in self._times:
            columns[index] = map(convert, columns[index])
        return columns


# Most rows of a call have the same times.


@lru_cache(maxsize=64)
def _to_iso(value: datetime | None) -> str | None:
    utc = UtcDateTime().process_bind_param(value, _POSTGRESQL)
    return None if utc is None else utc.isoformat()


_STORE_TIME = UtcDateTime().dialect_impl(_SQLITE).bind_processor(_SQLITE)


@lru_cache(maxsize=64)
def _to_sqlite(value: datetime | None) -> Any:  # Any: text
    assert _STORE_TIME is not None
    return _STORE_TIME(value)
