"""
Rate limits of a sender: messages per second to day, overall and per domain; warm-up and quiet hours.

What was sent is counted in the store: limits survive a restart and hold across processes. A window slides; it is
counted in sixtieths, and rounded up rather than down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeline.config.schema import LimitsTable, PacingTable

_BUCKETS_PER_WINDOW = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOWS = {
    "per_second": timedelta(seconds=1),
    "per_minute": timedelta(minutes=1),
    "per_hour": timedelta(hours=1),
    "per_day": timedelta(days=1),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimit:
    """At most *count* messages in each *window*."""

    count: int
    window: timedelta

    @property
    def bucket(self) -> timedelta:
        """The length of one counter."""
        return self.window / _BUCKETS_PER_WINDOW

    @property
    def lookback(self) -> timedelta:
        """How far back messages count: the window and one bucket, since the oldest may be half inside."""
        return self.window + self.bucket

    def bucket_start(self, now: datetime) -> datetime:
        """Return the start of the bucket that contains *now*."""
        return now - (now - _EPOCH) % self.bucket


@dataclass(frozen=True, kw_only=True, slots=True)
class RatePolicy:
    """
    All limits on the messages of one sender.

    Args:
        limits: For all its messages together.
        domains: For messages to one domain, by lower-case name.
        warm_up: Messages allowed on the first day, the second, …; after the last only *limits* apply.
        quiet_hours: Start and end of the time of day when nothing is sent, in *zone*; None for never.
        pause_above: The percentage of refused and deferred messages above which a campaign pauses; 0 for never.
    """

    sender: str = ""
    limits: tuple[RateLimit, ...] = ()
    domains: Mapping[str, tuple[RateLimit, ...]] = field(default_factory=dict)
    warm_up: Sequence[int] = ()
    quiet_hours: tuple[time, time] | None = None
    zone: str = "UTC"
    pause_above: int = 0

    @property
    def has_limits(self) -> bool:
        """Whether sent messages are counted."""
        return bool(self.limits or self.domains or self.warm_up)

    def limits_on(self, first_day: date | None, today: date) -> tuple[RateLimit, ...]:
        """Return the limits that apply *today*, given the day of the sender's first message."""
        day = (today - (first_day or today)).days
        if day >= len(self.warm_up):
            return self.limits
        return (*self.limits, RateLimit(count=self.warm_up[day], window=timedelta(days=1)))

    def local_date(self, now: datetime) -> date:
        """Return the date of *now* in *zone*."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def quiet_until(self, now: datetime) -> datetime | None:
        """Return when the current quiet hours end, None outside of them."""
        if self.quiet_hours is None:
            return None
        start, end = self.quiet_hours
        local = now.astimezone(ZoneInfo(self.zone))
        clock = local.time().replace(tzinfo=None)
        is_quiet = start <= clock < end if start < end else clock >= start or clock < end
        if not is_quiet:
            return None
        day = local.date() if clock < end else local.date() + timedelta(days=1)
        return datetime.combine(day, end, ZoneInfo(self.zone)).astimezone(UTC)


def read_rate_policy(sender: str, table: PacingTable, zone: str) -> RatePolicy:
    """
    Read the limits of *sender* from `[pacing]`: its own if it has any, else those for every sender.

    Args:
        zone: The time zone of quiet hours and warm-up days.
    """
    limits = table.senders.get(sender, table)
    quiet_hours = None
    if table.quiet:
        start, _, end = table.quiet.partition("-")
        quiet_hours = (time.fromisoformat(start), time.fromisoformat(end))
    return RatePolicy(
        sender=sender,
        limits=_read_limits(limits),
        domains={name.lower(): _read_limits(each) for name, each in table.domains.items()},
        warm_up=limits.warm_up,
        quiet_hours=quiet_hours,
        zone=zone,
        pause_above=table.pause_above,
    )


def _read_limits(table: LimitsTable) -> tuple[RateLimit, ...]:
    counts = ((getattr(table, key), window) for key, window in _WINDOWS.items())
    return tuple(RateLimit(count=count, window=window) for count, window in counts if count)


def remaining(limit: RateLimit, buckets: Mapping[datetime, int], now: datetime) -> int:
    """Return how many more messages *limit* allows now; *buckets* are the counts by bucket start."""
    since = now - limit.lookback
    used = sum(count for start, count in buckets.items() if start > since)
    return max(0, limit.count - used)


def available_at(limit: RateLimit, buckets: Mapping[datetime, int], now: datetime) -> datetime:
    """Return when *limit* allows the next message: now, or when enough of the oldest buckets no longer count."""
    since = now - limit.lookback
    counted = sorted((start, count) for start, count in buckets.items() if start > since)
    excess = sum(count for _, count in counted) - limit.count
    for start, count in counted:
        if excess < 0:
            break
        excess -= count
        now = start + limit.lookback
    return now


def exhausted_domains(remaining_by_domain: Mapping[str, int]) -> Iterator[str]:
    """Yield the domains whose limits allow no further message now."""
    yield from (domain for domain, count in remaining_by_domain.items() if count <= 0)
