"""
Find notes that are written as links: by a converter from HTML, or by hand with anchors.

    It rings.[1](https://example.org/bell#footnote-1)          It rings.[1](#note1)
    [1](https://example.org/bell#footnote-anchor-1)            1. <a id="note1"></a>Harbour book.
    Harbour book.

A link with the text of a marker is a reference if a later block begins with the anchor it leads to, or has the same
marker and a link back. Both get the ids by which notes in HTML are found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.node_reader import Element
from pipeline.loaders.shared.languages import BACK_ARROWS, BACK_LINK

_MARKER = re.compile(r"[\[(^]{0,2}(\d{1,3}|[*†‡§]{1,3}|[ivxl]{1,6})[\])^]{0,2}")
_BACK = re.compile(
    rf"[\[(]?[{BACK_ARROWS}\ufe0e\ufe0f]+[\])]?|[\[(]?(?:{BACK_LINK})[\])]?", re.IGNORECASE
)
_LEADING_NUMBER = re.compile(r"\s*[\[(]?(\d{1,3})[\]).:]")
_BLOCKS = ("p", "li", "dd", "td")
#: More links than this are no notes of an article.
_MAX_LINKS = 5_000


@dataclass
class _Target:
    """A block that may be a note: its label, the link back in it, and the anchors at its start."""

    block: Element
    position: int
    label: str
    back: Element | None
    anchors: tuple[str, ...]
    is_used: bool = False


def mark_linked_notes(root: Element, report: LoadReport) -> bool:
    """Give references and notes in *root* that are written as links their ids; return whether there are any."""
    elements = {element: position for position, element in enumerate(root.iter())}
    links = [link for link in root.iter("a") if "#" in (link.get("href") or "")]
    if not links or len(links) > _MAX_LINKS:
        return False
    targets = _find_targets(root, elements)
    by_anchor = {anchor: target for target in reversed(targets) for anchor in target.anchors}
    by_label: dict[str, list[_Target]] = {}
    for target in targets:
        if target.back is not None:
            by_label.setdefault(target.label, []).append(target)
    pairs: list[tuple[Element, _Target]] = []
    for link in links:
        label = _read_marker(link)
        fragment = (link.get("href") or "").partition("#")[2]
        block = _find_block(link)
        if not label or block is None or _is_first(link, block):
            continue
        found = by_anchor.get(fragment)
        if found is None:
            later = (t for t in by_label.get(label, ()) if t.position > elements[link])
            found = next((t for t in later if not t.is_used), None)
        if found is None or found.block is block:
            continue
        found.is_used = True
        pairs.append((link, found))
    numbers = {id(target): number for number, (_, target) in enumerate(pairs, start=1)}
    bounds = {target.block for _, target in pairs}
    marked: set[int] = set()
    for link, target in pairs:
        number = numbers[id(target)]
        if id(target) not in marked:
            marked.add(id(target))
            _mark_note(target, number, bounds, report)
        _mark_reference(link, number, report)
    return bool(pairs)


def _find_targets(root: Element, elements: dict[Element, int]) -> list[_Target]:
    targets = []
    for block in root.iter(*_BLOCKS):
        if block.tag == "li" and next(block.iterchildren("p"), None) is not None:
            continue  # its paragraph is the block
        links = [link for link in block.iter("a") if "#" in (link.get("href") or "")]
        first = links[0] if links and _is_first(links[0], block) else None
        label = _read_marker(first) if first is not None else ""
        back = first if label else None
        if back is None:
            back = next((link for link in links if _BACK.fullmatch(_get_text(link))), None)
            label = _read_number(block)
        anchors = tuple(
            name
            for element in block.iter()
            for name in (element.get("id"), element.get("name"))
            if name and element.get("href") is None and _is_first(element, block)
        )
        if back is not None or anchors:
            position = elements[block]
            targets.append(
                _Target(block=block, position=position, label=label, back=back, anchors=anchors)
            )
    return targets


def _read_marker(link: Element) -> str:
    match = _MARKER.fullmatch(_get_text(link))
    return match[1] if match else ""


def _read_number(block: Element) -> str:
    """Return the number of a list item, or the one that a paragraph begins with."""
    item = block if block.tag == "li" else block.getparent()
    above = None if item is None else item.getparent()
    if item is not None and above is not None and item.tag == "li" and above.tag == "ol":
        try:
            start = int(above.get("start") or 1)
        except ValueError:
            start = 1
        return str(start + sum(1 for _ in item.itersiblings("li", preceding=True)))
    match = _LEADING_NUMBER.match(_get_text(block))
    return match[1] if match else ""


def _is_first(element: Element, block: Element) -> bool:
    """Whether no text of *block* stands before *element*."""
    if (block.text or "").strip():
        return element is block
    for inner in block.iterdescendants():
        if inner is element:
            return True
        if (inner.text or "").strip() or (inner.tail or "").strip():
            return False
    return False


def _find_block(link: Element) -> Element | None:
    return next(link.iterancestors(*_BLOCKS), None)


def _mark_reference(link: Element, number: int, report: LoadReport) -> None:
    _set_address(link, f"#fn{number}-linked", report)
    link.set("id", f"fnref{number}-linked")
    parent = link.getparent()
    if parent is None or parent.tag == "sup":
        return
    raised = etree.Element("sup")
    raised.tail, link.tail = link.tail, None
    parent.replace(link, raised)
    raised.append(link)


def _mark_note(target: _Target, number: int, bounds: set[Element], report: LoadReport) -> None:
    block = target.block
    if target.back is None:
        back = etree.SubElement(block, "a")
        back.text = "↩"
        back.set("href", f"#fnref{number}-linked")
    else:
        _set_address(target.back, f"#fnref{number}-linked", report)
        if _get_text(block) == _get_text(target.back):
            block = _join_following(block, bounds)
    for element in block.iter():
        if element.get("href") is None and (element.get("id") or element.get("name")):
            element.attrib.pop("id", "")
            element.attrib.pop("name", "")
    block.set("id", f"fn{number}-linked")


def _join_following(block: Element, bounds: set[Element]) -> Element:
    """Join *block*, which is only a marker, with the paragraphs after it, and return the element around them."""
    following: list[Element] = []
    parent = block.getparent()
    if parent is None:
        return block
    for element in block.itersiblings():
        if element.tag not in {"p", "ul", "ol", "blockquote", "pre"} or element in bounds:
            break
        following.append(element)
    has_next = any(element in bounds for element in block.itersiblings())
    if not has_next:
        following = following[:1]
    if not following:
        return block
    around = etree.Element("div")
    parent.replace(block, around)
    if following[0].tag == "p":
        first = following[0]
        last = block[-1]
        last.tail = f"{last.tail or ''} {first.text or ''}"
        first.text = block.text
        for position, child in enumerate(list(block)):
            first.insert(position, child)
    else:
        around.append(block)
    around.extend(following)
    return around


def _set_address(link: Element, href: str, report: LoadReport) -> None:
    report.add_markup("markdown.note-address", link.get("href") or "")
    report.add_markup("markdown.note-address", str(link.attrib.pop("title", "")))
    link.set("href", href)


def _get_text(element: Element) -> str:
    return "".join(map(str, element.itertext())).strip()
