"""Show progress on a terminal, and stop at Ctrl-C and SIGTERM after the messages in flight."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from datetime import datetime

    from rich.progress import Progress

    from pipeline.clock import Clock
    from pipeline.models.delivery import Receipt

T = TypeVar("T")

#: With fewer recipients, sending is over before anybody has read a progress bar.
_MIN_RECIPIENTS = 20

_POLL_S = 0.25
_FOLLOW_INTERVAL_S = 0.5
_TRACK_AFTER_S = 1.0
_TRACK_INTERVAL = 100  # items


class SendProgress:
    """Advances a progress bar, and knows whether to stop."""

    def __init__(self, bar: Progress | None, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("Sending", total=total) if bar else None
        self._stopped = threading.Event()
        self._on_stop: Callable[[], object] | None = None

    def on_receipt(self, receipt: Receipt) -> None:
        """Advance the bar."""
        if self._bar is not None and self._task is not None and self._on_stop is None:
            self._bar.advance(self._task)

    def should_stop(self) -> bool:
        """Whether sending should stop."""
        return self._stopped.is_set()

    def stop(self, *_: Any) -> None:  # Any: a signal's number and frame
        """Stop sending."""
        self._stopped.set()
        if self._on_stop is not None:
            self._on_stop()

    @contextmanager
    def follow(
        self, count_settled: Callable[[], int], *, on_stop: Callable[[], object]
    ) -> Iterator[None]:
        """
        For the block, show what other processes send too.

        Args:
            count_settled: Returns how many messages are settled, by any process; called in a thread.
            on_stop: Stops the other processes; called in a signal handler.
        """
        self._on_stop = on_stop
        ended = threading.Event()
        thread = threading.Thread(
            target=self._show_settled, args=(count_settled, ended), name="progress", daemon=True
        )
        if self._bar is not None:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            if self._bar is not None:
                thread.join()
            self._on_stop = None

    def _show_settled(self, count_settled: Callable[[], int], ended: threading.Event) -> None:
        is_last = False
        while not is_last:
            is_last = ended.wait(_FOLLOW_INTERVAL_S)
            with suppress(PipelineError):  # the store is busy; whoever sends says so if need be
                if self._bar is not None and self._task is not None:
                    self._bar.update(self._task, completed=count_settled())

    def wait(self, seconds: float) -> None:
        """Wait for *seconds*, or until sending should stop."""
        self._stopped.wait(seconds)

    def wait_until(self, instant: datetime, clock: Clock) -> bool:
        """Wait until *instant*; return False if sending should stop before."""
        while not self._stopped.is_set():
            remaining_s = (instant - clock.now()).total_seconds()
            if remaining_s <= 0:
                return True
            self._stopped.wait(min(remaining_s, _POLL_S))
        return False


@contextmanager
def show_progress(total: int) -> Iterator[SendProgress]:
    """Show a progress bar for *total* messages; Ctrl-C and SIGTERM let the messages in flight finish."""
    bar = _create_bar() if total >= _MIN_RECIPIENTS and sys.stderr.isatty() else None
    progress = SendProgress(bar, total)
    with stop_on_signals(progress.stop):
        if bar is None:
            yield progress
        else:
            with bar:
                yield progress


@contextmanager
def stop_on_signals(stop: Any) -> Iterator[None]:  # Any: a signal handler
    """Call *stop* at Ctrl-C and SIGTERM during the block."""
    signals = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, stop) for number in signals}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def track(items: Iterable[T], description: str, *, total: int) -> Iterator[T]:
    """Yield *items*; on a terminal, show a progress bar if that takes longer than a second."""
    if not sys.stderr.isatty():
        yield from items
        return
    start = time.monotonic()
    bar = None
    try:
        for count, item in enumerate(items):
            yield item
            if count % _TRACK_INTERVAL or time.monotonic() - start < _TRACK_AFTER_S:
                continue
            if bar is None:
                bar = _create_bar(transient=True)
                task = bar.add_task(description, total=total)
                bar.start()
            bar.update(task, completed=count)
    finally:
        if bar is not None:
            bar.stop()


def _create_bar(*, transient: bool = False) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=transient,
    )
