"""Notice marks of Markdown in plain text: they are no markup there, so readers would see them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.loaders.shared.html_nodes.load_report import quote_passages
from pipeline.models.article import Block, LoadWarning
from pipeline.models.article_text import plain_text

#: Bold, highlighted, struck, lowered and raised text, a link, and a line of verse.
_MARKS = re.compile(
    r"(?<![\w*])\*\*(?=\w)[^*\n]{1,80}(?<=[\w.!?])\*\*(?![\w*])"
    r"|(?<![\w=])==(?=\w)[^=\n]{1,80}(?<=[\w.!?])==(?![\w=])"
    r"|(?<![\w~])~~(?=\w)[^~\n]{1,80}(?<=[\w.!?])~~(?![\w~])"
    r"|(?<=\w)~\w{1,10}~(?=\w|\b)"
    r"|(?<=\w)\^-?\w{1,10}\^"
    r"|\[[^\[\]\n]{1,80}\]\((?:https?://|mailto:)[^\s()]{1,200}\)"
    r"|^\|[ \t]\S[^\n]{0,80}",
    re.MULTILINE,
)


def warn_of_markdown(blocks: Sequence[Block]) -> Iterator[LoadWarning]:
    """Yield one warning that names the marks of Markdown in *blocks*, if there are any."""
    found = dict.fromkeys(match[0] for match in _MARKS.finditer(plain_text(tuple(blocks))))
    if found:
        message = (
            f"Marks of Markdown stay as they are written: {quote_passages(list(found))}. "
            "If this is Markdown, name the file .md, or add --format markdown."
        )
        yield LoadWarning(code="source.markdown", message=message)
