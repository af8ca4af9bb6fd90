"""Subscribers for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pipeline.database import Store
from pipeline.subscribers.imports.import_report import ImportPlan, ImportReport
from pipeline.subscribers.imports.importer import import_rows
from pipeline.subscribers.imports.rows.import_row import ImportRow, RowProblem
from pipeline.subscribers.suppressions import AddressHasher

SECRET = b"a key for tests"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def import_test_rows(
    store: Store,
    rows: Iterable[ImportRow | RowProblem],
    *,
    list_name: str = "weekly",
    at: datetime = NOON,
) -> ImportReport:
    """Import *rows* into a list."""
    plan = ImportPlan(list_name=list_name, hasher=AddressHasher(SECRET), at=at, source="test.csv")
    rows = list(rows)
    return import_rows(store, rows, plan, consent=rows)
