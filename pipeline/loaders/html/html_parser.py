"""Parse the text of a page into a DOM of limited size that contains only what is visible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from pipeline.errors import LoadError
from pipeline.loaders.html.dom import Element, detach
from pipeline.loaders.html.visible_text import IN_HEAD
from pipeline.loaders.shared.html_tokenizer import ATTRIBUTE

#: The longest pages of encyclopedias have fewer elements.
MAX_ELEMENTS = 40_000
#: Tags are counted before parsing, because each needs some hundred bytes in a tree.
_MAX_TAGS = 300_000
#: In characters; the longest novels have fewer.
_MAX_TEXT = 4_000_000
_MAX_ATTRIBUTES = 1_000
_TAG = re.compile(
    rf"<[A-Za-z][^\s/>]*+(?:(?:{ATTRIBUTE}){{{_MAX_ATTRIBUTES + 1}}}(?P<too_many>)|(?:{ATTRIBUTE})*+)"
)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,512}>")
#: Elements like `<a id="x"/>`, closed in XHTML but not for the HTML parser.
_SELF_CLOSED = re.compile(
    r"<(a|b|div|em|i|li|p|section|span|strong|sub|sup|td|th|title|script|iframe|textarea)(\s[^<>]{0,2000})?/>",
    re.IGNORECASE,
)
#: Control characters, literal or as character references, that lxml rejects.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])(?![0-9])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_INVISIBLE = ("script", "style", "template", "head")


def normalize_markup(text: str) -> str:
    """Return the page *text* without control characters, and without elements that only XHTML closes."""
    text = _CONTROL.sub(" ", text)
    declaration = _XML_DECLARATION.match(text)
    if declaration or "www.w3.org/1999/xhtml" in text[:1000]:
        return _SELF_CLOSED.sub(r"<\1\2></\1>", text[declaration.end() if declaration else 0 :])
    return text


def parse_page(text: str, location: str) -> Element:
    """
    Return the root element of the page *text*; refuse one that is empty, too large or too deeply nested for an article.

    Text after the end of the body belongs to it, and so does that of further documents, as in browsers.
    """
    if text.count("<") > _MAX_TAGS:
        raise LoadError(_too_large(location))
    if any(
        tag["too_many"] is not None for tag in _TAG.finditer(text)
    ):  # the parser compares each of them with all others
        raise LoadError(
            f"{location}: an element has more than {_MAX_ATTRIBUTES:,} attributes. Save only the article."
        )
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.LxmlError as error:
        raise LoadError(_empty(location)) from error
    if root is None:
        raise LoadError(_empty(location))
    if any("xcessive depth" in entry.message for entry in parser.error_log):
        raise LoadError(
            f"{location}: the elements are nested too deeply for an article. Save only the article."
        )
    _join_documents(root)
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise LoadError(_too_large(location))
    return root


def parse_fragment(html: str) -> Element:
    """Return a `<div>` with the content of the fragment *html*, of limited length."""
    body = get_body(parse_page(normalize_markup(f"<body>{html}</body>"), "a note"))
    body.tag = "div"
    return body


def _join_documents(root: Element) -> None:
    """Move into the body of *root* what libxml2 puts after it: beside it, or into another document after `</html>`."""
    documents = [root, *root.itersiblings("html")]
    for document in documents:
        _end_head(document)
    body = root.find("body")
    if body is None:
        if len(documents) == 1:
            return
        body = etree.SubElement(root, "body")
    texts: list[str] = []
    for part in _iter_after_body(documents, body):
        if isinstance(part, str):
            texts.append(part)
            continue
        _append_text(body, "".join(texts))
        texts = []
        body.append(part)
    _append_text(body, "".join(texts))


def _iter_after_body(documents: Sequence[Element], body: Element) -> Iterator[Element | str]:
    """Yield the texts and elements of *documents* that are not yet in *body*, the first one's."""
    for number, document in enumerate(documents):
        if number:
            yield f"\n{document.text or ''}"  # libxml2 drops the spaces before it
        for child in list(document):
            tail, child.tail = child.tail, None
            if child.tag == "body" and child is not body:
                yield child.text or ""
                yield from list(child)
            elif child.tag not in {"body", "head"}:
                yield child
            yield tail or ""


def _append_text(element: Element, text: str) -> None:
    last = next(element.iterchildren(reversed=True), None)  # len() counts the children
    if last is None:
        element.text = (element.text or "") + text or None
    else:
        last.tail = (last.tail or "") + text or None


def _end_head(root: Element) -> None:
    """Begin the body at the first element that cannot be in a head: libxml2 does not know the elements of HTML5."""
    head = root.find("head")
    children = [] if head is None else list(head)
    first = next((i for i, e in enumerate(children) if e.tag not in IN_HEAD), len(children))
    if head is None or first == len(children):
        return
    body = root.find("body")
    if body is None:
        body = root.makeelement("body")
        head.addnext(body)
    body.text, rest = None, body.text
    for index, element in enumerate(children[first:]):
        body.insert(index, element)
    last = body[len(children) - first - 1]
    last.tail = (last.tail or "") + (rest or "") or None


def remove_invisible(root: Element, location: str) -> None:
    """Remove what is not visible: scripts, styles, templates, the head; refuse a page whose text is too long."""
    for element in list(root.iter(*_INVISIBLE)):
        if element is not root:
            detach(element)
    if sum(map(len, root.itertext())) > _MAX_TEXT:
        raise LoadError(
            f"{location}: too long for an article (more than {_MAX_TEXT:,} characters). Save only the article."
        )


def get_body(root: Element) -> Element:
    """Return the body of the page, or *root* if it has none."""
    body = root.find("body")
    return root if body is None else body


def _empty(location: str) -> str:
    return f"{location}: the page is empty. Save it again with its text."


def _too_large(location: str) -> str:
    return f"{location}: too large for an article (more than {MAX_ELEMENTS:,} HTML elements). Save only the article."
