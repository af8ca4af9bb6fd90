"""Split blocks of several notes, one on each line, into one block for each note."""

from __future__ import annotations

from lxml import etree

from pipeline.loaders.html.dom import BLOCKS, Element, find_block, get_text
from pipeline.loaders.html.footnotes.anchor_index import AnchorIndex
from pipeline.loaders.html.footnotes.note_patterns import (
    is_named_marker,
    is_superscript,
    parse_label,
)
from pipeline.loaders.html.footnotes.unnamed_markers import find_unnamed_markers


def split_notes(anchors: AnchorIndex) -> bool:
    """Give each note its own block where line breaks separate several in one; return whether anything changed."""
    blocks: dict[Element, set[Element]] = {}
    unnamed = find_unnamed_markers(anchors)
    for link in anchors.elements:
        if (
            link.tag != "a"
            or "#" not in (link.get("href") or "")
            or not parse_label(get_text(link))
        ):
            continue
        target = anchors.find_target(link)
        if target is None or target.tag in BLOCKS:
            continue
        if anchors.get_position(target) < anchors.get_position(link):
            continue
        if (
            link in unnamed
            or is_superscript(link)
            or is_named_marker(link, anchors.get_fragment(link) or "")
        ):
            blocks.setdefault(find_block(target), set()).add(target)
    for element in anchors.find_similar({target for found in blocks.values() for target in found}):
        if find_block(element) in blocks:
            blocks[find_block(element)].add(element)
    is_changed = False
    for block, targets in blocks.items():
        starts = [child for child in block if _is_note_start(child, targets)]
        if starts and (len(starts) > 1 or block.tag in {"body", "article", "main"}):
            for start in starts:
                _wrap_note(start, set(starts))
            is_changed = True
    return is_changed


def _is_note_start(child: Element, targets: set[Element]) -> bool:
    """Whether a note begins with *child*: it contains a target and is at the start of a line."""
    if child.tag in BLOCKS or not any(element in targets for element in child.iter()):
        return False
    previous = child.getprevious()
    if previous is None:
        parent = child.getparent()
        return parent is None or not (parent.text or "").strip()
    is_line_end = previous.tag == "br" or previous.tag in BLOCKS
    return is_line_end and not (previous.tail or "").strip(" \t\r\n[(")


def _wrap_note(start: Element, starts: set[Element]) -> None:
    """Put *start* and what follows it, up to the next note, into a block of its own."""
    wrapper = etree.Element("div")
    start.addprevious(wrapper)
    wrapper.append(start)
    while (
        (after := wrapper.getnext()) is not None and after not in starts and after.tag not in BLOCKS
    ):
        wrapper.append(after)
