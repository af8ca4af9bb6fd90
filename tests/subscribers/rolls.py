"""Subscribers for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pipeline.database import Store
from pipeline.subscribers.digests import Digests
from pipeline.subscribers.imports.import_report import Plan, Report
from pipeline.subscribers.imports.importer import import_rows
from pipeline.subscribers.imports.row import Refusal, Row

SECRET = b"a key for tests"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def put(
    store: Store, rows: Iterable[Row | Refusal], *, list_name: str = "weekly", at: datetime = NOON
) -> Report:
    """Put *rows* on a list."""
    plan = Plan(list_name=list_name, digests=Digests(SECRET), at=at, source="test.csv")
    return import_rows(store, rows, plan)
