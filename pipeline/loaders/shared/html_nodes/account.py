"""Keep the account of a load: what was left out, what was syntax, and what a person should look at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.loaders.base import Mark
from pipeline.loaders.shared.conservation import words
from pipeline.models.article import Dropped, LoadWarning

#: Signs by which a loader may let other words stand while it reads (Unicode, "Private Use Area").
_STAND_INS = re.compile("[\ue000-\uf8ff]")


@dataclass
class Account:
    """Everything of a source that does not become part of the tree, in the order it was met."""

    dropped: list[Dropped] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    warnings: list[LoadWarning] = field(default_factory=list)

    def mark(self, rule: str, text: str) -> None:
        """Note *text* as syntax, if it holds a word."""
        if _counted(text):
            self.marks.append(Mark(rule=rule, text=text))

    def drop(self, reason: str, text: str) -> None:
        """List *text* as left out, if it holds a word."""
        if _counted(text):
            self.dropped.append(Dropped(reason=reason, text=text.strip()))

    def warn(self, code: str, message: str) -> None:
        """Tell a person about something."""
        self.warnings.append(LoadWarning(code=code, message=message))

    def respelled(self, rule: str, before: Iterable[str], after: Iterable[str]) -> None:
        """
        Note the words of *before* that are spelled otherwise in *after*, which stands in their place.

        "caf&eacute;" becomes "café"; "har" and "bour" become one word when no markup parts them any more.
        """
        self.mark(rule, " ".join(difference(before, after)))


def difference(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Return the words of *before* that *after* does not hold, as often as they are missing."""
    rest = Counter(word for text in before for word in _counted(text))
    rest.subtract(Counter(word for text in after for word in _counted(text)))
    return list(rest.elements())


def _counted(text: str) -> list[str]:
    return words(text) + _STAND_INS.findall(text)
