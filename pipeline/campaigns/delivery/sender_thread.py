"""
A thread for a sender, which may be a plug-in: it may hang, fail in any way, or try to end the program.

Whoever started it goes on meanwhile: stores receipts that are known, and stops waiting when asked to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

#: What the names of these threads begin with.
THREAD_PREFIX = "sender of "


class ProgramExit(SystemExit):
    """A sender called `os._exit()`, which would have ended the program without a word."""


class SenderThread:
    """
    Does *work* in a thread that does not keep the program alive.

    Attributes:
        error: What *work* raised.
    """

    def __init__(self, work: Callable[[], None], *, name: str) -> None:
        self.error: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, name=THREAD_PREFIX + name, daemon=True)

    def start(self) -> None:
        """Start it."""
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, for at most *seconds*; return whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with _guard_exit():
                self._work()
        except BaseException as error:  # the caller decides what it means
            self.error = error


def has_hanging_sender() -> bool:
    """Whether a sender was given up that still runs; the program can then only end at once."""
    return any(each.name.startswith(THREAD_PREFIX) for each in threading.enumerate())


def end_program(exit_code: int) -> NoReturn:
    """End the program at once: its threads and those of a hanging sender are not waited for."""
    _real_exit(exit_code)


def describe_crash(error: BaseException) -> str:
    """Return what a sender did that raised *error*, which is not ours."""
    if isinstance(error, RuntimeError) and isinstance(error.__cause__, StopIteration):
        error = error.__cause__  # raised in a generator, see PEP 479
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, SystemExit):
        return f"tried to end the program ({text})"
    return f"failed unexpectedly ({text})"


_real_exit = os._exit
_guards = 0
_lock = threading.Lock()


@contextmanager
def _guard_exit() -> Iterator[None]:
    """Let `os._exit()` raise `ProgramExit` during the block, but not in child processes."""
    global _guards
    with _lock:
        _guards += 1
        if _guards == 1:
            os._exit = _make_guard(os.getpid())
    try:
        yield
    finally:
        with _lock:
            _guards -= 1
            if _guards == 0:
                os._exit = _real_exit


def _make_guard(process_id: int) -> Any:  # Any: as in os
    def exit_child_only(status: int) -> NoReturn:
        if os.getpid() != process_id:
            _real_exit(status)
        raise ProgramExit(f"os._exit({status})")

    return exit_child_only
