"""When a deferred message is offered again, and when it is given up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """
    How a deferred message waits: longer after each attempt, and not for ever.

    Args:
        first: The first wait. Postfix and others grey-list for five minutes; sooner is asking in vain.
        longest: No wait is longer.
        limit: Counted from the first attempt; then the message is refused with the server's last words.
    """

    first: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(hours=2)
    limit: timedelta = timedelta(hours=48)

    def wait(self, attempts: int, *, chance: Callable[[], float]) -> timedelta:
        """
        Return how long to wait after *attempts* attempts: doubled each time, then shortened by up to half.

        Args:
            chance: From 0 to 1; spreads what was deferred together.
        """
        doubled: timedelta = self.first * 2 ** min(max(attempts - 1, 0), 16)
        return min(doubled, self.longest) * (1 - chance() / 2)

    def next_attempt(
        self,
        *,
        attempts: int,
        first_attempt: datetime,
        now: datetime,
        retry_after: timedelta | None,
        chance: Callable[[], float],
    ) -> datetime | None:
        """
        Return when to offer the message again; null when its time is up.

        Args:
            retry_after: What the server asked for; a longer wait than ours wins.
        """
        wait = max(self.wait(attempts, chance=chance), retry_after or timedelta())
        again = now + wait
        return again if again - first_attempt <= self.limit else None
