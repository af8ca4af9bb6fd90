"""What a script asks for: words of one direction whole within a text of the other (UAX #9), and italics or none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from pipeline.markup import escape_html

#: Set before a reference in a text from the right: without it "1929." and a raised 1 are one number, from the left.
RIGHT_TO_LEFT_MARK = "\u200f"

_WITH_ITALICS = ("Latn", "Cyrl", "Grek", "Armn")
_BEYOND_ITALICS = "\u0590"  # the letters of these scripts come before
_OF_BIDI_CLASS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def direction_of(text: str) -> str | None:
    """Return `ltr` or `rtl` as the first letter says, null without one: digits and signs have no direction."""
    return next(_directions(text), None)


def has_italics(language: str) -> bool:
    """Whether the script of *language* knows italics; slanted Arabic or Japanese is a fault, not a stress."""
    from babel import Locale
    from babel.core import get_global

    locale = Locale.parse(language.replace("-", "_"))
    likely = get_global("likely_subtags").get(locale.language, "")
    return (locale.script or "".join(likely.split("_")[1:2]) or "Latn") in _WITH_ITALICS


def begins_in_italics(text: str) -> bool:
    """Whether the first letter of *text*, such as of a Latin title among others, is of a script with italics."""
    return next(filter(str.isalpha, text), "a") < _BEYOND_ITALICS


def isolated(text: str, around: str, *, html: str | None = None) -> str:
    """
    Return *text* as HTML that cannot change places with what stands beside it.

    A `dir` on a `span`: browsers isolate it, Word embeds it. `bdi` would say it better, but mail programs take
    elements away that they do not know.

    Args:
        around: The direction of the text around, `ltr` or `rtl`.
        html: *text* as HTML, where it is more than that text escaped.
    """
    html = escape_html(text) if html is None else html
    return f'<span dir="{direction_of(text)}">{html}</span>' if _is_mixed(text, around) else html


def isolated_text(text: str, around: str) -> str:
    """Return *text* for plain text, between isolating marks if it needs them."""
    is_mixed = _is_mixed(text, around)
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}" if is_mixed else text


def _is_mixed(text: str, around: str) -> bool:
    return any(direction != around for direction in _directions(text))


def _directions(text: str) -> Iterator[str]:
    for letter in text:
        if found := _OF_BIDI_CLASS.get(unicodedata.bidirectional(letter)):
            yield found
