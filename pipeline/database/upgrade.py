"""Bring the tables of a store up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    text,
)

from pipeline.database.engine import READING
from pipeline.errors import StoreError

#: A number of our own for the lock that lets one process at a time change the tables (PostgreSQL, advisory locks).
_UPGRADING = 0x48_42_4C_31


def upgrade(engine: Engine) -> Path | None:
    """Bring the tables up to date in one transaction; return the copy made of an older file."""
    newest = _newest()
    with engine.connect().execution_options(**READING) as connection:
        if _revision(connection) == newest:
            return None
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADING})
        found = _revision(connection)
        if found == newest:  # another process was faster
            return None
        if found is not None and found > newest:
            raise StoreError(
                f"{engine.url.render_as_string(hide_password=True)}: a newer Handbill has changed it ({found}). "
                "Upgrade Handbill here too."
            )
        backup = _copy(engine, found) if found else None
        migrate(connection)
    return backup


def revisions() -> list[str]:
    """Return the names of all changes the tables have seen, in order."""
    return sorted(path.name.partition("_")[0] for path in _versions().glob("r[0-9]*.py"))


def _newest() -> str:
    return revisions()[-1]


def _versions() -> Path:
    return Path(__file__).parent / "migrations" / "versions"


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found


def _copy(engine: Engine, revision: str) -> Path | None:
    """Copy a SQLite file beside itself, as it was before its tables change; servers have their own backups."""
    if engine.dialect.name != "sqlite" or engine.url.database in (None, "", ":memory:"):
        return None
    path = Path(str(engine.url.database))
    copy = path.with_name(f"{path.name}.before-{_newest()}-was-{revision}")
    copy.unlink(missing_ok=True)
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    copy.chmod(0o600)
    return copy


def migrate(connection: Connection, *, to: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(_versions().parent).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, to)
