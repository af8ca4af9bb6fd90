"""Read a table of subscribers somebody exported elsewhere: any delimiter, most encodings, row by row."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path

from pipeline.address import Address, parse_address
from pipeline.audience.columns import Column, read_header, state_of
from pipeline.errors import AddressError, ConfigError
from pipeline.subscriber import SubscriberState

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 40
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNUSED = (Column.LISTS, Column.IGNORE)
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
class Table:
    """
    A table open for reading.

    Args:
        rows: Each once, in order.
        left_out: The headings of the columns nothing is taken from.
    """

    rows: Iterator[Row | Refusal]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A row that was not taken, or something in it that was left out, and why."""

    line: int
    written: str
    why: str

    def to_json(self) -> dict[str, str | int]:
        """Return `{"line", "written", "why"}`."""
        return {"line": self.line, "written": self.written, "why": self.why}


@contextmanager
def reading(
    path: Path, *, columns: Mapping[str, str] | None = None, encoding: str | None = None
) -> Iterator[Table]:
    """
    Open the table at *path*; inside the block its rows can be read one after the other, in flat memory.

    Args:
        columns: What some columns hold, by their names in the header.
        encoding: A name Python knows; by default UTF-8 or UTF-16 if it is that, else Windows-1252.

    Raises:
        ConfigError: It cannot be read, or no column holds addresses.
    """
    try:
        used = encoding or _encoding(path)
        with path.open(encoding=used, newline="") as file:
            delimiter = _delimiter(file.read(1 << 16))
            file.seek(0)
            yield _table(csv.reader(file, delimiter=delimiter), columns or {}, str(path))
    except LookupError as error:
        raise ConfigError(f'{path}: "{encoding}" is no encoding. Write utf-8 or cp1252.') from error
    except UnicodeError as error:
        raise ConfigError(
            f"{path}: it is not {encoding}. Leave --encoding out, or name another."
        ) from error
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be read ({error.strerror}).") from error


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
        for mark, name in _BOMS:
            if start.startswith(mark):
                return name
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252" if _is_cp1252(path) else "latin-1"
    return "utf-8"


def _is_cp1252(path: Path) -> bool:
    return not set(b"\x81\x8d\x8f\x90\x9d") & set(path.read_bytes())


def _delimiter(sample: str) -> str:
    """Return the delimiter that cuts most lines into the same number of cells, and that more than one."""
    lines = sample.splitlines()[:_SAMPLE_LINES]
    best, score = ",", 0.0
    for delimiter in _DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if not counts or (width := counts[0]) < 2:
            continue
        share = sum(count == width for count in counts) / len(counts)
        if share * min(width, 10) > score:
            best, score = delimiter, share * min(width, 10)
    return best


def _table(cells: Iterator[list[str]], given: Mapping[str, str], where: str) -> Table:
    lines = _numbered(cells, where)
    number, header = next(lines, (0, []))
    if not header:
        raise ConfigError(f"{where}: it is empty.")
    if len(header) == 1 and _is_address(header[0]):  # a bare list of addresses
        return Table(rows=_rows(chain([(number, header)], lines), [Column.EMAIL]))
    if any(map(_is_address, header)):
        raise ConfigError(
            f"{where}, line 1: it holds an address where the names of the columns should be. "
            "Put a line with their names above it: email, name, …"
        )
    meant = read_header(header, given, where)
    out = (name for name, column in zip(header, meant, strict=True) if column in _UNUSED)
    return Table(rows=_rows(lines, meant), left_out=tuple(filter(None, out)))


def _rows(
    lines: Iterable[tuple[int, list[str]]], meant: Sequence[Column | str]
) -> Iterator[Row | Refusal]:
    for number, cells in lines:
        yield _row(number, cells, meant)


def _numbered(table: Iterator[list[str]], where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold something, with their lines."""
    number = 0
    while True:
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            raise ConfigError(
                f"{where}, after line {number}: it cannot be read on ({error}); "
                "perhaps a quotation mark is never closed. Mend that line."
            ) from error
        number = getattr(table, "line_num", number + 1)
        if any(cell.strip() for cell in cells):
            yield number, cells


def _is_address(cell: str) -> bool:
    try:
        parse_address(cell)
    except AddressError:
        return False
    return True


def _row(line: int, cells: Sequence[str], meant: Sequence[Column | str]) -> Row | Refusal:
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
