"""Find the line of each warning in the source, by the words that the warning quotes."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.loaders.base import Loader, Source
from pipeline.models.article import Article, LoadWarning
from pipeline.models.source_text import SourceText

_QUOTED = re.compile(r"“…?([^“”]+)”|\"([^\"]+)\"|(\[\^?[^\]]+\])")


def find_lines(article: Article, source: Source, loader: Loader) -> Article:
    """Return *article* with its source, and with a line in each warning that quotes the source."""
    text = SourceText(loader.media_type, source.content)
    warnings = tuple(_locate(warning, text) for warning in article.warnings)
    return replace(article, warnings=warnings, source=text)


def _locate(warning: LoadWarning, text: SourceText) -> LoadWarning:
    if warning.line is not None:
        return warning
    passages = (next(filter(None, groups)) for groups in _QUOTED.findall(warning.message))
    return replace(warning, line=next(filter(None, map(text.find_line, passages)), None))
