"""
The line under a session, held so that a request ends in the end.

A socket's own timeout counts from the last octet: a service that drips one a second would hold a request, and all that
wait behind it, for ever.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.net.deadline import Deadline

if TYPE_CHECKING:
    from requests import Session


class Line:
    """The one connection that a session has at a time; it stays open between requests."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._deadline: Deadline | None = None

    def opened(self, connection: socket.socket) -> None:
        """Hold on to *connection*, which TLS will take over."""
        self.close()
        self._socket = connection.dup()
        if self._deadline:
            self._deadline.watch(self._socket)

    @contextmanager
    def ending_after(self, seconds: float) -> Iterator[Deadline]:
        """Shut the line down if the block takes longer."""
        with Deadline(seconds) as deadline:
            self._deadline = deadline
            if self._socket:
                deadline.watch(self._socket)
            try:
                yield deadline
            finally:
                self._deadline = None

    def close(self) -> None:
        """Let go of it."""
        held, self._socket = self._socket, None
        if held:
            held.close()


def mount_line(session: Session) -> Line:
    """Return the line that *session* has from now on, but for what goes through a proxy."""
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection

    line = Line()

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            found = super()._new_conn()
            line.opened(found)
            return found

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            found = super()._new_conn()
            line.opened(found)
            return found

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:  # Any: passed on
            super().init_poolmanager(*args, **options)
            pools = {"http": PlainPool, "https": SecurePool}
            self.poolmanager.pool_classes_by_scheme = pools

    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(pool_connections=1, pool_maxsize=1))
    return line
