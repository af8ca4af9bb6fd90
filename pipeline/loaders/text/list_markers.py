"""The signs blocks begin and end with: sentence ends, bullets, list numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: The end of a sentence; quotes, brackets and a marker may close it.
SENTENCE_END = re.compile(
    r"""[.!?…。！？][\s"'”“’»«)\]›]{0,6}(?:\[(?:\d{1,3}|[A-Za-z])\]|\(\d{1,3}\)|[\d¹²³⁰⁴-⁹]{1,3}|[*†‡]{1,3})?$"""
)

#: A bullet and the space after it.
BULLET = re.compile(r"[•◦▪‣●○■∙⁃]\s*|[·*–-]\s+")
#: The number of an item: `1.` or `1)`.
NUMBER = re.compile(r"(\d{1,3})([.)])\s+(?=\S)")
#: Whatever a list item or a note may begin with.
_ITEM = re.compile(
    r"[•◦▪‣●○■∙⁃]|[·*–-]\s|\d{1,3}[.)]\s|\[\d{1,3}\]|\[[A-Za-z]\]\s|\(\d{1,3}\)\s|[¹²³⁰⁴-⁹]{1,3}|[*†‡]{1,3}\S"
    r"|\[(?:foot)?note\s",
    re.I,
)
#: A line of signs across the page.
RULE = re.compile(r"(?:[-–—_=*~•·#]\s{0,2}){3,}$")


def begins_item(text: str) -> bool:
    """Whether a line begins as an item of a list or a note does."""
    return _ITEM.match(text) is not None


#: An address in running text. What closes a sentence or a bracket around it is not part of it.
_URL = re.compile(r"(?<![^\W_])https?://[^\s<>\"“”„«»‹›‘|\\^`{}\[\]⁰¹²³⁴-⁹]{3,}")
_URL_TAIL = ".,;:!?'’*_…"


def urls(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the http and https addresses of *text* begin and end."""
    if "://" not in text:
        return
    for found in _URL.finditer(text):
        url = found[0].rstrip(_URL_TAIL)
        while url.endswith(")") and url.count("(") < url.count(")"):
            url = url[:-1].rstrip(_URL_TAIL)
        if len(url) > len("https://"):
            yield found.start(), found.start() + len(url)
