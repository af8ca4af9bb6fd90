"""Read dates, alone or within a text: "12 September 2024", "12. September 2024, 14:30 Uhr", "12 septembre 2024"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier janv enero ene janeiro gennaio gen januari stycznia styczeń",
            "february feb februar feber février févr fév febrero fevereiro fev febbraio februari lutego luty",
            "march mar märz mrz mars marzo março maart mrt marca marzec",
            "april apr avril avr abril abr aprile kwietnia kwiecień",
            "may mai mayo maio mag maggio mei maj maja",
            "june jun juni juin junio junho giugno giu czerwca czerwiec",
            "july jul juli juillet juil julio julho luglio lug lipca lipiec",
            "august aug août agosto ago augustus augusti sierpnia sierpień",
            "september sep sept septembre septiembre setiembre setembro set settembre września wrzesień",
            "october oct oktober okt octobre octubre outubro out ottobre ott października październik",
            "november nov novembre noviembre noviembre novembro listopada listopad",
            "december dec dezember dez décembre déc diciembre dic dezembro dicembre grudnia grudzień",
        ),
        start=1,
    )
    for name in names.split()
}

_MONTH = "(?P<month>[^\\W\\d_]{3,12})\\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_FORMS = tuple(
    re.compile(rf"(?<![\w.])(?:{form})(?!\w)", re.I)
    for form in (
        r"(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)(?:T[\d:.]{4,12}Z?)?",
        rf"{_DAY}\s(?:de\s|d[’']|of\s)?{_MONTH},?\s(?:de\s|del\s)?{_YEAR}",
        rf"{_MONTH}\s{_DAY},?\s{_YEAR}",
        rf"(?P<day>\d{{1,2}})\.\s?(?P<number>\d{{1,2}})\.\s?{_YEAR}",
        rf"(?P<first>\d{{1,2}})[/-](?P<second>\d{{1,2}})[/-]{_YEAR}",
        rf"{_DAY}\s(?:de\s|of\s)?{_MONTH}",
        rf"{_MONTH}\s{_DAY}",
    )
)

#: What may surround a date on its line: weekdays, times, and words such as "published".
_AROUND = re.compile(
    r"(?:published|posted|updated|last|modified|first|created|on|at|the|date|issued|from|edition|of|et|est|edt|gmt"
    r"|utc|bst|cet|cest|pst|pdt|am|pm|a\.m\.?|p\.m\.?|h|uhr|um|am|vom|stand|veröffentlicht|aktualisiert|erschienen"
    r"|zuletzt|den|publié|publiée|paru|parue|mis|mise|à|jour|modifié|le|les|publicado|publicada|actualizado"
    r"|actualizada|el|a|las|la|hs|hrs|atualizado|em|às|o|pubblicato|aggiornato|il|alle|ore|gepubliceerd|bijgewerkt"
    r"|op|om|uur|opublikowano|aktualizacja|dnia|godz|o|r|de|del|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?"
    r"|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|montag|dienstag|mittwoch|donnerstag|freitag|samstag"
    r"|sonnabend|sonntag|mo|di|mi|do|fr|sa|so|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes"
    r"|miércoles|jueves|viernes|sábado|domingo|segunda|terça|quarta|quinta|sexta|feira|lunedì|martedì|mercoledì"
    r"|giovedì|venerdì|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|poniedziałek"
    r"|wtorek|środa|czwartek|piątek|sobota|niedziela|\d{1,2}\s?[:h.]\s?\d{2}(?::\d{2})?(?:\s?(?:am|pm|h|uhr))?"
    r"|\d{1,2}\s?(?:h|am|pm|uhr))(?!\w)\.?",
    re.I,
)
_UPDATED = re.compile(
    r"updat|modif|aktualisier|mis(?:e)? à jour|actualiz|atualiz|aggiornat|bijgewerkt|aktualizac",
    re.I,
)
_RELATIVE = re.compile(
    r"(?:(?:published|updated|posted|vor|il y a|hace|há|updated)\s)?(?:about |over |an? )?\d{0,2}\s?(?:hours?|hrs?"
    r"|minutes?|mins?|days?|weeks?|stunden?|minuten?|tagen?|heures?|minutes?|jours?|horas?|minutos?|días?|dias?"
    r"|uur|ore|giorni|godzin\w*|dni)(?: ago| geleden| fa| temu| atrás)?\.?",
    re.I,
)
_JOINTS = re.compile(r"[\s,;:.|/()–—•·-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundDate:
    """Where a date is in a text, which day it is (None if ambiguous), and whether it dates an update."""

    start: int
    end: int
    day: date | None
    is_update: bool = False


def find_date(text: str) -> FoundDate | None:
    """Return the first date of *text*; dates with a year come before those without."""
    for form in _FORMS:
        for found in form.finditer(text):
            groups = found.groupdict()
            if groups.get("month") and groups["month"].lower() not in MONTHS:
                continue
            is_update = _UPDATED.search(text[: found.start()][-40:]) is not None
            return FoundDate(
                start=found.start(), end=found.end(), day=_day(groups), is_update=is_update
            )
    return None


def is_date_line(text: str) -> bool:
    """Whether *text* is a date or time and nothing else."""
    if len(text) > 120:
        return False
    if _RELATIVE.fullmatch(text) and not text[0].isupper():
        return True
    rest = text
    while (found := find_date(rest)) is not None:
        rest = f"{rest[: found.start]} {rest[found.end :]}"
    if rest == text:
        return bool(_RELATIVE.fullmatch(text)) and any(char.isdigit() for char in text)
    return not _JOINTS.sub("", _AROUND.sub("", rest))


_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_WHOLE_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_WEEKDAY}(?:the\s+)?{_DAY}\s+(?:of\s+|de\s+)?{_MONTH},?\s+(?:de\s+)?{_YEAR}",
        rf"{_YEAR}[/.](?P<number>\d{{1,2}})[/.]{_DAY}",
        rf"(?P<day>\d{{1,2}})\.\s?(?P<number>\d{{1,2}})\.\s?{_YEAR}",
    )
)


def read_date(text: str, *, allow_trailing: bool = False) -> date | None:
    """
    Return the date or `datetime` that *text* is, None if it is not one or is ambiguous.

    ISO 8601, RFC 5322, "1 May 2024", "May 1, 2024", "2024/05/01" and "1.5.2024". "05/01/2024" is not read: half the
    world reads it as another day. *allow_trailing* ignores what follows an ISO date, as in attributes of web pages.
    """
    text = text.strip()
    found = _read_iso(text) or _read_whole(text) or _read_rfc5322(text)
    if (
        found is None
        and allow_trailing
        and (match := re.match(r"(\d{4})[-/](\d\d)[-/](\d\d)", text))
    ):
        return _make_date(*map(int, match.groups()))
    return found


def _read_iso(text: str) -> date | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", text):
        return None
    zoned = re.sub(r"(?<!\s)\s++([+-]\d{2}:?\d{2}|Z|UTC)$", r"\1", text).replace("UTC", "Z")
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(zoned)
        except ValueError:
            continue
    return None


def _read_whole(text: str) -> date | None:
    match = next((match for form in _WHOLE_FORMS if (match := form.fullmatch(text))), None)
    return _day(match.groupdict()) if match else None


def _read_rfc5322(text: str) -> datetime | None:
    if not re.match(r"[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{4} \d", text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None


def _day(groups: dict[str, str | None]) -> date | None:
    """Return the day, None if it is ambiguous: `3/4/2024` can be two days."""
    year = groups.get("year")
    if year is None:
        return None
    if groups.get("first"):
        first, second = int(groups["first"] or 0), int(groups["second"] or 0)
        if first != second and first <= 12 and second <= 12:
            return None
        day, month = (second, first) if second > 12 else (first, second)
    else:
        name = groups.get("month")
        month = MONTHS.get(name.lower(), 0) if name else int(groups.get("number") or 0)
        day = int(groups.get("day") or 0)
    return _make_date(int(year), month, day)


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
