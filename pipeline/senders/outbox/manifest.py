"""
The manifest of a campaign in the outbox: one line of JSON per change, `manifest.jsonl`.

A message's line stands before its file does, so every file is listed whatever happens; of several lines about one file
the last one holds.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState
from pipeline.senders.outbox.journal import Journal, whole_lines

MANIFEST = "manifest.jsonl"


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
        for number, line in whole_lines(path):
            entry = Entry.from_line(line, path=path, number=number)
            entries[entry.file] = entry
    except OSError as error:
        raise SendError(f"{path} cannot be read: {error.strerror}.") from error
    return [_settled(entry, folder) for entry in entries.values()]


class Manifest(Journal):
    """
    A manifest open for writing, by one process at a time.

    Raises:
        SendError: Another process holds it.
        OSError: It cannot be opened.
    """

    def first(self) -> Entry | None:
        """Return the first entry, null while there is none."""
        line = self.first_line()
        return Entry.from_line(line, path=self.path, number=1) if line else None

    def append(self, entry: Entry) -> None:
        """Write *entry*, wholly or not at all."""
        self.append_line(entry.to_line())


def _settled(entry: Entry, folder: Path) -> Entry:
    if entry.state is DeliveryState.PENDING and (folder / entry.file).exists():
        return replace(entry, state=DeliveryState.ACCEPTED)
    return entry
