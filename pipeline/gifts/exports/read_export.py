"""Read the payments in a processor's CSV export."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.errors import AddressError, ConfigError, shorten_value, suggest_name
from pipeline.gifts.amounts import parse_minor
from pipeline.gifts.exports.export_formats import ExportFormat, GiftColumn, find_format
from pipeline.gifts.payment import MAX_CODE, Payment, PaymentKind
from pipeline.models.address import parse_address
from pipeline.subscribers.imports.columns.consent_values import normalize_name
from pipeline.subscribers.imports.files.csv_encoding import detect_csv_encoding
from pipeline.subscribers.imports.files.file_kinds import refuse_other_kinds
from pipeline.subscribers.imports.rows.import_dates import find_day_first, parse_date

_C = GiftColumn
_REQUIRED = (_C.TRANSACTION, _C.AMOUNT, _C.DATE)
#: Exports put a title or a filter above the headings.
_HEADER_LINES = 20
_SAMPLE_CHARACTERS = 1 << 16
_PAID = frozenset(
    "paid succeeded success successful completed complete captured ok settled no_payment_required disputed "
    "partially_refunded partial_refund".split()
)
_RETURNED = frozenset(
    "refunded refund full_refund fully_refunded reversed chargeback charged_back lost".split()
)
_NOT_PAID = frozenset(
    "failed failure pending canceled cancelled unpaid expired denied removed open authorized processing uncaptured "
    "declined void voided incomplete requires_payment_method requires_action blocked held placed".split()
)
_NO = frozenset(("", "0", "0_00", "no", "false", "n", "none", "null"))
_ONCE = _NO | frozenset("once one_time onetime single one_off 1".split())
_OTHER_PERIODS = ("week", "quarter", "year", "annual", "day", "daily")
_REFUND_TYPES = ("refund", "reversal", "chargeback", "charge_back")
_NAMED_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d|[A-Z]{3,4})$")


@dataclass(frozen=True, kw_only=True, slots=True)
class RowNote:
    """A row without a payment: *reason* says why; *is_refused* that it should have been one."""

    line: int
    reason: str
    is_refused: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class GiftExport:
    """An export: its format, its rows in order, and the headings of the columns that were read, by what they hold."""

    format: ExportFormat
    rows: Sequence[Payment | RowNote]
    headings: Mapping[GiftColumn, str]


def read_export(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    currency: str | None = None,
    encoding: str | None = None,
    hash_address: Callable[[str], str] | None = None,
) -> GiftExport:
    """
    Read the export at *path*.

    Args:
        columns: What some columns hold, by heading: a value of `GiftColumn`.
        currency: Of a file without such a column.
        encoding: A name that Python knows; by default it is detected.
        hash_address: Returns the keyed hash of an address key; None: addresses are not read.

    Raises:
        ConfigError: The file cannot be read, or it is not clear what its columns hold.
    """
    try:
        if encoding is None:
            refuse_other_kinds(path)
        used = encoding or detect_csv_encoding(path)[0]
        with path.open(encoding=used, newline="") as file:
            table = list(_iterate(file.read(), path))
    except LookupError as error:
        raise ConfigError(f"{path}: unknown encoding. Use utf-8 or cp1252, for example.") from error
    except UnicodeError as error:
        raise ConfigError(f"{path}: the file is in another encoding. Omit --encoding.") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the file ({error.strerror}).") from error
    return _read_table(table, path, columns or {}, currency, hash_address)


def hash_typed_address(text: str, hash_address: Callable[[str], str]) -> str:
    """Return the keyed hash of the address in *text*, "" without one."""
    try:
        return hash_address(parse_address(text).key)
    except AddressError:
        return ""


def _iterate(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the number of its last line."""
    sample = text[:_SAMPLE_CHARACTERS].removeprefix("\ufeff")
    lines = sample.splitlines()[:_HEADER_LINES]
    delimiter = max(",;\t|", key=lambda mark: max((line.count(mark) for line in lines), default=0))
    reader = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise ConfigError(f"{path}, line {reader.line_num}: cannot read on ({error}).") from error


def _read_table(
    table: Sequence[tuple[int, list[str]]],
    path: Path,
    given: Mapping[str, str],
    currency: str | None,
    hash_address: Callable[[str], str] | None,
) -> GiftExport:
    if not table:
        raise ConfigError(f"{path}: the file is empty.")
    meanings = _parse_meanings(given)
    headers = [_Header.read(each, meanings) for _, each in table[:_HEADER_LINES]]
    start = next((index for index, each in enumerate(headers) if each.is_complete), 0)
    (line, cells), header = table[start], headers[start]
    _require_columns(path, line, cells, header, meanings)
    rows = table[start + 1 :]
    reader = _RowReader(header.format, header.places, rows, currency, hash_address)
    return GiftExport(
        format=header.format,
        rows=[reader.read(number, each) for number, each in rows],
        headings={column: cells[each[0]] for column, each in header.places.items()},
    )


@dataclass(frozen=True, slots=True)
class _Header:
    """A row read as the headings of a format: the place of each column."""

    format: ExportFormat
    places: Mapping[GiftColumn, tuple[int, ...]]

    @classmethod
    def read(cls, cells: Sequence[str], meanings: Mapping[str, GiftColumn]) -> _Header:
        names = [normalize_name(cell) for cell in cells]
        found = find_format(frozenset(names))
        return cls(found, _find_columns(found, names, meanings))

    @property
    def is_complete(self) -> bool:
        return not set(_REQUIRED) - self.places.keys()


def _parse_meanings(given: Mapping[str, str]) -> dict[str, GiftColumn]:
    known = [column.value for column in GiftColumn]
    for heading, meaning in given.items():
        if meaning not in known:
            raise ConfigError(
                f'--column "{heading}={meaning}": unknown meaning. Known: {", ".join(known)}.'
                f"{suggest_name(meaning, known)}"
            )
    return {normalize_name(heading): GiftColumn(meaning) for heading, meaning in given.items()}


def _find_columns(
    found: ExportFormat, names: Sequence[str], meanings: Mapping[str, GiftColumn]
) -> dict[GiftColumn, tuple[int, ...]]:
    """Return the places of each column, best first; one named by the user is the only one."""
    places: dict[GiftColumn, tuple[int, ...]] = {}
    for column, headings in found.columns.items():
        here = [each for each in headings.split() if each in names and each not in meanings]
        if here:
            places[column] = tuple(names.index(each) for each in here)
    for heading, column in meanings.items():
        if heading in names and column is not _C.IGNORE:
            places[column] = (names.index(heading),)
    return places


def _require_columns(
    path: Path,
    line: int,
    cells: Sequence[str],
    header: _Header,
    meanings: Mapping[str, GiftColumn],
) -> None:
    names = {normalize_name(cell) for cell in cells}
    if unknown := [name for name in meanings if name not in names]:
        raise ConfigError(f'{path}, line {line}: no column is called "{unknown[0]}".')
    required = (*_REQUIRED, _C.CODE) if header.format.has_code else _REQUIRED
    if missing := [column.value for column in required if column not in header.places]:
        shown = ", ".join(f'"{shorten_value(cell)}"' for cell in cells[:20])
        raise ConfigError(
            f"{path}, line {line}: no column is known to hold: {', '.join(missing)}. The columns are {shown}. "
            f'Say which it is, for example: --column "HEADING={missing[0]}"'
        )


class _RowReader:
    """Reads the rows of one export."""

    def __init__(
        self,
        found: ExportFormat,
        places: Mapping[GiftColumn, tuple[int, ...]],
        rows: Sequence[tuple[int, list[str]]],
        currency: str | None,
        hash_address: Callable[[str], str] | None,
    ) -> None:
        self._hash_address = hash_address
        self._format = found
        self._places = places
        self._currency = currency or found.currency
        date = places[_C.DATE][0]
        self._day_first = find_day_first(cells[date] for _, cells in rows if date < len(cells))

    def read(self, line: int, cells: Sequence[str]) -> Payment | RowNote:
        """Return the payment of one row, or why there is no payment in it."""
        try:
            return self._read(_Cells(self._places, cells))
        except _NoPayment as note:
            return RowNote(line=line, reason=str(note), is_refused=note.is_refused)

    def _read(self, cells: _Cells) -> Payment:
        transaction = cells.get(_C.TRANSACTION)
        if not transaction:
            raise _NoPayment("it has no transaction id")
        kind = self._read_kind(cells)
        is_returned = _check_status(cells.name(_C.STATUS))
        currency = self._read_currency(cells)
        minor = _parse_money(cells.get(_C.AMOUNT), currency, "amount")
        if minor < 0 and kind is PaymentKind.GIFT:
            kind = PaymentKind.REFUND
        minor = abs(minor)
        if minor == 0 and kind is not PaymentKind.PLAN:
            raise _NoPayment("the amount is 0", is_refused=False)
        recurs, is_monthly = self._read_frequency(cells, kind)
        recipient = cells.get(_C.RECIPIENT)
        code = cells.get(_C.CODE)[:MAX_CODE].casefold()
        return Payment(
            processor=self._format.name,
            kind=kind,
            transaction=f"{transaction}/{recipient}" if recipient else transaction,
            original=self._find_original(cells, kind, transaction),
            plan=self._find_plan(cells, recurs),
            gave_at=self._read_date(cells),
            minor=0 if kind is PaymentKind.PLAN else minor,
            refunded=_read_refunded(cells, kind, minor, currency, is_returned),
            currency=currency,
            is_monthly=is_monthly,
            code=code,
            prefix=cells.get(_C.PREFIX)[:MAX_CODE].casefold(),
            giver=self._hash_giver(cells.get(_C.EMAIL)),
        )

    def _hash_giver(self, email: str) -> str:
        return hash_typed_address(email, self._hash_address) if self._hash_address else ""

    def _read_kind(self, cells: _Cells) -> PaymentKind:
        text = cells.name(_C.TYPE)
        if self._format.gift_types is None or _C.TYPE not in self._places:
            return PaymentKind.GIFT
        if any(word in text for word in _REFUND_TYPES):
            return PaymentKind.REFUND
        if not any(word in text for word in self._format.gift_types):
            raise _NoPayment(f'"{shorten_value(text)}" is no gift', is_refused=False)
        if self._format.name == "stripe" and text == "subscription":
            return PaymentKind.PLAN  # its payments are in the export of payments
        return PaymentKind.GIFT

    def _read_currency(self, cells: _Cells) -> str:
        from babel.numbers import is_currency

        currency = cells.get(_C.CURRENCY).upper() or self._currency
        if not currency:
            raise _NoPayment("it has no currency; add one for the file: --currency EUR")
        if not is_currency(currency):
            raise _NoPayment(f'"{shorten_value(currency)}" is no currency')
        return currency

    def _read_frequency(self, cells: _Cells, kind: PaymentKind) -> tuple[bool, bool]:
        """Return whether the payment belongs to a plan, and whether that is a monthly one."""
        text = cells.name(_C.FREQUENCY)
        if self._format.name == "paypal":
            text = "monthly" if "subscription" in cells.name(_C.TYPE) else ""
        elif self._format.name == "stripe":
            text = "monthly" if kind is PaymentKind.PLAN or "subscription" in text else ""
        elif text in _ONCE and self._format.plan_recurs and cells.get(_C.PLAN):
            text = "monthly"
        recurs = text not in _ONCE and "one_time" not in text
        return recurs, recurs and not any(word in text for word in _OTHER_PERIODS)

    def _find_plan(self, cells: _Cells, recurs: bool) -> str:
        if not recurs:
            return ""
        return cells.get(_C.ORIGINAL if self._format.name == "paypal" else _C.PLAN)

    def _find_original(self, cells: _Cells, kind: PaymentKind, transaction: str) -> str:
        """Return what a refund gives back; a row that names nothing may have the id of the gift itself."""
        if kind is not PaymentKind.REFUND:
            return ""
        return cells.get(_C.ORIGINAL) or transaction

    def _read_date(self, cells: _Cells) -> datetime:
        text = " ".join(filter(None, (cells.get(_C.DATE), cells.get(_C.TIME))))
        found = parse_date(text, day_first=self._day_first)
        if found is None:
            raise _NoPayment(f'the date "{shorten_value(text)}" is not clear')
        if self._format.zone != "UTC" and not _NAMED_ZONE.search(text.strip()):
            return found.replace(tzinfo=ZoneInfo(self._format.zone))
        return found


class _Cells:
    """The cells of one row, by what they hold."""

    def __init__(self, places: Mapping[GiftColumn, tuple[int, ...]], cells: Sequence[str]) -> None:
        self._places = places
        self._cells = cells

    def get(self, column: GiftColumn) -> str:
        """Return the text of *column*, "" without one."""
        for place in self._places.get(column, ()):
            if place < len(self._cells) and (text := self._cells[place].strip().lstrip("'")):
                return text
        return ""

    def name(self, column: GiftColumn) -> str:
        """Return the same as a normalized name."""
        return normalize_name(self.get(column))


class _NoPayment(Exception):
    """A row has no payment."""

    def __init__(self, reason: str, *, is_refused: bool = True) -> None:
        super().__init__(reason)
        self.is_refused = is_refused


def _check_status(status: str) -> bool:
    """Return whether the whole payment was given back."""
    if status in _NOT_PAID:
        raise _NoPayment(f'not paid: "{status}"', is_refused=False)
    if status and status not in _PAID and status not in _RETURNED:
        raise _NoPayment(f'the status "{shorten_value(status)}" is unknown')
    return status in _RETURNED


def _parse_money(text: str, currency: str, what: str) -> int:
    minor = parse_minor(text, currency)
    if minor is None:
        raise _NoPayment(f'the {what} "{shorten_value(text)}" is not clear')
    return minor


def _read_refunded(
    cells: _Cells, kind: PaymentKind, minor: int, currency: str, is_returned: bool
) -> int:
    """Return how much of a gift was given back, at most all of it."""
    if kind is not PaymentKind.GIFT:
        return 0
    text = cells.get(_C.REFUNDED)
    amount = 0
    if cells.name(_C.REFUNDED) not in _NO:
        parsed = parse_minor(text, currency)  # a date, or "true", says that all of it was
        amount = minor if parsed is None else abs(parsed)
    if cells.name(_C.DISPUTE) == "lost":
        disputed = cells.get(_C.DISPUTED)
        amount += abs(_parse_money(disputed, currency, "disputed amount")) if disputed else minor
    return min(minor, minor if is_returned and not amount else amount)
