"""What to do about failures: when to retry a deferred message, and when to pause a campaign."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from pipeline.models.delivery import DeliveryState, Receipt


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """
    When to retry: after a delay that doubles with each attempt, and not forever.

    Args:
        first_delay: Postfix and others greylist for five minutes; an earlier retry is in vain.
        max_delay: The longest delay.
        give_up_after: Counted from the first attempt; then the message counts as refused with the last response.
    """

    first_delay: timedelta = timedelta(minutes=5)
    max_delay: timedelta = timedelta(hours=2)
    give_up_after: timedelta = timedelta(hours=48)

    def delay(self, attempts: int, *, random: Random) -> timedelta:
        """Return the delay after *attempts* attempts: doubled each time, then shortened by up to half at random."""
        doubled: timedelta = self.first_delay * 2 ** min(max(attempts - 1, 0), 16)
        return min(doubled, self.max_delay) * (1 - random.random() / 2)

    def next_attempt(
        self,
        *,
        attempts: int,
        first_attempt: datetime,
        now: datetime,
        retry_after: timedelta | None,
        random: Random,
    ) -> datetime | None:
        """
        Return when to retry a message, None to give up.

        Args:
            retry_after: The delay the server asks for; the longer one wins.
        """
        delay = max(self.delay(attempts, random=random), retry_after or timedelta())
        retry_at = now + delay
        return retry_at if retry_at - first_attempt <= self.give_up_after else None


class FailureThreshold:
    """
    Counts recent receipts and reports when too many were refused or deferred.

    Args:
        percent: The tolerated percentage of failures; 0 disables the check.
    """

    #: Receipts that count, newest first.
    WINDOW = 200
    #: Receipts needed before the percentage means anything.
    MIN_RECEIPTS = 100

    def __init__(self, percent: int) -> None:
        self._percent = percent
        self._is_failure: deque[bool] = deque(maxlen=self.WINDOW)
        self._responses: Counter[str] = Counter()

    def record(self, receipt: Receipt) -> None:
        """Count *receipt*."""
        is_failure = receipt.state in (DeliveryState.REFUSED, DeliveryState.DEFERRED)
        self._is_failure.append(is_failure)
        if is_failure:
            code = receipt.enhanced_code or receipt.code or ""
            self._responses[f"{code} {receipt.response}"[:120].strip()] += 1

    def exceeded(self) -> str | None:
        """Return a sentence with the most frequent response if the threshold is exceeded, else None."""
        total = len(self._is_failure)
        if not self._percent or total < self.MIN_RECEIPTS:
            return None
        failures = sum(self._is_failure)
        if failures * 100 <= self._percent * total:
            return None
        response = self._responses.most_common(1)[0][0]
        return (
            f"failure threshold: {failures} of the last {total} messages were refused or deferred; "
            f"most frequent response: {response}"
        )
