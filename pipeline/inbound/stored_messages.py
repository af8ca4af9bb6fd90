"""The messages that a person should see, as files in the project: a folder for each reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pipeline.errors import StateError
from pipeline.files import write_atomically

_NAME = re.compile(r"[0-9a-f]{16}")


class StorageReason(Enum):
    """Why a message is kept."""

    #: Somebody asks in words to be taken off; a person confirms it.
    REQUEST = "requests"
    #: A person answered.
    REPLY = "replies"
    #: A person answered, and it is about to be forwarded to the editor.
    OUTGOING = "outgoing"
    #: … and it was.
    FORWARDED = "forwarded"
    #: It leads to no message of this project, so nothing may come of it.
    UNMATCHED = "unmatched"
    #: It concerns one of our messages, and asks for nothing: a warning of delay, a read receipt.
    OTHER = "other"
    #: What was asked for is done.
    DONE = "done"


#: What a person should look at.
_WAITING = (
    StorageReason.REQUEST,
    StorageReason.REPLY,
    StorageReason.OUTGOING,
    StorageReason.UNMATCHED,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredMessage:
    """A kept message: its name, why it is kept, and its file."""

    name: str
    reason: StorageReason
    path: Path


class MessageFolder:
    """
    The kept messages of a project.

    Args:
        root: Where they are; made when the first is kept.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, content: bytes, digest: str, reason: StorageReason) -> str:
        """Keep a message under the beginning of its *digest*, durably; return that name."""
        name = digest[:16]
        folder = self.root / reason.value
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not any((self.root / each.value / f"{name}.eml").exists() for each in StorageReason):
            write_atomically(folder / f"{name}.eml", content, mode=0o600)
        return name

    def list_messages(self) -> Iterator[StoredMessage]:
        """Yield the messages that wait for a person."""
        for reason in _WAITING:
            yield from self.list_stored(reason)

    def list_stored(self, reason: StorageReason) -> Iterator[StoredMessage]:
        """Yield the messages that are kept for *reason*."""
        for path in sorted((self.root / reason.value).glob("*.eml")):
            yield StoredMessage(name=path.stem, reason=reason, path=path)

    def find(self, name: str) -> StoredMessage:
        """
        Return the message called *name*.

        Raises:
            StateError: It does not exist.
        """
        found = (each for each in self.list_messages() if each.name == name)
        message = next(found, None) if _NAME.fullmatch(name) else None
        if message is None:
            raise StateError(
                f"No message is called {name[:40]!r}. List them: handbill inbound list"
            )
        return message

    def move(self, message: StoredMessage, reason: StorageReason) -> None:
        """Keep *message* for another *reason* from now on."""
        folder = self.root / reason.value
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        message.path.replace(folder / message.path.name)
