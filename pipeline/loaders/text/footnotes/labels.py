"""Read how notes begin and end in plain text: labels, back links and the headings above them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from pipeline.loaders.shared import languages
from pipeline.loaders.text.boilerplate.web_phrases import COMMENTS


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
    #: `1 Text`
    BARE = "bare"
    #: The number on its own line, the note in the chunks below.
    OWN_LINE = "alone"
    #: `*`, `†`
    SYMBOL = "sign"
    #: `[Footnote 1: …]`
    NAMED = "named"
    #: No label, only a back link.
    NONE = "none"


class Numbering(Enum):
    """What the labels of a list count with."""

    #: 1, 2, 3
    DIGITS = "digits"
    #: a, b, c
    LETTERS = "letters"
    #: i, ii, iii
    ROMAN = "roman"


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteLabel:
    """The label of a note, its *value* in a list (1 for `1`, `a` and `*`), and the *end* of it in the chunk."""

    style: NoteStyle
    value: int
    text: str
    end: int

    def list_readings(self) -> Iterator[tuple[Numbering, int]]:
        """Yield what the label may count: `i` is the first Roman numeral, or follows h."""
        if self.text.isdecimal():
            yield Numbering.DIGITS, self.value
            return
        if roman := read_roman_numeral(self.text):
            yield Numbering.ROMAN, roman
        if len(self.text) == 1:
            yield Numbering.LETTERS, self.value


_NAMED_LABEL = re.compile(
    r"\[(?:foot-?note|note|fu(?:ß|ss)note|anmerkung|nota|przypis)\s*([A-Za-z]|\d{1,3}|[*†‡]{1,3})\s*[:.]\s*",
    re.I,
)
#: What labels a note alphabetically: a to z, or a Roman numeral up to 89.
LETTER_LABEL = r"[A-Za-z]|[ivxl]{2,8}|[IVXL]{2,8}"
_ROMAN = re.compile(r"(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.I)
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_LABEL_PATTERNS = (
    (re.compile(rf"\[\^?(\d{{1,3}}|{LETTER_LABEL})\]:?\s*(?=[^\s,;.])"), NoteStyle.BRACKET),
    (re.compile(r"\{(\d{1,3})\}:?\s*(?=[^\s,;.])"), NoteStyle.BRACKET),
    (re.compile(rf"\((\d{{1,3}}|{LETTER_LABEL})\)\s*(?=[^\s,;.])"), NoteStyle.PAREN),
    (re.compile(rf"([{languages.SUPERSCRIPTS}]{{1,3}})\s*(?=\S)"), NoteStyle.SUPERSCRIPT),
    (re.compile(r"(\d{1,3})\.\s*(?=[^\s\d.])"), NoteStyle.DOT),
    (re.compile(r"(\d{1,3})\.\s+(?=\S)"), NoteStyle.DOT),
    (re.compile(r"(\d{1,3})\)\s*(?=\S)"), NoteStyle.CLOSING_PAREN),
    (re.compile(r"[\[(]?(\d{1,3})[\]).:]?$"), NoteStyle.OWN_LINE),
    (re.compile(r"(\d{1,3})(?:\s+|:\s+)(?=\S)"), NoteStyle.BARE),
)
#: Two symbols in a row are the second note, not emphasis.
SYMBOL = r"\*{1,3}|†{1,2}|‡{1,2}|§|‖|¶"
_SYMBOL_LABEL = re.compile(rf"(?:\(({SYMBOL})\)|\[({SYMBOL})\]|({SYMBOL}))\s*(?=[^\s*†‡])")

#: Longer phrases of back links; a single word is one of `BACK_LINK`.
_BACK_PHRASES = (
    r"arriba|indietro|su|back to (?:the )?(?:text|top|content|article)|return to (?:the )?(?:text|article)"
    r"|jump (?:back )?up|zurück zum text|retour au texte|volver al texto|torna al testo|voltar ao texto"
    r"|terug naar (?:de )?tekst"
)
_BACK_LINK_AT_END = re.compile(
    rf"(?:\s{{0,2}}(?:[\[(]\s?(?:{languages.BACK_LINK}|{_BACK_PHRASES}|[{languages.BACK_ARROWS}^])\s?[\])]|[{languages.BACK_ARROWS}]|(?<=\s)\^)"
    rf"\s?[\d{languages.SUPERSCRIPTS}]{{0,2}})+\s{{0,2}}$",
    re.I,
)
#: Encyclopedias set back links before the note, one for each reference: `^ a b`.
_BACK_LINK_AT_START = re.compile(
    rf"[\^{languages.BACK_ARROWS}](?:\s?[Jj]ump up(?: to)?:?)?(?:\s[a-z](?=\s))*\s*(?=\S)"
)
_NOTES_HEADING = re.compile(rf"(?:{languages.NOTES_HEADING})\s?[:.]?", re.I)
_SOURCES_HEADING = re.compile(rf"(?:{languages.SOURCES_HEADING})\s?[:.]?", re.I)


def read_label(text: str) -> NoteLabel | None:
    """Return the numbered label at the beginning of *text*."""
    if not text[0].isdigit() and text[0] not in "[({":
        return None
    for pattern, style in _LABEL_PATTERNS:
        match = pattern.match(text)
        if not match:
            continue
        label = match[1].translate(languages.SUPERSCRIPT_DIGITS)
        if style is NoteStyle.BARE and (
            not _starts_like_note(text[match.end() :]) or COMMENTS.fullmatch(text[:80])
        ):
            return None
        if label.isdecimal():
            value = int(label)
            label = str(value) if value else label
        elif len(label) > 1 and not read_roman_numeral(label):
            return None
        else:
            value = ord(label[0].lower()) - ord("a") + 1
        return NoteLabel(style=style, value=value, text=label, end=match.end())
    return None


def read_roman_numeral(text: str) -> int:
    """Return the value of a Roman numeral, 0 if *text* is not one."""
    if not text or len(text) > 8 or not _ROMAN.fullmatch(text):
        return 0
    values = [_ROMAN_VALUES[character] for character in text.lower()]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)


def read_symbol_label(text: str) -> NoteLabel | None:
    """Return the `*` or `†` at the beginning of *text*."""
    match = _SYMBOL_LABEL.match(text) if text[0] in "*†‡§‖¶([" else None
    if not match:
        return None
    label = match[1] or match[2] or match[3]
    return NoteLabel(style=NoteStyle.SYMBOL, value=len(label), text=label, end=match.end())


def read_named_label(text: str) -> NoteLabel | None:
    """Return the `[Footnote 1:` at the beginning of *text*."""
    match = _NAMED_LABEL.match(text) if text[0] == "[" else None
    if not match:
        return None
    return NoteLabel(style=NoteStyle.NAMED, value=0, text=match[1], end=match.end())


def find_back_link(text: str) -> int | None:
    """Return the start of the back link at the end of *text*."""
    start = max(0, len(text) - 60)
    match = _BACK_LINK_AT_END.search(text, start)
    return match.start() if match else None


def skip_back_link(text: str) -> int:
    """Return the end of the back link at the beginning of *text*, 0 if it has none."""
    match = _BACK_LINK_AT_START.match(text)
    return match.end() if match else 0


def is_notes_heading(text: str) -> bool:
    """Whether *text* is a heading such as "Notes" or "Fußnoten"."""
    return len(text) < 40 and _NOTES_HEADING.fullmatch(text.strip()) is not None


def is_sources_heading(text: str) -> bool:
    """Whether *text* is a heading such as "References", above notes or a plain list."""
    return len(text) < 40 and _SOURCES_HEADING.fullmatch(text.strip()) is not None


def _starts_like_note(rest: str) -> bool:
    """Whether *rest* begins with a capital, after any quotation mark, or with a URL."""
    first = rest.lstrip("“\"„«‘'([¿¡_*").lstrip()[:1]
    return rest.startswith(("http", "www.")) or (first.isalpha() and not first.islower())
