"""Names of WordprocessingML (ECMA-376 part 1), and small changes to its elements."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Element = Any  # lxml has no types

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
V = "{urn:schemas-microsoft-com:vml}"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
NOTE_REFERENCES = {f"{W}footnoteReference": "footnote", f"{W}endnoteReference": "endnote"}
#: Properties, which come first in their element.
_FIRST_CHILDREN = frozenset({"pPr", "rPr"})
#: What tracked changes have taken away; mammoth reads none of it.
_DELETED = (f"{W}del", f"{W}moveFrom")


def get_value(element: Element, path: str) -> str | None:
    """Return the value of the property at *path* below *element*: `rPr/vanish`."""
    first, _, rest = path.partition("/")
    if rest and element is not None and first in _FIRST_CHILDREN:
        element, path = find_properties(element, first), rest
    found = (
        None if element is None else element.find("/".join(W + name for name in path.split("/")))
    )
    return None if found is None else (found.get(f"{W}val") or "")


def find_properties(element: Element, name: str) -> Element | None:
    """Return the properties of a paragraph (`pPr`) or run (`rPr`): searched among all children they take long."""
    first = next(element.iterchildren(), None)
    return first if first is not None and first.tag == W + name else None


def get_style_value(style: Element, path: str) -> str | None:
    """Return the value of the property at *path* below *style*, where properties come after other elements."""
    found = None if style is None else style.find("/".join(W + name for name in path.split("/")))
    return None if found is None else (found.get(f"{W}val") or "")


def is_on(value: str | None) -> bool | None:
    """Return what the value of a switch says, None if it is not set."""
    return None if value is None else value not in {"0", "false", "off", "none"}


def make_run(text: str, *, is_raised: bool = False) -> Element:
    """Return a run with *text*."""
    from lxml import etree

    run = etree.Element(f"{W}r")
    if is_raised:
        properties = etree.SubElement(run, f"{W}rPr")
        etree.SubElement(properties, f"{W}vertAlign", {f"{W}val": "superscript"})
    element = etree.SubElement(run, f"{W}t", {SPACE: "preserve"})
    element.text = text
    return run


def copy_properties(run: Element, target: Element) -> None:
    """Give *target* the properties of *run*."""
    properties = run.find(f"{W}rPr")
    if properties is not None:
        target.insert(0, copy.deepcopy(properties))


def remove(element: Element) -> None:
    """Remove *element*; text after it has no meaning in these files."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def replace_by(element: Element, others: list[Element]) -> None:
    """Put *others*, of which *element* may be one, where *element* is."""
    parent = element.getparent()
    place = parent.makeelement("place")  # by its index, a paragraph of many runs takes long
    element.addprevious(place)
    parent.remove(element)
    for other in others:
        place.addprevious(other)
    parent.remove(place)


def is_deleted(element: Element) -> bool:
    """Whether *element* is in a tracked deletion."""
    return next(element.iterancestors(*_DELETED), None) is not None


def get_text(element: Element) -> str:
    """Return the text in *element* that is not deleted, without white space between its runs."""
    return "".join(iter_texts(element))


def iter_texts(element: Element) -> Iterator[str]:
    """Yield the texts in *element*, formulas included."""
    for node in element.iter(f"{W}t", f"{M}t", f"{W}noBreakHyphen", f"{W}softHyphen"):
        if is_deleted(node):
            continue
        if node.tag == f"{W}noBreakHyphen":
            yield "\u2011"
        elif node.tag == f"{W}softHyphen":
            yield "\u00ad"
        else:
            yield node.text or ""


def find_paragraph(element: Element) -> Element | None:
    """Return the paragraph that *element* is in."""
    return next(element.iterancestors(f"{W}p"), None)


def is_blank(paragraph: Element) -> bool:
    """Whether *paragraph* shows nothing."""
    shown = (
        f"{W}drawing",
        f"{W}pict",
        f"{W}object",
        f"{W}sym",
        *NOTE_REFERENCES,
    )
    return not get_text(paragraph).strip() and next(paragraph.iter(*shown), None) is None
