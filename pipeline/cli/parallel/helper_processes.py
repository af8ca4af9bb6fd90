"""The helper processes of a command: start them, keep them running, and end them."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import monotonic

log = logging.getLogger(__name__)

#: A helper ends within half a minute, also one whose sender hangs; after this time it is killed.
_PATIENCE_S = 60.0
_WATCH_INTERVAL_S = 0.2
#: How long to wait before a helper that ended by accident is started again; doubled each time.
_FIRST_DELAY_S, _MAX_DELAY_S = 1.0, 60.0
#: A helper that ran for this long had started well.
_GOOD_RUN_S = 60.0


@dataclass(frozen=True, kw_only=True)
class HelperTask:
    """
    What a helper is to do.

    Args:
        root: The folder of the project.
        index: Its number among *count* processes; the command itself is 0.
        worker: Its name as a worker; None for one that sends *campaign*.
        once: Whether the worker ends when nothing is due.
        leader_id: The process for which *campaign* is reserved.
    """

    root: str
    index: int
    count: int
    worker: str | None = None
    once: bool = False
    campaign: str = ""
    leader_id: str = ""


class _Helper:
    """One helper, and when it may be started again."""

    def __init__(self, task: HelperTask) -> None:
        self.task = task
        self.delay_s = _FIRST_DELAY_S
        self.restart_at: float | None = None
        self.start()

    def start(self) -> None:
        """Start it. Its standard input is a pipe that ends when this process does."""
        self.started_at, self.restart_at = monotonic(), None
        self.process = subprocess.Popen(
            # -P: a folder called "pipeline" where the command was called is not this package.
            [
                sys.executable,
                *("-P", "-m", "pipeline.cli.parallel.helper"),
                json.dumps(asdict(self.task)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the command alone, which passes it on
        )

    def close(self) -> None:
        """Close the pipe to it, after it has ended."""
        if self.process.stdin:
            self.process.stdin.close()

    def restart_if_ended(self) -> None:
        """Start it again if it ended by accident, after a delay."""
        now = monotonic()
        if self.restart_at is not None:
            if now >= self.restart_at:
                self.start()
            return
        code = self.process.poll()
        if not code:
            return
        self.close()
        if now - self.started_at > _GOOD_RUN_S:
            self.delay_s = _FIRST_DELAY_S
        log.warning(
            "Worker %s ended (exit code %d). It is started again in %d s.",
            self.task.worker,
            code,
            self.delay_s,
            extra={"action": "helper.ended"},
        )
        self.restart_at = now + self.delay_s
        self.delay_s = min(2 * self.delay_s, _MAX_DELAY_S)


class HelperProcesses:
    """
    Processes that share the work of a command, and end with it.

    Args:
        tasks: One for each.
        restarts: Whether one that ends by accident is started again.
    """

    def __init__(self, tasks: Sequence[HelperTask], *, restarts: bool = False) -> None:
        self._tasks = tasks
        self._restarts = restarts
        self._helpers: list[_Helper] = []
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="helpers", daemon=True)

    def start(self) -> None:
        """Start them, unless they are to stop already."""
        for task in self._tasks:
            if not self._stopping.is_set():
                self._helpers.append(_Helper(task))
        if self._restarts:
            self._watcher.start()

    def interrupt(self) -> None:
        """Have them complete what they are sending, and end; callable in a signal handler."""
        self._stopping.set()
        for each in self._helpers:
            each.process.terminate()

    def wait(self) -> None:
        """Wait until all have ended by themselves, or are interrupted."""
        for each in self._helpers:
            while each.process.poll() is None and not self._stopping.wait(_WATCH_INTERVAL_S):
                pass

    def stop(self) -> int:
        """Interrupt them, wait until all have ended, and return the worst exit code."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        self.interrupt()
        end = monotonic() + _PATIENCE_S
        for each in self._helpers:
            try:
                each.process.wait(max(end - monotonic(), 0))
            except subprocess.TimeoutExpired:
                each.process.kill()
                each.process.wait()
            each.close()
        return max((_to_exit_code(each.process.returncode) for each in self._helpers), default=0)

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_INTERVAL_S):
            for each in self._helpers:
                each.restart_if_ended()


def _to_exit_code(code: int) -> int:
    """Return an exit code as a shell does; to be ended by SIGTERM before it began is no failure."""
    if code == -signal.SIGTERM:
        return 0
    return 128 - code if code < 0 else code
