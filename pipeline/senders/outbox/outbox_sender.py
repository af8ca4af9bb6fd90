"""The outbox: every message becomes a file, and nobody is mailed."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pipeline.errors import ConfigError, SendError
from pipeline.files import fsync_folder
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message, is_campaign_id
from pipeline.senders.base import Sender
from pipeline.senders.outbox.journal import write_all
from pipeline.senders.outbox.manifest import MANIFEST, Entry, Manifest

# What another attempt writes anew: its date, and a signature over it.
_OF_AN_ATTEMPT = re.compile(
    rb"^(?:Date|DKIM-Signature): [^\r]*\r\n(?:[ \t][^\r]*\r\n)*", re.MULTILINE
)
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class OutboxSender(Sender):
    """
    Write messages to `DIRECTORY/CAMPAIGN/NNNNNN-DIGEST.eml`, DIGEST being that of the address.

    A receipt is given when its file is durable. A message that lies there already is accepted and not written again, so
    after a crash nothing is in doubt. One process at a time writes to a campaign's folder.

    Args:
        directory: Made if need be; a campaign's folder in it is made by the campaign's first message.
    """

    delivers_mail = False
    idempotency_window = timedelta.max  # a file that lies there is known for ever
    path_options = frozenset({"directory"})

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        if not isinstance(directory, str | os.PathLike) or not str(directory):
            raise ConfigError(
                f"The outbox cannot use {directory!r} as its directory. Write it as a path."
            )
        self.directory = Path(directory)
        self._folder: _Folder | None = None

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Write *messages* to files; see `Sender.send()`."""
        for message in messages:
            self.check_lease()
            path = self._write(message)
            yield Receipt(
                sequence=message.sequence, state=DeliveryState.ACCEPTED, response=str(path)
            )

    def get_folder(self, campaign_id: str) -> str | None:
        """Return the absolute path of the folder of *campaign_id*, None until it exists."""
        path = self.directory.absolute() / campaign_id
        return str(path) if path.is_dir() else None

    def close(self) -> None:
        """Let go of the campaign's folder."""
        folder, self._folder = self._folder, None
        if folder:
            folder.close()

    def _write(self, message: Message) -> Path:
        try:
            return self._open(message.campaign_id).write(message)
        except OSError as error:
            self.close()
            raise _told(error, self.directory / message.campaign_id) from error
        except BaseException:
            self.close()
            raise

    def _open(self, campaign: str) -> _Folder:
        if self._folder and self._folder.campaign == campaign:
            return self._folder
        self.close()
        self._folder = _Folder(self.directory, campaign)
        return self._folder


class _Folder:
    """The folder of one campaign, open for writing."""

    def __init__(self, directory: Path, campaign: str) -> None:
        if not is_campaign_id(campaign):
            raise SendError(f"{campaign!r} is not a campaign's id and cannot name a folder.")
        self.campaign = campaign
        self.path = directory / campaign
        self._is_unused = _make(directory, self.path)
        try:
            self._manifest = self._open_manifest()
        except BaseException:
            _remove_empty(self.path)
            raise

    def write(self, message: Message) -> Path:
        """Write *message* durably and return where it lies; leave no trace of it if that fails."""
        entry = _entry(message)
        path = self.path / entry.file
        if path.exists():
            _expect_same(path, message)
            fsync_folder(self.path)  # its writer may have been killed just before doing so
            return path
        partial = self.path / f".{entry.file}.tmp"
        with self._manifest.undone_on_error():
            try:
                _write_durably(partial, message.content)
                self._manifest.append(entry)
                self._manifest.sync()
                partial.rename(path)
                fsync_folder(self.path)
            except BaseException:
                _remove(partial, path)
                raise
        self._is_unused = False
        with suppress(OSError):  # the file is there, which says the same: see read_manifest()
            self._manifest.append(replace(entry, state=DeliveryState.ACCEPTED))
        return path

    def close(self) -> None:
        """Let go of the folder; one that was made for nothing goes away."""
        if self._is_unused:
            _remove(self.path / MANIFEST)
            _remove_empty(self.path)
        self._manifest.close()

    def _open_manifest(self) -> Manifest:
        fsync_folder(self.path.parent)
        manifest = Manifest(self.path / MANIFEST)
        try:
            first = manifest.first()
            if first and first.campaign != self.campaign:
                raise SendError(f"{self.path} is that of campaign {first.campaign}. Move it away.")
        except BaseException:
            manifest.close()
            raise
        _remove(*self.path.glob(".*.eml.tmp"))  # of a writer that was killed
        return manifest


def _make(directory: Path, folder: Path) -> bool:
    """Make *folder*, or see that it is a campaign's; return whether it was made."""
    directory.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        folder.mkdir()
        return True
    if not (folder / MANIFEST).exists() and any(folder.iterdir()):
        raise SendError(f"{folder} holds files that are not a campaign's. Move it away.")
    return False


def _entry(message: Message) -> Entry:
    return Entry(
        campaign=message.campaign_id,
        sequence=message.sequence,
        file=f"{message.sequence:06}-{_name(message.recipient)}.eml",
        sender=message.sender.email,
        recipient=message.recipient.email,
        message_id=message.message_id,
        digest=hashlib.sha256(message.content).hexdigest(),
        state=DeliveryState.PENDING,
    )


def _name(address: Address) -> str:
    return hashlib.sha256(address.key.encode()).hexdigest()[:12]


def _expect_same(path: Path, message: Message) -> None:
    """See that *path* holds *message*, but for the date and the signatures of another attempt."""
    if _lasting(path.read_bytes()) != _lasting(message.content):
        raise SendError(
            f"{path} already holds another message. Move {path.parent} away, then send again."
        )


def _lasting(content: bytes) -> bytes:
    head, gap, body = content.partition(b"\r\n\r\n")
    return _OF_AN_ATTEMPT.sub(b"", head + b"\r\n") + gap + body


def _write_durably(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        write_all(file, content)
        os.fsync(file)
    finally:
        os.close(file)


def _remove(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _told(error: OSError, folder: Path) -> SendError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return SendError(
            f"{folder} cannot be made: a file stands where a folder should. Choose another outbox directory."
        )
    reason = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        return SendError(
            f"{folder} cannot be written: {reason}. Make room there, then go on.", temporary=True
        )
    return SendError(f"{folder} cannot be written: {reason}. Choose another outbox directory.")
