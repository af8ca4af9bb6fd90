"""
Check that a loader loses nothing: every word of the source is in the article, in its `dropped` list, or in markup.

A word is a run of alphabetic characters or of digits, case folded. Words are counted: a word that occurs twice in the
source and once in the article is missing once. Digits are separate words, and so are superscript digits, because the
marker of a note may touch a word or a year and is gone from there when the note is extracted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date

from pipeline.errors import UnplacedError
from pipeline.loaders.base import LoadResult
from pipeline.loaders.shared.languages import SUPERSCRIPTS
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

_WORD = re.compile(rf"\d+|[{SUPERSCRIPTS}]+|[^\W\d_{SUPERSCRIPTS}]+")

#: Strings in the tree that are not text of the source.
_UNCOUNTED: Mapping[type, tuple[str, ...]] = {
    Article: ("location",),
    Cell: ("align",),
    Code: ("language",),
    Dropped: ("reason",),
    Heading: ("anchor",),
    Note: ("label", "status"),
}


def split_words(text: str) -> list[str]:
    """Return the words of *text* in order, case folded."""
    return _WORD.findall(text.casefold())


def find_unplaced_words(result: LoadResult) -> list[str]:
    """Return the words of the source that are nowhere in *result*, in source order."""
    missing = Counter(split_words(result.visible_text))
    missing.subtract(Counter(iter_words(result.article)))
    for markup in result.markup:
        missing.subtract(Counter(split_words(markup.text)))
    found = []
    for word in reversed(split_words(result.visible_text)):
        if missing[word] > 0:
            missing[word] -= 1
            found.append(word)
    return found[::-1]


def iter_words(article: Article) -> Iterator[str]:
    """Yield every word in *article*, dropped text included."""
    for node in walk(replace(article, warnings=(), front_matter=FrontMatter())):
        uncounted = _UNCOUNTED.get(type(node), ())
        for value in (getattr(node, f.name) for f in fields(node) if f.name not in uncounted):
            if isinstance(value, str | date):
                yield from split_words(value if isinstance(value, str) else value.isoformat())


def check_completeness(result: LoadResult, *, keep_unplaced: bool) -> Article:
    """
    Return the article of *result*, or raise `UnplacedError` if words of its source are missing.

    With *keep_unplaced* missing words become a last paragraph, with the warning `load.unplaced`, instead.
    """
    article, missing = result.article, find_unplaced_words(result)
    if not missing:
        return article
    text = " ".join(missing[:12]) + (" …" if len(missing) > 12 else "")
    if not keep_unplaced:
        raise UnplacedError(
            f"{article.location}: {len(missing)} word(s) could not be placed in the article: {text}. "
            "Check the markup around them, or add --keep-unplaced to append them as a last paragraph.",
            words=tuple(missing),
        )
    warning = LoadWarning(
        code="load.unplaced", message=f"These words were appended as a last paragraph: {text}"
    )
    return replace(
        article,
        blocks=(*article.blocks, Paragraph(inlines=(Text(text=" ".join(missing)),))),
        warnings=(*article.warnings, warning),
    )
