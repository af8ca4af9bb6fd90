"""Part notes that share a block, one line each, into blocks of their own."""

from __future__ import annotations

from lxml import etree

from pipeline.loaders.html.dom import BLOCKS, Element, block_of, text_of
from pipeline.loaders.html.footnotes.anchors import Anchors
from pipeline.loaders.html.footnotes.shapes import is_named_marker, is_raised, label_of


def split_runs(anchors: Anchors) -> bool:
    """
    Give each note its own block where several stand in one, parted by line breaks.

    Returns:
        Whether anything changed.
    """
    blocks: dict[Element, set[Element]] = {}
    for link in anchors.elements:
        if link.tag != "a" or "#" not in (link.get("href") or "") or not label_of(text_of(link)):
            continue
        target = anchors.target(link)
        if target is None or target.tag in BLOCKS or anchors.place(target) < anchors.place(link):
            continue
        if is_raised(link) or is_named_marker(link, anchors.fragment(link) or ""):
            blocks.setdefault(block_of(target), set()).add(target)
    for place in anchors.alike({target for targets in blocks.values() for target in targets}):
        if block_of(place) in blocks:
            blocks[block_of(place)].add(place)
    changed = False
    for block, targets in blocks.items():
        starts = [child for child in block if _begins(child, targets)]
        if starts and (len(starts) > 1 or block.tag in {"body", "article", "main"}):
            for start in starts:
                _wrap(start, set(starts))
            changed = True
    return changed


def _begins(child: Element, targets: set[Element]) -> bool:
    """Whether a note begins with *child*: it holds a target and stands at the start of a line."""
    if child.tag in BLOCKS or not any(element in targets for element in child.iter()):
        return False
    previous = child.getprevious()
    if previous is None:
        parent = child.getparent()
        return parent is None or not (parent.text or "").strip()
    is_line_end = previous.tag == "br" or previous.tag in BLOCKS
    return is_line_end and not (previous.tail or "").strip(" \t\r\n[(")


def _wrap(start: Element, starts: set[Element]) -> None:
    """Put *start* and what follows it on its lines into a block of its own."""
    wrapper = etree.Element("div")
    start.addprevious(wrapper)
    wrapper.append(start)
    while (
        (after := wrapper.getnext()) is not None and after not in starts and after.tag not in BLOCKS
    ):
        wrapper.append(after)
