"""Find the byline that a document's text begins with: "By Ines Calloway"."""

from __future__ import annotations

import re

from pipeline.models.article import Block, NoteRef, Paragraph
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

_BY = re.compile(
    r"(?:(?:written|posted|words|text|story|ein text|un texto)\s)?"
    r"(?:by|von|par|por|di|da|av|af|door|kirjoittanut|autor|autora|author|auteur|autore|text|texte|texto|testo|tekst|автор)"
    r"(?::\s?|\s)(?P<name>.+)",
    re.IGNORECASE,
)
#: Longer paragraphs are text.
_MAX_LENGTH = 100
#: A name, or names: capitals, particles and initials.
_NAMES = re.compile(
    r"(?:(?:[A-ZÀ-ÞĀ-ŽΑ-ΩА-Я][\w.’'\-]*|de|da|do|dos|del|della|der|den|van|von|zu|y|e|i|la|le|and|und|et|og|och|en|&)"
    r"(?:,\s|\s|$)){1,10}$"
)


def find_byline(blocks: tuple[Block, ...]) -> tuple[str, str, tuple[Block, ...]]:
    """
    Return the word before the byline that is the first paragraph of *blocks*, the byline, and the other blocks.

    Both are "" if that paragraph is no byline.
    """
    first = blocks[0] if blocks else None
    if not isinstance(first, Paragraph) or any(isinstance(n, NoteRef) for n in walk(first)):
        return "", "", blocks
    text = " ".join(plain_text(first.inlines).split())[:_MAX_LENGTH]
    match = _BY.fullmatch(text)
    if match is None or len(text) == _MAX_LENGTH or not _NAMES.match(match["name"]):
        return "", "", blocks
    return text[: match.start("name")], match["name"], blocks[1:]
