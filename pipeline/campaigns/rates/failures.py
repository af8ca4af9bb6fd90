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


@dataclass(frozen=True, kw_only=True, slots=True)
class RecentReceipts:
    """
    How many of the last messages failed.

    Args:
        answered: Messages that were accepted or refused for good, at most `FailureThreshold.WINDOW` for each process.
        refused: How many of these were refused.
        attempted: Messages with any receipt, at most `FailureThreshold.MIN_RECEIPTS` for each process.
        deferred: How many of these were refused for now.
    """

    answered: int = 0
    refused: int = 0
    attempted: int = 0
    deferred: int = 0

    def __add__(self, other: RecentReceipts) -> RecentReceipts:
        return RecentReceipts(
            answered=self.answered + other.answered,
            refused=self.refused + other.refused,
            attempted=self.attempted + other.attempted,
            deferred=self.deferred + other.deferred,
        )


_REFUSED, _DEFERRED = DeliveryState.REFUSED, DeliveryState.DEFERRED


class _RecentFlags:
    """The last *size* flags; `true` is how many of them are set, which is asked for with every message."""

    def __init__(self, size: int) -> None:
        self._flags: deque[bool] = deque(maxlen=size)
        self.true = 0

    def __len__(self) -> int:
        return len(self._flags)

    def append(self, flag: bool) -> None:
        if len(self._flags) == self._flags.maxlen:
            self.true -= self._flags[0]
        self._flags.append(flag)
        self.true += flag


class FailureThreshold:
    """
    Counts recent receipts of a campaign: reports when too many were refused, and when nearly all were refused for now.

    What was refused for good says that something is wrong: the campaign pauses until somebody looks. What was refused
    for now (greylisting, a server's rate limit) is retried anyway: sending only waits a little.

    Args:
        percent: The tolerated percentage of permanent refusals; 0 disables the check.

    Attributes:
        others: The recent receipts of the other processes that send the campaign: they count too.
    """

    #: Receipts that count, newest first.
    WINDOW = 200
    #: Receipts needed before a percentage means anything.
    MIN_RECEIPTS = 100
    #: The percentage of the last `MIN_RECEIPTS` that were deferred above which sending waits.
    MAX_DEFERRED_PERCENT = 90

    def __init__(self, percent: int) -> None:
        self.others = RecentReceipts()
        self._percent = percent
        self._is_refused = _RecentFlags(self.WINDOW)
        self._is_deferred = _RecentFlags(self.MIN_RECEIPTS)
        self._responses: dict[DeliveryState, Counter[str]] = {
            DeliveryState.REFUSED: Counter(),
            DeliveryState.DEFERRED: Counter(),
        }

    @property
    def own(self) -> RecentReceipts:
        """The recent receipts of this process."""
        return RecentReceipts(
            answered=len(self._is_refused),
            refused=self._is_refused.true,
            attempted=len(self._is_deferred),
            deferred=self._is_deferred.true,
        )

    def record(self, receipt: Receipt) -> None:
        """Count *receipt*."""
        is_deferred, is_refused = receipt.state is _DEFERRED, receipt.state is _REFUSED
        self._is_deferred.append(is_deferred)
        if not is_deferred:
            self._is_refused.append(is_refused)
        if is_deferred or is_refused:
            code = receipt.enhanced_code or receipt.code or ""
            self._responses[receipt.state][f"{code} {receipt.response}"[:120].strip()] += 1

    def exceeded(self) -> str | None:
        """Return a sentence with the most frequent response if too many were refused for good, else None."""
        total = len(self._is_refused) + self.others.answered
        refused = self._is_refused.true + self.others.refused
        if not self._percent or total < self.MIN_RECEIPTS or refused * 100 <= self._percent * total:
            return None
        return self._describe(
            f"failure threshold: {refused} of the last {total} messages were refused",
            DeliveryState.REFUSED,
        )

    def find_deferral(self) -> str | None:
        """Return a sentence with the most frequent response if nearly all were refused for now, else None."""
        total = len(self._is_deferred) + self.others.attempted
        deferred = self._is_deferred.true + self.others.deferred
        if total < self.MIN_RECEIPTS or deferred * 100 <= self.MAX_DEFERRED_PERCENT * total:
            return None
        return self._describe(
            f"deferred: {deferred} of the last {total} messages were refused for now",
            DeliveryState.DEFERRED,
        )

    def _describe(self, text: str, state: DeliveryState) -> str:
        responses = self._responses[state].most_common(1)
        return f"{text}; most frequent response: {responses[0][0]}" if responses else text
