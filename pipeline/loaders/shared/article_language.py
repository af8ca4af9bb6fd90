"""Set the language of an article that names none, or a wrong one."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from pipeline.detect_language import detect_language
from pipeline.models.article import Article, LoadWarning, Text
from pipeline.models.tree import walk

#: Texts of an article; more does not change the result.
_MAX_TEXTS = 3_000
#: In bytes of UTF-8; a shorter text is no evidence against what a page says.
_MIN_TEXT = 250


def set_language(article: Article, *, is_author: bool) -> Article:
    """
    Return *article* with the language of its text if it has none, or one in which the text is not.

    With *is_author* the person who wrote the article named its language, so it stays. A page names that of its site.
    """
    if article.language and is_author:
        return article
    text = _get_text(article)
    detected = detect_language(text)
    if detected is None:
        return article
    if not article.language:
        return replace(article, language=detected.language)
    if len(text.encode()) < _MIN_TEXT or not detected.contradicts(article.language):
        return article
    warning = LoadWarning(
        code="language.corrected",
        message=f'The page says that its language is "{article.language}", but its text is in "{detected.language}". '
        "That is used. If it is wrong, convert the page to Markdown and set language: in its front matter.",
    )
    return replace(article, language=detected.language, warnings=(*article.warnings, warning))


def _get_text(article: Article) -> str:
    """Return the text of *article* without code."""
    tree = (article.blocks, tuple(note.blocks for note in article.notes))
    nodes = (node for node in walk(tree) if isinstance(node, Text))
    texts = [node.text for node in islice(nodes, _MAX_TEXTS)]
    return " ".join([article.title or "", article.subtitle or "", *texts])
