"""The preheader: what inboxes show after the subject."""

from __future__ import annotations

import re

from pipeline.markup import count_columns, remove_invisible
from pipeline.models.article import Article, Paragraph
from pipeline.models.article_text import plain_text

#: In columns: inboxes have room for 40 to 90, and cut off what is longer.
_MIN_COLUMNS, _MAX_COLUMNS = 40, 140
#: The end of a sentence: not after an initial or a short abbreviation such as "U.S." or "No."
_SENTENCE_END = re.compile(
    r"(?<![\W\d_][A-Za-z])(?<!\b(?:Mr|Dr|St|No|Nr|pp|vs))(?<!\b(?:Mrs|bzw))(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s\W{0,20}[^\W\d_a-zß-ÿ])"
    "|[。！？؟۔।]+[」』”]*"
)


def choose_preheader(article: Article) -> str:
    """Return the preheader of the front matter, else the subtitle, else the first sentences of the text."""
    given = article.front_matter.preheader or article.subtitle
    return given or _find_first_sentences(article)


def _find_first_sentences(article: Article) -> str:
    """Return as many sentences from the first paragraphs as an inbox has room for, at least one."""
    for block in article.blocks:
        if isinstance(block, Paragraph) and (text := remove_invisible(plain_text(block))):
            break
    else:
        return ""
    chosen = ""
    for match in _SENTENCE_END.finditer(text):
        if chosen and count_columns(text[: match.end()]) > _MAX_COLUMNS:
            break
        chosen = text[: match.end()]
        if count_columns(chosen) >= _MIN_COLUMNS:
            break
    return _cut(chosen or text)


def _cut(text: str) -> str:
    """Cut *text* after a word, if inboxes would cut it."""
    if count_columns(text) <= _MAX_COLUMNS:
        return text
    words = re.split(r"(\s+)", text)
    line = ""
    for word in words:
        if count_columns(line + word) >= _MAX_COLUMNS:
            break
        line += word
    if not line.strip():  # a script without spaces
        line = text[: _MAX_COLUMNS // 2 - 1]
    return f"{line.rstrip(' ,;:–—-')}…"
