"""List, search, find and delete the messages in a folder: the outbox, or what the mail catcher received."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pipeline.web.preview.messages.preview_message import MESSAGE_POLICY, read_header

#: The number of messages on a page; the search finds the others.
MAX_MESSAGES = 200
_HEADER_BYTES = 1 << 15
_MAX_ADDRESSES = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageEntry:
    """
    One message in a folder.

    Args:
        path: Relative to the folder.
        campaign: The sub-folder of the message, "" if it is in none.
        recipients: The addresses it was sent to, in lower case: of the headers, and of the envelope if it was caught.
        modified_at: When it was written, in UTC.
    """

    path: str
    campaign: str
    subject: str
    sender: str
    to: str
    recipients: tuple[str, ...]
    size_bytes: int
    has_attachments: bool
    modified_at: datetime

    def contains(self, text: str) -> bool:
        """Whether *text* is in subject, addresses or campaign, ignoring case."""
        texts = (self.subject, self.sender, self.to, self.campaign, *self.recipients)
        return text.casefold() in " ".join(texts).casefold()


class _File(NamedTuple):
    path: str
    modified_ns: int
    size_bytes: int


def list_messages(folder: Path, query: str = "") -> tuple[list[MessageEntry], int]:
    """
    Return the newest messages in *folder* that match *query*, and the number of all messages.

    Args:
        query: Searched in subject, addresses and campaign, ignoring case.
    """
    found = sorted(_list_files(folder), key=_sort_key, reverse=True)
    entries: list[MessageEntry] = []
    for entry in _read_entries(found, folder):
        if entry.contains(query):
            entries.append(entry)
        if len(entries) == MAX_MESSAGES:
            break
    return entries, len(found)


def find_message(folder: Path, name: str) -> Path | None:
    """Return the path of the message *name*, None if it does not exist in *folder*."""
    path = (folder / name).resolve()
    is_inside = path.is_relative_to(folder.resolve()) and path.suffix == ".eml"
    return path if is_inside and path.is_file() else None  # no pipe, which would be waited for


def delete_messages(folder: Path, name: str | None = None) -> int:
    """Delete the message *name*, or all messages in *folder*; return how many."""
    found = find_message(folder, name) if name is not None else None
    paths = list(find_files(folder)) if name is None else [found] if found else []
    count = 0
    for path in paths:
        with suppress(OSError):  # it was deleted in the meantime
            path.unlink()
            count += 1
    for parent in {path.parent for path in paths} - {folder, folder.resolve()}:
        with suppress(OSError):  # it has other files
            parent.rmdir()
    return count


def find_files(folder: Path) -> Iterator[Path]:
    """Yield the messages in *folder* and its sub-folders, in any order; links are passed over."""
    return (Path(file.path) for file in _list_files(folder))


def _sort_key(file: _File) -> tuple[int, str]:
    return file.modified_ns, Path(file.path).name


def _list_files(folder: Path) -> Iterator[_File]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and not entry.name.endswith(".eml"):
                yield from _find_messages(Path(entry.path))
    yield from _find_messages(folder)


def _find_messages(folder: Path) -> Iterator[_File]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_message = entry.name.endswith(".eml") and entry.is_file(follow_symlinks=False)
            if is_message and entry.path.isprintable():
                status = entry.stat(follow_symlinks=False)
                yield _File(entry.path, status.st_mtime_ns, status.st_size)


def _read_entries(files: list[_File], folder: Path) -> Iterator[MessageEntry]:
    for file in files:
        with suppress(OSError):  # it was deleted in the meantime, or cannot be read
            yield _read_entry(file, str(folder))


@lru_cache(maxsize=4096)  # open lists are read again and again
def _read_entry(file: _File, folder: str) -> MessageEntry:
    with Path(file.path).open("rb") as stream:
        headers = BytesHeaderParser(policy=MESSAGE_POLICY).parsebytes(stream.read(_HEADER_BYTES))
    parts = Path(file.path).relative_to(folder).parts
    recipients = tuple(_find_recipients(headers))
    return MessageEntry(
        path="/".join(parts),
        campaign=parts[0] if len(parts) > 1 else "",
        subject=read_header(headers, "Subject") or "(no subject)",
        sender=read_header(headers, "From"),
        to=read_header(headers, "To") or ", ".join(recipients),
        recipients=recipients,
        size_bytes=file.size_bytes,
        has_attachments=read_header(headers, "Content-Type").lower().startswith("multipart/mixed"),
        modified_at=datetime.fromtimestamp(file.modified_ns / 1e9, UTC),
    )


def _find_recipients(headers: EmailMessage) -> Iterator[str]:
    texts = [read_header(headers, name) for name in ("To", "Cc")]
    with suppress(Exception):  # the header parser of the email package raises various errors
        texts += [str(value) for value in headers.get_all("Delivered-To", [])]
    found = dict.fromkeys(address.lower() for _, address in getaddresses(texts[:_MAX_ADDRESSES]))
    yield from [address for address in found if address][:_MAX_ADDRESSES]
