"""Small tools for a DOM whose parts are lifted out while every word stays accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.loaders.shared.html_nodes import LoadReport

Element = etree._Element

#: What ends a paragraph; what is lifted out of between them must go on doing so.
BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody td tfoot th thead tr "
    "ul".split()
)
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())

#: Signs nobody sees: soft hyphen, zero-width spaces and joiners, variation selectors, byte order mark.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
_NAMING = ("id", "class", "role", "name", "epub:type", "rel", "itemprop")


def get_names(element: Element) -> str:
    """Return everything that names *element*, in one line: id, class, role and their like."""
    return " ".join(value for name in _NAMING if (value := element.get(name)))


def get_text(element: Element) -> str:
    """Return the words of *element* on one line, without signs nobody sees."""
    return " ".join(_UNSEEN.sub("", "".join(_texts(element))).split())


def has_content(element: Element) -> bool:
    """Whether anything can be seen in *element*: a letter, a digit, any other sign, a picture."""
    return bool(get_text(element)) or element.tag == "img" or element.find(".//img") is not None


def iter_visible_texts(element: Element) -> Iterator[str]:
    """Yield each text and each alternative text in *element*, in reading order."""
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            if node.tag == "img" and node.get("alt"):
                yield node.get("alt")
            if node.text:
                yield node.text
        elif node is not element and node.tail:
            yield node.tail


def get_visible_text(element: Element) -> str:
    """Return what is seen of *element*, alternative texts included, on one line."""
    return " ".join(" ".join(iter_visible_texts(element)).split())


def detach(element: Element) -> Element:
    """
    Take *element* out of its tree, and return the empty element that stands in its place.

    The text behind it stays, and stays as far from the text before it as it was.
    """
    parent = element.getparent()
    placeholder = etree.Element("div" if element.tag in BLOCKS else "span")
    placeholder.tail, element.tail = element.tail, None
    if parent is not None:
        parent.replace(element, placeholder)
    return placeholder


def drop_element(element: Element, reason: str, report: LoadReport) -> Element:
    """Take *element* out and list its words under *reason*; return what stands in its place."""
    report.drop(reason, get_visible_text(element))
    return detach(element)


def remove_as_markup(element: Element, rule: str, report: LoadReport) -> Element:
    """Take *element* out, its words being syntax by *rule*; return what stands in its place."""
    report.add_markup(rule, get_visible_text(element))
    return detach(element)


def find_block(element: Element) -> Element:
    """Return the nearest block around *element*, itself included."""
    while element.tag not in BLOCKS and (parent := element.getparent()) is not None:
        element = parent
    return element


def following(element: Element) -> Iterator[Element]:
    """Yield the siblings after *element*, safe against their being moved."""
    yield from list(element.itersiblings())


def count_words(root: Element) -> dict[Element, int]:
    """Return the number of words in each element at and below *root*."""
    weights: dict[Element, int] = {}
    for element in reversed(list(root.iter())):
        own = len((element.text or "").split())
        weights[element] = own + sum(
            weights[child] + len((child.tail or "").split()) for child in element
        )
    return weights


def _texts(element: Element) -> Iterator[str]:
    return map(str, element.itertext())
