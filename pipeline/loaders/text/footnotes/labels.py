"""How a note shows itself in plain text: the label it begins with, the mark back to the text, the heading above."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class MarkerStyle(Enum):
    """How a label or a marker is written."""

    #: `[1]`
    BRACKET = "bracket"
    #: `(1)`
    PAREN = "paren"
    #: `¹`
    RAISED = "raised"
    #: `1.`
    DOT = "dot"
    #: `1)`
    CLOSE = "close"
    #: `1 Words`
    BARE = "bare"
    #: The number alone, its note in the chunks that follow.
    ALONE = "alone"
    #: `*`, `†`
    SIGN = "sign"
    #: `[Footnote 1: …]`
    NAMED = "named"
    #: No label at all, only a mark back to the text.
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteLabel:
    """
    The label a chunk begins with.

    Args:
        value: Its place in a run: 1 for `1`, `a` and `*`.
        mark: As a marker in the text shows it: "1", "a", "*".
        end: Where the note's words begin.
    """

    style: MarkerStyle
    value: int
    mark: str
    end: int


RAISED_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
RAISED = "[⁰¹²³⁴-⁹]"

_NAMED = re.compile(
    r"\[(?:foot-?note|note|fu(?:ß|ss)note|anmerkung|nota|przypis)\s*([A-Za-z]|\d{1,3}|[*†‡]{1,3})\s*[:.]\s*",
    re.I,
)
_FORMS = (
    (re.compile(r"\[\^?(\d{1,3}|[A-Za-z])\]:?\s*(?=[^\s,;.])"), MarkerStyle.BRACKET),
    (re.compile(r"\{(\d{1,3})\}:?\s*(?=[^\s,;.])"), MarkerStyle.BRACKET),
    (re.compile(r"\((\d{1,3})\)\s*(?=[^\s,;.])"), MarkerStyle.PAREN),
    (re.compile(rf"({RAISED}{{1,3}})\s*(?=\S)"), MarkerStyle.RAISED),
    (re.compile(r"(\d{1,3})\.\s*(?=[^\s\d.])"), MarkerStyle.DOT),
    (re.compile(r"(\d{1,3})\.\s+(?=\S)"), MarkerStyle.DOT),
    (re.compile(r"(\d{1,3})\)\s*(?=\S)"), MarkerStyle.CLOSE),
    (re.compile(r"[\[(]?(\d{1,3})[\]).:]?$"), MarkerStyle.ALONE),
    (re.compile(r"(\d{1,3})(?:\s+|:\s+)(?=\S)"), MarkerStyle.BARE),
)
#: `*` and its kin; two stars in a row are a second note, not emphasis.
SIGN = r"\*{1,3}|†{1,2}|‡{1,2}|§"
_SIGN = re.compile(rf"(?:\(({SIGN})\)|\[({SIGN})\]|({SIGN}))\s*(?=[^\s*†‡])")

_BACK_WORDS = (
    r"back|return|top|up|zurück|retour|volver|arriba|voltar|indietro|torna|su|terug|tillbaka|tilbage|powrót|wróć"
    r"|back to (?:the )?(?:text|top|content|article)|return to (?:the )?(?:text|article)|jump (?:back )?up"
    r"|zurück zum text|retour au texte|volver al texto|torna al testo|voltar ao texto|terug naar (?:de )?tekst"
)
_ARROW = r"[↩↑⤴⏎↵⬆⮐⮌]"
_BACK_END = re.compile(
    rf"(?:\s{{0,2}}(?:[\[(]\s?(?:{_BACK_WORDS}|{_ARROW}|\^)\s?[\])]|{_ARROW}|(?<=\s)\^)\s?[\d⁰¹²³⁴-⁹]{{0,2}})+\s{{0,2}}$",
    re.I,
)
#: As encyclopedias set it before the note, with a letter for each place it is cited from: `^ a b`.
_BACK_START = re.compile(rf"(?:\^|{_ARROW})(?:\s?[Jj]ump up(?: to)?:?)?(?:\s[a-z](?=\s))*\s*(?=\S)")

_STRONG_HEADING = re.compile(
    r"(?:the\s)?(?:foot-?notes?|end-?notes?|notes?|fu(?:ß|ss)noten?|endnoten?|anmerkungen"
    r"|notas?(?: (?:al pie|de rodapé|finales))?|notes? (?:de bas de page|de fin)|note(?: a piè di pagina)?"
    r"|voetnoten|eindnoten|noten|noter|fotnoter|przypisy|poznámky)\s?[:.]?",
    re.I,
)
_WEAK_HEADING = re.compile(
    r"(?:references|sources|citations|bibliography|works cited|notes (?:and|&) (?:references|sources)|références"
    r"|notes et références|bibliographie|einzelnachweise|quellen(?:angaben|verzeichnis)?|literatur|belege"
    r"|referencias|fuentes|bibliografía|notas y referencias|referências|fontes|riferimenti|fonti|note e riferimenti"
    r"|bronnen|referenties|źródła|referencje|bibliografia)\s?[:.]?",
    re.I,
)


def read_label(text: str) -> NoteLabel | None:
    """Return the numbered label *text* begins with, if any."""
    if not text[0].isdigit() and text[0] not in "[({":
        return None
    for form, style in _FORMS:
        found = form.match(text)
        if not found:
            continue
        mark = found[1].translate(RAISED_DIGITS)
        if style is MarkerStyle.BARE and not _may_open(text[found.end() :]):
            return None
        value = int(mark) if mark.isdecimal() else ord(mark.lower()) - ord("a") + 1
        return NoteLabel(style=style, value=value, mark=mark, end=found.end())
    return None


def read_sign(text: str) -> NoteLabel | None:
    """Return the `*` or `†` that *text* begins with, if any."""
    found = _SIGN.match(text) if text[0] in "*†‡§([" else None
    if not found:
        return None
    mark = found[1] or found[2] or found[3]
    return NoteLabel(style=MarkerStyle.SIGN, value=len(mark), mark=mark, end=found.end())


def read_named(text: str) -> NoteLabel | None:
    """Return the `[Footnote 1:` that *text* begins with, if any."""
    found = _NAMED.match(text) if text[0] == "[" else None
    if not found:
        return None
    return NoteLabel(style=MarkerStyle.NAMED, value=0, mark=found[1], end=found.end())


def back_mark(text: str) -> int | None:
    """Return where the mark back to the text begins that *text* ends with, if any."""
    at = max(0, len(text) - 60)
    found = _BACK_END.search(text, at)
    return found.start() if found else None


def leading_back_mark(text: str) -> int:
    """Return where the words begin after a mark back to the text; 0 if there is none."""
    found = _BACK_START.match(text)
    return found.end() if found else 0


def is_notes_heading(text: str) -> bool:
    """Whether *text* is a heading such as "Notes" or "Fußnoten"."""
    return len(text) < 40 and _STRONG_HEADING.fullmatch(text.strip()) is not None


def is_sources_heading(text: str) -> bool:
    """Whether *text* is a heading such as "References", under which notes may stand, or a plain list."""
    return len(text) < 40 and _WEAK_HEADING.fullmatch(text.strip()) is not None


def _may_open(rest: str) -> bool:
    """Whether *rest* begins as a note does: with a capital, a quote or an address."""
    first = rest.lstrip("“\"„«‘'([¿¡_*").lstrip()[:1]
    return (
        first.isupper()
        or rest.startswith(("http", "www."))
        or (first.isalpha() and not first.islower())
    )
