"""The gifts of a project: import exports, and report what each issue brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update

from pipeline.clock import Clock
from pipeline.database import Store, TransactionLock, in_values, insert_all
from pipeline.gifts.attribution import Attribution
from pipeline.gifts.build_report import build_report
from pipeline.gifts.exports.read_export import RowNote, hash_typed_address, read_export
from pipeline.gifts.gift_report import GiftReport
from pipeline.gifts.givers import forget_givers, link_givers, refresh_donors
from pipeline.gifts.payment import Payment, PaymentKind, merge_payments
from pipeline.gifts.tables import gifts
from pipeline.subscribers.store_secret import check_fingerprint
from pipeline.subscribers.suppressions import AddressHasher

_BATCH = 1000
_LOCKS = (TransactionLock.SUBSCRIBERS, TransactionLock.GIFTS)
_G = gifts.c


class GiftOutcome(Enum):
    """What an import did with a row."""

    #: A payment that was not known.
    ADDED = "added"
    #: A payment that was known, with nothing new.
    REPEATED = "repeated"
    #: A refund or chargeback that was not known.
    REFUNDED = "refunded"
    #: No gift: a failed payment, a withdrawal.
    IGNORED = "ignored"
    #: A row that cannot be read.
    REFUSED = "refused"


@dataclass(kw_only=True)
class GiftImport:
    """
    What an import did.

    Args:
        format: The title of the export's format.
        counts: Rows by outcome; the sum is the number of rows in the file.
        problems: The refused rows, in order.
        unknown_codes: Gifts by a code that no campaign has; "" are those without a code.
    """

    format: str
    counts: Counter[GiftOutcome] = field(default_factory=Counter)
    problems: list[RowNote] = field(default_factory=list)
    unknown_codes: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return `{"format", "rows", "added", …, "refusals": [{"line", "reason"}], "unknown_codes": {code: gifts}}`."""
        return {
            "format": self.format,
            "rows": self.counts.total(),
            **{outcome.value: self.counts[outcome] for outcome in GiftOutcome},
            "refusals": [{"line": each.line, "reason": each.reason} for each in self.problems],
            "unknown_codes": dict(sorted(self.unknown_codes.items())),
        }


class _DryRun(Exception):
    """Discards the transaction of a dry run."""


class GiftStore:
    """
    The gifts of a project.

    Args:
        secret: The project's secret, which keys the hashes of addresses.
        clock: Says when somebody has not given for a year.
        match_subscribers: Whether subscribers are marked who gave.
    """

    def __init__(
        self, store: Store, *, secret: bytes, clock: Clock, match_subscribers: bool = False
    ) -> None:
        self._store = store
        self._clock = clock
        self._match_subscribers = match_subscribers
        self._hasher = AddressHasher(secret)

    def import_file(
        self,
        path: Path,
        *,
        columns: Mapping[str, str] | None = None,
        currency: str | None = None,
        encoding: str | None = None,
        dry_run: bool = False,
    ) -> GiftImport:
        """
        Import the export at *path* in one transaction; what is known already changes nothing.

        Args:
            dry_run: Discard the transaction.

        Raises:
            ConfigError: The file cannot be read, or its columns are not clear.
            StoreError: The database cannot be written to.
        """
        export = read_export(
            path,
            columns=columns,
            currency=currency,
            encoding=encoding,
            hash_address=self._hasher.hash if self._match_subscribers else None,
        )
        report = GiftImport(format=export.format.title)
        payments = list(_extract_payments(export.rows, report))
        try:
            with self._store.writing(*_LOCKS) as connection:
                report.counts += self._store_payments(connection, payments)
                attribution = Attribution.read(connection, _list_payments(connection))
                report.unknown_codes.update(
                    each.code
                    for each in payments
                    if each.kind is PaymentKind.GIFT and attribution.find(each) is None
                )
                if dry_run:
                    raise _DryRun
        except _DryRun:
            pass
        return report

    def record(self, payments: Sequence[Payment]) -> Counter[GiftOutcome]:
        """
        Store *payments*, durably; what is known already changes nothing.

        Returns:
            What was done with them.

        Raises:
            StoreError: The database cannot be written to; nothing is stored.
        """
        with self._store.writing(*_LOCKS) as connection:
            return self._store_payments(connection, payments)

    def hash_address(self, address: str) -> str:
        """Return what `Payment.giver` has for *address*: its keyed hash, "" if subscribers are not matched."""
        return hash_typed_address(address, self._hasher.hash) if self._match_subscribers else ""

    def _store_payments(
        self, connection: Connection, payments: Sequence[Payment]
    ) -> Counter[GiftOutcome]:
        counts: Counter[GiftOutcome] = Counter()
        for start in range(0, len(payments), _BATCH):
            batch = payments[start : start + _BATCH]
            counts += _store_batch(connection, batch)
            if self._match_subscribers:
                link_givers(connection, batch, self._hasher)
        now = self._clock.now()
        if self._match_subscribers:
            check_fingerprint(connection, self._hasher)
            refresh_donors(connection, now=now)
        else:
            forget_givers(connection, now=now)
        return counts

    def report(self, issue: str | None = None) -> GiftReport:
        """
        Return what each issue brought, or only *issue*: its code, a beginning of its reference codes, or a campaign.

        Raises:
            StateError: No issue is known by that name, or several are.
        """
        with self._store.reading() as connection:
            payments = list(_list_payments(connection))
            attribution = Attribution.read(connection, payments)
            return build_report(connection, payments, attribution, issue, self._hasher)


def _extract_payments(rows: Iterable[Payment | RowNote], report: GiftImport) -> Iterator[Payment]:
    """Yield the payments, and count all other rows."""
    for row in rows:
        if isinstance(row, Payment):
            yield row
        elif row.is_refused:
            report.counts[GiftOutcome.REFUSED] += 1
            report.problems.append(row)
        else:
            report.counts[GiftOutcome.IGNORED] += 1


def _store_batch(connection: Connection, payments: Sequence[Payment]) -> Counter[GiftOutcome]:
    """Store *payments* of one processor."""
    counts: Counter[GiftOutcome] = Counter()
    query = select(gifts).where(
        _G.processor == payments[0].processor,
        in_values(_G.transaction, {each.transaction for each in payments}),
    )
    stored = {each.key: each for each in map(_to_payment, connection.execute(query))}
    known = dict(stored)
    for each in payments:
        before = known.get(each.key)
        after = merge_payments(before, each) if before else each
        known[each.key] = after
        counts[_describe_change(before, after)] += 1
    insert_all(connection, gifts, [_to_row(known[key]) for key in known.keys() - stored.keys()])
    changed = [_to_row(known[key]) for key, before in stored.items() if known[key] != before]
    if changed:
        connection.execute(_UPDATE, [_rename_keys(row) for row in changed])
    return counts


def _describe_change(before: Payment | None, after: Payment) -> GiftOutcome:
    if after.kind is PaymentKind.REFUND:
        return GiftOutcome.REPEATED if before else GiftOutcome.REFUNDED
    if before is None:
        return GiftOutcome.ADDED
    return GiftOutcome.REFUNDED if after.refunded > before.refunded else GiftOutcome.REPEATED


_KEYS = ("processor", "kind", "transaction")
_UPDATE = (
    update(gifts)
    .where(and_(*(_G[name] == bindparam(f"of_{name}") for name in _KEYS)))
    .values({column.name: bindparam(column.name) for column in _G if column.name not in _KEYS})
)


def _rename_keys(row: Mapping[str, Any]) -> dict[str, Any]:  # Any: column values
    return {f"of_{name}" if name in _KEYS else name: value for name, value in row.items()}


def _to_row(payment: Payment) -> dict[str, Any]:  # Any: column values
    row = {column.name: getattr(payment, column.name) for column in _G}
    return {**row, "kind": payment.kind.value}


def _list_payments(connection: Connection) -> Iterator[Payment]:
    return map(_to_payment, connection.execute(select(gifts)))


def _to_payment(row: Any) -> Payment:  # Any: a row of the table
    return Payment.from_row(row._mapping)
