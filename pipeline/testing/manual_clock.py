"""A clock that stands still until a test sets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class ManualClock:
    """
    A `Clock` for tests.

    Args:
        start: Aware; by default noon on 2 March 2026, UTC.
    """

    def __init__(self, start: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)) -> None:
        self.set(start)

    def now(self) -> datetime:
        """Return the time it was set to, in UTC."""
        return self._now

    def set(self, time: datetime) -> None:
        """Set the clock to *time*, aware, forwards or backwards."""
        if time.utcoffset() is None:
            raise ValueError(f"{time.isoformat()} has no time zone.")
        self._now = time.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move the clock forwards."""
        self._now += by
