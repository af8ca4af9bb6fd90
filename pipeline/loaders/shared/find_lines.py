"""Find the line of each warning in the source, by the words that the warning quotes."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.loaders.base import Loader, Source
from pipeline.models.article import Article, LoadWarning
from pipeline.models.source_text import SourceText

_QUOTED = re.compile(r"“…?([^“”]+)”|\"([^\"]+)\"|(\[\^?[^\[\]]++\])")


def find_lines(article: Article, source: Source, loader: Loader) -> Article:
    """Return *article* with its source, and with a line in each warning that quotes the source."""
    text = SourceText(loader.media_type, source.content)
    used: dict[str, set[int]] = {}
    warnings = tuple(_locate(warning, text, used) for warning in article.warnings)
    return replace(article, warnings=warnings, source=text)


def _locate(warning: LoadWarning, text: SourceText, used: dict[str, set[int]]) -> LoadWarning:
    """Return *warning* with its line; the second one of its kind about the same words is at their second place."""
    if warning.line is not None:
        return warning
    passages = [next(filter(None, groups)) for groups in _QUOTED.findall(warning.message)]
    taken = used.setdefault(f"{warning.code} {passages[:1]}", set())
    line = text.choose_line(passages, taken)
    if line is not None:
        taken.add(line)
    return replace(warning, line=line)
