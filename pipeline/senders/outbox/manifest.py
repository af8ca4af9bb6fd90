"""
The manifest of a campaign in the outbox, `manifest.jsonl`: one line of JSON per change.

A message's line is written before its file, so every file is listed after a crash too. The last line about a file is
the valid one. A line that a crash left incomplete is not read, and is removed before the next line is written.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState

MANIFEST = "manifest.jsonl"
_MAX_LINE_BYTES = 1 << 16  # an address has at most 254 (RFC 5321 §4.5.3.1.3)
_MAX_NAMES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestEntry:
    """
    One message in the outbox.

    Args:
        file: Its file name in the campaign's folder.
        sender: The envelope sender.
        recipient: The envelope recipient.
        digest: SHA-256 of the file, hexadecimal.
        state: `pending` until the file is written, then `accepted`.
    """

    campaign_id: str
    sequence: int
    file: str
    sender: str
    recipient: str
    message_id: str
    digest: str
    state: DeliveryState

    def to_line(self) -> bytes:
        """Return the entry as a line of the manifest."""
        values = asdict(self) | {"state": self.state.value}
        return json.dumps(values, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes, *, path: Path, number: int) -> ManifestEntry:
        """
        Parse a line that `to_line()` wrote.

        Raises:
            SendError: The line is damaged; the error names *path* and the line's *number*.
        """
        try:
            values = json.loads(line)
            return cls(**values | {"state": DeliveryState(values["state"])})
        except (ValueError, TypeError, KeyError) as error:
            raise SendError(
                f"{path}, line {number}: not an entry of an outbox manifest. Fix the line, or move the folder away."
            ) from error


def read_manifest(folder: Path) -> list[ManifestEntry]:
    """
    Return the messages listed in a campaign's folder, in the order they were written.

    Correct at any time, even while another process writes, or after it was killed: a file appears in one step, so a
    pending entry whose file exists was accepted.

    Raises:
        SendError: There is no manifest, or a line is damaged.
    """
    entries: dict[str, ManifestEntry] = {}
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):  # else a crash left it incomplete
                    entry = ManifestEntry.from_line(line, path=path, number=number)
                    entries[entry.file] = entry
    except OSError as error:
        raise SendError(f"Cannot read {path}: {error.strerror}.") from error
    return [_accept_existing(entry, folder) for entry in entries.values()]


def list_messages(folder: Path) -> list[ManifestEntry]:
    """
    Return the messages in a campaign's folder in sequence, without those whose file was not completed.

    Raises:
        SendError: The folder has no messages, or its manifest cannot be read.
    """
    entries = [entry for entry in read_manifest(folder) if entry.state is DeliveryState.ACCEPTED]
    if not entries:
        raise SendError(f"{folder}: contains no messages.")
    return sorted(entries, key=lambda entry: entry.sequence)


def read_message_file(path: Path, digest: str) -> bytes | None:
    """Return the content of a message file, None if it is missing or its SHA-256 is not *digest*."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None


def check_message_files(folder: Path, entries: Iterable[ManifestEntry]) -> None:
    """
    Check that the files of *entries* are those that were written.

    Raises:
        SendError: Some are missing or changed; the error names them.
    """
    changed = [
        each.file for each in entries if read_message_file(folder / each.file, each.digest) is None
    ]
    if changed:
        more = f" and {len(changed) - _MAX_NAMES:,} more" if len(changed) > _MAX_NAMES else ""
        raise SendError(
            f"{folder}: missing or changed since it was written: {', '.join(changed[:_MAX_NAMES])}{more}. "
            "Nothing was sent. Restore the files, or write the campaign again."
        )


class Manifest:
    """
    A manifest open for writing, by one process at a time; the kernel releases its lock when the process ends.

    Raises:
        SendError: Another process is writing it.
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._lock()
            self._truncate_partial_line()
        except BaseException:
            self.close()
            raise

    def read_first(self) -> ManifestEntry | None:
        """Return the first entry, None if the manifest is empty."""
        line = os.pread(self._file, _MAX_LINE_BYTES, 0).partition(b"\n")[0]
        return ManifestEntry.from_line(line, path=self.path, number=1) if line else None

    @contextmanager
    def rollback_on_error(self) -> Iterator[None]:
        """Remove the lines appended in the block if it fails."""
        size = os.fstat(self._file).st_size
        try:
            yield
        except BaseException:
            os.ftruncate(self._file, size)
            raise

    def append(self, entry: ManifestEntry) -> None:
        """Write *entry*, completely or not at all."""
        with self.rollback_on_error():
            write_all(self._file, entry.to_line())

    def sync(self) -> None:
        """Write appended lines to the disk."""
        os.fsync(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and release its lock."""
        os.close(self._file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SendError(
                f"{self.path.parent} is being written by another process. Wait for it to finish, or stop it."
            ) from error
        if not os.fstat(self._file).st_nlink:  # its writer gave up and removed it in between
            raise SendError(f"{self.path.parent} was just removed. Try again.", temporary=True)

    def _truncate_partial_line(self) -> None:
        size = os.fstat(self._file).st_size
        start = max(0, size - _MAX_LINE_BYTES)
        end = os.pread(self._file, size - start, start)
        if partial := len(end) - (end.rfind(b"\n") + 1):
            os.ftruncate(self._file, size - partial)


def _accept_existing(entry: ManifestEntry, folder: Path) -> ManifestEntry:
    if entry.state is DeliveryState.PENDING and (folder / entry.file).exists():
        return replace(entry, state=DeliveryState.ACCEPTED)
    return entry


def write_all(file: int, content: bytes) -> None:
    """Write all of *content* to a file descriptor."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
