"""
Split raw HTML into tags, comments and words, exactly: each character belongs to one piece.

The rules are those of HTML's tokenizer (WHATWG HTML §13.2.5) as far as they tell words from markup. Where a browser
would swallow the rest of a document, after a tag that never ends, the sign stays a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.entities import html5


@dataclass(frozen=True, slots=True)
class TagAttribute:
    """One attribute: *written* as in the source, *value* as it reads; both "" if it has no value."""

    name: str
    written: str
    value: str


@dataclass(frozen=True, slots=True)
class StartTag:
    """`<name …>`, or `<name …/>` if it *is_closed*."""

    name: str
    attributes: tuple[TagAttribute, ...]
    is_closed: bool


@dataclass(frozen=True, slots=True)
class EndTag:
    """`</name>`; what stands behind the name is *rest*."""

    name: str
    rest: str


@dataclass(frozen=True, slots=True)
class SpecialMarkup:
    """A comment, declaration, processing instruction or CDATA section; *kind* names which."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class HtmlText:
    """Text: *written* as in the source, *text* as it reads."""

    written: str
    text: str


HtmlToken = StartTag | EndTag | SpecialMarkup | HtmlText

#: Elements whose content is no markup; of the first few not even character references are read.
_RAW = frozenset("iframe noembed noframes plaintext script style xmp".split())
_RAW_OR_ESCAPABLE = _RAW | {"textarea", "title"}

_NAME = r"[^\s/>][^\s/>=]*+"
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?=>))"""
_ATTRIBUTE = re.compile(rf"[\s/]*+({_NAME})(?:\s*+=\s*+({_VALUE}))?+")
_TAG = re.compile(
    rf"<(/?)([A-Za-z][^\s/>]*+)((?:[\s/]*+{_NAME}(?:\s*+=\s*+{_VALUE})?+)*+)([\s/]*+)>"
)
_REMARKS = (
    ("comment", re.compile(r"<!--(?:-?>|(?:(?!--!?>).)*+--!?>)", re.DOTALL)),
    ("cdata", re.compile(r"<!\[CDATA\[(?:(?!\]\]>).)*+\]\]>", re.DOTALL)),
    ("declaration", re.compile(r"<![A-Za-z][^>]*+>")),
    ("instruction", re.compile(r"<\?[^>]*+>")),
    ("comment", re.compile(r"<![^>]*+>|</[^A-Za-z>][^>]*+>|</>")),
)
#: A character reference in an attribute; without a semicolon it is most often part of an address, `?a=1&copy=2`.
_REFERENCE = re.compile(r"&#?\w+;")
#: After so many signs that open nothing, the rest is words: each costs a look at all that follows.
_MAX_FAILURES = 64


def tokenize_html(html: str) -> Iterator[HtmlToken]:
    """Yield the pieces of *html* in order."""
    start = place = failures = 0
    while (place := html.find("<", place)) >= 0 and failures < _MAX_FAILURES:
        found = _markup(html, place)
        if found is None:
            failures += (
                html.startswith(("!", "?", "/"), place + 1) or html[place + 1 : place + 2].isalpha()
            )
            place += 1
            continue
        piece, end = found
        if start < place:
            yield words_of(html[start:place])
        yield piece
        start = place = end
        if isinstance(piece, StartTag) and piece.name in _RAW_OR_ESCAPABLE and not piece.is_closed:
            start = place = _raw_end(html, end, piece.name)
            if end < start:
                raw = html[end:start]
                yield HtmlText(raw, raw) if piece.name in _RAW else words_of(raw)
    if start < len(html):
        yield words_of(html[start:])


def words_of(written: str) -> HtmlText:
    """Return *written* as text, its character references read."""
    return HtmlText(written, unescape(written) if "&" in written else written)


def _markup(html: str, place: int) -> tuple[HtmlToken, int] | None:
    tag = _TAG.match(html, place)
    if tag and tag[1]:
        return EndTag(tag[2].lower(), tag[3]), tag.end()
    if tag:
        attributes = tuple(map(_attribute, _ATTRIBUTE.finditer(tag[3])))
        return StartTag(tag[2].lower(), attributes, "/" in tag[4]), tag.end()
    for kind, pattern in _REMARKS:
        if remark := pattern.match(html, place):
            return SpecialMarkup(kind, remark[0]), remark.end()
    return None


def _attribute(match: re.Match[str]) -> TagAttribute:
    written = match[2] or ""
    value = written[1:-1] if written[:1] in {'"', "'"} else written
    return TagAttribute(match[1].lower(), written, _REFERENCE.sub(_character, value))


def _character(reference: re.Match[str]) -> str:
    is_known = reference[0].startswith("&#") or reference[0][1:] in html5
    return unescape(reference[0]) if is_known else reference[0]


def _raw_end(html: str, start: int, name: str) -> int:
    """Return where the content of the raw element *name* ends: at its end tag, or with the piece."""
    end = re.compile(rf"</{re.escape(name)}(?=[\s/>])", re.IGNORECASE).search(html, start)
    return end.start() if end else len(html)
