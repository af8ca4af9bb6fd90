"""
Which messages a process has offered to a sender: kept in a file without waiting for the disk.

A claim is durable before its message is sent, and claims are made in groups. After a kill the claims alone do not say
which messages had left. This file does: a dead process's writes to it stay in the kernel's memory. Not so after a crash
of the machine, so it is trusted only as long as the machine has not started again.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import IntEnum
from functools import cache
from pathlib import Path

_FOLDER = "offers"
_HEADER_BYTES = 64
#: A slot holds a sequence number and a state; the state is one byte, written last.
_SEQUENCE = struct.Struct("<I")
_SLOT_BYTES = 8
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # Linux; elsewhere no file is written


class OfferState(IntEnum):
    """What is known about an offered message."""

    #: The slot is free.
    FREE = 0
    #: The sender has it; nobody knows what became of it.
    OFFERED = 1
    #: The server accepted it.
    ACCEPTED = 2
    #: The server certainly did not accept it.
    NOT_ACCEPTED = 3


# As numbers: to look a member of an enumeration up takes as long as to write it.
_FREE, _OFFERED = int(OfferState.FREE), int(OfferState.OFFERED)
_STATE_OFFSET = _SEQUENCE.size


class OfferLog:
    """
    The offers of one process for one campaign; the file is locked as long as the process lives.

    Args:
        folder: None keeps no log.
        slots: How many messages may be offered without a stored receipt.
    """

    def __init__(self, folder: Path | None, process_id: str, number: int, *, slots: int) -> None:
        self._slots: dict[int, int] = {}
        self._free = [_HEADER_BYTES + index * _SLOT_BYTES for index in range(slots)]
        self._map: mmap.mmap | None = None
        header = _read_header()
        if folder is None or header is None:
            return
        self._path = folder / _FOLDER / f"{process_id}-{number}"
        with suppress(OSError):  # without it, more deliveries are uncertain after a kill
            self._open(header + bytes(slots * _SLOT_BYTES))

    def offer(self, sequence: int) -> None:
        """Record that the message *sequence* is about to be offered."""
        if self._map is None:
            return
        if not self._free:  # what cannot be recorded must not be missing
            self.close()
            return
        offset = self._slots[sequence] = self._free.pop()
        _SEQUENCE.pack_into(self._map, offset, sequence)
        self._map[offset + _STATE_OFFSET] = _OFFERED

    def settle(self, sequence: int, state: OfferState) -> None:
        """Record what became of it, before that is stored."""
        offset = self._slots.get(sequence)
        if self._map is not None and offset is not None:
            self._map[offset + _STATE_OFFSET] = state

    def forget_all(self, sequences: Iterable[int]) -> None:
        """Free their slots: their receipts are stored."""
        if self._map is None:
            return
        for sequence in sequences:
            if (offset := self._slots.pop(sequence, None)) is not None:
                self._map[offset + _STATE_OFFSET] = _FREE
                self._free.append(offset)

    def close(self) -> None:
        """Remove the file: nothing is open any more, or it says too little."""
        if self._map is not None:
            self._path.unlink(missing_ok=True)
            self._map.close()
            self._map = None
            os.close(self._file)

    def _open(self, content: bytes) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.pwrite(self._file, content, 0) == len(
                content
            ):  # in full, so that the disk has room
                self._map = mmap.mmap(self._file, len(content))
        finally:
            if self._map is None:
                self._path.unlink(missing_ok=True)
                os.close(self._file)


def read_offers(folder: Path | None, process_id: str) -> dict[int, dict[int, OfferState]]:
    """
    Return the state of each offered message by campaign number and sequence.

    Only campaigns whose file can be trusted: the process is dead, and this machine was not started again since.
    """
    offers = {}
    for path in _list_files(folder, process_id):
        with suppress(OSError, ValueError), path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while the process lives
            content = file.read()
            if content[:_HEADER_BYTES] == _read_header():
                number = int(path.name.rpartition("-")[2])
                offers[number] = dict(_parse_slots(content))
    return offers


def discard_offers(folder: Path | None, process_id: str) -> None:
    """Remove the files of a process that has ended."""
    for path in _list_files(folder, process_id):
        with suppress(OSError):
            path.unlink()


def _list_files(folder: Path | None, process_id: str) -> list[Path]:
    return list((folder / _FOLDER).glob(f"{process_id}-*")) if folder else []


def _parse_slots(content: bytes) -> Iterator[tuple[int, OfferState]]:
    for offset in range(_HEADER_BYTES, len(content), _SLOT_BYTES):
        state = OfferState(content[offset + _STATE_OFFSET])
        if state is not OfferState.FREE:
            yield _SEQUENCE.unpack_from(content, offset)[0], state


@cache
def _read_header() -> bytes | None:
    """Return what identifies this start of the machine, None if nothing does."""
    try:
        return _BOOT_ID.read_bytes().strip().ljust(_HEADER_BYTES)[:_HEADER_BYTES]
    except OSError:
        return None
