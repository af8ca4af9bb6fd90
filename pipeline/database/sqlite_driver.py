"""Statements that run once in a few dozen messages: by SQLite's driver, without SQLAlchemy between."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def execute_directly(
    connection: Connection, text: str, parameters: Sequence[Any] = (), *, many: bool = False
) -> Any:  # Any: the driver's
    """
    Execute *text* by SQLite's driver; return its cursor.

    Args:
        many: Once for each of *parameters*.

    Raises:
        DBAPIError: It failed; as SQLAlchemy raises it.
    """
    cursor = connection.connection.cursor()
    try:
        return cursor.executemany(text, parameters) if many else cursor.execute(text, parameters)
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, parameters, error, sqlite3.Error) from error
