"""The outbox: a sender that writes each message to a file and mails nobody."""

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
from pipeline.senders.outbox.manifest import MANIFEST, Manifest, ManifestEntry, write_all

# What differs when the same message is composed again: its date, and a signature that covers it.
_VARYING_FIELDS = re.compile(
    rb"^(?:Date|DKIM-Signature): [^\r]*\r\n(?:[ \t][^\r]*\r\n)*", re.MULTILINE
)
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


class OutboxSender(Sender):
    """
    Write messages to `DIRECTORY/CAMPAIGN/NNNNNN-DIGEST.eml`; DIGEST is a digest of the address.

    A message is accepted once its file is on the disk. A message whose file exists is accepted without writing it
    again, so nothing is uncertain after a crash. One process at a time writes to a campaign's folder.

    Args:
        directory: Created if it does not exist; the first message of a campaign creates the campaign's folder in it.
    """

    delivers_mail = False
    idempotency_window = timedelta.max  # a file is recognised forever
    path_options = frozenset({"directory"})

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        if not isinstance(directory, str | os.PathLike) or not str(directory):
            raise ConfigError(
                f'The sender "outbox", directory: {directory!r} is not valid. Use a path.'
            )
        self.directory = Path(directory)
        self._folder: _CampaignFolder | None = None

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
        """Close the campaign's folder."""
        folder, self._folder = self._folder, None
        if folder:
            folder.close()

    def _write(self, message: Message) -> Path:
        try:
            return self._open_folder(message.campaign_id).write(message)
        except OSError as error:
            self.close()
            raise _write_error(error, self.directory / message.campaign_id) from error
        except BaseException:
            self.close()
            raise

    def _open_folder(self, campaign_id: str) -> _CampaignFolder:
        if self._folder and self._folder.campaign_id == campaign_id:
            return self._folder
        self.close()
        self._folder = _CampaignFolder(self.directory, campaign_id)
        return self._folder


class _CampaignFolder:
    """The folder of one campaign, open for writing."""

    def __init__(self, directory: Path, campaign_id: str) -> None:
        if not is_campaign_id(campaign_id):
            raise SendError(
                f"{campaign_id!r} is not a valid campaign id, so it cannot name a folder."
            )
        self.campaign_id = campaign_id
        self.path = directory / campaign_id
        self._is_unused = _create_folder(directory, self.path)
        try:
            self._manifest = self._open_manifest()
        except BaseException:
            _remove_empty_folder(self.path)
            raise

    def write(self, message: Message) -> Path:
        """Write *message* to the disk and return its path; leave no trace of it if that fails."""
        entry = _build_entry(message)
        path = self.path / entry.file
        if path.exists():
            _require_same_message(path, message)
            fsync_folder(self.path)  # its writer may have been killed just before doing so
            return path
        partial = self.path / f".{entry.file}.tmp"
        with self._manifest.rollback_on_error():
            try:
                _write_to_disk(partial, message.content)
                self._manifest.append(entry)
                self._manifest.sync()
                partial.rename(path)
                fsync_folder(self.path)
            except BaseException:
                _remove_files(partial, path)
                raise
        self._is_unused = False
        with suppress(OSError):  # the file exists, which has the same meaning: see read_manifest()
            self._manifest.append(replace(entry, state=DeliveryState.ACCEPTED))
        return path

    def close(self) -> None:
        """Close the folder; remove it if it was created and not used."""
        if self._is_unused:
            _remove_files(self.path / MANIFEST)
            _remove_empty_folder(self.path)
        self._manifest.close()

    def _open_manifest(self) -> Manifest:
        fsync_folder(self.path.parent)
        manifest = Manifest(self.path / MANIFEST)
        try:
            first = manifest.read_first()
            if first and first.campaign_id != self.campaign_id:
                raise SendError(
                    f"{self.path} belongs to the campaign {first.campaign_id}. Move it away."
                )
        except BaseException:
            manifest.close()
            raise
        _remove_files(*self.path.glob(".*.eml.tmp"))  # from a process that was killed
        return manifest


def _create_folder(directory: Path, folder: Path) -> bool:
    """Create *folder*, or check that it belongs to a campaign; return whether it was created."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)  # every message names a reader
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        return True
    if not (folder / MANIFEST).exists() and any(folder.iterdir()):
        raise SendError(f"{folder} contains files that do not belong to a campaign. Move it away.")
    return False


def _build_entry(message: Message) -> ManifestEntry:
    return ManifestEntry(
        campaign_id=message.campaign_id,
        sequence=message.sequence,
        file=f"{message.sequence:06}-{_address_digest(message.recipient)}.eml",
        sender=message.sender.email,
        recipient=message.recipient.email,
        message_id=message.message_id,
        digest=hashlib.sha256(message.content).hexdigest(),
        state=DeliveryState.PENDING,
    )


def _address_digest(address: Address) -> str:
    return hashlib.sha256(address.key.encode()).hexdigest()[:12]


def _require_same_message(path: Path, message: Message) -> None:
    """Require *path* to hold *message*, except for the fields that differ when it is composed again."""
    if _without_varying_fields(path.read_bytes()) != _without_varying_fields(message.content):
        raise SendError(
            f"{path} already contains another message. Move {path.parent} away, then send again."
        )


def _without_varying_fields(content: bytes) -> bytes:
    header, separator, body = content.partition(b"\r\n\r\n")
    return _VARYING_FIELDS.sub(b"", header + b"\r\n") + separator + body


def _write_to_disk(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        write_all(file, content)
        os.fsync(file)
    finally:
        os.close(file)


def _remove_files(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _remove_empty_folder(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _write_error(error: OSError, folder: Path) -> SendError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return SendError(
            f"Cannot create the folder {folder}: a file has this name. Choose another outbox directory."
        )
    reason = error.strerror or str(error)
    if error.errno in _DISK_FULL:
        return SendError(
            f"Cannot write to {folder}: {reason}. Free some disk space, then continue.",
            temporary=True,
        )
    return SendError(f"Cannot write to {folder}: {reason}. Choose another outbox directory.")
