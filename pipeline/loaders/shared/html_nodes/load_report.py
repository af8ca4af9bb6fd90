"""Record what a loader leaves out, treats as markup or warns about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.loaders.base import Markup
from pipeline.loaders.shared.completeness import split_words
from pipeline.models.article import Dropped, LoadWarning

#: Characters that a loader may use as placeholders for text (Unicode, "Private Use Area").
_PLACEHOLDERS = re.compile("[\ue000-\uf8ff]")

#: How many places a warning names, and how many characters of each.
_QUOTED, _MAX_QUOTED = 3, 80


@dataclass
class LoadReport:
    """
    Everything in a source that does not become part of the tree, in source order.

    Args:
        formulas: The TeX of formulas, which is now text of the article.
    """

    dropped: list[Dropped] = field(default_factory=list)
    markup: list[Markup] = field(default_factory=list)
    warnings: list[LoadWarning] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)

    def add_markup(self, rule: str, text: str) -> None:
        """Record *text* as markup, unless it contains no word."""
        if _split(text):
            self.markup.append(Markup(rule=rule, text=text))

    def drop(self, reason: str, text: str) -> None:
        """Record *text* as left out, unless it contains no word."""
        if _split(text):
            self.dropped.append(Dropped(reason=reason, text=text.strip()))

    def warn(self, code: str, message: str) -> None:
        """Add a warning for the user."""
        self.warnings.append(LoadWarning(code=code, message=message))

    def drop_url(self, url: str, what: str) -> None:
        """Record *url*, the *what* of the source, as left out because it is not a web address."""
        self.drop("link.unsafe", url)
        self.warn("link.unsafe", f"The {what} was left out: {url[:60]} is not a web address.")

    def add_changed_words(self, rule: str, before: Iterable[str], after: Iterable[str]) -> None:
        """
        Record the words of *before* that are spelled differently in *after*, which replaces it.

        "caf&eacute;" becomes "café"; "har" and "bour" become one word once the markup between them is gone.
        """
        self.add_markup(rule, " ".join(find_missing_words(before, after)))


def quote_passages(passages: Sequence[str]) -> str:
    """Return the first of *passages* in quotation marks, and how many there are besides: “a”, “b”, “c” and 2 more."""
    shown = ", ".join(
        f"“{' '.join(passage.split())[:_MAX_QUOTED]}”" for passage in passages[:_QUOTED]
    )
    rest = len(passages) - _QUOTED
    return f"{shown} and {rest} more" if rest > 0 else shown


def find_missing_words(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Return the words of *before* that are not in *after*, as often as they are missing."""
    missing = Counter(word for text in before for word in _split(text))
    missing.subtract(Counter(word for text in after for word in _split(text)))
    return list(missing.elements())


def _split(text: str) -> list[str]:
    return split_words(text) + _PLACEHOLDERS.findall(text)
