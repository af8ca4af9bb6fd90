"""
Conditional comments: HTML that only Outlook for Windows, or only the other email clients, see.

Both versions must be balanced: a table opened in a comment for Outlook must be closed in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from pipeline.checks.findings import error, shorten
from pipeline.checks.html.html_part import HtmlPart
from pipeline.models.finding import Finding

#: `<!--[if …]>`, `<!--[if …]><!-->`, `<![endif]-->` and `<!--<![endif]-->`.
_COMMENT = re.compile(
    r"<!--\[if (?P<open>[^\]<>]*)\]>(?P<revealed><!-->|<!---->)?|(?P<close>(?:<!--)?<!\[endif\]-->)"
)
_VOID_TAGS = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)
_OPTIONAL_END_TAGS = frozenset(
    "p li dt dd option tr td th thead tbody tfoot colgroup html head body".split()
)


def check_conditional_comments(part: HtmlPart) -> Iterator[Finding]:
    """Yield comments that are not closed, and tags that are closed in only one of the two versions."""
    html = part.variant.html
    if excerpt := _find_unclosed(html):
        yield error(
            code="outlook.comments",
            where=f'near "{shorten(excerpt)}"',
            message="A conditional comment is not closed, or closed twice; Outlook hides everything after it.",
            hint="Close each <!--[if mso]> with <![endif]-->, and do not nest them.",
        )
        return
    for clients, is_outlook in (("Outlook for Windows", True), ("other email clients", False)):
        if tag := _find_unbalanced(resolve_conditional_comments(html, is_outlook=is_outlook)):
            yield error(
                code="outlook.unbalanced",
                where=f"<{tag}> in {clients}",
                message="The tag is opened but not closed there, or closed but not opened; the layout breaks.",
                hint="Open and close tags in conditional comments in pairs.",
            )


def resolve_conditional_comments(html: str, *, is_outlook: bool) -> str:
    """
    Return *html* as Outlook for Windows, or any other email client, reads it.

    For the others `<!--[if …]>` starts an ordinary comment, and `<!--[if …]><!-->` is a complete one.
    """
    visible, position, is_hidden = [], 0, False
    for match in _COMMENT.finditer(html):
        if not is_hidden:
            visible.append(html[position : match.start()])
        position = match.end()
        applies = _applies_to_outlook(match["open"] or "") if is_outlook else match["revealed"]
        is_hidden = not (match["close"] or applies)
    visible.append("" if is_hidden else html[position:])
    return "".join(visible)


def _applies_to_outlook(condition: str) -> bool:
    """Whether a condition is true in the current Outlook for Windows, which is version 16."""
    condition = condition.strip().lower()
    if condition.startswith(("!", "(!")):
        return False
    if limit := re.search(r"\b(lt|lte)\s+mso\s+(\d{1,4})", condition):
        return int(limit[2]) + (limit[1] == "lte") > 16
    return "mso" in condition


def _find_unclosed(html: str) -> str:
    """Return the start of the first comment that is not closed, or closed twice, or ""."""
    opened = None
    for match in _COMMENT.finditer(html):
        if bool(match["close"]) is (opened is None):
            return html[match.start() : match.start() + 60]
        opened = None if match["close"] else match
    return html[opened.start() : opened.start() + 60] if opened else ""


def _find_unbalanced(html: str) -> str:
    """Return a tag that is not closed in its place, or closed without being opened, or ""."""
    balance = _TagBalance()
    balance.feed(html)
    balance.close()
    return balance.unbalanced or next(
        (tag for tag in reversed(balance.open_tags) if tag not in _OPTIONAL_END_TAGS), ""
    )


class _TagBalance(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open_tags: list[str] = []
        self.unbalanced = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _VOID_TAGS:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Ignore self-closing tags, as in VML and Office's XML."""

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID_TAGS or self.unbalanced:
            return
        open_tags = list(self.open_tags)
        while open_tags and open_tags[-1] != tag and open_tags[-1] in _OPTIONAL_END_TAGS:
            open_tags.pop()
        if not open_tags or open_tags[-1] != tag:
            self.unbalanced = tag
            return
        self.open_tags = open_tags[:-1]
