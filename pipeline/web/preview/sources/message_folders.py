"""List the messages in a folder: the outbox, or what the mail catcher received."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from pathlib import Path

from pipeline.web.preview.messages.preview_message import MESSAGE_POLICY, read_header

#: The number of messages on a page; the search finds the others.
MAX_MESSAGES = 200
_HEADER_BYTES = 1 << 15


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageEntry:
    """
    One message in a folder.

    Args:
        path: Relative to the folder.
        campaign: The sub-folder of the message, "" if it is in none.
    """

    path: str
    campaign: str
    subject: str
    sender: str
    to: str
    modified_at: datetime


def list_messages(folder: Path, query: str = "") -> tuple[list[MessageEntry], int]:
    """
    Return the newest messages in *folder* that match *query*, and the number of all messages.

    Args:
        query: Searched in subject, addresses and campaign, ignoring case.
    """
    found = sorted(_list_files(folder), key=lambda file: (file[1], file[0].name), reverse=True)
    entries: list[MessageEntry] = []
    for path, modified_ns in found:
        with suppress(OSError):  # it was deleted in the meantime, or cannot be read
            entry = _read_entry(path, folder, modified_ns)
            text = f"{entry.subject} {entry.sender} {entry.to} {entry.campaign}".casefold()
            if query.casefold() in text:
                entries.append(entry)
            if len(entries) == MAX_MESSAGES:
                break
    return entries, len(found)


def find_message(folder: Path, name: str) -> Path | None:
    """Return the path of the message *name*, None if it does not exist in *folder*."""
    path = (folder / name).resolve()
    is_inside = path.is_relative_to(folder.resolve()) and path.suffix == ".eml"
    return path if is_inside and path.is_file() else None  # no pipe, which would be waited for


def find_files(folder: Path) -> Iterator[Path]:
    """Yield the messages in *folder* and its sub-folders, in any order; links are passed over."""
    return (path for path, _ in _list_files(folder))


def _list_files(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield the messages in *folder* and its sub-folders, with their modification times; links are passed over."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and not entry.name.endswith(".eml"):
                yield from _find_messages(Path(entry.path))
    yield from _find_messages(folder)


def _find_messages(folder: Path) -> Iterator[tuple[Path, int]]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_message = entry.name.endswith(".eml") and entry.is_file(follow_symlinks=False)
            if is_message and entry.path.isprintable():
                yield Path(entry.path), entry.stat(follow_symlinks=False).st_mtime_ns


def _read_entry(path: Path, folder: Path, modified_ns: int) -> MessageEntry:
    with path.open("rb") as file:
        headers = BytesHeaderParser(policy=MESSAGE_POLICY).parsebytes(file.read(_HEADER_BYTES))
    parts = path.relative_to(folder).parts
    return MessageEntry(
        path="/".join(parts),
        campaign=parts[0] if len(parts) > 1 else "",
        subject=read_header(headers, "Subject") or "(no subject)",
        sender=read_header(headers, "From"),
        to=read_header(headers, "To"),
        modified_at=datetime.fromtimestamp(modified_ns / 1e9).astimezone(),
    )
