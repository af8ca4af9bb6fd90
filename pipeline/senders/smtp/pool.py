"""The connections to one relay: opened in the background, kept warm, waited for together."""

from __future__ import annotations

import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from pipeline.errors import SendError
from pipeline.senders.smtp.callbacks import Desk
from pipeline.senders.smtp.connection import Conversation

#: How long no further connection is tried while others work and the server would not have one more, in units of the
#: pool's patience.
_CROWDED = 30

Opening = Callable[[], Conversation]


class Pool:
    """
    Up to *size* conversations, all driven by the thread that calls `wait()`.

    Args:
        open: Opens one; it may take its time and raises `SendError`, and is called in threads of its own.
        name: The relay's, for messages.
        idle_s: After how long without a message a connection is closed rather than used.
        pause_s: How long to wait before connecting again after a second failure; doubled for each further one.

    Attributes:
        failures: How many connections in a row failed, or were lost before anything was settled on them.
        trouble: What the last failure was.
        has_connected: Whether there ever was a connection.
    """

    def __init__(
        self, open: Opening, *, name: str, size: int, idle_s: float, pause_s: float
    ) -> None:
        self.failures = 0
        self.trouble: SendError | None = None
        self.has_connected = False
        self._open = open
        self._name = name
        self._size = size
        self._idle_s = idle_s
        self._pause_s = pause_s
        self._not_before = 0.0
        self._looked = 0.0  # when deadlines were looked at last
        self._conversations: list[Conversation] = []
        self._opening = 0
        self._opened: deque[Conversation | SendError] = deque()
        self._lock = threading.Lock()
        self._is_closed = False
        self._selector = selectors.DefaultSelector()
        self._waker, self._waking = socket.socketpair()
        self._waker.setblocking(False)
        self._waking.setblocking(False)
        self._selector.register(self._waker, selectors.EVENT_READ, None)
        self._is_writing: set[Conversation] = set()

    @property
    def opening(self) -> int:
        """How many connections are being opened."""
        return self._opening

    @property
    def is_working(self) -> bool:
        """Whether a message is on its way, or a goodbye."""
        return any(not each.is_idle for each in self._conversations)

    @property
    def has_connections(self) -> bool:
        """Whether any connection is open or being opened."""
        return bool(self._conversations) or self._opening > 0

    @property
    def can_open(self) -> bool:
        """Whether one more connection may be opened now."""
        is_full = len(self._conversations) + self._opening >= self._size
        return not is_full and monotonic() >= self._not_before

    def idle(self) -> list[Conversation]:
        """Return the conversations that can begin a message; those idle for too long are left."""
        now = monotonic()
        for conversation in self._conversations:
            is_idle = conversation.is_idle and conversation.has_served
            if is_idle and now - conversation.idle_since > self._idle_s:
                conversation.leave()
                self._watch(conversation)
        return [each for each in self._conversations if each.is_idle]

    def open_one(self) -> None:
        """Begin to open one more connection."""
        self._opening += 1
        threading.Thread(target=self._connect, name="smtp-connect", daemon=True).start()

    def refresh(self) -> None:
        """Forget what failed in an earlier call."""
        self.failures, self.trouble, self._not_before = 0, None, 0.0

    def worked(self) -> None:
        """Learn that the server answered for a message."""
        self.failures = 0

    def look(self, desk: Desk) -> None:
        """Do what can be done without waiting."""
        self._turn(self._selector.select(0), desk)

    def wait(self, desk: Desk) -> None:
        """Wait until something happens on any connection, and do what follows from it."""
        ready = self._selector.select(0)
        if not ready:  # only then is there time to ask how long to wait
            ready = self._selector.select(self._patience())
        self._turn(ready, desk)
        if not ready or monotonic() - self._looked > 1:
            self._expire(desk)

    def tend(self, conversation: Conversation) -> None:
        """Watch a conversation for what it waits for; forget it once it is closed."""
        self._watch(conversation)

    def abort(self) -> None:
        """Close every connection with a message on its way."""
        for conversation in list(self._conversations):
            if not conversation.is_idle:
                conversation.close()
                self._forget(conversation)

    def close(self, desk: Desk) -> None:
        """Say goodbye on all connections, and close them."""
        with self._lock:
            self._is_closed = True
        self._take_opened()
        for conversation in list(self._conversations):
            conversation.leave()
            self._watch(conversation)
        while self._conversations:
            self.wait(desk)
        self._selector.close()
        self._waker.close()
        self._waking.close()

    def _connect(self) -> None:
        """Open a connection, in a thread."""
        opened: Conversation | SendError
        try:
            opened = self._open()
        except SendError as error:
            opened = error
        except BaseException as error:
            opened = SendError(f"Connecting failed: {error!r}. Please report this.")
        with self._lock:
            if not self._is_closed:
                self._opened.append(opened)
                with suppress(BlockingIOError):
                    self._waking.send(b"\0")
            elif isinstance(opened, Conversation):
                opened.close()

    def _take_opened(self) -> None:
        with suppress(BlockingIOError):
            self._waker.recv(4096)
        while self._opened:
            opened = self._opened.popleft()
            self._opening -= 1
            if isinstance(opened, Conversation):
                self.has_connected = True
                self._conversations.append(opened)
                self._selector.register(opened.wire.socket, selectors.EVENT_READ, opened)
            else:
                self._failed(opened)

    def _failed(self, error: SendError) -> None:
        if self._conversations:  # it wants no more of us than it has
            self._not_before = monotonic() + _CROWDED * self._pause_s
            return
        self._note(error)

    def _note(self, error: SendError) -> None:
        self.trouble = error
        self.failures += 1
        if self.failures > 1:
            self._not_before = monotonic() + self._pause_s * 2.0 ** (self.failures - 2)

    def _turn(self, ready: list[tuple[selectors.SelectorKey, int]], desk: Desk) -> None:
        for key, mask in ready:
            conversation = key.data
            if conversation is None:
                self._take_opened()
                continue
            if mask & selectors.EVENT_READ:
                conversation.receive(desk)
            if mask & selectors.EVENT_WRITE and conversation.is_open:
                conversation.send_on(desk)
            self._watch(conversation)

    def _expire(self, desk: Desk) -> None:
        self._looked = now = monotonic()
        for conversation in list(self._conversations):
            deadline = conversation.deadline
            if deadline is not None and deadline <= now:
                conversation.expire(desk)
                self._watch(conversation)

    def _patience(self) -> float | None:
        """Return for how long nothing but the servers can change anything; null if for ever."""
        instants = [each.deadline for each in self._conversations]
        soonest = min((each for each in instants if each is not None), default=None)
        now = monotonic()
        if self._not_before > now:
            soonest = min(soonest, self._not_before) if soonest else self._not_before
        return None if soonest is None else max(0.0, soonest - now)

    def _watch(self, conversation: Conversation) -> None:
        if not conversation.is_open:
            self._forget(conversation)
            return
        is_waiting = conversation.wire.is_waiting
        if is_waiting == (conversation in self._is_writing):
            return
        events = selectors.EVENT_READ
        if is_waiting:
            events |= selectors.EVENT_WRITE
            self._is_writing.add(conversation)
        else:
            self._is_writing.discard(conversation)
        self._selector.modify(conversation.wire.socket, events, conversation)

    def _forget(self, conversation: Conversation) -> None:
        if conversation not in self._conversations:
            return
        self._conversations.remove(conversation)
        self._is_writing.discard(conversation)
        self._unregister(conversation)
        if conversation.loss:
            self._note(SendError(f"{self._name}: {conversation.loss}.", temporary=True))

    def _unregister(self, conversation: Conversation) -> None:
        # A closed socket has no number any more, and the kernel has let go of it.
        for key in list(self._selector.get_map().values()):
            if key.data is conversation:
                self._selector.unregister(key.fileobj)
