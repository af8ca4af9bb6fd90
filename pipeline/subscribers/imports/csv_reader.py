"""Read a CSV file of subscribers row by row, with any delimiter and in most encodings."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from pipeline.errors import AddressError, ConfigError
from pipeline.models.address import parse_address
from pipeline.subscribers.imports.column_names import ImportColumn, read_header
from pipeline.subscribers.imports.import_row import ImportRow, RowProblem, read_row
from pipeline.text_encoding import TextEncodingError, detect_encoding

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 40
_IGNORED = (ImportColumn.LISTS, ImportColumn.IGNORE)


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvFile:
    """
    A CSV file open for reading.

    Args:
        rows: The rows, in order; can be iterated once.
        ignored_columns: The headings of the columns that are not imported.
        assumed: The first word that is not ASCII, as read in windows-1252, if that encoding was assumed; else "".
    """

    rows: Iterator[ImportRow | RowProblem]
    ignored_columns: tuple[str, ...] = ()
    assumed: str = ""


@contextmanager
def open_csv(
    path: Path, *, columns: Mapping[str, str] | None = None, encoding: str | None = None
) -> Iterator[CsvFile]:
    """
    Open the CSV file at *path* for the block; its rows are read one at a time, in constant memory.

    Args:
        columns: What some columns contain, by heading.
        encoding: A name that Python knows; by default it is detected; see `CsvFile.assumed`.

    Raises:
        ConfigError: The file cannot be read, or no column contains addresses.
    """
    try:
        used, assumed = (encoding, "") if encoding else _detect_encoding(path)
        with path.open(encoding=used, newline="") as file:
            delimiter = _detect_delimiter(file.read(1 << 16))
            file.seek(0)
            rows = csv.reader(file, delimiter=delimiter)
            yield replace(_read_file(rows, columns or {}, str(path)), assumed=assumed)
    except LookupError as error:
        raise ConfigError(
            f'{path}: unknown encoding "{encoding}". Use utf-8 or cp1252, for example.'
        ) from error
    except UnicodeError as error:
        raise ConfigError(
            f"{path}: the file is not in {encoding}. Omit --encoding, or choose another one."
        ) from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the file ({error.strerror}).") from error


def _detect_encoding(path: Path) -> tuple[str, str]:
    """Return the encoding of the file; if it was assumed, also the first word that is not ASCII, read in it."""
    try:
        with path.open("rb") as file:
            detected = detect_encoding(file)
    except TextEncodingError as error:
        raise ConfigError(
            f"{path}: the file is not UTF-8, and no other encoding fits it (byte {error.offset}). "
            "Save it as UTF-8, or name its encoding: --encoding cp1250"
        ) from error
    name = "utf-8-sig" if detected.encoding == "utf-8" else detected.encoding
    return name.removesuffix("-le").removesuffix("-be"), detected.example


def _detect_delimiter(sample: str) -> str:
    """Return the delimiter that splits most lines into the same number of cells, and into more than one."""
    lines = sample.splitlines()[:_SAMPLE_LINES]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if not counts or (width := counts[0]) < 2:
            continue
        score = sum(count == width for count in counts) / len(counts) * min(width, 10)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _read_file(cells: Iterator[list[str]], columns: Mapping[str, str], path: str) -> CsvFile:
    lines = _number_lines(cells, path)
    number, header = next(lines, (0, []))
    if not header:
        raise ConfigError(f"{path}: the file is empty.")
    if len(header) == 1 and _is_address(header[0]):  # a list of addresses without a header
        return CsvFile(rows=_read_rows(chain([(number, header)], lines), [ImportColumn.EMAIL]))
    if any(map(_is_address, header)):
        raise ConfigError(
            f"{path}, line 1: an email address where the column names should be. "
            "Add a first line with the names: email, name, …"
        )
    found = read_header(header, columns, path)
    ignored = (name for name, column in zip(header, found, strict=True) if column in _IGNORED)
    return CsvFile(rows=_read_rows(lines, found), ignored_columns=tuple(filter(None, ignored)))


def _read_rows(
    lines: Iterable[tuple[int, list[str]]], columns: Sequence[ImportColumn | str]
) -> Iterator[ImportRow | RowProblem]:
    for number, cells in lines:
        yield read_row(number, cells, columns)


def _number_lines(reader: Iterator[list[str]], path: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with its line number."""
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ConfigError(
                f"{path}, after line {number}: cannot read on ({error}). "
                "Check that line for a quotation mark that is never closed."
            ) from error
        number = getattr(reader, "line_num", number + 1)
        if any(cell.strip() for cell in cells):
            yield number, cells


def _is_address(cell: str) -> bool:
    try:
        parse_address(cell)
    except AddressError:
        return False
    return True
