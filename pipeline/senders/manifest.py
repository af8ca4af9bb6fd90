"""
The manifest of a campaign in the outbox: one line of JSON per change, `manifest.jsonl`.

A message's line stands before its file does, so every file is listed whatever happens; of several lines about one file
the last one holds. A line cut off by a crash is not read, and is taken away when writing goes on.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline.delivery import DeliveryState
from pipeline.errors import SendError

MANIFEST = "manifest.jsonl"
_LONGEST_LINE = 1 << 16  # octets; an address has at most 254 (RFC 5321 §4.5.3.1.3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """
    One message in the outbox.

    Args:
        file: Its name within the campaign's folder.
        sender: The envelope sender.
        recipient: The envelope recipient.
        digest: SHA-256 of the file, hexadecimal.
        state: `pending` until the file is there, then `accepted`.
    """

    campaign: str
    sequence: int
    file: str
    sender: str
    recipient: str
    message_id: str
    digest: str
    state: DeliveryState

    def to_line(self) -> bytes:
        """Return the entry as a line of the manifest."""
        form = asdict(self) | {"state": self.state.value}
        return json.dumps(form, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes, *, path: Path, number: int) -> Entry:
        """
        Read what `to_line()` wrote.

        Raises:
            SendError: It was not written by it; *path* and the line's *number* are named.
        """
        try:
            form = json.loads(line)
            return cls(**form | {"state": DeliveryState(form["state"])})
        except (ValueError, TypeError, KeyError) as error:
            raise SendError(
                f"{path}, line {number}: this is no entry of an outbox. Move the folder away, or mend the line."
            ) from error


def read_manifest(folder: Path) -> list[Entry]:
    """
    Return the messages listed in a campaign's folder, in the order they were written first.

    Right at any moment, even while another process writes or after it was killed: a file appears in one step, so an
    entry still pending whose file is there was accepted.

    Raises:
        SendError: There is no manifest, or a line of it is damaged.
    """
    entries: dict[str, Entry] = {}
    path = folder / MANIFEST
    try:
        for number, line in enumerate(_whole_lines(path), 1):
            entry = Entry.from_line(line, path=path, number=number)
            entries[entry.file] = entry
    except OSError as error:
        raise SendError(f"{path} cannot be read: {error.strerror}.") from error
    return [_settled(entry, folder) for entry in entries.values()]


class Manifest:
    """
    A manifest open for writing, by one process at a time: the kernel frees the lock when that process ends.

    Raises:
        SendError: Another process holds it.
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            self._lock()
            self._drop_cut_line()
        except BaseException:
            self.close()
            raise

    def first(self) -> Entry | None:
        """Return the first entry, null while there is none."""
        line = os.pread(self._file, _LONGEST_LINE, 0).partition(b"\n")[0]
        return Entry.from_line(line, path=self.path, number=1) if line else None

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Take back the lines appended inside the block if it fails."""
        size = os.fstat(self._file).st_size
        try:
            yield
        except BaseException:
            os.ftruncate(self._file, size)
            raise

    def append(self, entry: Entry) -> None:
        """Write *entry*, wholly or not at all."""
        with self.undone_on_error():
            write_all(self._file, entry.to_line())

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
                f"{self.path.parent} is being written by another process. Wait for it to finish, or stop it."
            ) from error
        if not os.fstat(self._file).st_nlink:  # its writer gave up and removed it in between
            raise SendError(f"{self.path.parent} has just been removed. Try again.", temporary=True)

    def _drop_cut_line(self) -> None:
        size = os.fstat(self._file).st_size
        start = max(0, size - _LONGEST_LINE)
        end = os.pread(self._file, size - start, start)
        if cut := len(end) - (end.rfind(b"\n") + 1):
            os.ftruncate(self._file, size - cut)


def write_all(file: int, content: bytes) -> None:
    """Write all of *content* to a descriptor."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line


def _settled(entry: Entry, folder: Path) -> Entry:
    if entry.state is DeliveryState.PENDING and (folder / entry.file).exists():
        return replace(entry, state=DeliveryState.ACCEPTED)
    return entry
