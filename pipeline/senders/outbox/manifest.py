"""
The manifest of a campaign in the outbox, `manifest.jsonl`: one line of JSON per change.

A message's line is written before its file, so every file is listed after a crash too. The last line about a file is
the valid one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState
from pipeline.senders.outbox.journal import Journal, read_lines

MANIFEST = "manifest.jsonl"


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
        for number, line in read_lines(path):
            entry = ManifestEntry.from_line(line, path=path, number=number)
            entries[entry.file] = entry
    except OSError as error:
        raise SendError(f"Cannot read {path}: {error.strerror}.") from error
    return [_accept_existing(entry, folder) for entry in entries.values()]


class Manifest(Journal):
    """
    A manifest open for writing, by one process at a time.

    Raises:
        SendError: Another process is writing it.
        OSError: It cannot be opened.
    """

    def read_first(self) -> ManifestEntry | None:
        """Return the first entry, None if the manifest is empty."""
        line = self.read_first_line()
        return ManifestEntry.from_line(line, path=self.path, number=1) if line else None

    def append(self, entry: ManifestEntry) -> None:
        """Write *entry*, completely or not at all."""
        self.append_line(entry.to_line())


def _accept_existing(entry: ManifestEntry, folder: Path) -> ManifestEntry:
    if entry.state is DeliveryState.PENDING and (folder / entry.file).exists():
        return replace(entry, state=DeliveryState.ACCEPTED)
    return entry
