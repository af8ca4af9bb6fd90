"""
Conditional comments: what Outlook for Windows sees, and what all others see.

Both views must be whole: a table opened in a comment for Outlook must be closed in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from pipeline.checks.findings import error, shorten
from pipeline.checks.html.html_part import HtmlPart
from pipeline.models.finding import Finding

#: `<!--[if …]>`, `<!--[if …]><!-->`, `<![endif]-->` and `<!--<![endif]-->`.
_MARK = re.compile(
    r"<!--\[if (?P<open>[^\]]*)\]>(?P<shown><!-->|<!---->)?|(?P<close>(?:<!--)?<!\[endif\]-->)"
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_MAY_END_BY_ITSELF = frozenset(
    "p li dt dd option tr td th thead tbody tfoot colgroup html head body".split()
)


def check_conditional_comments(page: HtmlPart) -> Iterator[Finding]:
    """Yield comments for Outlook that do not close, and tags that only one of both views closes."""
    html = page.variant.html
    if place := _unclosed(html):
        yield error(
            code="outlook.comments",
            where=f'near "{shorten(place)}"',
            message="A conditional comment is not closed, or closed twice; Outlook hides all that follows.",
            hint="Close each <!--[if mso]> with <![endif]-->, and nest none.",
        )
        return
    for name, is_outlook in (("Outlook for Windows", True), ("other mail programs", False)):
        if tag := _unbalanced(resolve_conditional_comments(html, is_outlook=is_outlook)):
            yield error(
                code="outlook.unbalanced",
                where=f"<{tag}> as {name} see it",
                message="It is opened and not closed there, or closed and not opened; the layout breaks.",
                hint="Open and close the tags of conditional comments in pairs.",
            )


def resolve_conditional_comments(html: str, *, is_outlook: bool) -> str:
    """
    Return *html* as Outlook for Windows, or any other mail program, reads it.

    To the others `<!--[if …]>` is a comment like any, and `<!--[if …]><!-->` is over at once.
    """
    shown, at, hides = [], 0, False
    for mark in _MARK.finditer(html):
        if not hides:
            shown.append(html[at : mark.start()])
        at = mark.end()
        holds = _is_for_outlook(mark["open"] or "") if is_outlook else mark["shown"]
        hides = not (mark["close"] or holds)
    shown.append("" if hides else html[at:])
    return "".join(shown)


def _is_for_outlook(condition: str) -> bool:
    """Whether a condition holds in the newest Outlook for Windows, which is version 16."""
    words = condition.strip().lower()
    if words.startswith("!") or words.startswith("(!"):
        return False
    if old := re.search(r"\b(lt|lte)\s+mso\s+(\d+)", words):
        return int(old[2]) + (old[1] == "lte") > 16
    return "mso" in words


def _unclosed(html: str) -> str:
    opened = None
    for mark in _MARK.finditer(html):
        if bool(mark["close"]) is (opened is None):
            return html[mark.start() : mark.start() + 60]
        opened = None if mark["close"] else mark
    return html[opened.start() : opened.start() + 60] if opened else ""


def _unbalanced(html: str) -> str:
    """Return the first tag that is not closed in its place, or closed without having been opened."""
    balance = _TagBalance()
    balance.feed(html)
    balance.close()
    return balance.wrong or next(
        (tag for tag in reversed(balance.open) if tag not in _MAY_END_BY_ITSELF), ""
    )


class _TagBalance(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """A tag that closes itself, as in VML and Office's XML."""

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or self.wrong:
            return
        waiting = list(self.open)
        while waiting and waiting[-1] != tag and waiting[-1] in _MAY_END_BY_ITSELF:
            waiting.pop()
        if not waiting or waiting[-1] != tag:
            self.wrong = tag
            return
        self.open = waiting[:-1]
