"""The connections to one relay: opened in the background, kept open, and waited for together."""

from __future__ import annotations

import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from pipeline.errors import SendError
from pipeline.senders.smtp.protocol.connection import SmtpConnection
from pipeline.senders.smtp.protocol.transaction import DeliveryCallbacks

#: How long to wait, in units of the pool's pause, before opening another connection when the server refuses more than
#: those that are open.
_PAUSES_AT_LIMIT = 30

OpenConnection = Callable[[], SmtpConnection]


class ConnectionPool:
    """
    Up to *size* connections, all served by the thread that calls `wait()`.

    Args:
        open_connection: Opens a connection or raises `SendError`; called in threads of its own, since it may be slow.
        name: The relay's name, for messages.
        idle_s: After how long without a message a connection is closed instead of used.
        pause_s: How long to wait after a second failure before connecting again; doubled for each further one.

    Attributes:
        failures: How many connections in a row failed, or were lost before a message was settled on them.
        last_error: The last failure.
        has_connected: Whether a connection was ever open.
    """

    def __init__(
        self,
        open_connection: OpenConnection,
        *,
        name: str,
        size: int,
        idle_s: float,
        pause_s: float,
    ) -> None:
        self.failures = 0
        self.last_error: SendError | None = None
        self.has_connected = False
        self._callbacks: DeliveryCallbacks
        self._open_connection = open_connection
        self._name = name
        self._size = size
        self._idle_s = idle_s
        self._pause_s = pause_s
        self._retry_at = 0.0
        self._deadlines_checked_at = 0.0
        self._connections: list[SmtpConnection] = []
        self._opening = 0
        self._opened: deque[SmtpConnection | SendError] = deque()
        self._lock = threading.Lock()
        self._is_closed = False
        self._selector = selectors.DefaultSelector()
        # A byte on this socket pair wakes the selector when a connection was opened.
        self._wakeup_reader, self._wakeup_writer = socket.socketpair()
        self._wakeup_reader.setblocking(False)
        self._wakeup_writer.setblocking(False)
        self._selector.register(self._wakeup_reader, selectors.EVENT_READ, None)
        self._writing: set[SmtpConnection] = set()

    @property
    def opening(self) -> int:
        """How many connections are being opened."""
        return self._opening

    @property
    def is_busy(self) -> bool:
        """Whether a message is in flight, or a QUIT."""
        return any(not each.is_idle for each in self._connections)

    @property
    def has_connections(self) -> bool:
        """Whether a connection is open or being opened."""
        return bool(self._connections) or self._opening > 0

    @property
    def can_open(self) -> bool:
        """Whether another connection may be opened now."""
        is_full = len(self._connections) + self._opening >= self._size
        return not is_full and monotonic() >= self._retry_at

    def idle(self) -> list[SmtpConnection]:
        """Return the connections that can start a message; close those that were idle for too long."""
        now = monotonic()
        for connection in self._connections:
            is_idle = connection.is_idle and connection.is_used
            if is_idle and now - connection.idle_since > self._idle_s:
                connection.quit()
                self.update(connection)
        return [each for each in self._connections if each.is_idle]

    def open_another(self) -> None:
        """Start to open another connection."""
        self._opening += 1
        threading.Thread(target=self._connect, name="smtp-connect", daemon=True).start()

    def forget_failures(self) -> None:
        """Forget the failures of an earlier call."""
        self.failures, self.last_error, self._retry_at = 0, None, 0.0

    def record_success(self) -> None:
        """Record that the server settled a message."""
        self.failures = 0

    def attach(self, callbacks: DeliveryCallbacks) -> None:
        """Report to *callbacks* from now on."""
        self._callbacks = callbacks
        for connection in self._connections:
            connection.callbacks = callbacks

    def poll(self) -> bool:
        """Handle what has happened, without waiting; return whether anything has."""
        events = self._selector.select(0)
        self._handle_events(events)
        if events and monotonic() - self._deadlines_checked_at > 1:
            self._expire_connections()
        return bool(events)

    def wait(self) -> None:
        """Wait until something happens on any connection, and handle it."""
        events = self._selector.select(self._wait_timeout())
        self._handle_events(events)
        if not events or monotonic() - self._deadlines_checked_at > 1:
            self._expire_connections()

    def update(self, connection: SmtpConnection) -> None:
        """Watch *connection* for what it waits for; forget it once it is closed."""
        if not connection.is_open:
            self._forget(connection)
            return
        is_waiting = connection.writer.is_waiting
        if is_waiting == (connection in self._writing):
            return
        events = selectors.EVENT_READ
        if is_waiting:
            events |= selectors.EVENT_WRITE
            self._writing.add(connection)
        else:
            self._writing.discard(connection)
        self._selector.modify(connection.writer.socket, events, connection)

    def abort(self) -> None:
        """Close every connection with a message in flight."""
        for connection in list(self._connections):
            if not connection.is_idle:
                connection.close()
                self._forget(connection)

    def resize(self, size: int) -> None:
        """Have at most *size* connections from now on: quit those beyond that, also what is being opened."""
        self._size = size
        while self._opening and self._opening + len(self._connections) > size:
            self.wait()
        kept = self._connections[:size]
        for connection in self._connections[size:]:
            connection.quit()
            self.update(connection)
        while self._connections[len(kept) :]:
            self.wait()

    def close(self) -> None:
        """Quit all connections, and close them."""
        with self._lock:
            self._is_closed = True
        self._add_opened()
        for connection in list(self._connections):
            connection.quit()
            self.update(connection)
        while self._connections:
            self.wait()
        self._selector.close()
        self._wakeup_reader.close()
        self._wakeup_writer.close()

    def _connect(self) -> None:
        """Open a connection, in a thread."""
        opened: SmtpConnection | SendError
        try:
            opened = self._open_connection()
        except SendError as error:
            opened = error
        except BaseException as error:
            opened = SendError(f"Connecting failed: {error!r}. Please report this.")
        with self._lock:
            if not self._is_closed:
                self._opened.append(opened)
                with suppress(BlockingIOError):
                    self._wakeup_writer.send(b"\0")
            elif isinstance(opened, SmtpConnection):
                opened.close()

    def _add_opened(self) -> None:
        with suppress(BlockingIOError):
            self._wakeup_reader.recv(4096)
        while self._opened:
            opened = self._opened.popleft()
            self._opening -= 1
            if isinstance(opened, SmtpConnection):
                self.has_connected = True
                opened.callbacks = self._callbacks
                self._connections.append(opened)
                self._selector.register(opened.writer.socket, selectors.EVENT_READ, opened)
            elif self._connections:  # the server accepts no more connections than these
                self._retry_at = monotonic() + _PAUSES_AT_LIMIT * self._pause_s
            else:
                self._record_failure(opened)

    def _record_failure(self, error: SendError) -> None:
        self.last_error = error
        self.failures += 1
        if self.failures > 1:
            self._retry_at = monotonic() + self._pause_s * 2.0 ** (self.failures - 2)

    def _handle_events(self, events: list[tuple[selectors.SelectorKey, int]]) -> None:
        for key, mask in events:
            connection = key.data
            if connection is None:
                self._add_opened()
                continue
            if mask & selectors.EVENT_READ:
                connection.receive()
            if mask & selectors.EVENT_WRITE and connection.is_open:
                connection.flush()
            self.update(connection)

    def _expire_connections(self) -> None:
        self._deadlines_checked_at = now = monotonic()
        for connection in list(self._connections):
            deadline = connection.deadline
            if deadline is not None and deadline <= now:
                connection.expire()
                self.update(connection)

    def _wait_timeout(self) -> float | None:
        """Return how long only the servers can change anything; None if forever."""
        deadlines = [each.deadline for each in self._connections]
        first = min((each for each in deadlines if each is not None), default=None)
        now = monotonic()
        if self._retry_at > now:
            first = min(first, self._retry_at) if first else self._retry_at
        return None if first is None else max(0.0, first - now)

    def _forget(self, connection: SmtpConnection) -> None:
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        self._writing.discard(connection)
        # A closed socket has no file descriptor any more, so it is found by its connection.
        for key in list(self._selector.get_map().values()):
            if key.data is connection:
                self._selector.unregister(key.fileobj)
        if connection.loss:
            self._record_failure(SendError(f"{self._name}: {connection.loss}.", temporary=True))
