"""
Read dates as other systems write them.

ISO 8601, Rails and Go (`2023-04-05 08:00:00 UTC`), RFC 5322, Unix seconds, serial numbers of spreadsheets, names of
months in six languages, and numbers with slashes, dots or hyphens. Whether 3/2 is March or February is decided by all
dates of the column, never by one; where none of them tells, the date is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache

#: Names and abbreviations of the months in English, German, French, Spanish, Italian and Portuguese, by their start.
_MONTH_STARTS = (
    "jan gen ene",
    "feb fév fev",
    "mar mär mae mrz mrt",
    "apr avr abr",
    "may mai mag maj mei",
    "jun juin giu",
    "jul juil lug",
    "aug aoû aou ago",
    "sep set",
    "oct okt ott out",
    "nov",
    "dec dez déc dic",
)
_MONTHS = {
    start: number for number, starts in enumerate(_MONTH_STARTS, 1) for start in starts.split()
}
_TIME = (
    r"(?:(?:[T,]|\s+at|\s+um|\s+à|\s)\s*(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s?(?P<half>[ap]\.?m\.?)?)?\s?(?P<zone>Z|(?:UTC|GMT)?[+-]\d{2}:?\d{2}(?:\s?[A-Z]{3,4}|\s?\([^()]{1,40}\))?|[A-Z]{3,4})?"
)
_NUMBERS = re.compile(
    rf"(?P<a>\d{{1,2}})(?P<sep>[/.\-])(?P<b>\d{{1,2}})(?P=sep)(?P<year>\d{{4}}|\d{{2}}){_TIME}",
    re.I,
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})[/.\-](?P<month>\d{{1,2}})[/.\-](?P<day>\d{{1,2}}){_TIME}", re.I
)
_NAMED = re.compile(
    r"(?:[^\W\d]{2,12}[,.]?\s+)?(?:(?P<day>\d{1,2})(?:st|nd|rd|th|\.|er)?[\s\-]+(?:de\s+)?(?P<name>[^\W\d]{3,12})\.?,?"
    r"|(?P<name2>[^\W\d]{3,12})\.?[\s\-]+(?P<day2>\d{1,2})(?:st|nd|rd|th)?,?)"
    rf"[\s\-]+(?:de\s+)?(?P<year>\d{{4}}){_TIME}",
    re.I,
)
_OFFSET = re.compile(r"[A-Z]*([+-])(\d{2}):?(\d{2})")
_LONGEST = 80


def find_day_first(values: Iterable[str]) -> bool | None:
    """Return whether the day comes before the month in dates like 3/25/2021; None if no value tells."""
    for value in values:
        if found := _NUMBERS.fullmatch(value.strip()[:_LONGEST]):
            first, second = int(found["a"]), int(found["b"])
            if first > 12 >= second:
                return True
            if second > 12 >= first:
                return False
            if found["sep"] == ".":
                return True
    return None


@lru_cache(maxsize=4096)
def parse_date(text: str, *, day_first: bool | None = None) -> datetime | None:
    """
    Return the instant that *text* names, in UTC where it names no zone; None if it cannot be read.

    Args:
        day_first: Whether the day comes first in 3/2/2021; None if nobody knows: then it cannot be read.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        return (
            _parse_iso(text)
            or _parse_number(text)
            or _parse_parts(text, day_first)
            or _parse_message_date(text)
        )
    except (ValueError, OverflowError):
        return None


def is_date(text: str) -> bool:
    """Whether *text* is a date, even if the order of its day and month is unknown."""
    return (
        parse_date(text, day_first=True) is not None
        or parse_date(text, day_first=False) is not None
    )


def _parse_iso(text: str) -> datetime | None:
    if not re.match(r"\d{4}-", text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parse_number(text: str) -> datetime | None:
    """Read seconds or milliseconds since 1970, or days since 1899-12-30 as spreadsheets count them."""
    if re.fullmatch(r"\d{9,10}", text):
        return datetime.fromtimestamp(int(text), UTC)
    if re.fullmatch(r"\d{12,13}", text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    if re.fullmatch(r"[34]\d{4}(?:\.\d{1,12})?", text):
        return datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=float(text))
    return None


def _parse_parts(text: str, day_first: bool | None) -> datetime | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _build(found, int(found["year"]), int(found["month"]), int(found["day"]))
    if found := _NUMBERS.fullmatch(text):
        first, second = int(found["a"]), int(found["b"])
        if day_first is None and found["sep"] == ".":
            day_first = True
        if first > 12 or second > 12:
            day_first = first > 12
        if day_first is None and first != second:
            return None
        day, month = (first, second) if day_first else (second, first)
        year = int(found["year"])
        return _build(found, year if year > 99 else 2000 + year, month, day)
    if found := _NAMED.fullmatch(text):
        start = (found["name"] or found["name2"]).casefold()
        month_number = _MONTHS.get(start[:4]) or _MONTHS.get(start[:3])
        if month_number:
            day = int(found["day"] or found["day2"])
            return _build(found, int(found["year"]), month_number, day)
    return None


def _build(found: re.Match[str], year: int, month: int, day: int) -> datetime:
    hour = int(found["hour"] or 0)
    if half := found["half"]:
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    zone = UTC
    if offset := _OFFSET.match(found["zone"] or ""):
        minutes = int(offset[2]) * 60 + int(offset[3])
        zone = timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    return datetime(
        year, month, day, hour, int(found["minute"] or 0), int(found["second"] or 0), tzinfo=zone
    )


def _parse_message_date(text: str) -> datetime | None:
    """Read a date as in a message header (RFC 5322 §3.3)."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
