"""
Nothing is lost: every word of a source is in the article, in its list of what was left out, or in a mark.

A word is a run of letters or a run of digits of any script, case folded. Each is counted: a word that stands twice in
the source and once in the article is missing once. Letters and digits count apart, and raised digits apart from
others: the marker of a note may be glued to a word or to a year, and leaves it when the note is lifted out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date

from pipeline.errors import UnplacedError
from pipeline.loaders.base import Reading
from pipeline.models.article import (
    Article,
    Cell,
    Code,
    Dropped,
    FrontMatter,
    Heading,
    LoadWarning,
    Note,
    Paragraph,
    Text,
)
from pipeline.models.tree import walk

_RAISED = "²³¹⁰⁴-⁹"
_WORD = re.compile(rf"\d+|[{_RAISED}]+|[^\W\d_{_RAISED}]+")


def words(text: str) -> list[str]:
    """Return the words of *text* in order, case folded."""
    return _WORD.findall(text.casefold())


def unplaced(reading: Reading) -> list[str]:
    """Return the words of the source that found no place, in source order."""
    rest = Counter(words(reading.visible))
    rest.subtract(Counter(placed(reading.article)))
    for mark in reading.marks:
        rest.subtract(Counter(words(mark.text)))
    found = []
    for word in reversed(words(reading.visible)):
        if rest[word] > 0:
            rest[word] -= 1
            found.append(word)
    return found[::-1]


def placed(article: Article) -> Iterator[str]:
    """Yield every word that stands somewhere in *article*, what was left out included."""
    for text in _strings(article):
        yield from words(text)


def conserve(reading: Reading, *, keep_unplaced: bool) -> Article:
    """
    Return the article of *reading* if all words of its source are accounted for.

    Args:
        keep_unplaced: Put the rest into a last paragraph, with the warning `load.unplaced`, instead of failing.

    Raises:
        UnplacedError: Some are not; the message shows them.
    """
    rest = unplaced(reading)
    if not rest:
        return reading.article
    shown = " ".join(rest[:12]) + (" …" if len(rest) > 12 else "")
    if not keep_unplaced:
        raise UnplacedError(
            f"{reading.article.address}: {len(rest)} word(s) found no place in the article: {shown}. "
            "Look for unusual markup around them, or add --keep-unplaced to set them in a last paragraph.",
            words=tuple(rest),
        )
    article = reading.article
    return replace(
        article,
        blocks=(*article.blocks, Paragraph(inlines=(Text(text=" ".join(rest)),))),
        warnings=(
            *article.warnings,
            LoadWarning(
                code="load.unplaced", message=f"These words were set in a last paragraph: {shown}"
            ),
        ),
    )


def _strings(article: Article) -> Iterator[str]:
    for node in walk(replace(article, warnings=(), front_matter=FrontMatter())):
        for f in fields(node):
            value = getattr(node, f.name)
            if f.name in _UNCOUNTED.get(type(node), ()):
                continue
            if isinstance(value, str):
                yield value
            elif isinstance(value, date):
                yield value.isoformat()


#: Strings of the tree that are not text of the source.
_UNCOUNTED: Mapping[type, tuple[str, ...]] = {
    Article: ("address",),
    Cell: ("align",),
    Code: ("language",),
    Dropped: ("reason",),
    Heading: ("anchor",),
    Note: ("label", "status"),
}
