"""
How fast: so many in each span of time, by sender and by the domain they go to; a warm-up; quiet hours; an alarm.

What was claimed is counted in the store, in the transaction of the claim: the windows survive a restart, and all
processes share them. A window slides; it is counted in sixtieths, and counted too full rather than too empty.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeline.models.delivery import DeliveryState, Receipt

_PARTS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """No more than *most* messages in each *span*."""

    most: int
    span: timedelta

    @property
    def bucket(self) -> timedelta:
        """How finely it is counted."""
        return self.span / _PARTS

    @property
    def reach(self) -> timedelta:
        """How far back is counted: one bucket more than the span, since the first of them may be half inside."""
        return self.span + self.bucket

    def start(self, now: datetime) -> datetime:
        """Return the beginning of the bucket that *now* lies in."""
        return now - (now - _EPOCH) % self.bucket


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """
    What holds for the messages by one sender.

    Args:
        limits: For all of them.
        domains: For those to one domain, by its name in lower case.
        warm_up: How many on the first day, the second, …; after the last of them only *limits* hold.
        quiet: From when until when nothing leaves, by the clock in *zone*; null for never.
        pause_above: The share of refused and deferred messages, in percent, above which a campaign pauses; 0 for never.
    """

    sender: str = ""
    limits: tuple[Limit, ...] = ()
    domains: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    warm_up: Sequence[int] = ()
    quiet: tuple[time, time] | None = None
    zone: str = "UTC"
    pause_above: int = 0

    def limits_on(self, first_day: date | None, today: date) -> tuple[Limit, ...]:
        """Return the limits of the sender *today*, if its first message left on *first_day*."""
        day = (today - (first_day or today)).days
        if day >= len(self.warm_up):
            return self.limits
        return (*self.limits, Limit(most=self.warm_up[day], span=timedelta(days=1)))

    def today(self, now: datetime) -> date:
        """Return the day it is in *zone*."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def quiet_until(self, now: datetime) -> datetime | None:
        """Return when the quiet hours end that *now* lies in, null outside of them."""
        if self.quiet is None:
            return None
        begin, end = self.quiet
        there = now.astimezone(ZoneInfo(self.zone))
        clock = there.time().replace(tzinfo=None)
        is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
        if not is_quiet:
            return None
        day = there.date() if clock < end else there.date() + timedelta(days=1)
        return datetime.combine(day, end, ZoneInfo(self.zone)).astimezone(UTC)


def room(limit: Limit, buckets: Mapping[datetime, int], now: datetime) -> int:
    """Return how many more *limit* allows now; *buckets* hold what was counted, by their beginnings."""
    since = now - limit.reach
    used = sum(count for start, count in buckets.items() if start > since)
    return max(0, limit.most - used)


def free_at(limit: Limit, buckets: Mapping[datetime, int], now: datetime) -> datetime:
    """Return when *limit* allows the next one: now, or when enough of the oldest buckets are out of reach."""
    since = now - limit.reach
    counted = sorted((start, count) for start, count in buckets.items() if start > since)
    over = sum(count for _, count in counted) - limit.most
    for start, count in counted:
        if over < 0:
            break
        over -= count
        now = start + limit.reach
    return now


class Alarm:
    """
    Hears receipts, and tells when too many of the last ones were refused or deferred.

    Args:
        above: In percent; 0 for never.
    """

    HEARD = 200
    ENOUGH = 100

    def __init__(self, above: int) -> None:
        self._above = above
        self._last: deque[bool] = deque(maxlen=self.HEARD)
        self._words: Counter[str] = Counter()

    def hear(self, receipt: Receipt) -> None:
        """Take note of *receipt*."""
        is_bad = receipt.state in (DeliveryState.REFUSED, DeliveryState.DEFERRED)
        self._last.append(is_bad)
        if is_bad:
            self._words[
                f"{receipt.enhanced_code or receipt.code or ''} {receipt.response}"[:120].strip()
            ] += 1

    def rings(self) -> str | None:
        """Return what is wrong, null if nothing is."""
        if not self._above or len(self._last) < self.ENOUGH:
            return None
        bad = sum(self._last)
        if bad * 100 <= self._above * len(self._last):
            return None
        words = self._words.most_common(1)[0][0]
        return f"threshold: {bad} of the last {len(self._last)} were refused or deferred, most of them: {words}"


def domains_over(rooms: Mapping[str, int]) -> Iterator[str]:
    """Yield the domains for which there is no room."""
    yield from (domain for domain, left in rooms.items() if left <= 0)
