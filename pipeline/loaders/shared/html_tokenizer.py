"""
Split raw HTML into tags, comments and text, so that each character belongs to one token.

The rules are those of the HTML tokenizer (WHATWG HTML §13.2.5), as far as they separate text from markup. Where a
browser would swallow the rest of a document, after a tag that never ends, the character stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.entities import html5


@dataclass(frozen=True, slots=True)
class TagAttribute:
    """An attribute: *source* as written, *value* as decoded; both "" if it has no value."""

    name: str
    source: str
    value: str


@dataclass(frozen=True, slots=True)
class StartTag:
    """`<name …>`, or `<name …/>` if it *is_self_closing*."""

    name: str
    attributes: tuple[TagAttribute, ...]
    is_self_closing: bool


@dataclass(frozen=True, slots=True)
class EndTag:
    """`</name …>`; *rest* is what follows the name."""

    name: str
    rest: str


@dataclass(frozen=True, slots=True)
class SpecialMarkup:
    """A comment, declaration, processing instruction or CDATA section, by *kind*."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class HtmlText:
    """Text: *source* as written, *text* as decoded."""

    source: str
    text: str


HtmlToken = StartTag | EndTag | SpecialMarkup | HtmlText

#: Elements whose content has no markup; in the first of these not even character references.
_RAW_TEXT_ELEMENTS = frozenset("iframe noembed noframes plaintext script style xmp".split())
_TEXT_ONLY_ELEMENTS = _RAW_TEXT_ELEMENTS | {"textarea", "title"}

_NAME = r"[^\s/>][^\s/>=]*+"
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?=>))"""
#: An attribute and the spaces before it.
ATTRIBUTE = rf"[\s/]*+{_NAME}(?:\s*+=\s*+{_VALUE})?+"
_ATTRIBUTE = re.compile(rf"({_NAME})(?:\s*+=\s*+({_VALUE}))?+")
_TAG = re.compile(rf"<(/?)([A-Za-z][^\s/>]*+)((?:{ATTRIBUTE})*+)([\s/]*+)>")
_SPECIAL_MARKUP = (
    ("comment", re.compile(r"<!--(?:-?>|(?:(?!--!?>).)*+--!?>)", re.DOTALL)),
    ("cdata", re.compile(r"<!\[CDATA\[(?:(?!\]\]>).)*+\]\]>", re.DOTALL)),
    ("declaration", re.compile(r"<![A-Za-z][^>]*+>")),
    ("instruction", re.compile(r"<\?[^>]*+>")),
    ("comment", re.compile(r"<![^>]*+>|</[^A-Za-z>][^>]*+>|</>")),
)
#: A character reference in an attribute; without a semicolon it is mostly part of a URL, `?a=1&copy=2`.
_REFERENCE = re.compile(r"&#?\w+;")
#: After this many characters that open nothing the rest is text: each costs a scan of all that follows.
_MAX_FAILURES = 64


def tokenize_html(html: str) -> Iterator[HtmlToken]:
    """Yield the tokens of *html* in order."""
    start = i = failures = 0
    while (i := html.find("<", i)) >= 0 and failures < _MAX_FAILURES:
        found = _read_markup(html, i)
        if found is None:
            failures += html.startswith(("!", "?", "/"), i + 1) or html[i + 1 : i + 2].isalpha()
            i += 1
            continue
        token, end = found
        if start < i:
            yield _decode_text(html[start:i])
        yield token
        start = i = end
        if (
            isinstance(token, StartTag)
            and token.name in _TEXT_ONLY_ELEMENTS
            and not token.is_self_closing
        ):
            start = i = _find_raw_end(html, end, token.name)
            if end < start:
                raw = html[end:start]
                yield HtmlText(raw, raw) if token.name in _RAW_TEXT_ELEMENTS else _decode_text(raw)
    if start < len(html):
        yield _decode_text(html[start:])


def _decode_text(source: str) -> HtmlText:
    """Return *source* as text, with character references decoded."""
    return HtmlText(source, unescape(source) if "&" in source else source)


def _read_markup(html: str, i: int) -> tuple[HtmlToken, int] | None:
    tag = _TAG.match(html, i)
    if tag and tag[1]:
        return EndTag(tag[2].lower(), tag[3]), tag.end()
    if tag:
        attributes = tuple(map(_read_attribute, _ATTRIBUTE.finditer(tag[3])))
        return StartTag(tag[2].lower(), attributes, "/" in tag[4]), tag.end()
    for kind, pattern in _SPECIAL_MARKUP:
        if special := pattern.match(html, i):
            return SpecialMarkup(kind, special[0]), special.end()
    return None


def _read_attribute(match: re.Match[str]) -> TagAttribute:
    source = match[2] or ""
    value = source[1:-1] if source[:1] in {'"', "'"} else source
    return TagAttribute(match[1].lower(), source, _REFERENCE.sub(_decode_reference, value))


def _decode_reference(reference: re.Match[str]) -> str:
    is_known = reference[0].startswith("&#") or reference[0][1:] in html5
    return unescape(reference[0]) if is_known else reference[0]


def _find_raw_end(html: str, start: int, name: str) -> int:
    """Return where the content of a raw text element ends: at its end tag, or at the end of *html*."""
    end = re.compile(rf"</{re.escape(name)}(?=[\s/>])", re.IGNORECASE).search(html, start)
    return end.start() if end else len(html)
