"""Read a table of subscribers somebody exported elsewhere: any delimiter, most encodings, row by row."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from pipeline.errors import AddressError, ConfigError
from pipeline.models.address import parse_address
from pipeline.subscribers.imports.column_names import Column, read_header
from pipeline.subscribers.imports.row import Refusal, Row, read_row

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 40
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNUSED = (Column.LISTS, Column.IGNORE)


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
        yield read_row(number, cells, meant)


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
