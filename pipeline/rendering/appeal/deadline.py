"""A deadline in words: day, time and whose time it is."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location

from pipeline.rendering.interface_words import Words


def until(
    deadline: datetime, *, timezone: str, language: str, words: Words
) -> tuple[str, dict[str, str]]:
    """
    Return the name and the values of the words for *deadline*; midnight ends the day before.

    Args:
        timezone: On whose clocks it is told, an IANA name.
    """
    locale = Locale.parse(language.replace("-", "_"))
    there = deadline.astimezone(ZoneInfo(timezone))
    zone = _zone(there, timezone, locale, words)
    if there.time() == time():
        day = (there - timedelta(days=1)).date()
        return "until_day", {"date": format_date(day, "long", locale=locale), "zone": zone}
    return "until_time", {
        "date": format_date(there.date(), "long", locale=locale),
        "time": format_time(there, "short", locale=locale, tzinfo=ZoneInfo(timezone)),
        "zone": zone,
    }


def _zone(there: datetime, timezone: str, locale: Locale, words: Words) -> str:
    """Name the place whose time it is: a city says more than the name of a zone."""
    if "/" not in timezone or timezone.startswith("Etc/"):
        return there.tzname() or timezone
    city = get_timezone_location(ZoneInfo(timezone), locale=locale, return_city=True)
    return words.text("zone", city=city)
