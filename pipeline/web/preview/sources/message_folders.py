"""List the messages in a folder: the outbox, or what the mail catcher received."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.policy import default as policy
from pathlib import Path

from pipeline.web.preview.messages.preview_message import read_header

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
    paths = sorted(
        _find_files(folder), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True
    )
    entries: list[MessageEntry] = []
    for path in paths:
        entry = _read_entry(path, folder)
        text = f"{entry.subject} {entry.sender} {entry.to} {entry.campaign}".casefold()
        if query.casefold() in text:
            entries.append(entry)
            if len(entries) == MAX_MESSAGES:
                break
    return entries, len(paths)


def find_message(folder: Path, name: str) -> Path | None:
    """Return the path of the message *name*, None if it does not exist in *folder*."""
    path = (folder / name).resolve()
    is_inside = path.is_relative_to(folder.resolve()) and path.suffix == ".eml"
    return path if is_inside and path.is_file() else None


def _find_files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from folder.glob("*.eml")
        yield from folder.glob("*/*.eml")


def _read_entry(path: Path, folder: Path) -> MessageEntry:
    with path.open("rb") as file:
        headers = BytesHeaderParser(policy=policy).parsebytes(file.read(_HEADER_BYTES))
    parts = path.relative_to(folder).parts
    return MessageEntry(
        path="/".join(parts),
        campaign=parts[0] if len(parts) > 1 else "",
        subject=read_header(headers, "Subject") or "(no subject)",
        sender=read_header(headers, "From"),
        to=read_header(headers, "To"),
        modified_at=datetime.fromtimestamp(path.stat().st_mtime).astimezone(),
    )
