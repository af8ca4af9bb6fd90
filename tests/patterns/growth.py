"""Measure how the time of a call grows with the size of its input."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: What counts as linear: time grows at most with this power of the size. Caches and memory alone make 1.1 of 1.
EXPONENT = 1.3


class TooLongError(Exception):
    """The call was stopped."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Stop what runs inside after *seconds* of CPU time; `re` looks for signals, most C code does not."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def cpu_time(call: Callable[[Any], object], given: Any, *, limit_s: float, times: int = 1) -> float:
    """Return the least CPU time of *times* calls, in seconds; infinity if one takes more than *limit_s*."""
    best = math.inf
    for _ in range(times):
        start = time.thread_time()
        try:
            with cpu_limit(limit_s):
                call(given)
        except TooLongError:
            return math.inf
        best = min(best, max(time.thread_time() - start, 1e-7))
    return best


def exponent(
    call: Callable[[Any], object],
    build: Callable[[int], Any],
    *,
    size: int,
    largest: int,
    limit_s: float,
    enough_s: float = 0.002,
) -> float:
    """
    Return the power of the size with which the time of *call* grows, at most as three sizes agree.

    Args:
        build: Makes the input of a size.
        size: Where to begin; doubled until a call takes *enough_s*, below which a clock tells nothing.
        largest: Inputs are not made larger; what is fast even then is linear.
        limit_s: A call that takes longer is stopped, and counts as infinitely slow.
    """
    while (first := cpu_time(call, build(size), limit_s=limit_s, times=2)) < enough_s:
        size *= 2
        if size * 4 > largest:
            return 0.0
    second = cpu_time(call, build(2 * size), limit_s=limit_s, times=3)
    first = min(first, cpu_time(call, build(size), limit_s=limit_s, times=2))
    if math.log2(second / first) <= EXPONENT:
        return math.log2(second / first)
    third = cpu_time(call, build(4 * size), limit_s=limit_s, times=2)
    if math.isinf(third):
        return math.inf
    return min(math.log2(second / first), math.log2(third / second), math.log2(third / first) / 2)
