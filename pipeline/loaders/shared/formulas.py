"""Find formulas in TeX: no email program shows them, so they stay as they are written, and a warning says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.loaders.shared.html_nodes.load_report import quote_passages
from pipeline.models.article import Article, Code, LoadWarning, Text
from pipeline.models.tree import walk

#: The code of the warning.
FORMULA = "source.formula"
_DOLLARS = re.compile(r"\$\$([^$]{1,500})\$\$|\$(?=[^\s\d$])([^$\n]{1,300})(?<=[^\s\\])\$(?!\d)")
#: What only a formula has between single dollars; two prices have not.
_OPERATOR = re.compile(r"[\\^_{}=]")
#: A field of another mail system: `${first_name}`.
_FIELD = re.compile(r"\{\w{1,60}\}")
_ENVIRONMENT = re.compile(r"\\begin\{([A-Za-z]{1,30}\*?)\}")
_COMMAND = re.compile(r"\\[A-Za-z]{1,40}")
#: Found in a formula between the brackets that Markdown also writes where it means a plain bracket; not `\_` and `\*`.
_BRACKETED_OPERATOR = re.compile(r"(?<!\\)[\^_=]")
_LONG_WORD = re.compile(r"[^\W\d_]{4}")
_START = re.compile(r"\$|\\[(\[]|\\begin\{")
_BRACKETS = {"\\(": "\\)", "\\[": "\\]"}
#: The longest formula, in characters.
_MAX_LENGTH = 2_000
#: How much of an environment without an end is named.
_BEGINNING = 80


def match_formula(text: str, start: int, end: int, *, is_markdown: bool) -> int:
    r"""
    Return where the formula that begins at *start* ends, -1 if none begins there.

    The forms are `$…$`, `$$…$$`, `\(…\)`, `\[…\]` and `\begin{…}…\end{…}`.

    Args:
        end: Where the text to look at ends.
        is_markdown: `\(…\)` and `\[…\]` may be plain brackets: they need what only a formula has.
    """
    if text.startswith("$", start):
        return _match_dollars(text, start, end)
    limit = min(end, start + _MAX_LENGTH)
    if environment := _ENVIRONMENT.match(text, start, limit):
        closing = f"\\end{{{environment[1]}}}"
        found = text.find(closing, environment.end(), limit)
        return found + len(closing) if found >= 0 else -1
    closing = _BRACKETS.get(text[start : start + 2], "")
    found = text.find(closing, start + 2, limit) if closing else -1
    if found < 0 or (is_markdown and not _is_bracketed_formula(text[start + 2 : found])):
        return -1
    return found + len(closing)


def _match_dollars(text: str, start: int, end: int) -> int:
    match = _DOLLARS.match(text, start, end)
    if not match or text[start - 1 : start].isalnum():
        return -1
    inside = match[1] or match[2]
    if match[2] and (_FIELD.match(inside) or not (len(inside) == 1 or _OPERATOR.search(inside))):
        return -1
    return match.end()


def _is_bracketed_formula(inside: str) -> bool:
    without_commands = _COMMAND.sub("", inside)
    if without_commands != inside:
        return True
    has_operator = _BRACKETED_OPERATOR.search(inside) is not None
    return has_operator and not _LONG_WORD.search(inside)


def warn_of_formulas(article: Article) -> Article:
    """Return *article* with a warning that names the formulas in its text and code, unless its loader gave one."""
    passages = dict.fromkeys(_find_in_tree(article))
    if not passages or any(warning.code == FORMULA for warning in article.warnings):
        return article
    message = describe_formulas(list(passages))
    warning = LoadWarning(code=FORMULA, message=message)
    return replace(article, warnings=(*article.warnings, warning))


def describe_formulas(passages: list[str]) -> str:
    """Return the message of the warning about the formulas *passages*."""
    shown = quote_passages(passages)
    return f"Formulas stay as they are written: {shown}. Emails show no TeX. Use text or a picture."


def _find_in_tree(article: Article) -> Iterator[str]:
    for node in walk((article.blocks, article.notes, article.appeal)):
        if isinstance(node, Text):
            yield from _find_in_text(node.text)
        elif isinstance(node, Code) and node.language == "math":
            yield node.code


def _find_in_text(text: str) -> Iterator[str]:
    """Yield the formulas in *text*; of an environment that never ends, its beginning."""
    position = 0
    while start := _START.search(text, position):
        end = match_formula(text, start.start(), len(text), is_markdown=False)
        position = end if end > 0 else start.end()
        if end > 0 or (start[0].startswith("\\b") and _ENVIRONMENT.match(text, start.start())):
            yield text[start.start() : end if end > 0 else start.start() + _BEGINNING]
