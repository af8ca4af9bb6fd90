"""Read the dates of feeds as sites write them: with names in other languages, two-digit years, without a zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache

from pipeline.loaders.shared.dates import MONTHS, find_date, read_date

_TIME = re.compile(
    r"(?<!\d)(\d{1,2})[:h](\d{2})(?::(\d{2}))?(?:\.\d{1,9})?\s{0,3}([ap]\.?m\b\.?)?", re.I
)
_OFFSET = re.compile(
    r"(?<![\d-])([+-])(\d{2}):?(\d{2})\b|\b(?:gmt|utc)?([+-]\d{1,2})\b(?![-/.\d])", re.I
)
_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_ZONES |= {
    "bst": 1,
    "cet": 1,
    "mez": 1,
    "cest": 2,
    "mesz": 2,
    "eet": 2,
    "eest": 3,
    "msk": 3,
    "jst": 9,
}
_EAST_ASIAN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
#: Of these, month names are known in full and in short.
_LANGUAGES = (
    "en de fr es it pt nl pl sv da nb fi is cs sk sl hr sr_Latn hu ro bg ru uk el tr et lv lt ca eu gl ga cy mt sq mk "
    "id ms vi he ar fa"
).split()


def read_feed_date(text: str, language: str = "") -> datetime | None:
    """
    Return the aware datetime that *text* is, None if it cannot be read or is ambiguous; without a zone it is UTC.

    Args:
        language: That of the feed, whose names of months come first: "listopad" is another month in Prague and Zagreb.
    """
    text = " ".join(text.split())[:120]
    at, rest = _cut_time(text)
    zone, rest = _cut_zone(rest) if at else (UTC, rest)
    day = _read_named(rest, language)
    if day is None and (found := read_date(text)):
        return _to_datetime(found, time(), UTC)
    day = day or _read_numbers(rest)
    return _to_datetime(day, at or time(), zone) if day else None


def _to_datetime(day: date, at: time, zone: timezone) -> datetime | None:
    moment = day if isinstance(day, datetime) else datetime.combine(day, at, zone)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):  # in the years 1 and 9999
        return None


def _cut_time(text: str) -> tuple[time | None, str]:
    found = _TIME.search(text)
    if not found:
        return None, text
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        hour = hour % 12 + (12 if found[4][0] in "pP" else 0)
    try:
        at = time(hour, minute, min(second, 59))
    except ValueError:
        return None, text
    return at, f"{text[: found.start()]} | {text[found.end() :]}"


def _cut_zone(text: str) -> tuple[timezone, str]:
    before, _, after = text.partition(" | ")
    if found := _OFFSET.search(after):
        sign = -1 if "-" in found[0] else 1
        hours, minutes = int(found[2] or abs(int(found[4] or 0))), int(found[3] or 0)
        after = after[: found.start()] + after[found.end() :]
        if hours <= 14 and minutes < 60:
            return timezone(sign * timedelta(hours=hours, minutes=minutes)), f"{before} {after}"
    for word in _WORD.findall(after.lower()):
        if word in _ZONES:
            return timezone(timedelta(hours=_ZONES[word])), f"{before} {after}"
    return UTC, f"{before} {after}"


def _read_named(text: str, language: str) -> date | None:
    """Read a date whose month is a name: `Mo, 23 Nov 26`, `23 novembre 2026`, `Nov. 23, 2026`."""
    words = [word.lower() for word in _WORD.findall(text)]
    months = {month for word in words if (month := _find_month(word, language))}
    if len(months) > 1:  # "mar., 24 nov." begins with a weekday
        months = {month for word in words[1:] if (month := _find_month(word, language))}
    numbers = [int(number) for number in _NUMBER.findall(text)]
    if len(months) != 1 or len(numbers) != 2:
        return None
    day, year = numbers if numbers[0] <= 31 else reversed(numbers)
    return _make_date(_expand_year(year), months.pop(), day)


def _read_numbers(text: str) -> date | None:
    if found := _EAST_ASIAN.search(text):
        return _make_date(*map(int, found.groups()))
    if found := re.search(r"(?<!\d)(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?!\d)", text):
        return _make_date(*map(int, found.groups()))
    if found := re.search(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{2})(?!\d)", text):
        day, month, year = map(int, found.groups())
        return _make_date(_expand_year(year), month, day)
    in_text = find_date(text)
    return in_text.day if in_text else None


def _expand_year(year: int) -> int:
    """Return a two-digit *year* in full, as RFC 5322 §4.3 does."""
    return year if year > 99 else year + (2000 if year < 50 else 1900)


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _find_month(word: str, language: str) -> int | None:
    own = _read_month_names(language.replace("-", "_")) if language else {}
    known = own.get(word) or MONTHS.get(word) or _read_all_month_names().get(word)
    if known or len(word) < 3 or word.isascii():
        return known
    longer = {n for name, n in _read_all_month_names().items() if name.startswith(word)}
    return longer.pop() if len(longer) == 1 else None  # "ноя" for "нояб"


@cache
def _read_all_month_names() -> dict[str, int]:
    names: dict[str, int] = {}
    for language in reversed(_LANGUAGES):
        names |= _read_month_names(language)
    return names


@cache
def _read_month_names(language: str) -> dict[str, int]:
    return {name: number for number, name in _iter_month_names(language)}


def _iter_month_names(language: str) -> Iterator[tuple[int, str]]:
    from babel import Locale
    from babel.core import UnknownLocaleError

    try:
        months = Locale.parse(language).months
    except (UnknownLocaleError, ValueError, TypeError):
        return
    for context in ("stand-alone", "format"):
        for width in ("abbreviated", "wide"):
            for number, name in months.get(context, {}).get(width, {}).items():
                words = _WORD.findall(name.lower())
                if len(words) == 1 and len(words[0]) >= 2:
                    yield number, words[0]
