"""What a benchmark yields, and how it is shown."""

from __future__ import annotations

import re
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """
    One measured value beside its peer's.

    Args:
        bar: What it should hold, in *unit*.
        is_rate: More is better; else less is.
        peer: What was measured in the same run, turn by turn.
        least_ratio: What value / peer_value should hold, where that is promised.
    """

    what: str
    value: float
    unit: str
    bar: float
    is_rate: bool = False
    peer: str
    peer_value: float
    least_ratio: float | None = None

    @property
    def ratio(self) -> float:
        """The value as a multiple of the peer's."""
        return self.value / self.peer_value

    @property
    def holds(self) -> bool:
        """Whether the bars were held this time."""
        is_held = self.value >= self.bar if self.is_rate else self.value <= self.bar
        return is_held and (self.least_ratio is None or self.ratio >= self.least_ratio)

    def to_json(self) -> dict[str, Any]:  # Any: as JSON has it
        """Return all of it, ratio and verdict too."""
        return asdict(self) | {"ratio": self.ratio, "holds": self.holds}


def peak_mb() -> float:
    """
    Return the most memory this process has had, in MB.

    What `getrusage()` tells of a new process on Linux is no less than what the one that started it had.
    """
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s*(\d+) kB", status.read_text("ascii"))):
        return int(found[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024**2 if sys.platform == "darwin" else 1024)


def in_turns(*tasks: Callable[[], object], rounds: int) -> list[float]:
    """Return the median of the seconds each task takes, all tasks run in each round after one to warm up."""
    times: list[list[float]] = [[] for _ in tasks]
    for number in range(rounds + 1):
        for task, measured in zip(tasks, times, strict=True):
            start = perf_counter()
            task()
            if number:
                measured.append(perf_counter() - start)
    return [median(measured) for measured in times]


def table(figures: Sequence[Figure]) -> str:
    """Return *figures* as lines for a person."""
    rows = [("what", "value", "bar", "holds", "peer", "peer's", "ratio"), *map(_row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def _row(figure: Figure) -> tuple[str, ...]:
    least = f", {figure.least_ratio:g}x" if figure.least_ratio else ""
    return (
        figure.what,
        _amount(figure.value, figure.unit),
        f"{'>=' if figure.is_rate else '<='} {_amount(figure.bar, figure.unit)}{least}",
        "yes" if figure.holds else "no",
        figure.peer,
        _amount(figure.peer_value, figure.unit),
        f"{figure.ratio:,.2f}",
    )


def _amount(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if value >= 1000 else f"{value:,.3g}"
    return f"{number} {unit}"
