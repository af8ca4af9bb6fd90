"""Read the rows of a subscriber file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from pipeline.errors import AddressError, shorten_value
from pipeline.models.address import Address, parse_address
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.imports.columns.column import RESERVED_NAMES, Column
from pipeline.subscribers.imports.columns.column_names import ImportColumn
from pipeline.subscribers.imports.columns.consent_columns import ConsentColumn, interpret
from pipeline.subscribers.imports.columns.consent_values import (
    Standing,
    is_blank,
    normalize_name,
    parse_initial,
)
from pipeline.subscribers.imports.rows.import_dates import parse_date
from pipeline.subscribers.imports.rows.import_row import ImportRow, RowProblem
from pipeline.subscribers.imports.rows.import_values import (
    clean_address,
    clean_cell,
    parse_json_attributes,
    parse_tags,
    remove_control_characters,
)
from pipeline.time_zones import find_time_zone

_MAX_ADDRESS_CHARACTERS = 1000


class RowReader:
    """
    Reads the rows of one file.

    Args:
        columns: What each cell contains.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.has_lists = any(column.meaning is ImportColumn.LISTS for column in columns)
        self.consent = frozenset(column.consent for column in columns if column.consent is not None)
        self._columns = [(column, _get_adder(column.meaning)) for column in columns]

    def read(self, line: int, cells: Sequence[str]) -> ImportRow | RowProblem:
        """Read the *cells* of a row."""
        width = len(self._columns)
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            return _refuse(line, cells, f"it has {len(cells)} cells, the header only {width}")
        values = _RowValues(line)
        try:
            for (column, add), cell in zip(self._columns, cells, strict=False):
                if cell and add and (text := clean_cell(cell)):
                    add(values, column, text)
        except ValueError as error:
            return _refuse(line, cells, str(error))
        if not values.email:
            return _refuse(line, cells, "it has no email address")
        try:
            if len(values.email) > _MAX_ADDRESS_CHARACTERS:
                raise AddressError("the email address is too long")
            address = parse_address(clean_address(values.email))
        except AddressError as error:
            return _refuse(line, cells, str(error))
        return values.build(address, self)


def _refuse(line: int, cells: Sequence[str], reason: str) -> RowProblem:
    text = shorten_value(", ".join(cell.strip() for cell in cells[:20]))
    return RowProblem(line=line, text=text, reason=reason)


#: Columns that answer whether somebody may be sent to; without an answer nobody knows.
_ANSWERS = (ConsentColumn.STATE, ConsentColumn.SUBSCRIBED, ConsentColumn.CONFIRMED)
_STATES = {
    Standing.CONFIRMED: SubscriberState.CONFIRMED,
    Standing.UNCONFIRMED: SubscriberState.UNCONFIRMED,
    Standing.UNSUBSCRIBED: SubscriberState.UNSUBSCRIBED,
    Standing.SUPPRESSED: None,
}


class _RowValues:
    """Collects the values of a row."""

    def __init__(self, line: int) -> None:
        self.email = ""
        self._line = line
        self._texts: dict[ImportColumn, str] = {}
        self._attributes: dict[str, str] = {}
        self._tags: dict[str, None] = {}
        self._dates: list[tuple[int, str, bool | None]] = []
        self._standing = Standing.CONFIRMED
        self._is_answered = False
        self._left_at: datetime | None = None
        self._warnings: list[str] = []

    def add_text(self, column: Column, text: str) -> None:
        """Add the value *text* of *column*, which is read when the row is built."""
        self._texts[column.meaning] = text

    def add_email(self, _: Column, text: str) -> None:
        """Set the address."""
        self.email = text

    def add_attribute(self, column: Column, text: str) -> None:
        """Add an attribute."""
        self._attributes[column.name] = remove_control_characters(text)

    def add_consent_date(self, column: Column, text: str) -> None:
        """Add a date of consent."""
        if not is_blank(text):
            self._dates.append((column.rank, text, column.day_first))

    def add_tags(self, _: Column, text: str) -> None:
        """Add tags."""
        self._tags.update(dict.fromkeys(parse_tags(text)))

    def add_consent(self, column: Column, text: str) -> None:
        """
        Add what *text* says about consent.

        Raises:
            ValueError: It is not known.
        """
        kind = column.consent or ConsentColumn.STATE
        try:
            found = parse_initial(text) if column.uses_initials else interpret(kind, text)
        except ValueError as error:
            raise ValueError(
                f'the value "{shorten_value(text)}" of the column "{shorten_value(column.heading)}" is not known'
            ) from error
        if found is None:
            return
        self._is_answered |= kind in _ANSWERS
        self._standing = max(self._standing, found)
        if found is Standing.UNSUBSCRIBED:
            self._left_at = self._left_at or parse_date(text, day_first=column.day_first)

    def add_attributes(self, column: Column, text: str) -> None:
        """Add the attributes in a JSON object."""
        found = parse_json_attributes(text)
        if found is None:
            self._attributes["other_attributes"] = remove_control_characters(text)
            return
        for name, value in found.items():
            key = normalize_name(name)
            if key and key not in RESERVED_NAMES:
                self._attributes.setdefault(key, remove_control_characters(value))
            else:
                self._warnings.append(
                    f'the attribute "{shorten_value(name)}" has a name that Handbill uses itself and was ignored'
                )

    def build(self, address: Address, reader: RowReader) -> ImportRow:
        """Return the row."""
        standing = self._settle_standing(reader.consent)
        lists = self._texts.get(ImportColumn.LISTS)
        left = self._texts.get(ImportColumn.UNSUBSCRIBED_LISTS)
        name = self._read_name() or remove_control_characters(address.name)
        return ImportRow(
            line=self._line,
            address=Address(email=address.email, name=name),
            state=None if standing is None else _STATES[standing],
            is_suppressed=standing is Standing.SUPPRESSED,
            unsubscribed_at=self._left_at,
            language=self._parse(ImportColumn.LANGUAGE, _parse_language, "language"),
            zone=self._parse(ImportColumn.ZONE, find_time_zone, "time zone"),
            tags=tuple(self._tags),
            lists=(parse_tags(lists) if lists else ()) if reader.has_lists else None,
            unsubscribed_lists=parse_tags(left) if left else (),
            paused_until=self._read_pause(),
            attributes=self._attributes,
            consent_at=self._read_consent_date(),
            has_consent_date=bool(self._dates),
            warnings=tuple(self._warnings),
        )

    def _settle_standing(self, kinds: frozenset[ConsentColumn]) -> Standing | None:
        """Return what the row says; None if no column of the file says anything."""
        if not kinds:
            return None
        is_answered = self._is_answered or any(rank <= 2 for rank, _, _ in self._dates)
        if (
            self._standing is Standing.CONFIRMED
            and not is_answered
            and not kinds.isdisjoint(_ANSWERS)
        ):
            self._warnings.append("no column says whether they subscribed; they are unconfirmed")
            return Standing.UNCONFIRMED
        return self._standing

    def _read_name(self) -> str:
        if full_name := self._texts.get(ImportColumn.NAME):
            return remove_control_characters(full_name)
        if not self._texts:
            return ""
        parts = (self._texts.get(ImportColumn.FIRST_NAME), self._texts.get(ImportColumn.LAST_NAME))
        return remove_control_characters(" ".join(filter(None, parts)))

    def _parse(
        self, meaning: ImportColumn, parse: Callable[[str], str | None], label: str
    ) -> str | None:
        text = self._texts.get(meaning)
        if not text or is_blank(text):
            return None
        value = parse(text)
        if value is None:
            self._warnings.append(
                f'the {label} "{shorten_value(text)}" is not known and was ignored'
            )
        return value

    def _read_pause(self) -> datetime | None:
        text = self._texts.get(ImportColumn.PAUSED_UNTIL)
        if not text or is_blank(text):
            return None
        until = parse_date(text)
        if until is None:
            self._warnings.append(
                f'the pause until "{shorten_value(text)}" is not clear and was ignored; write dates like 2026-03-02'
            )
        return until

    def _read_consent_date(self) -> datetime | None:
        for _, text, day_first in sorted(self._dates, key=lambda date: date[0]):
            if found := parse_date(text, day_first=day_first):
                return found
        if self._dates:
            text = shorten_value(self._dates[0][1])
            self._warnings.append(
                f'the date "{text}" is not clear, and the day of their consent is not known; '
                "write dates like 2026-03-02"
            )
        return None


_ADDERS: Mapping[ImportColumn, Callable[[_RowValues, Column, str], None]] = {
    ImportColumn.ATTRIBUTE: _RowValues.add_attribute,
    ImportColumn.EMAIL: _RowValues.add_email,
    ImportColumn.STATE: _RowValues.add_consent,
    ImportColumn.CONSENT_AT: _RowValues.add_consent_date,
    ImportColumn.TAGS: _RowValues.add_tags,
    ImportColumn.ATTRIBUTES: _RowValues.add_attributes,
}


def _get_adder(meaning: ImportColumn) -> Callable[[_RowValues, Column, str], None] | None:
    """Return what takes the cells of a column, None if they are ignored."""
    if meaning in (ImportColumn.IGNORE, ImportColumn.POSITION):
        return None
    return _ADDERS.get(meaning, _RowValues.add_text)


@lru_cache(maxsize=512)
def _parse_language(text: str) -> str | None:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(text.replace("-", "_"))).replace("_", "-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None
