"""How long a fetch may take and how much it may bring."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Timer

#: Larger answers are refused: the longest novel is a fifth of this.
MAX_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """
    What a fetch may cost.

    Args:
        size_bytes: Of one page, decompressed.
        connect_s: To reach a host, all its addresses together.
        read_s: Of silence.
        total_s: From the first look-up to the last byte, redirects included.
        redirects: Followed at most; browsers follow 20, articles need three.
    """

    size_bytes: int = MAX_BYTES
    connect_s: float = 10
    read_s: float = 30
    total_s: float = 60
    redirects: int = 5


class Deadline:
    """
    The instant at which a fetch ends, whatever it is waiting for.

    A socket's own timeout counts from the last byte: a server that drips one every second holds it for ever, while
    the headers are read as well as after. So a timer shuts the watched connections down, and whoever reads from one
    sees it end.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._watched: list[socket.socket] = []
        self._lock = Lock()
        self._timer = Timer(seconds, self._cut)
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
        """The seconds that are left, never less than nothing."""
        return max(0.0, self._end - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether the instant has come."""
        return self.left_s == 0

    def watch(self, connection: socket.socket) -> None:
        """End *connection* when the instant comes, also after TLS has taken its descriptor over."""
        with self._lock:
            self._watched.append(connection.dup())
        if self.is_over:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            for connection in self._watched:
                with suppress(OSError):  # it ended by itself
                    connection.shutdown(socket.SHUT_RDWR)
