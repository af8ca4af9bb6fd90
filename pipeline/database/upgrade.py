"""Upgrade the tables of a store to the newest revision."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from pipeline.database.engine import READ_ONLY
from pipeline.database.transaction_locks import lock_name
from pipeline.errors import StoreError

_REVISION = re.compile(r"r[0-9]{4}")


def upgrade(engine: Engine) -> Path | None:
    """Upgrade the tables in one transaction; return the backup made of an older file."""
    newest = _newest_revision()
    _require_own_file(engine)
    with engine.connect().execution_options(**READ_ONLY) as connection:
        if _read_revision(connection) == newest:
            return None
    with engine.begin() as connection:
        lock_name(connection, "upgrade")
        revision = _read_revision(connection)
        if revision == newest:  # another process was faster
            return None
        _require_upgradable(engine, connection, revision)
        backup = _back_up(engine, revision) if revision else None
        try:
            migrate(connection)
        except (ProgrammingError, OperationalError) as error:
            if not _is_existing_table(error):
                raise
            raise _foreign_tables_error(engine, _describe_table(error)) from error
    return backup


def _require_own_file(engine: Engine) -> None:
    """Require a SQLite file to be new or ours, before it is opened for writing, which changes how it is stored."""
    path = Path(str(engine.url.database or ":memory:"))
    if engine.dialect.name != "sqlite" or not path.is_file():
        return
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file,
    ):
        names = [
            name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        if names and "alembic_version" not in names:
            raise _foreign_tables_error(engine, f"the table {names[0]}")


def _require_upgradable(engine: Engine, connection: Connection, revision: str | None) -> None:
    """Require a new database, or one whose tables this version or an older one created."""
    if revision is None:
        return
    if not _REVISION.fullmatch(revision):
        raise _foreign_tables_error(engine, f"the revision {revision[:40]}")
    if revision > _newest_revision():
        raise StoreError(
            f"{engine.url.render_as_string(hide_password=True)}: a newer version of Handbill has upgraded it "
            f"({revision}). Upgrade Handbill here too, or use another database ([store] url)."
        )


def _foreign_tables_error(engine: Engine, what: str) -> StoreError:
    return StoreError(
        f"{engine.url.render_as_string(hide_password=True)}: {what} belongs to another program, so Handbill stores "
        "nothing there. Create a database for Handbill alone, and set it as [store] url."
    )


def _is_existing_table(error: DBAPIError) -> bool:
    """Whether a table or index could not be created since there is one of that name already."""
    is_duplicate = getattr(error.orig, "sqlstate", None) == "42P07"  # duplicate_table
    return is_duplicate or "already exists" in str(error.orig)


def _describe_table(error: DBAPIError) -> str:
    found = re.search(r"(?:relation|table|index) \"?([A-Za-z0-9_]+)", str(error.orig))
    return f"the table {found[1]}" if found else "a table"


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
    columns = {column["name"] for column in inspect(connection).get_columns("alembic_version")}
    if "version_num" not in columns:
        return ""
    revisions = list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    return ", ".join(map(str, sorted(revisions))) or None  # another program may have several


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
