"""
When: an instant named on the clock of a place, a recurring time, and each reader's own morning.

A person chooses a wall-clock time and a zone. Both are kept beside the instant they meant, so that the instant can be
found again when the rules of the zone change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeline.errors import ScheduleError, suggest_name

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"(\d{1,6})\s*(s|m|h|d|w)", re.IGNORECASE)
_SPANS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_EXAMPLE = 'Write it as "2026-12-01 09:00".'


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """
    A wall-clock time somewhere, and the instant it is.

    Args:
        wall: Naive: what the clock on that wall shows.
        zone: IANA name of the zone the wall stands in.
        instant: Aware, in UTC.
        note: What a person should know about it: the clock is put back over it. "" if nothing.
    """

    wall: datetime
    zone: str
    instant: datetime
    note: str = ""

    def __str__(self) -> str:
        there = self.instant.astimezone(ZoneInfo(self.zone))
        return f"{there:%A %d %B %Y, %H:%M} {there:%Z} ({self.zone}), {self.instant:%Y-%m-%d %H:%M} UTC"


def read_wall(text: str) -> datetime:
    """
    Read `2026-12-01 09:00`, a wall-clock time without a zone.

    Raises:
        ScheduleError: It is none, or it names an offset of its own.
    """
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ScheduleError(f'"{text}" is no day and time. {_EXAMPLE}') from None
    if wall.tzinfo is not None:
        raise ScheduleError(
            f'"{text}" holds an offset, which no clock on a wall shows. {_EXAMPLE} and name the place with --zone.'
        )
    if re.fullmatch(r"\s*[\d-]{8,10}\s*", text):
        raise ScheduleError(f'"{text}" is a day without a time. {_EXAMPLE}')
    return wall


def moment(wall: datetime, zone: str) -> Moment:
    """
    Return the instant at which clocks in *zone* show *wall*.

    A time that comes twice, when clocks are put back, means the first; the note says so.

    Raises:
        ScheduleError: Clocks there never show it, since they are put forward over it; the nearest times are named.
    """
    place = ZoneInfo(zone)
    first = wall.replace(tzinfo=place, fold=0)
    second = wall.replace(tzinfo=place, fold=1)
    if _comes_back(first) != wall:
        before, after = sorted((_comes_back(second), _comes_back(first)))
        raise ScheduleError(
            f"Clocks in {zone} never show {wall:%H:%M} on {wall:%Y-%m-%d}: they are put forward over it. "
            f'Choose "{before:%Y-%m-%d %H:%M}" or "{after:%Y-%m-%d %H:%M}".'
        )
    note = ""
    if first.utcoffset() != second.utcoffset():
        note = (
            f"Clocks in {zone} show {wall:%H:%M} twice on {wall:%Y-%m-%d}: this is the first time "
            f"({first.astimezone(UTC):%H:%M} UTC), not the second ({second.astimezone(UTC):%H:%M} UTC)."
        )
    return Moment(wall=wall, zone=zone, instant=first.astimezone(UTC), note=note)


def seen_in(zone: str, instant: datetime) -> Moment:
    """Return *instant* as a clock in *zone* shows it."""
    wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return Moment(wall=wall, zone=zone, instant=instant)


def recompute(wall: datetime, zone: str, instant: datetime) -> datetime:
    """
    Return the instant *wall* means in *zone* by today's rules; *instant* is what it meant when it was planned.

    A wall time that a new rule has put into a gap keeps its old instant.
    """
    try:
        return moment(wall, zone).instant
    except ScheduleError:
        return instant


def _comes_back(there: datetime) -> datetime:
    return there.astimezone(UTC).astimezone(there.tzinfo).replace(tzinfo=None)


def read_span(text: str) -> timedelta:
    """
    Read `5m`, `90s`, `2h30m`, `1d`.

    Raises:
        ScheduleError: It is no span of time.
    """
    parts = _SPAN.findall(text)
    if not parts or _SPAN.sub("", text).strip():
        raise ScheduleError(f'"{text}" is no span of time. Write it as 90s, 5m, 2h or 3d.')
    return sum(
        (timedelta(**{_SPANS[unit.lower()]: int(number)}) for number, unit in parts), timedelta()
    )


def check_zone(name: str) -> str:
    """
    Return *name*, the IANA name of a zone.

    Raises:
        ScheduleError: There is no such zone; the nearest name is told.
    """
    from zoneinfo import available_timezones

    known = available_timezones()
    if name not in known:
        raise ScheduleError(
            f'There is no time zone "{name}".{suggest_name(name, known)} Write it as "Europe/London".'
        )
    return name


@dataclass(frozen=True, kw_only=True, slots=True)
class Weekly:
    """
    A time that comes every day, or every week on some days.

    Args:
        days: 0 is Monday; all seven for every day.
    """

    days: frozenset[int]
    at: time
    zone: str

    def following(self, instant: datetime) -> Moment:
        """Return the first of its moments after *instant*; a day whose clocks skip the time has it at the gap's end."""
        place = ZoneInfo(self.zone)
        day = instant.astimezone(place).date()
        for ahead in range(15):
            that = day + timedelta(days=ahead)
            if that.weekday() in self.days:
                found = self._on(that)
                if found.instant > instant:
                    return found
        raise AssertionError("one of the next fifteen days is one of its days")

    def _on(self, day: date) -> Moment:
        wall = datetime.combine(day, self.at)
        try:
            return moment(wall, self.zone)
        except ScheduleError:
            there = wall.replace(tzinfo=ZoneInfo(self.zone))
            return Moment(wall=_comes_back(there), zone=self.zone, instant=there.astimezone(UTC))


def read_every(text: str, zone: str) -> Weekly:
    """
    Read `sunday 09:00`, `monday thursday 17:30` or `day 07:00`.

    Raises:
        ScheduleError: It is no recurring time.
    """
    *names, clock = text.lower().replace(",", " ").split() or [""]
    try:
        at = time.fromisoformat(clock)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None or not names:
        raise ScheduleError(
            f'"{text}" is no recurring time. Write it as "sunday 09:00" or "day 07:00".'
        )
    if names == ["day"]:
        return Weekly(days=frozenset(range(7)), at=at, zone=zone)
    for name in names:
        if name not in _DAYS:
            raise ScheduleError(
                f'"{name}" is no day of the week.{suggest_name(name, _DAYS)} Write it as "sunday 09:00".'
            )
    return Weekly(days=frozenset(_DAYS.index(name) for name in names), at=at, zone=zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One zone's turn in a campaign that goes by each reader's own clock."""

    zone: str
    instant: datetime
    readers: int


def timeline(wall: datetime, readers: Mapping[str, int]) -> tuple[Turn, ...]:
    """Return when each zone of *readers* (how many are in it) has its turn, the first one first."""
    turns = (
        Turn(zone=zone, instant=local_instant(wall, zone), readers=count)
        for zone, count in readers.items()
    )
    return tuple(sorted(turns, key=lambda turn: (turn.instant, turn.zone)))


def local_instant(wall: datetime, zone: str) -> datetime:
    """Return when clocks in *zone* show *wall*; where they skip it, the end of the gap."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def past(turns: Iterable[Turn], now: datetime) -> tuple[Turn, ...]:
    """Return the turns that are over at *now*."""
    return tuple(turn for turn in turns if turn.instant <= now)


def is_stale(due: datetime, now: datetime, stale_after: timedelta) -> bool:
    """Whether what was due at *due* is so late that a person must decide about it."""
    return now - due > stale_after
