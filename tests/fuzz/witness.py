"""
Independent witnesses: whether words are lost, and whether an email runs or shows what a source may not make it.

A witness word is one that no sample has. It is written between two words of a source, where any reader of
that source sees it; it must be in the article, in what was left out, or in what the loader calls markup.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from random import Random

from pipeline.loaders.base import LoadResult
from pipeline.models.edition import Edition, LiteralText, flatten

_WITNESS = re.compile("zqxj[a-p]{6}")
#: Where a line of plain words, without a character that a format gives a meaning, lets a word be added.
_PLAIN_LINE = re.compile(r"(?m)^([A-Z][a-z]+ (?:[A-Za-z,]+ )+)([a-z]+[.,]?)(?=$| )")
_RUNS = frozenset(
    "script iframe object embed form input textarea select video audio base applet".split()
)
_LOADS = ("javascript:", "vbscript:", "data:text/html", "file:")


def add_witnesses(text: str, random: Random) -> tuple[str, list[str]]:
    """Return *text* with up to five witness words in lines of plain words, and those words."""
    words: list[str] = []

    def add(match: re.Match[str]) -> str:
        if len(words) == 5 or random.random() < 0.5:
            return match[0]
        words.append("zqxj" + "".join(random.choices("abcdefghijklmnop", k=6)))
        return f"{match[1]}{words[-1]} {match[2]}"

    return _PLAIN_LINE.sub(add, text), words


def find_missing(words: list[str], result: LoadResult) -> list[str]:
    """Return those of *words* that are nowhere in *result*."""
    kept = set(_WITNESS.findall(repr((result.article, result.markup))))
    return [word for word in words if word not in kept]


class _Reader(HTMLParser):
    """Notes what an email client would run, open or load by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _RUNS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            address = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or (name in ("href", "src") and address.startswith(_LOADS)):
                self.found.append(f"{name}={value!r} on <{tag}>")


def find_dangers(edition: Edition) -> list[str]:
    """Return what the HTML of *edition* runs or opens, and characters that must not be in HTML or text."""
    html = "".join(piece.text for piece in flatten(edition.html) if isinstance(piece, LiteralText))
    text = "".join(piece.text for piece in flatten(edition.text) if isinstance(piece, LiteralText))
    reader = _Reader()
    reader.feed(html)
    reader.close()
    forbidden = re.findall(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", html + text)
    return [*reader.found, *map(repr, sorted(set(forbidden)))]
