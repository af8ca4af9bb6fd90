"""
Read a CSV file of subscribers row by row, with any delimiter and in most encodings.

The file is read twice, both times in constant memory: once to learn what its columns contain (`survey_columns()`), so
that whatever is unclear is given before anything is imported, and once for its rows. One that says who left is read a
third time between the two.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TextIO

from pipeline.errors import AddressError, ConfigError, shorten_value
from pipeline.models.address import parse_address
from pipeline.subscribers.imports.columns.column import Column
from pipeline.subscribers.imports.columns.column_names import ImportColumn, rank_email
from pipeline.subscribers.imports.columns.column_survey import survey_columns
from pipeline.subscribers.imports.columns.consent_values import normalize_name
from pipeline.subscribers.imports.columns.resolve_columns import (
    classify_headings,
    resolve_columns,
    says_left_by_name,
)
from pipeline.subscribers.imports.files.csv_encoding import detect_csv_encoding
from pipeline.subscribers.imports.files.file_kinds import refuse_other_kinds
from pipeline.subscribers.imports.rows.import_row import ImportRow, RowProblem
from pipeline.subscribers.imports.rows.import_values import clean_address
from pipeline.subscribers.imports.rows.row_reader import RowReader

_DELIMITERS = ",;\t|"
_SAMPLE_CHARACTERS = 1 << 16
_SAMPLE_LINES = 40
#: Lines among which the header is looked for: exports put a title, a date or a filter above it.
_HEADER_LINES = 20
#: Columns that can say that somebody left.
_DEPARTURES = (ImportColumn.STATE, ImportColumn.UNSUBSCRIBED_LISTS)
#: No export has more columns.
MAX_COLUMNS = 1000
_SEPARATOR_LINE = re.compile(
    r"\ufeff?[\"']?sep=(?P<delimiter>[^\r\n])[\"']?[,;\t ]{0,9}\r?\n?", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvFile:
    """
    A CSV file open for reading.

    Args:
        rows: The rows, in order.
        consent: The same rows with nothing but the address and what it says of consent; empty if none can say that
            somebody left. Only one of the two can be iterated at a time.
        columns: What each column contains; empty for a list of addresses without a header.
        assumed: The encoding, with an example, if it had to be assumed; else "".
        title_lines: How many lines above the header were passed over.
    """

    rows: Iterable[ImportRow | RowProblem]
    consent: Iterable[ImportRow | RowProblem] = ()
    columns: tuple[Column, ...] = ()
    assumed: str = ""
    title_lines: int = 0

    @property
    def has_lists(self) -> bool:
        """Whether a column says which lists each subscriber is on."""
        return any(column.meaning is ImportColumn.LISTS for column in self.columns)

    def find_headings(self, *meanings: ImportColumn) -> tuple[str, ...]:
        """Return the headings of the columns that contain one of *meanings*, without empty ones."""
        return tuple(
            shorten_value(column.heading)
            for column in self.columns
            if column.meaning in meanings and column.heading
        )

    def find_renamed(self) -> dict[str, str]:
        """Return the names of attributes that are not those of their columns, by heading."""
        return {
            shorten_value(column.heading): column.name
            for column in self.columns
            if column.meaning is ImportColumn.ATTRIBUTE
            and not column.is_given
            and column.name != normalize_name(column.heading)
        }


@contextmanager
def open_csv(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    is_suppression: bool = False,
) -> Iterator[CsvFile]:
    """
    Open the CSV file at *path* for the block.

    Args:
        columns: What some columns contain, by heading.
        encoding: A name that Python knows; by default it is detected; see `CsvFile.assumed`.
        is_suppression: Every address in it will be suppressed: what its columns say of consent does not matter.

    Raises:
        ConfigError: The file cannot be read or its columns are not clear; the message names all problems.
    """
    try:
        if encoding is None:
            refuse_other_kinds(path)
        used, assumed = (encoding, "") if encoding else detect_csv_encoding(path)
        with path.open(encoding=used, newline="") as file:
            yield _CsvReader(file, path, columns or {}, is_suppression).read(assumed)
    except LookupError as error:
        raise ConfigError(
            f'{path}: unknown encoding "{shorten_value(encoding or "")}". Use utf-8 or cp1252, for example.'
        ) from error
    except UnicodeError as error:
        raise ConfigError(
            f"{path}: the file is not in {encoding or 'one encoding throughout'}. "
            "Omit --encoding, or choose another one."
        ) from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the file ({error.strerror}).") from error


class _CsvReader:
    """Reads one open file."""

    def __init__(
        self, file: TextIO, path: Path, columns: Mapping[str, str], is_suppression: bool
    ) -> None:
        self._file = file
        self._path = path
        self._given = columns
        self._is_suppression = is_suppression
        sample = file.read(_SAMPLE_CHARACTERS)
        separator = _SEPARATOR_LINE.match(sample)
        self._skipped_lines = 1 if separator else 0
        self._delimiter = (
            separator["delimiter"]
            if separator
            else _detect_delimiter(sample.removeprefix("\ufeff"))
        )

    def read(self, assumed: str) -> CsvFile:
        """Survey the columns and return the file."""
        above, header_line, header = self._find_header()
        if _is_address(header[0]) and len(header) == 1:  # a list of addresses without a header
            email = Column(heading="", meaning=ImportColumn.EMAIL)
            self._refuse_file_name([email])
            return CsvFile(rows=_Rows(self, [email], 0), assumed=assumed)
        place = f"{self._path}, line {header_line}"
        if any(map(_is_address, header)):
            raise ConfigError(
                f"{place}: an email address where the column names should be. "
                "Add a first line with the names: email, name, …"
            )
        if len(header) > MAX_COLUMNS:
            raise ConfigError(
                f"{place}: the file has {len(header):,} columns; Handbill reads up to {MAX_COLUMNS:,}. "
                "Delete those that you do not need, or check the delimiter."
            )
        headings = [heading.replace("\ufeff", "").strip().lstrip("'") for heading in header]
        kinds = classify_headings(headings, self._given)
        surveys = survey_columns((cells for _, cells in self._iterate(header_line)), kinds)
        if self._is_suppression:
            for survey in surveys:
                survey.unknown.clear()
                survey.left.clear()
        columns = resolve_columns(headings, surveys, self._given, place)
        self._refuse_file_name(columns)
        return CsvFile(
            rows=_Rows(self, columns, header_line),
            consent=self._select_consent(columns, header_line),
            columns=tuple(columns),
            assumed=assumed,
            title_lines=above,
        )

    def _find_header(self) -> tuple[int, int, list[str]]:
        """Return how many rows stand above the header, its line, and the header."""
        rows = list(islice(self._iterate(0), _HEADER_LINES))
        if not rows:
            raise ConfigError(f"{self._path}: the file is empty.")
        for above, (number, cells) in enumerate(rows):
            if any(map(_is_address, cells[:50])):
                break
            given = any(cell.strip() in self._given for cell in cells)
            names_email = any(rank_email(cell) is not None for cell in cells[:MAX_COLUMNS])
            is_wide = len([cell for cell in cells if cell.strip()]) > 1 or len(rows[0][1]) == 1
            if (given or names_email) and is_wide:
                return above, number, cells
        return 0, *rows[0]

    def _refuse_file_name(self, columns: Sequence[Column]) -> None:
        """Refuse a file whose name says that its subscribers left, unless a column says so of each."""
        word = says_left_by_name(self._path.name)
        if self._is_suppression or not word:
            return
        if any(column.meaning is ImportColumn.STATE for column in columns):
            return
        raise ConfigError(
            f'{self._path}: the name of the file says "{word}", and no column says who left. '
            "If nobody in it may be sent to: --suppress instead of --list. "
            "If all of them may be sent to, rename the file."
        )

    def _select_consent(
        self, columns: Sequence[Column], header_line: int
    ) -> Iterable[ImportRow | RowProblem]:
        """Return the rows without what says nothing about consent."""
        meanings = {column.meaning for column in columns}
        if self._is_suppression or meanings.isdisjoint(_DEPARTURES):
            return ()
        kept = {ImportColumn.EMAIL, *_DEPARTURES}
        reduced = [
            column if column.meaning in kept else replace(column, meaning=ImportColumn.IGNORE)
            for column in columns
        ]
        return _Rows(self, reduced, header_line)

    def read_rows(
        self, columns: Sequence[Column], header_line: int
    ) -> Iterator[ImportRow | RowProblem]:
        """Yield the rows from the start of the file."""
        reader = RowReader(columns)
        for number, cells in self._iterate(header_line):
            yield reader.read(number, cells)

    def _iterate(self, after: int) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not blank, from the start of the file, with their line numbers beyond *after*."""
        self._file.seek(0)
        for _ in range(self._skipped_lines):
            self._file.readline()
        reader = csv.reader(self._file, delimiter=self._delimiter)
        for number, cells in _number_rows(reader, str(self._path)):
            number += self._skipped_lines
            if number > after and any(map(str.strip, cells)):
                yield number, cells


class _Rows:
    """The rows of an open file, read from its start by each iteration."""

    def __init__(self, reader: _CsvReader, columns: Sequence[Column], header_line: int) -> None:
        self._reader = reader
        self._columns = columns
        self._header_line = header_line

    def __iter__(self) -> Iterator[ImportRow | RowProblem]:
        return self._reader.read_rows(self._columns, self._header_line)


def _detect_delimiter(sample: str) -> str:
    """Return the delimiter that splits most lines into the same number of cells, and into more than one."""
    lines = sample.splitlines()[:_SAMPLE_LINES]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        except csv.Error:
            continue
        split = {width: count for width, count in widths.items() if width > 1}
        if not split:
            continue
        width = max(split, key=lambda each: (split[each], each))
        score = split[width] / widths.total() * min(width, 10)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _number_rows(reader: Iterable[list[str]], path: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows, each with the number of its last line."""
    rows, number = iter(reader), 0
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise ConfigError(
                f"{path}, after line {number}: cannot read on ({error}). "
                "Check that line for a quotation mark that is never closed."
            ) from error
        number = getattr(reader, "line_num", number + 1)
        yield number, cells


def _is_address(cell: str) -> bool:
    if "@" not in cell or len(cell) > 320:
        return False
    try:
        parse_address(clean_address(cell))
    except AddressError:
        return False
    return True
