"""Send the messages that wait, in a thread of their own, so that no request takes longer because one is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread

from pipeline.errors import PipelineError

_LOGGER = logging.getLogger(__name__)
#: How long to wait before a message that could not be sent is tried again.
_RETRY_INTERVAL_S = 30.0


class MessageLoop:
    """
    Runs jobs in turn whenever there may be something to do.

        with MessageLoop([mailer.send_waiting]) as loop:
            loop.wake()

    Args:
        jobs: Each sends what waits, and returns how many messages that are.
    """

    def __init__(self, jobs: Sequence[Callable[[], int]]) -> None:
        self._jobs = jobs
        self._wakes = Event()
        self._is_stopped = False
        self._thread = Thread(target=self._run, name="messages", daemon=True)

    def wake(self) -> None:
        """Look for messages to send."""
        self._wakes.set()

    def __enter__(self) -> MessageLoop:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped = True
        self.wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_stopped:
            for job in self._jobs:
                try:
                    job()
                except PipelineError as error:
                    _LOGGER.error("A message of the public service was not sent: %s", error)
            self._wakes.wait(_RETRY_INTERVAL_S)
            self._wakes.clear()
