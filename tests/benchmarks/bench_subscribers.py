"""Import of a million subscribers from a table, and the memory it takes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from tests.benchmarks.figures import Figure
from tests.support import ROOT

ROWS = int(os.environ.get("HANDBILL_BENCH_SUBSCRIBERS", "1000000"))
#: The peer is too slow for all of them; its time is multiplied.
PEER_SHARE = 20

_HEADINGS = ("email", "name", "language", "timezone", "donor", "country", "consent date")
_ZONES = ("Europe/London", "Europe/Paris", "America/New_York", "Asia/Tokyo")
_DONORS = ("none", "once", "monthly")

#: Runs in a process of its own, for its memory; prints seconds, rows and megabytes.
_IMPORT = """
import json, sys, time
from pathlib import Path
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.clock import SystemClock
from pipeline.database import open_store
from tests.benchmarks.figures import peak_mb
table, folder = map(Path, sys.argv[1:])
with open_store("sqlite:///handbill.db", root=folder) as store:
    subscribers = SubscriberStore(store, secret=b"bench", clock=SystemClock())
    begun = time.perf_counter()
    report = subscribers.import_file(table, list_name="weekly")
    took = time.perf_counter() - begun
print(json.dumps([took, report.row_count, peak_mb()]))
"""


def figures() -> list[Figure]:
    """Measure the import beside the loop most systems begin with."""
    with TemporaryDirectory() as folder:
        table = Path(folder, "readers.csv")
        _write(table, ROWS)
        took, memory_mb = _imported(table, Path(folder))
        some = Path(folder, "some.csv")
        _write(some, ROWS // PEER_SHARE)
        naive = _one_by_one(some) * PEER_SHARE
    return [
        Figure(
            what=f"import of {ROWS:,} subscribers",
            value=took,
            unit="s",
            bar=60 * ROWS / 1_000_000,
            peer=f"csv + email-validator + ORM, a row at a time (x {PEER_SHARE})",
            peer_value=naive,
        ),
        Figure(
            what="memory of that import",
            value=memory_mb,
            unit="MB",
            bar=300,
            peer="the table itself, on disk",
            peer_value=_megabytes(ROWS),
        ),
    ]


def _write(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADINGS)
        writer.writerows(_rows(rows))


def _rows(count: int) -> Iterator[tuple[str, ...]]:
    for number in range(count):
        yield (
            f"reader.{number * 7919 % count}@mail{number % 500}.example.org",
            f"Reader Number {number}",
            "en",
            _ZONES[number % len(_ZONES)],
            _DONORS[number % len(_DONORS)],
            "GB",
            f"2025-01-{number % 28 + 1:02}",
        )


def _megabytes(rows: int) -> float:
    sample = [",".join(row) for row in _rows(1000)]
    return sum(len(line) + 2 for line in sample) * rows / 1000 / 1e6


def _imported(table: Path, folder: Path) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, table, folder],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )
    took, rows, memory_mb = json.loads(done.stdout)
    assert rows == ROWS, done.stdout
    return took, memory_mb


def _one_by_one(table: Path) -> float:
    """Import as a first draft does: look each address up, validate it, add an object, flush."""
    from email_validator import validate_email
    from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select
    from sqlalchemy.orm import Session, registry

    class Reader:
        def __init__(self, email: str, values: str) -> None:
            self.email, self.values = email, values

    mapping = registry(metadata=MetaData())
    readers = Table(
        "readers",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("email", String, unique=True),
        Column("values", String),
    )
    mapping.map_imperatively(Reader, readers)
    engine = create_engine(f"sqlite:///{table.with_suffix('.db')}")
    mapping.metadata.create_all(engine)
    begun = perf_counter()
    with Session(engine) as session, table.open(encoding="utf-8", newline="") as file:
        row: dict[str, Any]  # Any: as the csv module has it
        for row in csv.DictReader(file):
            email = validate_email(row["email"], check_deliverability=False).normalized
            if session.scalar(select(Reader).where(readers.c.email == email)) is None:
                session.add(Reader(email=email, values=json.dumps(row)))
                session.flush()
        session.commit()
    took = perf_counter() - begun
    engine.dispose()
    return took
