"""
The record of what other senders were handed from the outbox, `handed-over.jsonl`: one line of JSON per change.

Of several lines about one file the last one holds. A claim that nobody settled is in doubt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState
from pipeline.senders.outbox.journal import Journal, whole_lines
from pipeline.senders.outbox.manifest import Entry, read_manifest

RECORD = "handed-over.jsonl"
CLAIMED = "claimed"
_NAMES_SHOWN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxEntry:
    """One message in the outbox, and what became of it by other senders so far."""

    entry: Entry
    state: DeliveryState
    words: str = ""


class Record(Journal):
    """The record open for writing, by one process at a time."""

    use: ClassVar[str] = "handed over"


def read_outbox(folder: Path) -> list[OutboxEntry]:
    """
    Return the messages in a campaign's folder with what became of them, in the order they were written.

    Those that were never written whole, as their writer was killed, are left out.

    Raises:
        SendError: The manifest or the record cannot be read.
    """
    states = _read_record(folder)
    found = []
    for entry in read_manifest(folder):
        if entry.state is DeliveryState.ACCEPTED:
            state, words = states.get(entry.file, (DeliveryState.PENDING, ""))
            found.append(OutboxEntry(entry=entry, state=state, words=words))
    return found


def check_entry_files(folder: Path, lying: Iterable[OutboxEntry]) -> None:
    """
    See that the files are those that were written.

    Raises:
        SendError: Some are gone or changed; they are named.
    """
    bad = [one.entry.file for one in lying if read_entry_file(folder, one.entry) is None]
    if bad:
        more = f" and {len(bad) - _NAMES_SHOWN:,} more" if len(bad) > _NAMES_SHOWN else ""
        raise SendError(
            f"{folder}: {', '.join(bad[:_NAMES_SHOWN])}{more}: not the file that was written. "
            "Nothing was sent. Bring it back as it was, or write the campaign again."
        )


def read_entry_file(folder: Path, entry: Entry) -> bytes | None:
    """Return what *entry* lists, null if it is not there as it was written."""
    try:
        content = (folder / entry.file).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == entry.digest else None


def _read_record(folder: Path) -> dict[str, tuple[DeliveryState, str]]:
    """Return the last state of each file, and its words; a claim nobody settled is in doubt."""
    path = folder / RECORD
    states: dict[str, tuple[DeliveryState, str]] = {}
    try:
        for number, line in whole_lines(path) if path.exists() else ():
            file, state, words = _parsed(line, path, number)
            states[file] = (state, words)
    except OSError as error:
        raise SendError(f"{path} cannot be read: {error.strerror}.") from error
    return states


def _parsed(line: bytes, path: Path, number: int) -> tuple[str, DeliveryState, str]:
    try:
        form: Any = json.loads(line)
        state = form["state"]
        if state == CLAIMED:
            by = form.get("sender", "a sender")
            return form["file"], DeliveryState.UNCERTAIN, f"handed to {by} when it was stopped"
        return form["file"], DeliveryState(state), str(form.get("words", ""))
    except (ValueError, TypeError, KeyError) as error:
        raise SendError(
            f"{path}, line {number}: this is no line of such a record. Mend the line: without it people may be mailed "
            "twice."
        ) from error
