"""How a note shows itself in plain text: the label it begins with, the mark back to the text, the heading above."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class NoteStyle(Enum):
    """How a label or a marker is written."""

    #: `[1]`
    BRACKET = "bracket"
    #: `(1)`
    PAREN = "paren"
    #: `¹`
    SUPERSCRIPT = "raised"
    #: `1.`
    DOT = "dot"
    #: `1)`
    CLOSING_PAREN = "close"
    #: `1 Words`
    BARE = "bare"
    #: The number alone, its note in the chunks that follow.
    OWN_LINE = "alone"
    #: `*`, `†`
    SYMBOL = "sign"
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

    style: NoteStyle
    value: int
    text: str
    end: int


SUPERSCRIPT_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
SUPERSCRIPT = "[⁰¹²³⁴-⁹]"

_NAMED_LABEL = re.compile(
    r"\[(?:foot-?note|note|fu(?:ß|ss)note|anmerkung|nota|przypis)\s*([A-Za-z]|\d{1,3}|[*†‡]{1,3})\s*[:.]\s*",
    re.I,
)
_LABEL_PATTERNS = (
    (re.compile(r"\[\^?(\d{1,3}|[A-Za-z])\]:?\s*(?=[^\s,;.])"), NoteStyle.BRACKET),
    (re.compile(r"\{(\d{1,3})\}:?\s*(?=[^\s,;.])"), NoteStyle.BRACKET),
    (re.compile(r"\((\d{1,3})\)\s*(?=[^\s,;.])"), NoteStyle.PAREN),
    (re.compile(rf"({SUPERSCRIPT}{{1,3}})\s*(?=\S)"), NoteStyle.SUPERSCRIPT),
    (re.compile(r"(\d{1,3})\.\s*(?=[^\s\d.])"), NoteStyle.DOT),
    (re.compile(r"(\d{1,3})\.\s+(?=\S)"), NoteStyle.DOT),
    (re.compile(r"(\d{1,3})\)\s*(?=\S)"), NoteStyle.CLOSING_PAREN),
    (re.compile(r"[\[(]?(\d{1,3})[\]).:]?$"), NoteStyle.OWN_LINE),
    (re.compile(r"(\d{1,3})(?:\s+|:\s+)(?=\S)"), NoteStyle.BARE),
)
#: `*` and its kin; two stars in a row are a second note, not emphasis.
SYMBOL = r"\*{1,3}|†{1,2}|‡{1,2}|§"
_SYMBOL_LABEL = re.compile(rf"(?:\(({SYMBOL})\)|\[({SYMBOL})\]|({SYMBOL}))\s*(?=[^\s*†‡])")

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
    for pattern, style in _LABEL_PATTERNS:
        match = pattern.match(text)
        if not match:
            continue
        label = match[1].translate(SUPERSCRIPT_DIGITS)
        if style is NoteStyle.BARE and not _starts_like_note(text[match.end() :]):
            return None
        value = int(label) if label.isdecimal() else ord(label.lower()) - ord("a") + 1
        return NoteLabel(style=style, value=value, text=label, end=match.end())
    return None


def read_symbol_label(text: str) -> NoteLabel | None:
    """Return the `*` or `†` that *text* begins with, if any."""
    match = _SYMBOL_LABEL.match(text) if text[0] in "*†‡§([" else None
    if not match:
        return None
    label = match[1] or match[2] or match[3]
    return NoteLabel(style=NoteStyle.SYMBOL, value=len(label), text=label, end=match.end())


def read_named_label(text: str) -> NoteLabel | None:
    """Return the `[Footnote 1:` that *text* begins with, if any."""
    match = _NAMED_LABEL.match(text) if text[0] == "[" else None
    if not match:
        return None
    return NoteLabel(style=NoteStyle.NAMED, value=0, text=match[1], end=match.end())


def find_back_link(text: str) -> int | None:
    """Return where the mark back to the text begins that *text* ends with, if any."""
    start = max(0, len(text) - 60)
    match = _BACK_END.search(text, start)
    return match.start() if match else None


def skip_back_link(text: str) -> int:
    """Return where the words begin after a mark back to the text; 0 if there is none."""
    match = _BACK_START.match(text)
    return match.end() if match else 0


def is_notes_heading(text: str) -> bool:
    """Whether *text* is a heading such as "Notes" or "Fußnoten"."""
    return len(text) < 40 and _STRONG_HEADING.fullmatch(text.strip()) is not None


def is_sources_heading(text: str) -> bool:
    """Whether *text* is a heading such as "References", under which notes may stand, or a plain list."""
    return len(text) < 40 and _WEAK_HEADING.fullmatch(text.strip()) is not None


def _starts_like_note(rest: str) -> bool:
    """Whether *rest* begins as a note does: with a capital, a quote or an address."""
    first_character = rest.lstrip("“\"„«‘'([¿¡_*").lstrip()[:1]
    return (
        first_character.isupper()
        or rest.startswith(("http", "www."))
        or (first_character.isalpha() and not first_character.islower())
    )
