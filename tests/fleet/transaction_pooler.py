"""
A connection pooler in transaction mode, in front of a PostgreSQL server, like PgBouncer with `pool_mode = transaction`.

A client has a server's connection only while a transaction lasts, and sees a process ID of the pooler's own (PostgreSQL
15, 55.2: "Message Flow"; PgBouncer, "Features": no session-level advisory locks in transaction pooling).
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
_SOCKET = ".s.PGSQL.{}"


class _Stream:
    """Messages of the protocol on one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._file = connection.makefile("rb")

    def read_startup(self) -> bytes:
        """Return the body of a message without a type."""
        length = struct.unpack("!I", self._read(4))[0]
        return self._read(length - 4)

    def read(self) -> tuple[bytes, bytes]:
        """Return the type and the body of the next message."""
        kind, length = struct.unpack("!cI", self._read(5))
        return kind, self._read(length - 4)

    def write(self, kind: bytes, body: bytes) -> None:
        """Send a message."""
        self.connection.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def _read(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) < size:
            raise ConnectionError
        return found


class TransactionPooler:
    """Accepts clients at `folder`, a socket's."""

    def __init__(self, server: Path, folder: Path, port: int) -> None:
        self._server = server / _SOCKET.format(port)
        self._free: list[_Stream] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / _SOCKET.format(port)))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._listening.close()
        for each in self._free:
            each.connection.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            client = _Stream(connection)
            startup = client.read_startup()
            while struct.unpack("!I", startup[:4])[0] in (_SSL_REQUEST, _GSS_REQUEST):
                connection.sendall(b"N")
                startup = client.read_startup()
            server, greeting = self._connect(startup)
            self._free.append(server)
            for kind, body in greeting:
                client.write(kind, struct.pack("!II", 7, 7) if kind == b"K" else body)
            self._pass_on(client, startup)

    def _connect(self, startup: bytes) -> tuple[_Stream, list[tuple[bytes, bytes]]]:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._server))
        server = _Stream(connection)
        server.write(b"", startup)
        greeting = [server.read()]
        while greeting[-1][0] != b"Z":
            greeting.append(server.read())
        return server, greeting

    def _pass_on(self, client: _Stream, startup: bytes) -> None:
        server: _Stream | None = None
        while True:
            kind, body = client.read()
            if kind == b"X":
                return
            if server is None:
                server = self._free.pop() if self._free else self._connect(startup)[0]
            server.write(kind, body)
            if kind not in (b"Q", b"S"):
                continue
            answer = server.read()
            while answer[0] != b"Z":
                client.write(*answer)
                answer = server.read()
            client.write(*answer)
            if answer[1] == b"I":  # no transaction is open
                self._free.append(server)
                server = None


@contextmanager
def run_pooler(server: Path, folder: Path, port: int) -> Iterator[None]:
    """Run a pooler for the block, at a socket in *folder* instead of that in the folder *server*."""
    pooler = TransactionPooler(server, folder, port)
    try:
        yield
    finally:
        pooler.close()
