"""What a language and its script require: direction, isolation of mixed text (UAX #9), italics, dates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from pipeline.markup import escape_html

if TYPE_CHECKING:
    from babel import Locale

#: Precedes a reference in right-to-left text: without it "1929." and a superscript 1 read as one left-to-right number.
RIGHT_TO_LEFT_MARK = "\u200f"

_SCRIPTS_WITH_ITALICS = ("Latn", "Cyrl", "Grek", "Armn")
_FIRST_WITHOUT_ITALICS = "\u0590"  # their characters come before it
_DIRECTION_BY_BIDI_CLASS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
#: Characters of Hebrew, Arabic, Syriac, Thaana, N'Ko and other scripts from right to left (UAX #9, classes R and AL).
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ALPHABETIC = re.compile(r"[^\W\d_]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def parse_locale(language: str) -> Locale:
    """Return the locale of a language tag, `pt-BR`."""
    from babel import Locale

    return Locale.parse(language.replace("-", "_"))


def get_script(language: str) -> str:
    """Return the ISO 15924 code of the script of *language*, `Latn` if unknown."""
    from babel.core import get_global

    locale = parse_locale(language)
    likely = get_global("likely_subtags").get(locale.language, "")
    return locale.script or next((part for part in likely.split("_") if len(part) == 4), "Latn")


def has_italics(language: str) -> bool:
    """Whether the script of *language* has italics; slanted Arabic or Japanese looks like an error."""
    return get_script(language) in _SCRIPTS_WITH_ITALICS


def starts_with_italics(text: str) -> bool:
    """Whether the first letter of *text* belongs to a script with italics, such as a Latin title in Arabic text."""
    return next(filter(str.isalpha, text), "a") < _FIRST_WITHOUT_ITALICS


def format_publication_date(published: date | None, language: str) -> str:
    """Return *published* in the long form of *language*, "" for None."""
    from babel.dates import format_date

    if published is None:
        return ""
    day = published.date() if isinstance(published, datetime) else published
    return format_date(day, format="long", locale=parse_locale(language))


def find_direction(text: str) -> str | None:
    """Return `ltr` or `rtl` after the first letter of *text*, None without one: digits and symbols are neutral."""
    return next(_find_directions(text), None)


def find_main_direction(text: str) -> str | None:
    """Return `ltr` or `rtl` after the script of most of *text*, None without any."""
    right_to_left = len(RIGHT_TO_LEFT.findall(text))
    if not right_to_left:  # by far the most texts
        return "ltr" if _ALPHABETIC.search(text) else None
    return "rtl" if 2 * right_to_left > len(_ALPHABETIC.findall(text)) else "ltr"


def isolate_html(
    text: str,
    direction: str,
    *,
    html: str | None = None,
    language: str | None = None,
    is_block: bool = False,
) -> str:
    """
    Return *text* as HTML that keeps its place among text of another direction.

    Uses a `span` with `dir`: browsers isolate it, Word embeds it. Email clients drop `bdi`, which they do not know.

    Args:
        direction: Of the surrounding text, `ltr` or `rtl`.
        html: *text* as HTML, if it is more than escaped text.
        language: Of *text*, None if it is that of the surrounding text.
        is_block: It is all of a paragraph, and aligned where its own lines begin.
    """
    html = escape_html(text) if html is None else html
    attributes = f' lang="{language}"' if language else ""
    if _has_other_direction(text, direction):
        own = find_direction(text)
        attributes += f' dir="{own}"'
        styles = []
        if is_block and own != direction:
            styles.append(f"display:block;text-align:{'right' if own == 'rtl' else 'left'}")
        if direction == "ltr" and find_main_direction(text) == "rtl":
            styles.append("font-style:normal")  # slanted Hebrew or Arabic looks like an error
        attributes += f' style="{";".join(styles)}"' if styles else ""
    return f"<span{attributes}>{html}</span>" if attributes else html


def isolate_text(text: str, direction: str) -> str:
    """Return *text* for plain text of *direction*, between isolate characters if it needs them."""
    is_mixed = _has_other_direction(text, direction)
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}" if is_mixed else text


def _has_other_direction(text: str, direction: str) -> bool:
    return any(found != direction for found in _find_directions(text))


def _find_directions(text: str) -> Iterator[str]:
    for character in text:
        if direction := _DIRECTION_BY_BIDI_CLASS.get(unicodedata.bidirectional(character)):
            yield direction
