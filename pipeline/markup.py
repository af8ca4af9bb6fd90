"""Escape text for HTML, find fields in it, normalize and measure it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_ESCAPES = {
    ord(c): entity for c, entity in zip('&<>"', ("&amp;", "&lt;", "&gt;", "&quot;"), strict=True)
}
# Characters that HTML documents must not contain (WHATWG HTML §13.2.3.5, XML 1.0 §2.2).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_FIELD = re.compile(
    r"""\{\{ \s* (?P<name>[A-Za-z][A-Za-z0-9_]*) \s*
        (?: \| \s* (?: "(?P<straight>[^"{}\n]*)" | [“”](?P<curly>[^“”{}\n]*)[“”] ) \s* )? \}\}""",
    re.VERBOSE,
)

#: Characters of one column each: most of any text in Latin script. Measured in no time, without wcwidth.
NARROW = re.compile("[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]*+")


@dataclass(frozen=True, slots=True)
class FieldTag:
    """`{{ name }}` or `{{ name | "fallback" }}` in a text, and its *source* as written."""

    name: str
    fallback: str | None
    source: str


def escape_html(text: str) -> str:
    """Return *text* for use between tags or in a double-quoted attribute; forbidden characters become U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text).translate(_ESCAPES)


def is_field_name(name: str) -> bool:
    """Whether *name* is a valid name for a field."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None


def split_fields(text: str) -> Iterator[str | FieldTag]:
    """Yield *text* in order: the strings between its fields, never empty, and the fields."""
    end = 0
    for match in _FIELD.finditer(text):
        if match.start() > end:
            yield text[end : match.start()]
        straight = match["straight"]
        fallback = straight if straight is not None else match["curly"]
        yield FieldTag(match["name"], fallback, match[0])
        end = match.end()
    if end < len(text):
        yield text[end:]


def split_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of *text*, each on a single line."""
    return list(filter(None, map(to_single_line, re.split(r"\r?\n[ \t]*\r?\n", text))))


#: Characters without width or ink (Unicode, Cf and the like), except joiners and the tags of flags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"
)
#: A joiner that joins nothing: next to ASCII, a space or the end.
_JOINER = re.compile("(?:(?<=[\x00-\x7f])|^)[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|$)")


def to_single_line(text: str) -> str:
    """Return *text* with its line breaks as spaces; non-breaking spaces stay."""
    return re.sub(r"[\x00-\x20\x7f\x85\u2028\u2029]+", " ", text).strip(" ")


#: What `remove_invisible()` may change: one search is enough for most texts.
_UNTIDY = re.compile(f"{_INVISIBLE.pattern}|[\x00-\x1f\x7f\x85\u2028\u2029\u200c\u200d]|  |^ | $")


def remove_invisible(text: str) -> str:
    """
    Return *text* as one line without characters that nobody sees: soft hyphens, zero-width spaces, byte order marks,
    marks and overrides of direction.

    Joiners stay between characters that they change: in Arabic, Persian, Indic scripts and emoji.
    """
    if not _UNTIDY.search(text):
        return text
    text = _INVISIBLE.sub("", to_single_line(text))
    return re.sub(" {2,}", " ", _JOINER.sub("", text)).strip(" ")


def slugify(text: str) -> str:
    """Return *text* for use in file names: lower-case ASCII letters, digits and hyphens; may be empty."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:60].rstrip("-")


def split_graphemes(text: str) -> Iterator[str]:
    """Yield the graphemes of *text* (UAX #29): a character with its marks, an emoji with all its parts."""
    from wcwidth import iter_graphemes

    yield from iter_graphemes(text)


def count_columns(text: str) -> int:
    """Return how many columns *text* takes: two for a wide character, none for an invisible one (UAX #11)."""
    if text.isascii() or NARROW.fullmatch(text):
        return len(text)
    from wcwidth import width

    return width(text.replace("\u00ad", ""), control_codes="ignore")  # a soft hyphen is invisible
