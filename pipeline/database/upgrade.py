"""Upgrade the tables of a store to the newest revision."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    text,
)

from pipeline.database.engine import READ_ONLY
from pipeline.database.transaction_locks import lock_name
from pipeline.errors import StoreError


def upgrade(engine: Engine) -> Path | None:
    """Upgrade the tables in one transaction; return the backup made of an older file."""
    newest = _newest_revision()
    with engine.connect().execution_options(**READ_ONLY) as connection:
        if _read_revision(connection) == newest:
            return None
    with engine.begin() as connection:
        lock_name(connection, "upgrade")
        revision = _read_revision(connection)
        if revision == newest:  # another process was faster
            return None
        if revision is not None and revision > newest:
            raise StoreError(
                f"{engine.url.render_as_string(hide_password=True)}: a newer Handbill has upgraded it ({revision}). "
                "Upgrade Handbill here too."
            )
        backup = _back_up(engine, revision) if revision else None
        migrate(connection)
    return backup


def list_revisions() -> list[str]:
    """Return the names of all revisions of the tables, oldest first."""
    return sorted(path.name.partition("_")[0] for path in _versions_folder().glob("r[0-9]*.py"))


def _newest_revision() -> str:
    return list_revisions()[-1]


def _versions_folder() -> Path:
    return Path(__file__).parent / "migrations" / "versions"


def _read_revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return revision


def _back_up(engine: Engine, revision: str) -> Path | None:
    """Copy a SQLite file before its tables change; a database server has its own backups."""
    if engine.dialect.name != "sqlite" or engine.url.database in (None, "", ":memory:"):
        return None
    path = Path(str(engine.url.database))
    copy = path.with_name(f"{path.name}.before-{_newest_revision()}-was-{revision}")
    copy.unlink(missing_ok=True)
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    copy.chmod(0o600)
    return copy


def migrate(connection: Connection, *, to: str = "head") -> None:
    """Run the migrations up to the revision *to*."""
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(_versions_folder().parent).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, to)
