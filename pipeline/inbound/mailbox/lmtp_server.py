"""
LMTP (RFC 2033): a mail server on this machine hands over each message, and keeps it until it is recorded.

A message that cannot be recorded now, because the disk is full or the database is locked, is answered with 451: then
the mail server tries again, for days. Messages are recorded one after another.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiosmtpd.lmtp import LMTP

from pipeline.errors import ConfigError
from pipeline.inbound.inbound_service import InboundService, RepeatedProblem
from pipeline.inbound.record_message import MAX_MESSAGE_BYTES

log = logging.getLogger(__name__)

#: Each connection may hold one message in memory; a mail server waits, or tries again (RFC 5321 §4.2.3, 421).
_MAX_CONNECTIONS = 20
_MAX_RECIPIENTS = 100
_IDLE_S = 300
_HOST = "127.0.0.1"
#: Whoever can reach the socket may hand over messages; without a token, they change nothing.
_SOCKET_MODE = 0o666


class LmtpServer:
    """
    Records the messages that arrive at a loopback port, or at a socket.

    Args:
        socket_path: The socket in the file system; None for the port.
        port: 0 for any free port; then `port` says which.

    Raises:
        ConfigError: The port or the socket is in use.
    """

    def __init__(
        self, service: InboundService, *, port: int = 0, socket_path: Path | None = None
    ) -> None:
        self._handler = _DeliveryHandler(service)
        self._socket_path = socket_path
        self._socket = _listen_on_path(socket_path) if socket_path else _listen_on_port(port)
        self.port = 0 if socket_path else int(self._socket.getsockname()[1])
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def address(self) -> str:
        """Where it listens, as Postfix writes it."""
        return f"unix:{self._socket_path}" if self._socket_path else f"inet:{_HOST}:{self.port}"

    def run(self) -> None:
        """Serve until `stop()`, SIGINT or SIGTERM; a message that is being recorded then is finished."""
        asyncio.run(self._serve())

    def stop(self) -> None:
        """Let `run()` end, from any thread."""
        if self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError, RuntimeError):  # only the main thread receives signals
                self._loop.add_signal_handler(number, self._stop.set)
        server = await self._loop.create_server(self._make_protocol, sock=self._socket)
        try:
            await self._stop.wait()
        finally:
            server.close()
            await self._loop.run_in_executor(None, self._handler.close)
            if self._socket_path:
                self._socket_path.unlink(missing_ok=True)

    def _make_protocol(self) -> LMTP:
        return _Protocol(
            self._handler,
            data_size_limit=MAX_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            hostname=socket.gethostname() or "localhost",
            ident="Handbill LMTP",
            timeout=_IDLE_S,
            loop=self._loop,
        )


class _Protocol(LMTP):
    """Takes lines of any length: broken messages have them, and must not be lost."""

    line_length_limit = MAX_MESSAGE_BYTES

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport) and not self.event_handler.admit(transport):
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()


class _DeliveryHandler:
    """Answers 250 for what is on the disk, and 451 for what is not."""

    def __init__(self, service: InboundService) -> None:
        self._service = service
        self._transports: set[asyncio.Transport] = set()
        self._problem = RepeatedProblem()
        self._recording = ThreadPoolExecutor(1, "record")
        self._forwarding = ThreadPoolExecutor(1, "forward")

    def admit(self, transport: asyncio.Transport) -> bool:
        """Whether one more connection may be open."""
        self._transports = {each for each in self._transports if not each.is_closing()}
        self._transports.add(transport)
        return len(self._transports) <= _MAX_CONNECTIONS

    def close(self) -> None:
        """Finish what was begun."""
        self._recording.shutdown()
        self._forwarding.shutdown()

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:  # Any: aiosmtpd's
        if len(envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # Any: as above
        loop = asyncio.get_running_loop()
        recipients = tuple(envelope.rcpt_tos)
        reply = await loop.run_in_executor(
            self._recording, self._record, envelope.content, recipients
        )
        return "\r\n".join([reply] * len(recipients))  # one for each recipient (RFC 2033 §4.2)

    async def handle_exception(self, error: Exception) -> str:
        """Answer to an unexpected error: the mail server keeps the message."""
        log.error(
            "A connection failed (%s: %s).", type(error).__name__, error,
            extra={"action": "lmtp.failed"},
        )  # fmt: skip
        return "451 4.3.0 Try again later"

    def _record(self, content: bytes, recipients: tuple[str, ...]) -> str:
        try:
            recorded = self._service.record(content, envelope_to=recipients)
        except Exception as error:  # whatever it is, the mail server keeps the message
            self._problem.report(error)
            return "451 4.3.0 Not recorded, try again later"
        self._problem.end()
        if recorded.is_outgoing:
            self._forwarding.submit(self._service.forward_replies)
        return "250 2.0.0 Recorded"


def _listen_on_port(port: int) -> socket.socket:
    try:
        return socket.create_server((_HOST, port))
    except OSError as error:
        raise ConfigError(
            f"Port {port} is in use ({error.strerror}). Choose another one: --port 8026"
        ) from error


def _listen_on_path(path: Path) -> socket.socket:
    """Return a socket at *path*; one that a crashed process left behind is replaced."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                if client.connect_ex(str(path)) == 0:
                    raise ConfigError(f"{path}: another process listens there. Stop it first.")
            path.unlink()
        listening.bind(str(path))
        path.chmod(_SOCKET_MODE)
        listening.listen(_MAX_CONNECTIONS)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"{path}: no socket can be made there ({error.strerror or error}). Choose another path."
        ) from error
    except ConfigError:
        listening.close()
        raise
    return listening
