"""Recognize links to the same page in other languages: "Read this article in: Español | Français", "DE · EN · FR"."""

from __future__ import annotations

import re

_NAMES = """
    english | deutsch | français | francais | español | espanol | castellano | català | catala | galego | euskara
    italiano | português | portugues | português (brasil) | português do brasil | nederlands | polski | svenska
    norsk | norsk bokmål | norsk nynorsk | bokmål | nynorsk | dansk | suomi | íslenska | čeština | česky | slovenčina
    slovensky | slovenščina | slovensko | hrvatski | srpski | bosanski | magyar | română | romana | български
    македонски | русский | українська | беларуская | ελληνικά | türkçe | turkce | shqip | eesti | latviešu | lietuvių
    gaeilge | cymraeg | gàidhlig | kiswahili | afrikaans | bahasa indonesia | bahasa melayu | filipino | tagalog
    tiếng việt | עברית | العربية | عربي | فارسی | اردو | हिन्दी | हिंदी | বাংলা | தமிழ் | ไทย | 日本語 | 한국어 | 中文
    简体中文 | 繁體中文 | 中文 (简体) | 中文 (繁體) | kurdî | esperanto
    spanish | french | german | italian | portuguese | dutch | polish | russian | ukrainian | arabic | persian | farsi
    chinese | japanese | korean | turkish | greek | hebrew | hindi | swedish | norwegian | danish | finnish | czech
    hungarian | romanian | englisch | französisch | spanisch | italienisch | portugiesisch | polnisch | russisch
    türkisch | arabisch | ukrainisch | anglais | allemand | espagnol | italien | portugais | néerlandais | russe
    arabe | inglés | alemán | francés | portugués | ruso | inglês | alemão | espanhol | francês | inglese | tedesco
    spagnolo | francese | portoghese | engels | duits | frans | spaans | angielski | niemiecki | francuski
"""
_KNOWN = frozenset(" ".join(name.split()) for name in _NAMES.replace("\n", "|").split("|")) - {""}
_CODES = frozenset(
    "en de fr es it pt nl pl sv no da fi cs sk hu ro ru uk el tr ar he fa zh ja ko ca eu".split()
)
#: What leads to them; nothing else need be on that line.
_LABEL = re.compile(
    r"(?:read|see|view|also|available|translat\w+|lesen|lies|auch|dieser|diesen|verfügbar|lire|lisez|disponible|aussi"
    r"|également|leer|lee|también|ler|leia|também|disponível|leggi|leggere|anche|disponibile|lees|ook|beschikbaar"
    r"|czytaj|przeczytaj|languages?|sprachen?|langues?|idiomas?|lingue|lingua|talen|język\w*)\b",
    re.I,
)
_INTO = re.compile(
    r"\b(?:in|en|auf|em|po|into|languages?|sprachen?|langues?|idiomas?|lingue|lingua|talen|język\w*)$",
    re.I,
)
_SEPARATOR = re.compile(r"\s?[|/·•,;–—]\s?|\s(?:and|or|und|oder|et|ou|y|o|e|en|i)\s|\s{2}|\t")
#: In characters: the longest line, and the longest label.
_MAX_LINE, _MAX_LABEL = 200, 60


def is_language_links(text: str) -> bool:
    """Whether *text* names languages and nothing else, but for a label, or is such a label."""
    text = text.strip(" \t[]()|·•.")
    if not text or len(text) > _MAX_LINE:
        return False
    label, colon, rest = text.partition(":")
    if not colon:
        return _names_languages(text) or _names_after_label(text)
    return _is_label(label) and (not rest.strip() or _names_languages(rest))


def _is_label(text: str) -> bool:
    text = text.strip()
    return (
        len(text) <= _MAX_LABEL
        and _LABEL.match(text) is not None
        and _INTO.search(text) is not None
    )


def _names_languages(text: str) -> bool:
    """Whether *text* is names, or at least two codes, of languages."""
    names = [name.strip(" ()[]").casefold() for name in _SEPARATOR.split(text) if name.strip()]
    if all(name in _KNOWN for name in names):
        return bool(names)
    return len(names) > 1 and all(name in _KNOWN or name in _CODES for name in names)


def _names_after_label(text: str) -> bool:
    """Whether *text* is a label without a colon, and names: "Lire en français", "Also in Spanish and German"."""
    match = _LABEL.match(text)
    if match is None or len(text.split()) > 12:
        return False
    words = text.split()
    for i in range(1, len(words)):
        if _INTO.search(" ".join(words[:i])) and _names_languages(" ".join(words[i:])):
            return True
    return False
