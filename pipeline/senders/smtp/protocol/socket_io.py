"""Read from and write to a socket without blocking."""

from __future__ import annotations

import socket
import ssl
from collections import deque
from contextlib import suppress
from itertools import islice

_READ_BYTES = 1 << 16
_TLS_WRITE_BYTES = 1 << 16  # four records; a write that would block is repeated with the same bytes
_MAX_BUFFERS = 64
_TCP_QUICKACK = getattr(socket, "TCP_QUICKACK", None)  # Linux only


class SocketWriter:
    """
    A socket that sends what it can and buffers the rest.

    Attributes:
        queued_bytes: How many bytes were passed to it in all.
        sent_bytes: How many of them may have been sent.
        is_closed_by_peer: Whether the server has closed its side.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.queued_bytes = 0
        self.sent_bytes = 0
        self.is_closed_by_peer = False
        self._buffers: deque[bytes | memoryview] = deque()
        self._tls = sock if isinstance(sock, ssl.SSLSocket) else None
        sock.setblocking(False)

    @property
    def is_waiting(self) -> bool:
        """Whether bytes wait until the server accepts more."""
        return bool(self._buffers)

    def write(self, *chunks: bytes) -> None:
        """
        Send *chunks* after what is buffered, as far as the server accepts them now.

        Raises:
            OSError: The connection is lost.
        """
        if self._tls:
            chunks = (b"".join(chunks),)  # not a TLS record for each
        self._buffers.extend(chunks)
        self.queued_bytes += sum(map(len, chunks))
        self.flush()

    def flush(self) -> None:
        """
        Send what is buffered, as far as the server accepts it now.

        Raises:
            OSError: The connection is lost.
        """
        while self._buffers:
            try:
                count = self._send_tls() if self._tls else self._send()
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return
            self._drop(count)

    def read(self) -> bytes:
        """
        Return what has arrived, b"" if nothing has; see `is_closed_by_peer`.

        Raises:
            OSError: The connection is lost.
        """
        data = self._receive()
        while (
            self._tls and self._tls.pending()
        ):  # decrypted already, so the selector does not report it
            data += self._receive()
        return data

    def acknowledge(self) -> None:
        """
        Acknowledge the server's bytes at once.

        A server that sends each reply separately delays the next one until then (Nagle), and Linux waits up to 40 ms.
        """
        if _TCP_QUICKACK is not None:
            with suppress(OSError):
                self.socket.setsockopt(socket.IPPROTO_TCP, _TCP_QUICKACK, 1)

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def _receive(self) -> bytes:
        try:
            data = self.socket.recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return b""
        self.is_closed_by_peer = self.is_closed_by_peer or not data
        return data

    def _send(self) -> int:
        count = self.socket.sendmsg(list(islice(self._buffers, _MAX_BUFFERS)))
        self.sent_bytes += count
        return count

    def _send_tls(self) -> int:
        first = memoryview(self._buffers[0])[:_TLS_WRITE_BYTES]
        buffered = sum(map(len, self._buffers))
        self.sent_bytes = max(self.sent_bytes, self.queued_bytes - buffered + len(first))
        return self.socket.send(first)

    def _drop(self, count: int) -> None:
        if self.sent_bytes == self.queued_bytes and not self._tls:  # nearly always
            self._buffers.clear()
            return
        while count:
            first = self._buffers[0]
            if count < len(first):
                self._buffers[0] = memoryview(first)[count:]
                return
            count -= len(first)
            self._buffers.popleft()
