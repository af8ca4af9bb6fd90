"""Read one row of a subscriber file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
from pipeline.subscribers.imports.rows.import_values import (
    clean_address,
    clean_cell,
    parse_json_attributes,
    parse_tags,
    remove_control_characters,
)
from pipeline.time_zones import find_time_zone

_MAX_ADDRESS_CHARACTERS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRow:
    """
    A subscriber as read from a file.

    Args:
        line: The last line of the row in the file, from 1.
        state: None if the file has no state for the subscriber.
        is_suppressed: Whether the other system never sends to the subscriber.
        unsubscribed_at: When they unsubscribed, None if unknown.
        lists: The lists they are on, None if the file does not say.
        unsubscribed_lists: The lists they have unsubscribed from.
        paused_until: Until when nothing is sent to them, None if the file does not say.
        consent_at: When they gave consent, None if unknown.
        has_consent_date: Whether the file has a date of consent for them, read or not.
        warnings: The values that were ignored, and why.
    """

    line: int
    address: Address
    state: SubscriberState | None = None
    is_suppressed: bool = False
    unsubscribed_at: datetime | None = None
    language: str | None = None
    zone: str | None = None
    tags: tuple[str, ...] = ()
    lists: tuple[str, ...] | None = None
    unsubscribed_lists: tuple[str, ...] = ()
    paused_until: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    consent_at: datetime | None = None
    has_consent_date: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProblem:
    """
    A row that was skipped, or a value in it that was ignored, and why.

    Args:
        text: The row as written, cut to 80 characters, or the address of the subscriber.
    """

    line: int
    text: str
    reason: str

    def to_json(self) -> dict[str, str | int]:
        """Return `{"line", "text", "reason"}`."""
        return {"line": self.line, "text": self.text, "reason": self.reason}


def read_row(line: int, cells: Sequence[str], columns: Sequence[Column]) -> ImportRow | RowProblem:
    """
    Read the *cells* of a row.

    Args:
        columns: What each cell contains.
    """
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        reason = f"it has {len(cells)} cells, the header only {len(columns)}"
        return RowProblem(line=line, text=_format_cells(cells), reason=reason)
    values = _RowValues(line)
    try:
        for column, cell in zip(columns, cells, strict=False):
            if text := clean_cell(cell):
                values.add(column, text)
    except ValueError as error:
        return RowProblem(line=line, text=_format_cells(cells), reason=str(error))
    if not values.email:
        return RowProblem(line=line, text=_format_cells(cells), reason="it has no email address")
    try:
        if len(values.email) > _MAX_ADDRESS_CHARACTERS:
            raise AddressError("the email address is too long")
        address = parse_address(clean_address(values.email))
    except AddressError as error:
        return RowProblem(line=line, text=_format_cells(cells), reason=str(error))
    return values.build(address, columns)


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

    def add(self, column: Column, text: str) -> None:
        """
        Add the value *text* of *column*.

        Raises:
            ValueError: It says something about consent that is not known.
        """
        meaning = column.meaning
        if meaning is ImportColumn.ATTRIBUTE:
            self._attributes[column.name] = remove_control_characters(text)
        elif meaning is ImportColumn.EMAIL:
            self.email = text
        elif meaning is ImportColumn.STATE:
            self._add_consent(column, text)
        elif meaning is ImportColumn.CONSENT_AT:
            if not is_blank(text):
                self._dates.append((column.rank, text, column.day_first))
        elif meaning is ImportColumn.TAGS:
            self._tags.update(dict.fromkeys(parse_tags(text)))
        elif meaning is ImportColumn.ATTRIBUTES:
            self._add_attributes(column, text)
        elif meaning not in (ImportColumn.IGNORE, ImportColumn.POSITION):
            self._texts[meaning] = text

    def _add_consent(self, column: Column, text: str) -> None:
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

    def _add_attributes(self, column: Column, text: str) -> None:
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

    def build(self, address: Address, columns: Sequence[Column]) -> ImportRow:
        """Return the row."""
        standing = self._settle_standing(columns)
        lists = self._texts.get(ImportColumn.LISTS)
        has_lists = any(column.meaning is ImportColumn.LISTS for column in columns)
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
            lists=(parse_tags(lists) if lists else ()) if has_lists else None,
            unsubscribed_lists=parse_tags(left) if left else (),
            paused_until=self._read_pause(),
            attributes=self._attributes,
            consent_at=self._read_consent_date(),
            has_consent_date=bool(self._dates),
            warnings=tuple(self._warnings),
        )

    def _settle_standing(self, columns: Sequence[Column]) -> Standing | None:
        """Return what the row says; None if no column of the file says anything."""
        kinds = {column.consent for column in columns if column.consent is not None}
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


@lru_cache(maxsize=512)
def _parse_language(text: str) -> str | None:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(text.replace("-", "_"))).replace("_", "-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None


def _format_cells(cells: Sequence[str]) -> str:
    return shorten_value(", ".join(cell.strip() for cell in cells[:20]))
