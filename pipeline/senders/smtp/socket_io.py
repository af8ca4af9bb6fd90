"""Octets to and from one server, without waiting."""

from __future__ import annotations

import socket
import ssl
from collections import deque
from contextlib import suppress
from itertools import islice

_READ = 1 << 16
_TLS_WRITE = (
    1 << 16
)  # four records; a write that did not go through is repeated with the same octets
_BUFFERS = 64
_QUICK = getattr(socket, "TCP_QUICKACK", None)  # Linux only


class Wire:
    """
    A socket that sends what it can and keeps the rest.

    Attributes:
        queued: How many octets were given to it in all.
        left: How many of them may have left.
        is_ended: Whether the server has closed its side.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.queued = 0
        self.left = 0
        self.is_ended = False
        self._waiting: deque[bytes | memoryview] = deque()
        self._tls = sock if isinstance(sock, ssl.SSLSocket) else None
        sock.setblocking(False)

    @property
    def is_waiting(self) -> bool:
        """Whether octets wait until the server takes more."""
        return bool(self._waiting)

    def write(self, *pieces: bytes) -> None:
        """
        Send *pieces* after what waits already, as far as the server takes them now.

        Raises:
            OSError: The connection is lost.
        """
        if self._tls:
            pieces = (b"".join(pieces),)  # not a record for each
        self._waiting.extend(pieces)
        self.queued += sum(map(len, pieces))
        self.flush()

    def flush(self) -> None:
        """
        Send what waits, as far as the server takes it now.

        Raises:
            OSError: The connection is lost.
        """
        while self._waiting:
            try:
                count = self._write_tls() if self._tls else self._write()
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return
            self._drop(count)

    def read(self) -> bytes:
        """
        Return what has come, nothing if nothing has; see `is_ended`.

        Raises:
            OSError: The connection is lost.
        """
        octets = self._read()
        while self._tls and self._tls.pending():  # decrypted already: no selector tells of it
            octets += self._read()
        return octets

    def acknowledge(self) -> None:
        """
        Tell the server at once that its octets have come.

        One that sends each reply by itself keeps the next back until then (Nagle), and Linux waits up to 40 ms.
        """
        if _QUICK is not None:
            with suppress(OSError):
                self.socket.setsockopt(socket.IPPROTO_TCP, _QUICK, 1)

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def _read(self) -> bytes:
        try:
            octets = self.socket.recv(_READ)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return b""
        self.is_ended = self.is_ended or not octets
        return octets

    def _write(self) -> int:
        count = self.socket.sendmsg(list(islice(self._waiting, _BUFFERS)))
        self.left += count
        return count

    def _write_tls(self) -> int:
        first = memoryview(self._waiting[0])[:_TLS_WRITE]
        self.left = max(self.left, self.queued - self._size() + len(first))
        return self.socket.send(first)

    def _size(self) -> int:
        return sum(map(len, self._waiting))

    def _drop(self, count: int) -> None:
        while count:
            first = self._waiting[0]
            if count < len(first):
                self._waiting[0] = memoryview(first)[count:]
                return
            count -= len(first)
            self._waiting.popleft()
