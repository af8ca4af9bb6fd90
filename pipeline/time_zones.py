"""
Names of time zones: what a person may mean, and which names keep no summer time.

A zone is named by a city, as in the tz database (iana.org/time-zones). Abbreviations are refused: "EST" and "MST" stay
on winter time all year there, so that what is planned for 09:00 in July leaves at 10:00; "IST" names three zones, and
"PST" is unknown there.
Windows' names are those of CLDR (`windowsZones.xml`, in babel), those of Rails of `ActiveSupport::TimeZone`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.errors import suggest_name

_UTC_NAMES = frozenset(
    {"UTC", "GMT", "Etc/UTC", "Etc/GMT", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "Etc/Greenwich"}
    | {"UCT", "Universal", "Zulu", "Greenwich", "GMT0", "GMT+0", "GMT-0"}
    | {"Etc/GMT0", "Etc/GMT+0", "Etc/GMT-0"}
)

#: Abbreviations, and the cities that people who write them mostly mean.
_ABBREVIATIONS = {
    "EST EDT ET EST5EDT": "America/New_York",
    "CST CDT CT CST6CDT": "America/Chicago Asia/Shanghai",
    "MST MDT MT MST7MDT": "America/Denver America/Phoenix",
    "PST PDT PT PST8PDT": "America/Los_Angeles",
    "AKST AKDT": "America/Anchorage",
    "HST HDT HAST": "Pacific/Honolulu",
    "AST ADT": "America/Halifax",
    "NST NDT": "America/St_Johns",
    "BRT BRST": "America/Sao_Paulo",
    "ART": "America/Argentina/Buenos_Aires",
    "CLT CLST": "America/Santiago",
    "COT": "America/Bogota",
    "BST": "Europe/London",
    "IST": "Asia/Kolkata Europe/Dublin Asia/Jerusalem",
    "IDT": "Asia/Jerusalem",
    "WET WEST": "Europe/Lisbon",
    "CET CEST MET MEST MEZ MESZ": "Europe/Berlin Europe/Paris",
    "EET EEST": "Europe/Helsinki Europe/Athens",
    "MSK MSD": "Europe/Moscow",
    "TRT": "Europe/Istanbul",
    "SAST": "Africa/Johannesburg",
    "WAT": "Africa/Lagos",
    "CAT": "Africa/Maputo",
    "EAT": "Africa/Nairobi",
    "GST": "Asia/Dubai",
    "PKT": "Asia/Karachi",
    "BDT": "Asia/Dhaka",
    "NPT": "Asia/Kathmandu",
    "ICT": "Asia/Bangkok",
    "WIB": "Asia/Jakarta",
    "SGT": "Asia/Singapore",
    "HKT": "Asia/Hong_Kong",
    "PHT": "Asia/Manila",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "AWST": "Australia/Perth",
    "ACST ACDT": "Australia/Adelaide",
    "AEST AEDT AET": "Australia/Sydney Australia/Brisbane",
    "NZST NZDT": "Pacific/Auckland",
}
_CITIES = {
    abbreviation: tuple(cities.split())
    for abbreviations, cities in _ABBREVIATIONS.items()
    for abbreviation in abbreviations.split()
}

#: Names of `ActiveSupport::TimeZone` that are no city of the tz database.
_RAILS_NAMES = {
    "International Date Line West": "Etc/GMT+12",
    "Midway Island": "Pacific/Midway",
    "American Samoa": "Pacific/Pago_Pago",
    "Hawaii": "Pacific/Honolulu",
    "Alaska": "America/Juneau",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Arizona": "America/Phoenix",
    "Mountain Time (US & Canada)": "America/Denver",
    "Central Time (US & Canada)": "America/Chicago",
    "Eastern Time (US & Canada)": "America/New_York",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "Atlantic Time (Canada)": "America/Halifax",
    "Central America": "America/Guatemala",
    "Saskatchewan": "America/Regina",
    "Guadalajara": "America/Mexico_City",
    "Quito": "America/Lima",
    "Georgetown": "America/Guyana",
    "Newfoundland": "America/St_Johns",
    "Brasilia": "America/Sao_Paulo",
    "Greenland": "America/Nuuk",
    "Mid-Atlantic": "Atlantic/South_Georgia",
    "Cape Verde Is.": "Atlantic/Cape_Verde",
    "Edinburgh": "Europe/London",
    "Bern": "Europe/Zurich",
    "West Central Africa": "Africa/Algiers",
    "Pretoria": "Africa/Johannesburg",
    "Kyiv": "Europe/Kiev",
    "Abu Dhabi": "Asia/Muscat",
    "St. Petersburg": "Europe/Moscow",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Islamabad": "Asia/Karachi",
    "Chennai": "Asia/Kolkata",
    "Mumbai": "Asia/Kolkata",
    "New Delhi": "Asia/Kolkata",
    "Sri Jayawardenepura": "Asia/Colombo",
    "Astana": "Asia/Dhaka",
    "Hanoi": "Asia/Bangkok",
    "Beijing": "Asia/Shanghai",
    "Kuala Lumpur": "Asia/Kuala_Lumpur",
    "Ulaanbaatar": "Asia/Ulaanbaatar",
    "Osaka": "Asia/Tokyo",
    "Sapporo": "Asia/Tokyo",
    "Canberra": "Australia/Canberra",
    "Solomon Is.": "Pacific/Guadalcanal",
    "New Caledonia": "Pacific/Noumea",
    "Marshall Is.": "Pacific/Majuro",
    "Wellington": "Pacific/Auckland",
    "Nuku'alofa": "Pacific/Tongatapu",
    "Chatham Is.": "Pacific/Chatham",
    "Tokelau Is.": "Pacific/Fakaofo",
    "Samoa": "Pacific/Apia",
}
_OFFSET = re.compile(
    r"(?:UTC|GMT)?\s*[+\u2212-]\s*[0-9]{1,2}(?::?[0-9]{2})?(?:\s*\(.*\))?", re.IGNORECASE
)
_FIXED_OFFSET = re.compile(r"Etc/GMT([+-])([0-9]{1,2})")
#: What Windows and Rails show before a name: "(GMT+01:00) Berlin".
_SHOWN_OFFSET = re.compile(r"\((?:UTC|GMT)[^)]{0,10}\)\s*", re.IGNORECASE)


def check_time_zone(name: str) -> str:
    """
    Return the name of the zone *name* as the tz database spells it.

    Raises:
        ValueError: It is no time zone, or one without summer time; the message names that of a city.
    """
    key = name.strip()
    if key.upper() in _CITIES:
        cities = " or ".join(f'"{city}"' for city in _CITIES[key.upper()])
        raise ValueError(
            f"it is an abbreviation, which says nothing of summer time. Name a city's time zone: {cities}"
        )
    if fixed := _FIXED_OFFSET.fullmatch(key):
        if key not in _UTC_NAMES:
            direction = "behind" if fixed[1] == "+" else "ahead of"
            raise ValueError(
                f"it is {fixed[2]} hours {direction} UTC all year, without summer time. "
                'Name a city\'s time zone, like "Europe/London"'
            )
    elif _OFFSET.fullmatch(key) and key not in _UTC_NAMES:
        raise ValueError(
            'it is an offset, without summer time. Name a city\'s time zone, like "Europe/London"'
        )
    if found := _list_zones().get(key.casefold()):
        return found
    other = find_time_zone(key)
    near = f' Did you mean "{other}"?' if other else suggest_name(key, _list_zones().values())
    raise ValueError(f'it must be a time zone like "Europe/London".{near}')


def find_time_zone(text: str) -> str | None:
    """Return the zone that another program calls *text*: by its tz name, its city, or as Windows or Rails do."""
    key = _SHOWN_OFFSET.sub("", text.strip()).casefold()
    zones = _list_zones()
    if key in zones and key.upper() not in _CITIES:
        return zones[key]
    return _list_other_names().get(key)


@lru_cache(maxsize=1)
def _list_zones() -> dict[str, str]:
    """Return the zones of the tz database by their names in lower case."""
    from zoneinfo import available_timezones

    names = available_timezones() - {"localtime", "Factory"}
    return {name.casefold(): name for name in sorted(names)}


@lru_cache(maxsize=1)
def _list_other_names() -> dict[str, str]:
    from babel.core import get_global

    cities = {
        name.rpartition("/")[2].replace("_", " "): name
        for name in sorted(_list_zones().values(), reverse=True)
        if "/" in name and not name.startswith("Etc/")
    }
    names = {**cities, **get_global("windows_zone_mapping"), **_RAILS_NAMES}
    return {name.casefold(): zone for name, zone in names.items()}
