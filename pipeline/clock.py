"""What time it is, the only place that asks the machine, and how long a duration is that a person writes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pipeline.errors import ScheduleError

_DURATION_PART = re.compile(r"(\d{1,6})\s*(s|m|h|d|w)", re.IGNORECASE)
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_MAX_DURATION_S = 3_650 * 86_400


class Clock(Protocol):
    """A source of the present instant."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


def parse_duration(text: str) -> timedelta:
    """
    Parse `5m`, `90s`, `2h30m`, `1d`.

    Raises:
        ScheduleError: It is not a duration.
    """
    parts = _DURATION_PART.findall(text)
    if not parts or _DURATION_PART.sub("", text).strip():
        raise ScheduleError(f'"{text}" is not a duration. Write it as 90s, 5m, 2h or 3d.')
    seconds = sum(_UNIT_SECONDS[unit.lower()] * int(number) for number, unit in parts)
    if seconds > _MAX_DURATION_S:
        raise ScheduleError(
            f'"{text}" is longer than ten years. Write a duration like 90s, 5m, 2h or 3d.'
        )
    return timedelta(seconds=seconds)
