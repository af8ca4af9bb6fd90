"""
Procrastinate's tables, beside those of Handbill.

Procrastinate ships SQL and leaves it to its user to apply it. The name of the last migration that was applied here is
stored as the comment of its main table.
"""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, text

from pipeline.database import Store, lock_name
from pipeline.errors import StoreError

log = logging.getLogger(__name__)

_TABLE = "procrastinate_jobs"
_MARK = "handbill: "


def upgrade_schema(store: Store) -> None:
    """
    Create Procrastinate's tables, or upgrade them to what the installed version needs.

    Tables without a comment of ours were created by somebody else, such as Django, who upgrades them too.

    Raises:
        StoreError: They cannot be created, or a newer version upgraded them.
    """
    while not _is_current(store):
        with store.writing() as connection:
            lock_name(connection, "procrastinate schema")
            _apply_next(connection)


def _is_current(store: Store) -> bool:
    with store.reading() as connection:
        last = _read_last_migration(connection)
        if last is None:
            return _exists(connection)
    newest = list_migrations()[-1].stem
    if last > newest:
        raise StoreError(
            f"{store.location}: a newer version of Procrastinate has upgraded its tables ({last}). Upgrade it here "
            'too: pip install --upgrade "handbill[fleet]"'
        )
    return last == newest


def _apply_next(connection: Connection) -> None:
    """Create the tables, or apply one migration: PostgreSQL uses new values of an enum in the next transaction only."""
    last = _read_last_migration(connection)
    migrations = list_migrations()
    if last is None:
        if not _exists(connection):
            _execute(connection, _read_schema())
            _mark(connection, migrations[-1].stem)
            log.info("Created the tables of Procrastinate.", extra={"action": "engine.created"})
        return
    for path in migrations:
        if path.stem > last:
            _execute(connection, path.read_text("utf-8"))
            _mark(connection, path.stem)
            log.info("Applied %s.", path.stem, extra={"action": "engine.upgraded"})
            return


def list_migrations() -> list[Path]:
    """Return the migrations that the installed version ships, oldest first."""
    from procrastinate.schema import SchemaManager

    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _read_schema() -> str:
    from procrastinate.schema import SchemaManager

    return SchemaManager.get_schema()


def _exists(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT to_regclass(:name)"), {"name": _TABLE}))


def _read_last_migration(connection: Connection) -> str | None:
    """Return the last migration that was applied here; None if there are no tables, or they are not ours."""
    comment = connection.scalar(
        text("SELECT obj_description(to_regclass(:name), 'pg_class')"), {"name": _TABLE}
    )
    return str(comment).removeprefix(_MARK) if str(comment).startswith(_MARK) else None


def _mark(connection: Connection, migration: str) -> None:
    assert "'" not in migration, "a file name"
    _execute(connection, f"COMMENT ON TABLE {_TABLE} IS '{_MARK}{migration}'")


def _execute(connection: Connection, statements: str) -> None:
    """Execute several statements at once, which only the driver can."""
    connection.exec_driver_sql(statements.replace("%", "%%"))
