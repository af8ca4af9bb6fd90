"""
Split hostile HTML into tags and text as browsers do (HTML Standard, 13.2.5), in linear time.

What a browser drops at the end, an unfinished tag or comment, ends the tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

#: One attribute; an unquoted value ends at a space or at the end of the tag.
_ATTRIBUTE_PATTERN = (
    r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?=>)))?+"""
)
_ATTRIBUTE = re.compile(_ATTRIBUTE_PATTERN)
_TAG = re.compile(rf"</?([a-zA-Z][^\s/>]*+)(?:[\s/]++|{_ATTRIBUTE_PATTERN})*+>")
_COMMENT_END = re.compile(r"--!?>")
_DOCTYPE = re.compile(r"<!doctype\b[^<>]*>", re.IGNORECASE)
#: Elements whose content is text, whatever it looks like.
_RAW_TEXT = frozenset(
    "script style title textarea xmp iframe noembed noframes noscript plaintext".split()
)
_RAW_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW_TEXT}


class HtmlToken(NamedTuple):
    """
    A piece of HTML.

    Args:
        source: The piece as it stands; of text, without what could be taken for a tag.
        name: Of a tag, in lower case; "" for text.
        raw: The content of an element whose content is text: it follows the opening tag.
    """

    source: str
    name: str = ""
    raw: str | None = None

    @property
    def is_end(self) -> bool:
        """Whether it is a closing tag."""
        return self.source.startswith("</")


def tokenize(html: str) -> Iterator[HtmlToken]:
    """Yield tags and text; comments are left out."""
    position = 0
    while (start := html.find("<", position)) >= 0:
        if start > position:
            yield HtmlToken(html[position:start])
        following = html[start + 1 : start + 2]
        if (following.isascii() and following.isalpha()) or _is_end_tag(html, start):
            match = _TAG.match(html, start)
            if match is None:
                return
            name, position = match[1].lower(), match.end()
            raw = None
            if name in _RAW_TEXT and following != "/":
                end = _RAW_ENDS[name].search(html, position)
                raw = html[position : end.start() if end else len(html)]
                position += len(raw)
            yield HtmlToken(match[0], name, raw)
        elif following in ("!", "?", "/"):
            if doctype := _DOCTYPE.match(html, start):
                yield HtmlToken(doctype[0], "!doctype")
            end_position = _find_comment_end(html, start)
            if end_position < 0:
                return
            position = end_position
        else:
            yield HtmlToken("&lt;")
            position = start + 1
    yield HtmlToken(html[position:])


def _is_end_tag(html: str, start: int) -> bool:
    following = html[start + 1 : start + 3]
    return (
        len(following) == 2
        and following[0] == "/"
        and following[1:].isascii()
        and following[1:].isalpha()
    )


def _find_comment_end(html: str, start: int) -> int:
    if html.startswith("<!--", start):
        end = _COMMENT_END.search(html, start + 2)
        return end.end() if end else -1
    return html.find(">", start) + 1 or -1


def remove_attributes(tag: str, is_removed: Callable[[str], bool]) -> str:
    """Return *tag* without the attributes whose names, in lower case, *is_removed* tells."""
    name_end = re.match(r"</?[^\s/>]*+", tag)
    start = name_end.end() if name_end else 0

    def change(match: re.Match[str]) -> str:
        name = re.split(r"[\s=]", match[0], maxsplit=1)[0].lower()
        return "" if is_removed(name) else match[0]

    return f"{tag[:start]}{_ATTRIBUTE.sub(change, tag[start:-1])}>"


def get_attributes(tag: str) -> dict[str, str]:
    """Return the attributes of *tag*, names in lower case."""
    found: dict[str, str] = {}
    name_end = re.match(r"</?[^\s/>]*+", tag)
    for match in _ATTRIBUTE.finditer(tag, name_end.end() if name_end else 0, len(tag) - 1):
        name, _, value = match[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip("\"'"))
    return found


def map_spans(
    html: str, start: re.Pattern[str], end: re.Pattern[str], change: Callable[[str], str]
) -> str:
    """Return *html* with each span from a match of *start* to the next of *end* changed."""
    parts, position = [], 0
    while (opening := start.search(html, position)) and (
        closing := end.search(html, opening.end())
    ):
        parts += [html[position : opening.start()], change(html[opening.start() : closing.end()])]
        position = closing.end()
    return "".join([*parts, html[position:]])


_STYLE_START = re.compile(r"<style(?=[\s/>])[^<>]*>", re.IGNORECASE)
_STYLE_END = re.compile(r"</style[^<>]*>", re.IGNORECASE)


def map_styles(html: str, change: Callable[[str], str]) -> str:
    """Return *html* with each `<style>` element changed, tags included."""
    return map_spans(html, _STYLE_START, _STYLE_END, change)


def find_styles(html: str) -> list[str]:
    """Return the `<style>` elements in *html*, tags included."""
    found: list[str] = []

    def collect(style: str) -> str:
        found.append(style)
        return style

    map_styles(html, collect)
    return found


def parse_html(html: str) -> Any:  # Any: lxml has no types
    """Return the elements of *html*, for reading; or an empty document."""
    from lxml import etree
    from lxml import html as lxml_html

    try:
        return lxml_html.document_fromstring(html.replace("\0", ""))
    except (etree.LxmlError, ValueError):  # it has no elements, or an XML declaration
        return lxml_html.document_fromstring("<p></p>")
