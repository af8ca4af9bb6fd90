"""The files of an export: in a zip archive, in the folder it was unpacked to, or a single one."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import LoadError
from pipeline.text_encoding import TextEncodingError, decode

#: The most bytes of one file: twenty years of a site in one file of WordPress have some 100 MB.
MAX_BYTES = 512 * 1024 * 1024
#: The most files; those of a site with 20,000 posts and their reports.
MAX_FILES = 100_000


class ExportFiles(Protocol):
    """The files of an export, by their path in it."""

    location: str

    def list_names(self) -> list[str]:
        """Return the paths of the files, with "/"."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of the file *name*."""
        ...


class _ZipFiles:
    def __init__(self, location: str, archive: zipfile.ZipFile) -> None:
        self.location = location
        self._archive = archive

    def list_names(self) -> list[str]:
        parts = self._archive.infolist()
        if len(parts) > MAX_FILES:
            raise LoadError(f"{self.location}: it has more than {MAX_FILES:,} files.")
        return [part.filename for part in parts if not part.is_dir()]

    def read(self, name: str) -> bytes:
        part = self._archive.getinfo(name)
        if part.file_size > MAX_BYTES:
            raise _build_size_error(f"{self.location}, {name}")
        try:
            return self._archive.read(part)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
            raise LoadError(
                f"{self.location}, {name}: it cannot be unpacked. Download the export again."
            ) from error


class _FolderFiles:
    def __init__(self, folder: Path) -> None:
        self.location = str(folder)
        self._folder = folder

    def list_names(self) -> list[str]:
        paths = sorted(path for path in self._folder.rglob("*") if path.is_file())
        if len(paths) > MAX_FILES:
            raise LoadError(f"{self.location}: it has more than {MAX_FILES:,} files.")
        return [path.relative_to(self._folder).as_posix() for path in paths]

    def read(self, name: str) -> bytes:
        return _read_file(self._folder / name)


class _SingleFile:
    def __init__(self, path: Path) -> None:
        self.location = str(path)
        self._path = path

    def list_names(self) -> list[str]:
        return [self._path.name]

    def read(self, name: str) -> bytes:
        return _read_file(self._path)


@contextmanager
def open_files(path: Path) -> Iterator[ExportFiles]:
    """
    Open the export at *path* for the block.

    Raises:
        LoadError: It does not exist or cannot be read.
    """
    if path.is_dir():
        yield _FolderFiles(path)
        return
    if not path.exists():
        raise LoadError(f"{path}: the file does not exist. Check its name and folder.")
    if not zipfile.is_zipfile(path):
        yield _SingleFile(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise LoadError(f"{path}: the archive is damaged. Download the export again.") from error
    with archive:
        yield _ZipFiles(str(path), archive)


def find_names(files: ExportFiles, pattern: str) -> list[str]:
    """Return the names that match *pattern* (`posts/*.html`), in the export or in a folder of it."""
    return [
        name
        for name in files.list_names()
        if fnmatchcase(name, pattern) or fnmatchcase(name, f"*/{pattern}")
    ]


def decode_file(content: bytes, location: str) -> str:
    """Return *content* as text; raise `LoadError` if it cannot be decoded."""
    try:
        return decode(content).text
    except TextEncodingError as error:
        raise LoadError(f"{location}: the text is in an unknown encoding.") from error


def read_rows(files: ExportFiles, name: str) -> list[Mapping[str, str]]:
    """Return the rows of the CSV file *name*, by heading in lower case."""
    text = decode_file(files.read(name), f"{files.location}, {name}").removeprefix("\ufeff")
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]
    except csv.Error as error:
        raise LoadError(f"{files.location}, {name}: the table is damaged ({error}).") from error
    if not rows:
        return []
    headings = [heading.strip().lower() for heading in rows[0]]
    return [dict(zip(headings, row, strict=False)) for row in rows[1:]]


def read_json(files: ExportFiles, name: str) -> Any:  # Any: JSON
    """Return the JSON in the file *name*."""
    try:
        return json.loads(files.read(name))
    except (ValueError, RecursionError) as error:
        raise LoadError(
            f"{files.location}, {name}: the file is damaged. Download the export again."
        ) from error


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _build_size_error(str(path))
        return path.read_bytes()
    except OSError as error:
        raise LoadError(f"{path}: cannot read the file ({error.strerror}).") from error


def _build_size_error(location: str) -> LoadError:
    return LoadError(f"{location}: it has more than {MAX_BYTES // 1024**2} MB.")
