"""A clock that stands still until it is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class ManualClock:
    """
    A `Clock` for tests.

    Args:
        start: Aware; by default noon of 2 March 2026, UTC.
    """

    def __init__(self, start: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)) -> None:
        self.set(start)

    def now(self) -> datetime:
        """Return the instant it was set to, in UTC."""
        return self._now

    def set(self, instant: datetime) -> None:
        """Jump to *instant*, aware, forwards or backwards."""
        if instant.utcoffset() is None:
            raise ValueError(f"{instant.isoformat()} has no time zone.")
        self._now = instant.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by
