"""Messages that lie in folders: what the outbox sender wrote, and what the catcher caught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.policy import default as policy
from pathlib import Path

#: A page lists no more; the search narrows.
MOST = 200
_HEADER_BYTES = 1 << 15


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageEntry:
    """
    One message in a folder.

    Args:
        path: Below the folder that is listed.
        campaign: The folder it lies in, "" for none.
    """

    path: str
    campaign: str
    subject: str
    sender: str
    to: str
    at: datetime


def letters(folder: Path, wanted: str = "") -> tuple[list[MessageEntry], int]:
    """
    Return the newest messages below *folder* that hold the word *wanted* in their head, and how many there are in all.

    Args:
        wanted: Looked for in subject, addresses and the name of the campaign, in whatever case.
    """
    paths = sorted(
        _files(folder), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True
    )
    found: list[MessageEntry] = []
    for path in paths:
        letter = _letter(path, folder)
        told = f"{letter.subject} {letter.sender} {letter.to} {letter.campaign}".casefold()
        if wanted.casefold() in told:
            found.append(letter)
            if len(found) == MOST:
                break
    return found, len(paths)


def find(folder: Path, name: str) -> Path | None:
    """Return the message called *name* below *folder*, null if there is none, or if it lies elsewhere."""
    path = (folder / name).resolve()
    is_inside = path.is_relative_to(folder.resolve()) and path.suffix == ".eml"
    return path if is_inside and path.is_file() else None


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from folder.glob("*.eml")
        yield from folder.glob("*/*.eml")


def _letter(path: Path, folder: Path) -> MessageEntry:
    with path.open("rb") as file:
        head = BytesHeaderParser(policy=policy).parsebytes(file.read(_HEADER_BYTES))
    parts = path.relative_to(folder).parts
    return MessageEntry(
        path="/".join(parts),
        campaign=parts[0] if len(parts) > 1 else "",
        subject=_said(head, "Subject") or "(no subject)",
        sender=_said(head, "From"),
        to=_said(head, "To"),
        at=datetime.fromtimestamp(path.stat().st_mtime).astimezone(),
    )


def _said(head: object, name: str) -> str:
    try:
        return str(head[name] or "")  # type: ignore[index]  # a message of the email package
    except Exception:  # its parser of headers raises whatever it stumbles over
        return ""
