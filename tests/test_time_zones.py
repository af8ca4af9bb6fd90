"""Names of time zones."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest

from pipeline.time_zones import check_time_zone, find_time_zone


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("EST", "America/New_York"),
        ("EST5EDT", "America/New_York"),
        ("mst", "America/Denver"),
        ("HST", "Pacific/Honolulu"),
        ("PST", "America/Los_Angeles"),
        ("CET", "Europe/Berlin"),
        ("MESZ", "Europe/Berlin"),
        ("BST", "Europe/London"),
        ("IST", "Asia/Kolkata"),
        ("Etc/GMT+5", "Europe/London"),
        ("UTC+2", "Europe/London"),
        ("-05:00", "Europe/London"),
        ("Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Eastern Standard Time", "America/New_York"),
        ("Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("(GMT+01:00) Amsterdam", "Europe/Amsterdam"),
        ("Factory", "Europe/London"),
    ],
)
def test_a_name_without_summer_time_is_refused(name: str, city: str) -> None:
    """Abbreviations, offsets and other programs' names are refused; the message names a city."""
    with pytest.raises(ValueError, match=f'"{city}"'):
        check_time_zone(name)


@pytest.mark.parametrize("name", ["UTC", "GMT", "Europe/London", "Asia/Kolkata", "Japan", "GB"])
def test_the_name_of_a_place_is_accepted(name: str) -> None:
    """A city, a country or UTC, in any case."""
    assert name == check_time_zone(name.lower())


def test_names_of_other_programs_are_known() -> None:
    """What Windows and Rails call a zone, with or without its offset, is one of the tz database."""
    names = {
        "Tokyo Standard Time": "Asia/Tokyo",
        "(GMT-05:00) Eastern Time (US & Canada)": "America/New_York",
        "(UTC+00:00) Edinburgh": "Europe/London",
        "europe/rome": "Europe/Rome",
    }
    assert names == {name: find_time_zone(name) for name in names}
    assert set(names.values()) <= available_timezones()
    assert [None, None, None] == [find_time_zone(name) for name in ("EST", "Atlantis", "")]
