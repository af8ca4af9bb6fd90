"""Watch a campaign as it is sent: a bar for people, and the wish to stop."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from rich.progress import Progress as Bar

    from pipeline.clock import Clock
    from pipeline.models.delivery import Receipt

#: Fewer recipients are done before a bar is read.
_BAR_FROM = 20
_LOOK_S = 0.25


class Watch:
    """Shows progress, and notes the wish to stop."""

    def __init__(self, bar: Bar | None, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("Sending", total=total) if bar else None
        self._stopped = threading.Event()

    def on_receipt(self, receipt: Receipt) -> None:
        """Advance the bar."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)

    def should_stop(self) -> bool:
        """Whether somebody asked for it."""
        return self._stopped.is_set()

    def stop(self, *_: Any) -> None:  # Any: a signal's number and frame
        """Note the wish."""
        self._stopped.set()

    def wait_s(self, seconds: float) -> None:
        """Wait so long, or until somebody asks to stop."""
        self._stopped.wait(seconds)

    def wait_until(self, instant: datetime, clock: Clock) -> bool:
        """Wait for *instant*; return whether it came before the wish to stop."""
        while not self._stopped.is_set():
            left = (instant - clock.now()).total_seconds()
            if left <= 0:
                return True
            self._stopped.wait(min(left, _LOOK_S))
        return False


@contextmanager
def watching(total: int) -> Iterator[Watch]:
    """Watch a campaign; Ctrl-C and SIGTERM let the message on the wire finish."""
    bar = _bar() if total >= _BAR_FROM and sys.stderr.isatty() else None
    watch = Watch(bar, total)
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, watch.stop) for number in signals}
    try:
        if bar is None:
            yield watch
        else:
            with bar:
                yield watch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bar() -> Bar:
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
    )
