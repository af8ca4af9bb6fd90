"""Combine the header read from the text with front matter, whose values come first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.loaders.shared.completeness import split_words
from pipeline.loaders.shared.front_matter import ParsedFrontMatter
from pipeline.models.article import Dropped


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundHeader:
    """The fields of an article that its first lines give."""

    title: str | None = None
    subtitle: str | None = None
    byline: str | None = None
    published: date | None = None


def apply_front_matter(
    given: ParsedFrontMatter, found: FoundHeader
) -> tuple[FoundHeader, tuple[Dropped, ...]]:
    """Return the fields, those of front matter first, and the values of the text that they replace."""
    fields = FoundHeader(
        title=given.title or found.title,
        subtitle=given.subtitle or found.subtitle,
        byline=given.byline or found.byline,
        published=given.published or found.published,
    )
    return fields, tuple(_list_replaced(given, found))


def _list_replaced(given: ParsedFrontMatter, found: FoundHeader) -> Iterator[Dropped]:
    for name in ("title", "subtitle", "byline"):
        value, text = getattr(given, name), getattr(found, name)
        if value and text:
            is_repeated = split_words(value) == split_words(text)
            reason = "header.title-repeated" if is_repeated else "header.replaced"
            yield Dropped(reason=reason, text=text)
