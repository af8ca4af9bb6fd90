"""Procrastinate's tables are created, upgraded, and left alone where they belong to somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.database import Store, open_store
from pipeline.errors import StoreError
from pipeline.fleet.engine_tables import list_migrations, upgrade_schema
from tests import databases

COMMENT = text("SELECT obj_description('procrastinate_jobs'::regclass)")
FUNCTIONS = text(
    "SELECT proname || '(' || pg_get_function_identity_arguments(oid) || ')' || md5(prosrc) FROM pg_proc "
    "WHERE proname LIKE 'procrastinate%' ORDER BY 1"
)
COLUMNS = text(
    "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns "
    "WHERE table_name LIKE 'procrastinate%' ORDER BY 1"
)


@pytest.fixture
def store(postgres: databases.Server, tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    with open_store(postgres.create_database(), root=tmp_path) as store:
        yield store


def describe(store: Store) -> tuple[list[str], list[str]]:
    """Return the functions and columns of Procrastinate."""
    with store.reading() as connection:
        functions, columns = (connection.scalars(each).all() for each in (FUNCTIONS, COLUMNS))
    return [re.sub(r"\s+", " ", each) for each in functions], list(columns)


def apply_until(store: Store, last: str) -> None:
    """Make the tables as an older version of Procrastinate left them."""
    for path in list_migrations():
        if path.stem <= last:
            with store.writing() as connection:
                connection.exec_driver_sql(path.read_text("utf-8").replace("%", "%%"))
    with store.writing() as connection:
        connection.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS 'handbill: {last}'")


def test_the_tables_are_created_once(store: Store) -> None:
    """The first worker creates them, the next one finds them."""
    upgrade_schema(store)
    made = describe(store)
    upgrade_schema(store)
    assert made == describe(store) != ([], [])
    with store.reading() as connection:
        assert f"handbill: {list_migrations()[-1].stem}" == connection.scalar(COMMENT)


def test_old_tables_are_upgraded(store: Store, postgres: databases.Server, tmp_path: Path) -> None:
    """Tables of Procrastinate 3.0 become those of the installed version."""
    apply_until(store, "03.00.00_50_post_cancel_notification")
    upgrade_schema(store)
    with open_store(postgres.create_database(), root=tmp_path) as new:
        upgrade_schema(new)
        assert sorted(describe(new)[1]) == sorted(describe(store)[1])
        names = [{each.split("(")[0] for each in describe(each)[0]} for each in (new, store)]
    assert names[0] == names[1]
    with store.reading() as connection:
        assert f"handbill: {list_migrations()[-1].stem}" == connection.scalar(COMMENT)


def test_newer_tables_are_refused(store: Store) -> None:
    """An older Procrastinate does not work with tables that a newer one upgraded; the message says what to do."""
    upgrade_schema(store)
    with store.writing() as connection:
        connection.exec_driver_sql("COMMENT ON TABLE procrastinate_jobs IS 'handbill: 09.00.00_01'")
    with pytest.raises(
        StoreError, match=r"newer version of Procrastinate .* pip install --upgrade"
    ):
        upgrade_schema(store)


def test_tables_of_somebody_else_are_left_alone(store: Store) -> None:
    """Whoever created them, such as Django, upgrades them."""
    upgrade_schema(store)
    with store.writing() as connection:
        connection.exec_driver_sql("COMMENT ON TABLE procrastinate_jobs IS NULL")
    upgrade_schema(store)
    with store.reading() as connection:
        assert connection.scalar(COMMENT) is None
