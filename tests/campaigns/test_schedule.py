"""When: gaps and folds of the clock, recurring times, each reader's own."""

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
    parse_duration,
    parse_local_time,
    parse_recurrence,
    recompute_utc,
    resolve_local_time,
)
from pipeline.errors import ScheduleError

LONDON, BERLIN = "Europe/London", "Europe/Berlin"


def test_a_time_is_that_of_its_place() -> None:
    """Nine o'clock in London is nine UTC in winter and eight in summer."""
    winter = resolve_local_time(parse_local_time("2026-12-01 09:00"), LONDON)
    summer = resolve_local_time(parse_local_time("2026-07-01T09:00"), LONDON)

    assert datetime(2026, 12, 1, 9, tzinfo=UTC) == winter.utc
    assert datetime(2026, 7, 1, 8, tzinfo=UTC) == summer.utc
    assert ("", "") == (winter.note, summer.note)
    assert "Tuesday 01 December 2026, 09:00 GMT (Europe/London), 2026-12-01 09:00 UTC" == str(
        winter
    )


def test_a_time_no_clock_shows_is_refused_with_the_nearest() -> None:
    """When clocks are put forward, a time in the gap is refused, and what lies on both sides is named."""
    with pytest.raises(ScheduleError) as told:
        resolve_local_time(parse_local_time("2026-03-29 01:30"), LONDON)

    assert "01:30 does not exist in Europe/London on 2026-03-29" in str(told.value)
    assert '"2026-03-29 00:30" or "2026-03-29 02:30"' in str(told.value)


def test_a_time_that_comes_twice_means_the_first_and_says_so() -> None:
    """When clocks are put back, the first of the two is meant, and both are told."""
    found = resolve_local_time(parse_local_time("2026-10-25 01:30"), LONDON)

    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == found.utc
    assert "twice" in found.note and "00:30 UTC" in found.note and "01:30 UTC" in found.note


@given(
    st.integers(0, 15 * 366 * 24 * 60).map(
        lambda n: parse_local_time("2020-01-01 00:00") + timedelta(minutes=n)
    ),
    st.sampled_from([LONDON, BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_clocks_show_what_was_asked_for(wall: datetime, zone: str) -> None:
    """Whatever is not refused is shown by clocks there at that instant."""
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
def test_what_is_no_wall_clock_time_is_refused(text: str) -> None:
    """A day alone, an offset, and what is no time at all are refused."""
    with pytest.raises(ScheduleError, match="2026-12-01 09:00"):
        parse_local_time(text)


def test_new_rules_of_a_zone_move_the_instant() -> None:
    """What was planned under other rules is found again by the clock on the wall."""
    wall = parse_local_time("2026-12-01 09:00")
    by_old_rules = datetime(2026, 12, 1, 8, tzinfo=UTC)
    in_a_gap = parse_local_time("2026-03-29 01:30")

    assert datetime(2026, 12, 1, 9, tzinfo=UTC) == recompute_utc(wall, LONDON, by_old_rules)
    assert by_old_rules == recompute_utc(in_a_gap, LONDON, by_old_rules)


def test_spans_are_read() -> None:
    """Spans have units, several if need be."""
    assert timedelta(minutes=5) == parse_duration("5m")
    assert timedelta(hours=2, minutes=30) == parse_duration("2h30m")
    assert timedelta(days=10) == parse_duration("1w 3d")
    for text in ("", "5", "m", "5x", "5m!", "-5m"):
        with pytest.raises(ScheduleError, match="not a duration"):
            parse_duration(text)


def test_a_zone_that_is_none_is_told_with_the_nearest() -> None:
    """A slip in a zone's name is found."""
    assert LONDON == check_time_zone(LONDON)
    with pytest.raises(ScheduleError, match="Europe/London"):
        check_time_zone("Europe/Londn")


def test_a_recurring_time_keeps_to_the_wall() -> None:
    """Sunday at nine is Sunday at nine on both sides of the change of the clocks."""
    sundays = parse_recurrence("sunday 09:00", LONDON)
    before = sundays.next_after(datetime(2026, 3, 16, tzinfo=UTC))
    after = sundays.next_after(before.utc)

    assert datetime(2026, 3, 22, 9, tzinfo=UTC) == before.utc
    assert datetime(2026, 3, 29, 8, tzinfo=UTC) == after.utc
    assert datetime(2026, 4, 5, 8, tzinfo=UTC) == sundays.next_after(after.utc).utc


def test_a_recurring_time_in_a_gap_comes_at_its_end() -> None:
    """On the day whose clocks skip it, the time comes when the gap ends, once."""
    daily = parse_recurrence("day 01:30", LONDON)
    found = daily.next_after(datetime(2026, 3, 28, 12, tzinfo=UTC))

    assert datetime(2026, 3, 29, 1, 30, tzinfo=UTC) == found.utc
    assert datetime(2026, 3, 30, 0, 30, tzinfo=UTC) == daily.next_after(found.utc).utc


def test_several_days_may_be_named() -> None:
    """Days are named in any number; what is none is told with the nearest."""
    found = parse_recurrence("Monday, thursday 17:30", BERLIN).next_after(
        datetime(2026, 3, 2, tzinfo=UTC)
    )

    assert datetime(2026, 3, 2, 16, 30, tzinfo=UTC) == found.utc
    for text in ("", "sunday", "09:00", "sundy 09:00", "day 9"):
        with pytest.raises(ScheduleError, match="sunday 09:00"):
            parse_recurrence(text, BERLIN)


def test_each_zone_has_its_turn() -> None:
    """The same time on every wall comes first in the east; what is over is told."""
    wall = parse_local_time("2026-12-01 09:00")
    turns = list_zone_send_times(wall, {"America/New_York": 5, "Asia/Tokyo": 2, LONDON: 9})

    assert ["Asia/Tokyo", LONDON, "America/New_York"] == [turn.zone for turn in turns]
    assert datetime(2026, 12, 1, 0, tzinfo=UTC) == turns[0].at
    assert ("Asia/Tokyo",) == tuple(
        turn.zone for turn in list_past(turns, datetime(2026, 12, 1, 8, tzinfo=UTC))
    )
    assert datetime(2026, 12, 1, 14, tzinfo=UTC) == local_to_utc(wall, "America/New_York")


def test_what_is_half_a_day_late_is_stale() -> None:
    """A schedule is stale when it is later than allowed, not a moment before."""
    due = datetime(2026, 12, 1, 9, tzinfo=UTC)
    allowed = timedelta(hours=12)

    assert not is_stale(due, due + allowed, allowed)
    assert is_stale(due, due + allowed + timedelta(seconds=1), allowed)
