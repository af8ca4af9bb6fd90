"""Local times, gaps and repeated hours, recurring times, recipients' time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.campaigns.planning.schedule import (
    check_time_zone,
    is_stale,
    list_past,
    list_zone_send_times,
    local_to_utc,
    parse_local_time,
    parse_recurrence,
    recompute_utc,
    resolve_local_time,
)
from pipeline.errors import ScheduleError

LONDON, BERLIN = "Europe/London", "Europe/Berlin"


def test_a_local_time_depends_on_its_zone() -> None:
    """Nine o'clock in London is 9:00 UTC in winter and 8:00 UTC in summer."""
    winter = resolve_local_time(parse_local_time("2026-12-01 09:00"), LONDON)
    summer = resolve_local_time(parse_local_time("2026-07-01T09:00"), LONDON)

    assert datetime(2026, 12, 1, 9, tzinfo=UTC) == winter.utc
    assert datetime(2026, 7, 1, 8, tzinfo=UTC) == summer.utc
    assert ("", "") == (winter.note, summer.note)
    assert "Tuesday 01 December 2026, 09:00 GMT (Europe/London), 2026-12-01 09:00 UTC" == str(
        winter
    )


def test_a_time_in_utc_is_not_repeated() -> None:
    """In a project without a time zone of its own, the same time is not repeated."""
    at = resolve_local_time(parse_local_time("2026-12-01 09:00"), "UTC")
    assert "Tuesday 01 December 2026, 09:00 UTC" == str(at)


def test_a_skipped_local_time_is_an_error() -> None:
    """When clocks are set forward, a skipped time is an error that names the nearest times."""
    with pytest.raises(ScheduleError) as told:
        resolve_local_time(parse_local_time("2026-03-29 01:30"), LONDON)

    assert "01:30 does not exist in Europe/London on 2026-03-29" in str(told.value)
    assert '"2026-03-29 00:30" or "2026-03-29 02:30"' in str(told.value)


def test_a_repeated_local_time_is_the_first() -> None:
    """When clocks are set back, the first occurrence is used, and the note names both."""
    found = resolve_local_time(parse_local_time("2026-10-25 01:30"), LONDON)

    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == found.utc
    assert "twice" in found.note and "00:30 UTC" in found.note and "01:30 UTC" in found.note


@given(
    st.integers(0, 15 * 366 * 24 * 60).map(
        lambda n: parse_local_time("2020-01-01 00:00") + timedelta(minutes=n)
    ),
    st.sampled_from([LONDON, BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_resolving_a_local_time_is_exact(wall: datetime, zone: str) -> None:
    """At the resolved UTC time, clocks in the zone show the local time."""
    from zoneinfo import ZoneInfo

    try:
        found = resolve_local_time(wall, zone)
    except ScheduleError:
        return
    assert wall == found.utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-12-01",
        "20261201",
        "2026-12-01 25:00",
        "2026-12-01 09:00Z",
        "2026-13-01 09:00",
    ],
)
def test_an_invalid_local_time_is_an_error(text: str) -> None:
    """A date alone, a UTC offset, and other text are errors."""
    with pytest.raises(ScheduleError, match="2026-12-01 09:00"):
        parse_local_time(text)


def test_new_rules_of_a_zone_change_the_utc_time() -> None:
    """A time planned under other rules is computed again from its local time."""
    wall = parse_local_time("2026-12-01 09:00")
    by_old_rules = datetime(2026, 12, 1, 8, tzinfo=UTC)
    in_a_gap = parse_local_time("2026-03-29 01:30")

    assert datetime(2026, 12, 1, 9, tzinfo=UTC) == recompute_utc(wall, LONDON, by_old_rules)
    assert by_old_rules == recompute_utc(in_a_gap, LONDON, by_old_rules)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("text", ["0001-01-01 00:00", "1999-12-31 23:59", "9999-12-31 23:59"])
def test_an_absurd_year_is_an_error(text: str, zone: str) -> None:
    """A year that a time zone cannot express, or a slip of the keyboard, is told in a sentence."""
    with pytest.raises(ScheduleError, match="between 2000 and 2999"):
        resolve_local_time(parse_local_time(text), zone)


def test_an_unknown_time_zone_is_an_error() -> None:
    """The error suggests the nearest name."""
    assert LONDON == check_time_zone(LONDON)
    with pytest.raises(ScheduleError, match="Europe/London"):
        check_time_zone("Europe/Londn")
    with pytest.raises(ScheduleError, match=r'"MST" is invalid: .* summer time.*"America/Denver"'):
        check_time_zone("MST")


def test_a_recurring_time_is_local() -> None:
    """Sunday at nine stays Sunday at nine when clocks change."""
    sundays = parse_recurrence("sunday 09:00", LONDON)
    before = sundays.next_after(datetime(2026, 3, 16, tzinfo=UTC))
    after = sundays.next_after(before.utc)

    assert datetime(2026, 3, 22, 9, tzinfo=UTC) == before.utc
    assert datetime(2026, 3, 29, 8, tzinfo=UTC) == after.utc
    assert datetime(2026, 4, 5, 8, tzinfo=UTC) == sundays.next_after(after.utc).utc


def test_a_skipped_recurring_time_is_the_end_of_the_gap() -> None:
    """On a day whose clocks skip it, the time is when the gap ends, once."""
    daily = parse_recurrence("day 01:30", LONDON)
    found = daily.next_after(datetime(2026, 3, 28, 12, tzinfo=UTC))

    assert datetime(2026, 3, 29, 1, 30, tzinfo=UTC) == found.utc
    assert datetime(2026, 3, 30, 0, 30, tzinfo=UTC) == daily.next_after(found.utc).utc


def test_a_recurrence_has_one_or_more_days() -> None:
    """Several days are allowed; an unknown one is an error with a suggestion."""
    found = parse_recurrence("Monday, thursday 17:30", BERLIN).next_after(
        datetime(2026, 3, 2, tzinfo=UTC)
    )

    assert datetime(2026, 3, 2, 16, 30, tzinfo=UTC) == found.utc
    for text in ("", "sunday", "09:00", "sundy 09:00", "day 9"):
        with pytest.raises(ScheduleError, match="sunday 09:00"):
            parse_recurrence(text, BERLIN)


def test_send_times_by_zone_are_in_order() -> None:
    """The same local time comes first in the east; past ones are found."""
    wall = parse_local_time("2026-12-01 09:00")
    turns = list_zone_send_times(wall, {"America/New_York": 5, "Asia/Tokyo": 2, LONDON: 9})

    assert ["Asia/Tokyo", LONDON, "America/New_York"] == [turn.zone for turn in turns]
    assert datetime(2026, 12, 1, 0, tzinfo=UTC) == turns[0].at
    assert ("Asia/Tokyo",) == tuple(
        turn.zone for turn in list_past(turns, datetime(2026, 12, 1, 8, tzinfo=UTC))
    )
    assert datetime(2026, 12, 1, 14, tzinfo=UTC) == local_to_utc(wall, "America/New_York")


def test_a_late_schedule_is_stale() -> None:
    """A schedule is stale only when it is later than allowed."""
    due = datetime(2026, 12, 1, 9, tzinfo=UTC)
    allowed = timedelta(hours=12)

    assert not is_stale(due, due + allowed, allowed)
    assert is_stale(due, due + allowed + timedelta(seconds=1), allowed)
