"""Read one row of a subscriber file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from pipeline.errors import AddressError
from pipeline.models.address import Address, parse_address
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.imports.column_names import ImportColumn, parse_state

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRow:
    """
    A subscriber as read from a file.

    Args:
        line: The last line of the row in the file, from 1.
        state: None if the file has no state for the subscriber.
        is_suppressed: Whether the other system never sends to the subscriber.
        warnings: The values that were ignored, and why.
    """

    line: int
    address: Address
    state: SubscriberState | None = None
    is_suppressed: bool = False
    language: str | None = None
    zone: str | None = None
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    consent_at: datetime | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProblem:
    """
    A row that was skipped, or a value in it that was ignored, and why.

    Args:
        text: The row as written, cut to 120 characters, or the address of the subscriber.
    """

    line: int
    text: str
    reason: str

    def to_json(self) -> dict[str, str | int]:
        """Return `{"line", "text", "reason"}`."""
        return {"line": self.line, "text": self.text, "reason": self.reason}


def read_row(
    line: int, cells: Sequence[str], columns: Sequence[ImportColumn | str]
) -> ImportRow | RowProblem:
    """
    Read the *cells* of a row.

    Args:
        columns: What each cell contains: a known column, or the name of an attribute.
    """
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        reason = f"it has {len(cells)} cells, the header only {len(columns)}"
        return RowProblem(line=line, text=_format_cells(cells), reason=reason)
    values: dict[ImportColumn, str] = {}
    attributes: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if text := cell.strip():
            if isinstance(column, ImportColumn):
                values[column] = text
            else:
                attributes[column] = _remove_control_characters(text)
    email = values.get(ImportColumn.EMAIL, "")
    if not email:
        return RowProblem(line=line, text=_format_cells(cells), reason="it has no email address")
    try:
        address = parse_address(email)
    except AddressError as error:
        return RowProblem(line=line, text=_format_cells(cells), reason=str(error))
    return _build_row(line, address, values, attributes)


def _build_row(
    line: int, address: Address, values: Mapping[ImportColumn, str], attributes: Mapping[str, str]
) -> ImportRow | RowProblem:
    warnings: list[str] = []
    written = values.get(ImportColumn.STATE)
    state = parse_state(written) if written else None
    if written and state is None:
        reason = f'the state "{written}" is not known; use confirmed, unsubscribed or suppressed'
        return RowProblem(line=line, text=address.email, reason=reason)
    tags = values.get(ImportColumn.TAGS)
    name = _read_name(values) or _remove_control_characters(address.name)
    return ImportRow(
        line=line,
        address=Address(email=address.email, name=name),
        state=state if isinstance(state, SubscriberState) else None,
        is_suppressed=isinstance(state, str),
        language=_check(values.get(ImportColumn.LANGUAGE), _parse_language, "language", warnings),
        zone=_check(values.get(ImportColumn.ZONE), _parse_time_zone, "time zone", warnings),
        tags=_parse_tags(tags) if tags else (),
        attributes=attributes,
        consent_at=_parse_date(values.get(ImportColumn.CONSENT_AT), warnings),
        warnings=tuple(warnings),
    )


def _read_name(values: Mapping[ImportColumn, str]) -> str:
    if full_name := values.get(ImportColumn.NAME):
        return _remove_control_characters(full_name)
    parts = (values.get(ImportColumn.FIRST_NAME, ""), values.get(ImportColumn.LAST_NAME, ""))
    return _remove_control_characters(" ".join(filter(None, parts)))


def _remove_control_characters(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip() if _CONTROLS.search(text) else text.strip()


def _parse_tags(text: str) -> tuple[str, ...]:
    tags = (_remove_control_characters(tag.strip().strip('"')) for tag in re.split(r"[,;]", text))
    return tuple(dict.fromkeys(filter(None, tags)))


def _check(
    text: str | None, parse: Callable[[str], str | None], label: str, warnings: list[str]
) -> str | None:
    if not text:
        return None
    value = parse(text)
    if value is None:
        warnings.append(f'the {label} "{text[:40]}" is not known and was ignored')
    return value


@lru_cache(maxsize=512)
def _parse_language(text: str) -> str | None:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(text.replace("-", "_"))).replace("_", "-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None


@lru_cache(maxsize=1024)
def _parse_time_zone(text: str) -> str | None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return None
    return text


def _parse_date(text: str | None, warnings: list[str]) -> datetime | None:
    if not text:
        return None
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        warnings.append(f'the date "{text[:40]}" is not in the form 2026-03-02 and was ignored')
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _format_cells(cells: Sequence[str]) -> str:
    line = ", ".join(cell.strip() for cell in cells)
    return line if len(line) <= 120 else line[:119] + "…"
