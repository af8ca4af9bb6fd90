"""From the text of a page to a DOM that holds only what can be seen, within bounds."""

from __future__ import annotations

import re

from lxml import etree

from pipeline.errors import LoadError
from pipeline.loaders.html.dom import Element, detach

#: More elements are no article: the longest pages of encyclopedias have no more.
MAX_ELEMENTS = 40_000
#: Tags are counted before anything is parsed, for a tree needs some hundred bytes for each.
_MAX_TAGS = 300_000
#: In characters; the longest novels.
_MAX_TEXT = 4_000_000
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,512}>")
#: Written `<a id="x"/>` in XHTML, where it ends at once; the HTML parser would let it run on.
_SELF_CLOSED = re.compile(
    r"<(a|b|div|em|i|li|p|section|span|strong|sub|sup|td|th|title|script|iframe|textarea)(\s[^<>]{0,2000})?/>",
    re.IGNORECASE,
)
#: Control characters, written or as references, which no text needs and lxml does not take.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])(?![0-9])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_UNSEEN = ("script", "style", "template", "head")
#: What may stand in a head (WHATWG HTML §13.2.6.4.4); anything else begins the body.
_IN_HEAD = frozenset(
    {
        "base",
        "basefont",
        "bgsound",
        "link",
        "meta",
        "noframes",
        "noscript",
        "script",
        "style",
        "template",
        "title",
    }
)


def parse_page(text: str, address: str) -> Element:
    """
    Return the root of the page.

    Raises:
        LoadError: There is nothing in it, or it is too large or too deep for an article.
    """
    if text.count("<") > _MAX_TAGS:
        raise LoadError(_too_large(address))
    text = _CONTROL.sub(" ", text)
    declaration = _XML_DECLARATION.match(text)
    if declaration or "www.w3.org/1999/xhtml" in text[:1000]:
        text = _SELF_CLOSED.sub(r"<\1\2></\1>", text[declaration.end() if declaration else 0 :])
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.LxmlError as error:
        raise LoadError(_empty(address)) from error
    if root is None:
        raise LoadError(_empty(address))
    if any("xcessive depth" in entry.message for entry in parser.error_log):
        raise LoadError(
            f"{address}: its elements are nested too deeply for an article. Save its text anew."
        )
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise LoadError(_too_large(address))
    _end_head(root)
    return root


def _end_head(root: Element) -> None:
    """Begin the body at the first element that no head can hold: libxml2 does not know those of HTML5."""
    head = root.find("head")
    outside = [] if head is None else list(head)
    first = next((place for place, e in enumerate(outside) if e.tag not in _IN_HEAD), len(outside))
    if head is None or first == len(outside):
        return
    body = root.find("body")
    if body is None:
        body = root.makeelement("body")
        head.addnext(body)
    body.text, rest = None, body.text
    for place, element in enumerate(outside[first:]):
        body.insert(place, element)
    last = body[len(outside) - first - 1]
    last.tail = (last.tail or "") + (rest or "") or None


def remove_invisible(root: Element, address: str) -> None:
    """
    Remove what no reader sees: scripts, styles, templates, the head.

    Raises:
        LoadError: What is left is longer than any article.
    """
    for element in list(root.iter(*_UNSEEN)):
        if element is not root:
            detach(element)
    if sum(map(len, root.itertext())) > _MAX_TEXT:
        raise LoadError(
            f"{address}: more than {_MAX_TEXT:,} characters are no article. Save only the article."
        )


def get_body(root: Element) -> Element:
    """Return the body of the page, or the whole of it where it has none."""
    body = root.find("body")
    return root if body is None else body


def _empty(address: str) -> str:
    return f"{address}: the page is empty. Save it again, with its text."


def _too_large(address: str) -> str:
    return f"{address}: too large for an article (more than {MAX_ELEMENTS:,} HTML elements). Save only the article."
