"""Phrases and characters of notes that several loaders recognize, by language."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Headings of notes and nothing else, by language.
_NOTES_HEADINGS = {
    "en": r"(?:the )?(?:foot[- ]?notes?|end[- ]?notes?|notes?)",
    "de": r"fu(?:ß|ss)noten?|endnoten?|anmerkung(?:en)?",
    "fr": r"notes? (?:de bas de page|de fin)",
    "es, pt": r"notas?(?: (?:al pie|de rodapé|finales))?",
    "it": r"note(?: a piè di pagina)?",
    "nl": r"voetnoten|eindnoten|noten",
    "sv, no, da": r"fotnoter|noter",
    "pl, cs": r"przypisy?|poznámky",
    "ru": r"сноски|примечания",
}

#: Headings of notes, or of a plain list of sources, by language.
_SOURCES_HEADINGS = {
    "en": r"references?|sources?|citations?|bibliography|works cited|notes (?:and|&) (?:references|sources)",
    "de": r"einzelnachweise?|nachweise|quellen(?:angaben|verzeichnis)?|literatur|belege",
    "fr": r"références|notes et références|bibliographie",
    "es": r"referencias|notas y referencias|fuentes|bibliografía",
    "pt": r"referências|notas e referências|fontes",
    "it": r"riferimenti|note e riferimenti|fonti",
    "nl": r"bronnen|referenties",
    "pl": r"źródła|referencje|bibliografia",
}

#: What links from a note back to the text say, by language.
_BACK_LINKS = {
    "en": "back|return|jump|top|up",
    "de": "zurück",
    "fr": "retour",
    "es, pt, it": "volver|voltar|torna",
    "nl": "terug",
    "sv, da": "tillbaka|tilbage",
    "pl": "powrót|wróć",
}


def join_phrases(phrases: Mapping[str, str]) -> str:
    """Return the alternatives of all languages as one pattern."""
    return "|".join(phrases.values())


NOTES_HEADING = join_phrases(_NOTES_HEADINGS)
SOURCES_HEADING = join_phrases(_SOURCES_HEADINGS)
BACK_LINK = join_phrases(_BACK_LINKS)
#: Arrows that lead from a note back to the text.
BACK_ARROWS = "↩↑⤴⏎↵⬆⮐⮌"

#: Superscript digits, for a character class, and the table that turns them into digits.
SUPERSCRIPTS = "⁰¹²³⁴-⁹"
SUPERSCRIPT_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")

#: What precedes the digits of a power: m², x², 10³, CO².
_POWER_BASE = re.compile(
    r"(?:^|[\s\d(/·×])(?:[kcdmµμ]?m|ft|in|yd|mi|[A-Za-z]|CO)$|(?<!\d)\d{1,3}$|[.,]\d+$"
)


def is_power(before: str) -> bool:
    """Whether raised digits after *before* are a power, not the marker of a note; 12 characters are enough."""
    return _POWER_BASE.search(before[-12:]) is not None
