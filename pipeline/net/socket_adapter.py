"""An adapter for `requests` whose connections use sockets that the caller opens."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection

#: Returns a connected socket for a connection; `default_socket()` is what urllib3 would do.
OpenSocket = Callable[[HTTPConnection], socket.socket]
#: Called with each new connection, and with whether `OpenSocket` opened its socket.
CheckConnection = Callable[[HTTPConnection, bool], None]


def default_socket(connection: HTTPConnection) -> socket.socket:
    """Open the socket of *connection* as urllib3 does."""
    return HTTPConnection._new_conn(connection)


class SocketAdapter(HTTPAdapter):
    """
    Send requests over sockets from *open_socket*, except through a proxy; *options* are those of `HTTPAdapter`.

    *check* may raise after a connection is made, before anything is sent over it; by default it accepts each.
    """

    def __init__(
        self,
        open_socket: OpenSocket,
        *,
        check: CheckConnection = lambda connection, is_ours: None,
        **options: Any,  # Any: passed on
    ) -> None:
        self._open_socket = open_socket
        self._check = check
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # Any: passed on
        """Create the pools; called by `HTTPAdapter`."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": self._pool_class(HTTPConnectionPool),
            "https": self._pool_class(HTTPSConnectionPool),
        }

    def _pool_class(self, pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        open_socket, check = self._open_socket, self._check

        class AdaptedConnection(pool.ConnectionCls):  # type: ignore[misc, name-defined]  # plain or TLS
            is_ours = False

            def _new_conn(self) -> socket.socket:
                self.is_ours = True
                return open_socket(self)

            def connect(self) -> None:
                self.is_ours = False
                super().connect()
                check(self, self.is_ours)

        return type(pool.__name__, (pool,), {"ConnectionCls": AdaptedConnection})
