"""Find how far a note extends: its container, and the following blocks that belong to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile

from pipeline.loaders.html import dom
from pipeline.loaders.html.dom import Element
from pipeline.loaders.html.footnotes.anchor_index import AnchorIndex
from pipeline.loaders.html.footnotes.note_patterns import (
    has_note_name,
    is_arrow,
    is_back_link_text,
    is_marker_text,
    is_note_name,
    is_notes_heading,
    is_unrelated_name,
)

#: In characters; a longer block is not a note, unless its name says so.
_MAX_NOTE = 6_000
_MAX_NAMED_NOTE = 60_000
#: Blocks that are the page or a part of it, never one note.
_PAGE_PARTS = frozenset("html body main article".split())
#: Blocks that belong to a note as a whole if it is their only content.
_CONTAINERS = frozenset("li dd aside div section td p".split())
_FORM_ELEMENTS = ("input", "textarea", "select", "form")
_LIST_NAME = re.compile(r"foot-?notes\b|end-?notes\b|references\b", re.IGNORECASE)


class NoteStarts:
    """The blocks in which notes begin, and what is known about the lists around them."""

    def __init__(self, blocks: Iterable[Element]) -> None:
        self._blocks = set(blocks)
        self._with_ancestors = {a for b in self._blocks for a in (b, *b.iterancestors())}
        self._last: dict[Element, Element | None] = {}
        self._has_only_notes: dict[Element, bool] = {}

    def __contains__(self, element: Element) -> bool:
        return element in self._blocks

    def has_start(self, element: Element) -> bool:
        """Whether a note begins in *element*."""
        return element in self._with_ancestors

    def is_last(self, block: Element, parent: Element) -> bool:
        """Whether no note begins in *parent* after *block*."""
        if parent not in self._last:
            starts = (e for e in parent.iterchildren(reversed=True) if self.has_start(e))
            self._last[parent] = next(starts, None)
        return self._last[parent] is block

    def has_only_notes(self, parent: Element) -> bool:
        """Whether no text with markers follows the first note in *parent*."""
        if parent not in self._has_only_notes:
            children = list(dropwhile(lambda e: not self.has_start(e), parent))
            others = (e for e in children if e.tag in dom.BLOCKS and not self.has_start(e))
            self._has_only_notes[parent] = not any(map(_has_marker, others))
        return self._has_only_notes[parent]


@dataclass(frozen=True, slots=True)
class NoteExtent:
    """
    The elements of a note.

    Args:
        key: The block that identifies the note: two references with the same *key* refer to one note.
        parts: The elements that contain the note, in order; *key* itself or what follows it.
        labels: Blocks that contain only its label.
    """

    key: Element
    parts: tuple[Element, ...]
    labels: tuple[Element, ...] = ()


def find_extent(target: Element, starts: NoteStarts) -> NoteExtent | None:
    """Return the extent of the note at *target*, or None; *starts* are the blocks in which notes begin."""
    block = dom.find_block(target)
    if block.tag in _PAGE_PARTS:
        return None
    if block.tag == "dt":
        parts = tuple(_iter_until(block, stop={"dt"}, starts=NoteStarts(())))
        return NoteExtent(block, parts, (block,)) if parts else None
    if block.tag in {"td", "th", "tr", "tbody", "table"}:
        return _find_row_extent(block)
    if block.tag in dom.HEADINGS or _is_label(block):
        parts = tuple(_iter_until(block, stop={*dom.HEADINGS, "hr"}, starts=starts))
        if parts:
            return NoteExtent(block, parts, (block,))
    container = _find_container(block, starts)
    return NoteExtent(container, (container, *_iter_continuation(container, starts)))


def is_note(
    extent: NoteExtent, fragment: str, anchors: AnchorIndex, *, is_expected: bool = False
) -> bool:
    """
    Whether *extent* is a note: it has the name of a note, a back link, or a heading such as "Notes" above it.

    With *is_expected* its marker already says so, and it only has to look like one.
    """
    around = [extent.key, *list(extent.key.iterancestors())[:3]]
    is_named = is_note_name(fragment) or any(has_note_name(e) for e in around if e.tag != "body")
    length = sum(len(dom.get_text(part)) for part in extent.parts)
    names = f"{fragment} {dom.get_names(extent.key)}"
    if is_unrelated_name(names) and not has_note_name(extent.key):
        return False
    if length > (_MAX_NAMED_NOTE if is_named else _MAX_NOTE):
        return False
    if _contains_any(extent.parts, _FORM_ELEMENTS):
        return False
    if not is_named and _contains_any(extent.parts, ("h1", "h2")):
        return False
    if not any(map(_has_note_text, extent.parts)):
        return False
    return (
        is_named
        or is_expected
        or _has_back_link(extent, anchors)
        or is_under_notes_heading(extent.key)
    )


def is_under_notes_heading(block: Element) -> bool:
    """Whether the list with *block* follows a heading such as "Notes"."""
    for element in (block, *list(block.iterancestors())[:2]):
        previous = dom.find_previous(element)
        is_block = previous is not None and previous.tag in {*dom.HEADINGS, "p", "div"}
        if previous is not None and is_block and is_notes_heading(previous):
            return True
    return False


def get_name_pattern(element: Element) -> str:
    """Return the id of *element*, or else its class, with "#" for each number."""
    return re.sub(r"\d+", "#", element.get("id") or element.get("class") or "")


def _find_row_extent(block: Element) -> NoteExtent | None:
    """Return the note that is a table row: its label in one cell, its text in the others."""
    rows = [block] if block.tag == "tr" else list(block.iter("tr"))
    if block.tag in {"td", "th"}:
        rows = [row for row in [block.getparent()] if row is not None and row.tag == "tr"]
    if len(rows) != 1:
        return None
    cells = [cell for cell in rows[0] if cell.tag in {"td", "th"}]
    labels = tuple(cell for cell in cells if _is_label(cell))
    parts = tuple(cell for cell in cells if cell not in labels)
    return NoteExtent(rows[0], parts, labels) if parts and labels else None


def _find_container(block: Element, starts: NoteStarts) -> Element:
    """Return the widest block around *block* that contains only this note."""
    while (parent := block.getparent()) is not None and parent.tag in _CONTAINERS:
        if not _begins_with(parent, block) or (
            parent.tag == "section" and not has_note_name(parent)
        ):
            break
        has_other_note = any(
            e in starts and e is not block and not dom.is_inside(e, block) for e in parent.iter()
        )
        has_more = any(e.tag in {*dom.HEADINGS, "ol", "hr"} for e in parent if e is not block)
        is_list = parent.tag in {"div", "section"} and _is_note_list(parent, block)
        if has_other_note or has_more or is_list:
            break
        block = parent
    return block


def _is_note_list(parent: Element, block: Element) -> bool:
    """Whether *parent* may be a list of notes, with *block* as the first or only one."""
    if has_note_name(parent) and re.search(r"\d$", parent.get("id") or ""):
        return False
    pattern = get_name_pattern(block)
    has_similar = any(
        e is not block and e.tag == block.tag and pattern and get_name_pattern(e) == pattern
        for e in parent
    )
    return has_similar or bool(_LIST_NAME.search(dom.get_names(parent)))


def _iter_continuation(block: Element, starts: NoteStarts) -> Iterator[Element]:
    """Yield the blocks after *block* that belong to its note: up to the next note in the same list."""
    if block.tag in {"li", "dd", "td", "aside", "section"}:
        return
    parent = block.getparent()
    if parent is None:
        return
    is_list = has_note_name(parent)
    for count, element in enumerate(_iter_until(block, stop={*dom.HEADINGS, "hr"}, starts=starts)):
        is_similar = bool(element.get("class")) and element.get("class") == block.get("class")
        is_between = (
            count < 3 and not starts.is_last(block, parent) and starts.has_only_notes(parent)
        )
        is_part = is_list or (is_similar and has_note_name(element)) or is_between
        if not is_part or _has_marker(element):
            return
        yield element


def _iter_until(block: Element, *, stop: Collection[str], starts: NoteStarts) -> Iterator[Element]:
    """Yield the siblings after *block* with content, up to a tag in *stop* or the next note."""
    for element in block.itersiblings():
        if element.tag in stop or starts.has_start(element):
            return
        if dom.has_content(element):
            yield element


def _has_marker(element: Element) -> bool:
    """Whether *element* has a marker after other text: then it is not the end of a note."""
    links = (link for link in element.iter("a") if "#" in (link.get("href") or ""))
    return any(
        is_marker_text(dom.get_text(marker))
        and (marker.getprevious() is not None or _has_text_before(marker))
        for marker in (*links, *element.iter("sup"))
    )


def _has_text_before(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and bool((parent.text or "").strip())


def _begins_with(parent: Element, block: Element) -> bool:
    """Whether nothing visible in *parent* comes before *block*."""
    if (parent.text or "").strip():
        return False
    for element in parent:
        if element is block:
            return True
        if dom.has_content(element) or (element.tail or "").strip() or element.tag == "hr":
            return False
    return False


def _is_label(block: Element) -> bool:
    text = dom.get_text(block)
    return bool(text) and len(text) < 20 and (is_marker_text(text) or is_arrow(text))


def _has_back_link(extent: NoteExtent, anchors: AnchorIndex) -> bool:
    start = anchors.get_position(extent.key)
    for part in (*extent.labels, *extent.parts):
        for link in part.iter("a"):
            target = anchors.find_target(link)
            if target is not None and anchors.get_position(target) < start:
                return True
            if "#" in (link.get("href") or "") and is_arrow(dom.get_text(link)):
                return True
    return False


def _contains_any(parts: Iterable[Element], tags: Iterable[str]) -> bool:
    return any(part.find(f".//{tag}") is not None for part in parts for tag in tags)


def _has_note_text(part: Element) -> bool:
    """Whether *part* contains more than a label and back links."""
    rest = dom.get_text(part)
    for link in part.iter("a"):
        if is_back_link_text(dom.get_text(link)) or is_marker_text(dom.get_text(link)):
            rest = rest.replace(dom.get_text(link), "", 1)
    return bool(re.search(r"\w", rest)) or part.tag == "img" or part.find(".//img") is not None
