"""
The lease of a process: how long others take it for alive after its last heartbeat.

No clock decides what is right: a lease that ends only frees what a process holds, and whatever it had claimed by then
is uncertain. The process itself ends its lease earlier, so that a machine that wakes up sends nothing more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

#: How long a process without a heartbeat is considered alive. Others measure it in heartbeats of their own that reached
#: the store, so that nobody is taken for dead because the store was away or busy.
LEASE = timedelta(seconds=12)
#: A process considers its own lease shorter: what it began to write must be sent before others take over.
LEASE_MARGIN = timedelta(seconds=4)
HEARTBEAT_INTERVAL = timedelta(seconds=2)

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def count_heartbeats() -> int:
    """Return how many heartbeats a process sends within a lease."""
    return max(2, LEASE // HEARTBEAT_INTERVAL)


def boot_seconds() -> float:
    """Return the seconds since boot, including sleep; nobody can set this clock."""
    return time.clock_gettime(_BOOTTIME)


class Lease:
    """The lease of this process. One that ended does not come back: after it there is another."""

    def __init__(self) -> None:
        self._number = 1
        self._renewed_at = boot_seconds()

    def renew(self, at: float) -> None:
        """Renew it as of *at*, in seconds since boot; if it had ended by then, another one begins."""
        if at - self._renewed_at >= _own_length_s():
            self._number += 1
        self._renewed_at = max(self._renewed_at, at)

    def get_check(self) -> Callable[[], bool]:
        """Return a function that says whether the present lease still holds, so that another message may be sent."""
        return partial(self._is_held, self._number)

    def _is_held(self, number: int) -> bool:
        return number == self._number and boot_seconds() - self._renewed_at < _own_length_s()


def _own_length_s() -> float:
    return (LEASE - LEASE_MARGIN).total_seconds()
