"""Set apart words that stand apart only by style: blocks made of inline elements, buttons, parts of a row."""

from __future__ import annotations

import re

from lxml import etree

from pipeline.loaders.html.dom import BLOCKS, Element, get_text
from pipeline.loaders.html.structure.stylesheet import Stylesheet

_INLINE = frozenset(
    "a abbr b bdi button cite data em font i label mark small span strong time u".split()
)
_BLOCK_DISPLAYS = ("block", "flex", "grid", "table", "list-item", "flow-root")
_INLINE_BLOCKS = ("inline-block", "inline-flex", "inline-grid", "inline-table")
_ROW_DISPLAYS = ("flex", "grid", "inline-flex", "inline-grid")
#: Classes of rows whose style sheet is a file of its own.
_ROW_CLASS = re.compile(
    r"(?:^|\s)(?:d-flex|flex|inline-flex|grid|wp-block-buttons?|wp-block-file|btn-group|buttons)(?:\s|$)"
)
#: Elements that contain running text: two inline elements in them may be parts of a word.
_TEXTS = frozenset("p h1 h2 h3 h4 h5 h6 li dd dt td th figcaption blockquote caption pre".split())
_SEPARATE = ("a", "button")


def separate_blocks(body: Element, sheet: Stylesheet) -> None:
    """Separate the elements of *body* that a browser shows apart but that have nothing between them."""
    rows: dict[Element, bool] = {}
    for element in list(body.iter(*_INLINE)):
        parent = element.getparent()
        if (
            parent is None
            or parent.tag == "sup"
            or next(element.iterancestors("pre", "code"), None) is not None
        ):
            continue
        display = sheet.get_style(element).get("display", "")
        if display in _BLOCK_DISPLAYS and get_text(element):
            _make_block(element)
        elif _is_apart(element, parent, display, sheet, rows):
            _add_space(element)


def _make_block(element: Element) -> None:
    """Turn *element* into a block, or put it into one if it is more than a span."""
    if element.tag in {"span", "font", "label"}:
        element.tag = "div"
        return
    block = etree.Element("div")
    block.tail, element.tail = element.tail, None
    parent = element.getparent()
    if parent is not None:
        parent.replace(element, block)
    block.append(element)


def _is_apart(
    element: Element, parent: Element, display: str, sheet: Stylesheet, rows: dict[Element, bool]
) -> bool:
    """Whether a browser shows a gap between *element* and the inline element right before it."""
    previous = element.getprevious()
    if previous is None or previous.tail or previous.tag not in _INLINE or previous.tag in BLOCKS:
        return False
    before, after = get_text(previous)[-1:], get_text(element)[:1]
    if (
        not (before.isalnum() or before in {")", "”", '"', ".", ",", "!", "?", ":"})
        or not after.isalnum()
    ):
        return False
    if previous.tag in _SEPARATE and element.tag in _SEPARATE:
        return True
    if display in _INLINE_BLOCKS or sheet.get_style(previous).get("display") in _INLINE_BLOCKS:
        return True
    if sheet.get_style(parent).get("display") in _ROW_DISPLAYS or _ROW_CLASS.search(
        parent.get("class") or ""
    ):
        return True
    if parent not in rows:
        rows[parent] = _is_row(parent)
    return rows[parent] and (not before.islower() or not after.islower())


def _is_row(parent: Element) -> bool:
    """Whether *parent* is no text but a row of elements, each with a class."""
    if parent.tag in _TEXTS or parent.tag in _INLINE or (parent.text or "").strip():
        return False
    return all(child.get("class") and not (child.tail or "").strip() for child in parent)


def _add_space(element: Element) -> None:
    previous = element.getprevious()
    if previous is not None:
        previous.tail = " "
