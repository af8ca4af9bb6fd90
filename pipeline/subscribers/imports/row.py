"""One row of somebody's table of subscribers: what it says, or why it cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from pipeline.errors import AddressError
from pipeline.models.address import Address, parse_address
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.imports.column_names import Column, state_of

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """
    One subscriber as a table has them.

    Args:
        line: Where the row ends in the file, from 1.
        state: Null if the table says nothing about it.
        is_suppressed: Whether the old system says that they must never be written to.
        remarks: What was left out of the row, and why.
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
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A row that was not taken, or something in it that was left out, and why."""

    line: int
    written: str
    why: str

    def to_json(self) -> dict[str, str | int]:
        """Return `{"line", "written", "why"}`."""
        return {"line": self.line, "written": self.written, "why": self.why}


def read_row(line: int, cells: Sequence[str], meant: Sequence[Column | str]) -> Row | Refusal:
    """Read the *cells* of one row; *meant* is what its columns hold."""
    if len(cells) > len(meant) and any(cell.strip() for cell in cells[len(meant) :]):
        why = f"it has {len(cells)} cells, the header {len(meant)}"
        return Refusal(line=line, written=_shown(cells), why=why)
    values: dict[Column, str] = {}
    attributes: dict[str, str] = {}
    for column, cell in zip(meant, cells, strict=False):
        if text := cell.strip():
            if isinstance(column, Column):
                values[column] = text
            else:
                attributes[column] = _one_line(text)
    written = values.get(Column.EMAIL, "")
    if not written:
        return Refusal(line=line, written=_shown(cells), why="it has no address")
    try:
        address = parse_address(written)
    except AddressError as error:
        return Refusal(line=line, written=_shown(cells), why=str(error))
    return _known(line, address, values, attributes)


def _known(
    line: int, address: Address, values: Mapping[Column, str], attributes: Mapping[str, str]
) -> Row | Refusal:
    remarks: list[str] = []
    state = state_of(values[Column.STATE]) if Column.STATE in values else None
    if Column.STATE in values and state is None:
        why = f'the state "{values[Column.STATE]}" is not known; write confirmed, unsubscribed or suppressed'
        return Refusal(line=line, written=address.email, why=why)
    tags = values.get(Column.TAGS)
    return Row(
        line=line,
        address=Address(email=address.email, name=_name(values) or _one_line(address.name)),
        state=state if isinstance(state, SubscriberState) else None,
        is_suppressed=isinstance(state, str),
        language=_checked(values.get(Column.LANGUAGE), _language, "language", remarks),
        zone=_checked(values.get(Column.ZONE), _zone, "time zone", remarks),
        tags=_tags(tags) if tags else (),
        attributes=attributes,
        consent_at=_instant(values.get(Column.CONSENT_AT), remarks),
        remarks=tuple(remarks),
    )


def _name(values: Mapping[Column, str]) -> str:
    if whole := values.get(Column.NAME):
        return _one_line(whole)
    parts = (values.get(Column.FIRST_NAME, ""), values.get(Column.LAST_NAME, ""))
    return _one_line(" ".join(filter(None, parts)))


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip() if _CONTROLS.search(text) else text.strip()


def _tags(written: str) -> tuple[str, ...]:
    found = (_one_line(tag.strip().strip('"')) for tag in re.split(r"[,;]", written))
    return tuple(dict.fromkeys(filter(None, found)))


def _checked(
    written: str | None, check: Callable[[str], str | None], what: str, remarks: list[str]
) -> str | None:
    if not written:
        return None
    found = check(written)
    if found is None:
        remarks.append(f'the {what} "{written[:40]}" is not known and was left out')
    return found


@lru_cache(maxsize=512)
def _language(written: str) -> str | None:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(written.replace("-", "_"))).replace("_", "-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None


@lru_cache(maxsize=1024)
def _zone(written: str) -> str | None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(written)
    except (KeyError, ValueError, OSError):
        return None
    return written


def _instant(written: str | None, remarks: list[str]) -> datetime | None:
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        remarks.append(f'the date "{written[:40]}" is not one like 2026-03-02 and was left out')
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _shown(cells: Sequence[str]) -> str:
    whole = ", ".join(cell.strip() for cell in cells)
    return whole if len(whole) <= 120 else whole[:119] + "…"
