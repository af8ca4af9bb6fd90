"""Read the dates people write above their articles."""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime

_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_YEAR = r"(?P<year>\d{4})"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_WRITTEN = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_WEEKDAY}(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_YEAR}[/.](?P<number>\d{{1,2}})[/.]{_DAY}",
        rf"{_DAY}\.\s?(?P<number>\d{{1,2}})\.\s?{_YEAR}",
    )
]


def read_date(text: str) -> date | None:
    """
    Return the date or `datetime` that *text* names, null if it cannot be told.

    ISO 8601, RFC 5322, "1 May 2024", "May 1, 2024", "2024/05/01" and "1.5.2024". "05/01/2024" is none of them: half
    the world reads it as another day.
    """
    text = text.strip()
    return _iso(text) or _written(text) or _mail(text)


def _iso(text: str) -> date | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", text):
        return None
    zoned = re.sub(r"\s+([+-]\d{2}:?\d{2}|Z|UTC)$", r"\1", text).replace("UTC", "Z")
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(zoned)
        except ValueError:
            continue
    return None


def _written(text: str) -> date | None:
    for form in _WRITTEN:
        if match := form.fullmatch(text):
            found = match.groupdict()
            month = int(found["number"]) if found.get("number") else _month(found["month"])
            try:
                return date(int(found["year"]), month, int(found["day"]))
            except ValueError:
                return None
    return None


def _month(name: str) -> int:
    """Return the number of a month, 0 if *name* is none; three letters are enough, and "Sept"."""
    name = "sep" if name.lower() == "sept" else name.lower()
    return next((n for n, month in enumerate(_MONTHS, 1) if name in {month, month[:3]}), 0)


def _mail(text: str) -> datetime | None:
    if not re.match(r"[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{4} \d", text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
