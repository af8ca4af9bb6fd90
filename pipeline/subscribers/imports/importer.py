"""
Import subscribers: many at a time, in flat memory, as often as one likes.

1. Rows are taken in batches, each a transaction of its own; an import that was cut off is simply run again.
2. A mailbox that is new is added, one that is known gets what the table says and keeps what it does not.
3. Who left, a list or everything, stays away: no table brings anybody back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from pipeline.database import Store
from pipeline.subscribers.digests import Digests
from pipeline.subscribers.imports.batch import Batch, Taken
from pipeline.subscribers.imports.import_report import Outcome, Plan, Report
from pipeline.subscribers.imports.row import Refusal, Row

#: Rows of a transaction. It holds the store for half a second; in larger ones an import is a little faster, and a
#: campaign under way waits the longer (measured with a million: tests/benchmarks/bench_audience.py).
BATCH = 10_000


class _Undo(Exception):
    """Takes a batch back."""


def import_rows(
    store: Store,
    rows: Iterable[Row | Refusal],
    plan: Plan,
    *,
    is_dry: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """
    Put *rows* into the store and return what became of each.

    Args:
        is_dry: Do everything and keep nothing.
        progress: Is told after each batch how many rows are done.

    Raises:
        StoreError: The store cannot be written; batches before that are kept, and the import can be run again.
    """
    report = Report()
    seen: set[int] = set()
    for batch in _batches(_taken(rows, report, seen, plan.digests)):
        try:
            with store.writing() as connection:
                report.counts += Batch(connection, plan, batch).store()
                if is_dry:
                    raise _Undo
        except _Undo:
            pass
        if progress:
            progress(report.rows)
    return report


def _taken(
    rows: Iterable[Row | Refusal], report: Report, seen: set[int], digests: Digests
) -> Iterator[Taken]:
    """Yield the rows to store; what is refused or repeated is noted here."""
    for row in rows:
        if isinstance(row, Refusal):
            report.counts[Outcome.REFUSED] += 1
            report.refused.append(row)
            continue
        key = row.address.key
        digest = digests.of(key)
        number = int(digest[:15], 16)  # takes a fifth of the memory of an address
        if number in seen:
            report.counts[Outcome.REPEATED] += 1
            continue
        seen.add(number)
        for why in row.remarks:
            report.remarks.append(Refusal(line=row.line, written=row.address.email, why=why))
        yield Taken(key, digest, row)


def _batches(rows: Iterator[Taken]) -> Iterator[list[Taken]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
