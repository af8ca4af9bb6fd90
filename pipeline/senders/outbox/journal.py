"""
A file of JSON lines that grows line by line, written by one process at a time.

A line that a crash left incomplete is not read, and is removed before the next line is written.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from pipeline.errors import SendError

_MAX_LINE_BYTES = 1 << 16  # an address has at most 254 (RFC 5321 §4.5.3.1.3)


class Journal:
    """
    A journal open for writing; the kernel releases its lock when the process ends.

    Raises:
        SendError: Another process is writing it.
        OSError: It cannot be opened.
    """

    #: What a process does with the folder while it holds the lock, for messages.
    action: ClassVar[str] = "written"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            self._lock()
            self._truncate_partial_line()
        except BaseException:
            self.close()
            raise

    def read_first_line(self) -> bytes:
        """Return the first line without its line end, b"" if the file is empty."""
        return os.pread(self._file, _MAX_LINE_BYTES, 0).partition(b"\n")[0]

    @contextmanager
    def rollback_on_error(self) -> Iterator[None]:
        """Remove the lines appended in the block if it fails."""
        size = os.fstat(self._file).st_size
        try:
            yield
        except BaseException:
            os.ftruncate(self._file, size)
            raise

    def append_line(self, line: bytes) -> None:
        """Write *line*, which includes its line end, completely or not at all."""
        with self.rollback_on_error():
            write_all(self._file, line)

    def sync(self) -> None:
        """Write appended lines to the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file and release its lock."""
        os.close(self._file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SendError(
                f"{self.path.parent} is being {self.action} by another process. Wait for it to finish, or stop it."
            ) from error
        if not os.fstat(self._file).st_nlink:  # its writer gave up and removed it in between
            raise SendError(f"{self.path.parent} was just removed. Try again.", temporary=True)

    def _truncate_partial_line(self) -> None:
        size = os.fstat(self._file).st_size
        start = max(0, size - _MAX_LINE_BYTES)
        end = os.pread(self._file, size - start, start)
        if partial := len(end) - (end.rfind(b"\n") + 1):
            os.ftruncate(self._file, size - partial)


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """
    Yield the complete lines of a journal with their numbers.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                yield number, line


def write_all(file: int, content: bytes) -> None:
    """Write all of *content* to a file descriptor."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
