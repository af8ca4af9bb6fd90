"""Limits of a fetch: how long it may take and how large the page may be."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Timer

#: Larger pages are refused; the longest novel is a fifth of this.
MAX_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """
    Limits of one fetch.

    Args:
        size_bytes: Of one page, decompressed.
        connect_s: To connect to a host, all its addresses together.
        read_s: Without receiving anything.
        total_s: From the first look-up to the last byte, redirects included.
        redirects: Browsers follow 20, articles need three.
    """

    size_bytes: int = MAX_BYTES
    connect_s: float = 10
    read_s: float = 30
    total_s: float = 60
    redirects: int = 5


class Deadline:
    """
    The time at which a fetch ends, whatever it is waiting for.

    A socket's own timeout counts from the last byte: a server that sends one byte a second would hold it for ever. So a
    timer shuts the watched connections down, and their readers see them end.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._watched: list[socket.socket] = []
        self._lock = Lock()
        self._timer = Timer(seconds, self._shut_down)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._watched:
                connection.close()
            self._watched.clear()

    @property
    def left_s(self) -> float:
        """The remaining seconds, at least 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self.left_s == 0

    def watch(self, connection: socket.socket) -> None:
        """Shut *connection* down at the deadline, also after TLS has taken over its descriptor."""
        with self._lock:
            self._watched.append(connection.dup())
        if self.is_over:
            self._shut_down()

    def _shut_down(self) -> None:
        with self._lock:
            for connection in self._watched:
                with suppress(OSError):  # already closed
                    connection.shutdown(socket.SHUT_RDWR)
