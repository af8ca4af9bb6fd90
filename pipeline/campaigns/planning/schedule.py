"""
Local times, time zones and weekly schedules.

A person chooses a local time and a time zone. Both are stored beside the UTC time they mean, so that it can be computed
again when the rules of the time zone change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeline import time_zones
from pipeline.errors import ScheduleError, suggest_name

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Every zone can express these years, whatever its offset; others are slips of the keyboard.
_FIRST_YEAR, _LAST_YEAR = 2000, 2999
_TIME_EXAMPLE = 'Write it as "2026-12-01 09:00".'


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduledTime:
    """
    A local time in a time zone, and the UTC time it means.

    Args:
        local_time: Naive.
        zone: IANA name of the time zone.
        utc: Aware, in UTC.
        note: What a person should know, such as that this local time occurs twice; "" if nothing.
    """

    local_time: datetime
    zone: str
    utc: datetime
    note: str = ""

    def __str__(self) -> str:
        local = self.utc.astimezone(ZoneInfo(self.zone))
        if self.zone == "UTC":
            return f"{local:%A %d %B %Y, %H:%M} UTC"
        return f"{local:%A %d %B %Y, %H:%M} {local:%Z} ({self.zone}), {self.utc:%Y-%m-%d %H:%M} UTC"


def parse_local_time(text: str) -> datetime:
    """
    Parse `2026-12-01 09:00`, a local time without a UTC offset.

    Raises:
        ScheduleError: It is not a date with a time, or has an offset.
    """
    try:
        local_time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ScheduleError(f'"{text}" is not a date and time. {_TIME_EXAMPLE}') from None
    if local_time.tzinfo is not None:
        raise ScheduleError(
            f'"{text}" has a UTC offset. {_TIME_EXAMPLE} Set the time zone with --zone.'
        )
    if re.fullmatch(r"\s*[\d-]{8,10}\s*", text):
        raise ScheduleError(f'"{text}" is a date without a time. {_TIME_EXAMPLE}')
    if not _FIRST_YEAR <= local_time.year <= _LAST_YEAR:
        raise ScheduleError(
            f'"{text}": the year must be between {_FIRST_YEAR} and {_LAST_YEAR}. {_TIME_EXAMPLE}'
        )
    return local_time


def resolve_local_time(local_time: datetime, zone: str) -> ScheduledTime:
    """
    Return the UTC time of *local_time* in *zone*.

    When clocks are set back, a local time occurs twice: it means the first, and the note says so.

    Raises:
        ScheduleError: Clocks are set forward and skip it; the message names the suggest_name times.
    """
    first = local_time.replace(tzinfo=ZoneInfo(zone), fold=0)
    second = local_time.replace(tzinfo=ZoneInfo(zone), fold=1)
    if _normalize(first) != local_time:
        before, after = sorted((_normalize(second), _normalize(first)))
        raise ScheduleError(
            f"{local_time:%H:%M} does not exist in {zone} on {local_time:%Y-%m-%d}: clocks are set forward. "
            f'Use "{before:%Y-%m-%d %H:%M}" or "{after:%Y-%m-%d %H:%M}".'
        )
    note = ""
    if first.utcoffset() != second.utcoffset():
        note = (
            f"{local_time:%H:%M} occurs twice in {zone} on {local_time:%Y-%m-%d}: using the first "
            f"({first.astimezone(UTC):%H:%M} UTC), not the second ({second.astimezone(UTC):%H:%M} UTC)."
        )
    return ScheduledTime(local_time=local_time, zone=zone, utc=first.astimezone(UTC), note=note)


def to_local_time(zone: str, at: datetime) -> ScheduledTime:
    """Return the aware time *at* as a local time in *zone*."""
    local_time = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return ScheduledTime(local_time=local_time, zone=zone, utc=at)


def recompute_utc(local_time: datetime, zone: str, planned: datetime) -> datetime:
    """
    Return the UTC time of *local_time* under today's rules of *zone*; *planned* is what it was before.

    A local time that new rules skip keeps its old UTC time.
    """
    try:
        return resolve_local_time(local_time, zone).utc
    except ScheduleError:
        return planned


def _normalize(local: datetime) -> datetime:
    """Return *local* converted to UTC and back: another time if clocks skip it."""
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None)


def check_time_zone(name: str) -> str:
    """
    Return *name*, the IANA name of a time zone; see `pipeline.time_zones`.

    Raises:
        ScheduleError: It is no time zone, or has no summer time; the message suggests one.
    """
    try:
        return time_zones.check_time_zone(name)
    except ValueError as error:
        message = str(error)
        end = "" if message.endswith("?") else "."
        raise ScheduleError(f'The time zone "{name}" is invalid: {message}{end}') from None


@dataclass(frozen=True, kw_only=True, slots=True)
class WeeklySchedule:
    """
    A time of day on some days of the week.

    Args:
        weekdays: 0 is Monday; all seven for every day.
    """

    weekdays: frozenset[int]
    time: time
    zone: str

    def next_after(self, at: datetime) -> ScheduledTime:
        """Return the first time after *at*; on a day whose clocks skip it, the time the gap ends."""
        today = at.astimezone(ZoneInfo(self.zone)).date()
        for days in range(15):
            day = today + timedelta(days=days)
            if day.weekday() in self.weekdays:
                found = self._on(day)
                if found.utc > at:
                    return found
        raise AssertionError("one of the next fifteen days is one of its weekdays")

    def _on(self, day: date) -> ScheduledTime:
        local_time = datetime.combine(day, self.time)
        try:
            return resolve_local_time(local_time, self.zone)
        except ScheduleError:
            return to_local_time(self.zone, local_to_utc(local_time, self.zone))


def parse_recurrence(text: str, zone: str) -> WeeklySchedule:
    """
    Parse `sunday 09:00`, `monday thursday 17:30` or `day 07:00`.

    Raises:
        ScheduleError: It is not a recurring time.
    """
    *names, clock = text.lower().replace(",", " ").split() or [""]
    try:
        at = time.fromisoformat(clock)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None or not names:
        raise ScheduleError(
            f'"{text}" is not a recurring time. Write it as "sunday 09:00" or "day 07:00".'
        )
    if names == ["day"]:
        return WeeklySchedule(weekdays=frozenset(range(7)), time=at, zone=zone)
    for name in names:
        if name not in _WEEKDAYS:
            raise ScheduleError(
                f'"{name}" is not a day of the week.{suggest_name(name, _WEEKDAYS)} Write it as "sunday 09:00".'
            )
    weekdays = frozenset(_WEEKDAYS.index(name) for name in names)
    return WeeklySchedule(weekdays=weekdays, time=at, zone=zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneSendTime:
    """When a campaign in recipients' time zones is sent to one zone, and to how many."""

    zone: str
    at: datetime
    recipients: int


def list_zone_send_times(
    local_time: datetime, recipients_by_zone: Mapping[str, int]
) -> tuple[ZoneSendTime, ...]:
    """Return when *local_time* is in each zone, earliest first."""
    times = (
        ZoneSendTime(zone=zone, at=local_to_utc(local_time, zone), recipients=count)
        for zone, count in recipients_by_zone.items()
    )
    return tuple(sorted(times, key=lambda each: (each.at, each.zone)))


def local_to_utc(local_time: datetime, zone: str) -> datetime:
    """Return the UTC time of *local_time* in *zone*; where clocks skip it, the time the gap ends."""
    return local_time.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def list_past(times: Iterable[ZoneSendTime], now: datetime) -> tuple[ZoneSendTime, ...]:
    """Return those of *times* that are past at *now*."""
    return tuple(each for each in times if each.at <= now)


def is_stale(due: datetime, now: datetime, stale_after: timedelta) -> bool:
    """Whether something due at *due* is so late that a person must decide about it."""
    return now - due > stale_after
