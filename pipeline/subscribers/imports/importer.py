"""
Import subscribers in batches, in constant memory.

1. Each batch is a transaction; an import that was interrupted can be run again.
2. A new address is added. A known one gets the values of the row; where the row has none, it keeps its own.
3. A subscriber who unsubscribed from the list, or from everything, stays unsubscribed.
4. Of several rows with one address the first one counts; but if another one says that they left, they left
   (`departures`): the file is read for that before anything is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from pipeline.database import Store, TransactionLock
from pipeline.subscribers.imports.departures import (
    Departure,
    apply_departure,
    find_departures,
    says_left,
)
from pipeline.subscribers.imports.import_batch import ImportBatch, ImportItem
from pipeline.subscribers.imports.import_report import ImportOutcome, ImportPlan, ImportReport
from pipeline.subscribers.imports.rows.import_row import ImportRow, RowProblem
from pipeline.subscribers.store_secret import check_fingerprint
from pipeline.subscribers.suppressions import AddressHasher

#: Rows per transaction. One keeps the database locked for half a second; larger ones make the import slightly faster
#: and block a running campaign longer (measured with a million rows: tests/benchmarks/bench_audience.py).
BATCH_SIZE = 10_000


class _Rollback(Exception):
    """Discards the transaction of a dry run."""


def import_rows(
    store: Store,
    rows: Iterable[ImportRow | RowProblem],
    plan: ImportPlan,
    *,
    consent: Iterable[ImportRow | RowProblem],
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """
    Import *rows* and return a report.

    Args:
        consent: The same rows once more, of which only the address and what it says of consent are read; empty if
            none can say that somebody left.
        dry_run: Discard every transaction.
        progress: Called after each batch with the number of rows read so far.

    Raises:
        StoreError: The database cannot be written to; earlier batches are kept, and the import can be run again.
        StoreError: It was rekeyed meanwhile; likewise.
    """
    report = ImportReport()
    departures = find_departures(consent)
    for items in _batches(_import_items(rows, report, plan.hasher, departures)):
        report.counts += _store_batch(store, plan, items, dry_run=dry_run)
        if progress:
            progress(report.row_count)
    return report


def _store_batch(
    store: Store, plan: ImportPlan, items: list[ImportItem], *, dry_run: bool
) -> Counter[ImportOutcome]:
    """Store *items* in a transaction, discarded in a dry run; return the number of rows by outcome."""
    counts: Counter[ImportOutcome] = Counter()
    try:
        with store.writing(TransactionLock.SUBSCRIBERS) as connection:
            check_fingerprint(connection, plan.hasher)
            counts = ImportBatch(connection, plan, items).store()
            if dry_run:
                raise _Rollback
    except _Rollback:
        pass
    return counts


def _import_items(
    rows: Iterable[ImportRow | RowProblem],
    report: ImportReport,
    hasher: AddressHasher,
    departures: Mapping[str, Departure],
) -> Iterator[ImportItem]:
    """Yield the rows to store, and report the others."""
    seen: set[int] = set()
    warned: set[str] = set()
    for row in rows:
        if isinstance(row, RowProblem):
            report.counts[ImportOutcome.REFUSED] += 1
            report.refused.append(row)
            continue
        key = row.address.key
        digest = hasher.hash(key)
        number = int(digest[:15], 16)  # an integer takes a fifth of the memory of an address
        if number in seen:
            report.counts[ImportOutcome.REPEATED] += 1
            if key in departures and key not in warned and says_left(row):
                warned.add(key)
                reason = "an earlier row has the same address; this one says that they left, which counts"
                report.warnings.append(_describe(row, reason))
            continue
        seen.add(number)
        report.warnings += [_describe(row, reason) for reason in row.warnings]
        yield ImportItem(key, digest, apply_departure(row, departures.get(key)))


def _describe(row: ImportRow, reason: str) -> RowProblem:
    return RowProblem(line=row.line, text=row.address.email, reason=reason)


def _batches(items: Iterator[ImportItem]) -> Iterator[list[ImportItem]]:
    while batch := list(islice(items, BATCH_SIZE)):
        yield batch
