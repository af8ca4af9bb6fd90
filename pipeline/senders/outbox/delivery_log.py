"""
The log of what was sent from the outbox, `deliveries.jsonl`: one line of JSON per change.

The last line about a file is the valid one. A claim that was not settled is uncertain.
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
from pipeline.senders.outbox.journal import Journal, read_lines
from pipeline.senders.outbox.manifest import ManifestEntry, read_manifest

DELIVERY_LOG = "deliveries.jsonl"
CLAIMED = "claimed"
_MAX_NAMES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxEntry:
    """
    A message in the outbox, and its delivery so far.

    Args:
        response: The server's response, or why the message was skipped.
    """

    entry: ManifestEntry
    state: DeliveryState
    response: str = ""


class DeliveryLog(Journal):
    """The log open for writing, by one process at a time."""

    action: ClassVar[str] = "sent"


def read_outbox(folder: Path) -> list[OutboxEntry]:
    """
    Return the messages in a campaign's folder with their deliveries, in the order they were written.

    Messages whose file was not completed, because the process was killed, are left out.

    Raises:
        SendError: The manifest or the log cannot be read.
    """
    states = _read_log(folder)
    entries = []
    for entry in read_manifest(folder):
        if entry.state is DeliveryState.ACCEPTED:
            state, response = states.get(entry.file, (DeliveryState.PENDING, ""))
            entries.append(OutboxEntry(entry=entry, state=state, response=response))
    return entries


def check_entry_files(folder: Path, entries: Iterable[OutboxEntry]) -> None:
    """
    Check that the files are those that were written.

    Raises:
        SendError: Some are missing or changed; the error names them.
    """
    changed = [one.entry.file for one in entries if read_entry_file(folder, one.entry) is None]
    if changed:
        more = f" and {len(changed) - _MAX_NAMES:,} more" if len(changed) > _MAX_NAMES else ""
        raise SendError(
            f"{folder}: missing or changed since it was written: {', '.join(changed[:_MAX_NAMES])}{more}. "
            "Nothing was sent. Restore the files, or write the campaign again."
        )


def read_entry_file(folder: Path, entry: ManifestEntry) -> bytes | None:
    """Return the file of *entry*, None if it is missing or changed."""
    try:
        content = (folder / entry.file).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == entry.digest else None


def _read_log(folder: Path) -> dict[str, tuple[DeliveryState, str]]:
    """Return the last state and response of each file."""
    path = folder / DELIVERY_LOG
    states: dict[str, tuple[DeliveryState, str]] = {}
    try:
        for number, line in read_lines(path) if path.exists() else ():
            file, state, response = _parse_line(line, path, number)
            states[file] = (state, response)
    except OSError as error:
        raise SendError(f"Cannot read {path}: {error.strerror}.") from error
    return states


def _parse_line(line: bytes, path: Path, number: int) -> tuple[str, DeliveryState, str]:
    try:
        values: Any = json.loads(line)
        state = values["state"]
        if state == CLAIMED:
            sender = values.get("sender", "a sender")
            return values["file"], DeliveryState.UNCERTAIN, f"stopped while {sender} was sending it"
        return values["file"], DeliveryState(state), str(values.get("response", ""))
    except (ValueError, TypeError, KeyError) as error:
        raise SendError(
            f"{path}, line {number}: not a line of a delivery log. Fix the line: without it, messages may be sent "
            "twice."
        ) from error
