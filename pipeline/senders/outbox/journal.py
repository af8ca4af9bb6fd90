"""
A file that grows line by line, each a JSON object, written by one process at a time.

A line cut off by a crash is not read, and is taken away when writing goes on.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from pipeline.errors import SendError

_LONGEST_LINE = 1 << 16  # octets; an address has at most 254 (RFC 5321 §4.5.3.1.3)


class Journal:
    """
    A journal open for writing; the kernel frees its lock when the process ends.

    Raises:
        SendError: Another process holds it.
        OSError: It cannot be opened.
    """

    #: What another process does with it.
    use: ClassVar[str] = "written"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            self._lock()
            self._drop_cut_line()
        except BaseException:
            self.close()
            raise

    def first_line(self) -> bytes:
        """Return the first line without its end, nothing while there is none."""
        return os.pread(self._file, _LONGEST_LINE, 0).partition(b"\n")[0]

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Take back the lines appended inside the block if it fails."""
        size = os.fstat(self._file).st_size
        try:
            yield
        except BaseException:
            os.ftruncate(self._file, size)
            raise

    def append_line(self, line: bytes) -> None:
        """Write *line*, which has its end, wholly or not at all."""
        with self.undone_on_error():
            write_all(self._file, line)

    def sync(self) -> None:
        """Make what was appended durable."""
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file and its lock."""
        os.close(self._file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SendError(
                f"{self.path.parent} is being {self.use} by another process. Wait for it to finish, or stop it."
            ) from error
        if not os.fstat(self._file).st_nlink:  # its writer gave up and removed it in between
            raise SendError(f"{self.path.parent} has just been removed. Try again.", temporary=True)

    def _drop_cut_line(self) -> None:
        size = os.fstat(self._file).st_size
        start = max(0, size - _LONGEST_LINE)
        end = os.pread(self._file, size - start, start)
        if cut := len(end) - (end.rfind(b"\n") + 1):
            os.ftruncate(self._file, size - cut)


def whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """
    Yield the lines of a journal with their numbers, but for one that was cut off.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                yield number, line


def write_all(file: int, content: bytes) -> None:
    """Write all of *content* to a descriptor."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
