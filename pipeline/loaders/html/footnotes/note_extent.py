"""Find how far a note reaches: its container, and what follows that belongs to it (rules N4 to N6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile

from pipeline.loaders.html.dom import (
    BLOCKS,
    HEADINGS,
    Element,
    find_block,
    get_names,
    get_text,
    has_content,
)
from pipeline.loaders.html.footnotes.anchors import AnchorIndex
from pipeline.loaders.html.footnotes.note_patterns import (
    has_note_name,
    is_arrow,
    is_back_link_text,
    is_marker_shaped,
    is_note_name,
    is_notes_heading,
    is_unrelated_name,
)

#: A longer block is no note (rule N5), unless its name says so.
_MAX_NOTE = 6_000
_MAX_NAMED_NOTE = 60_000
#: Blocks that are a page or a part of it, and never one note.
_WHOLE = frozenset("html body main article".split())
#: Blocks a note may fill alone, and that then belong to it as a whole.
_WRAPPING = frozenset("li dd aside div section td p".split())


class NoteStarts:
    """The blocks in which notes begin, and what is known of the lists they stand in."""

    def __init__(self, blocks: Iterable[Element]) -> None:
        self.blocks = set(blocks)
        self._around = {a for block in self.blocks for a in (block, *block.iterancestors())}
        self._last: dict[Element, Element | None] = {}
        self._has_only_notes: dict[Element, bool] = {}

    def __contains__(self, element: Element) -> bool:
        return element in self.blocks

    def within(self, element: Element) -> bool:
        """Whether a note begins in *element*."""
        return element in self._around

    def is_last(self, block: Element, parent: Element) -> bool:
        """Whether no note begins in *parent* after *block*."""
        if parent not in self._last:
            inside = (e for e in parent.iterchildren(reversed=True) if self.within(e))
            self._last[parent] = next(inside, None)
        return self._last[parent] is block

    def has_only_notes(self, parent: Element) -> bool:
        """Whether no text with markers follows the first note in *parent*."""
        if parent not in self._has_only_notes:
            children = list(dropwhile(lambda e: not self.within(e), parent))
            others = (e for e in children if e.tag in BLOCKS and not self.within(e))
            self._has_only_notes[parent] = not any(map(_has_marker, others))
        return self._has_only_notes[parent]


@dataclass(frozen=True, slots=True)
class NoteExtent:
    """
    Where a note stands.

    Args:
        key: The block that is the note's identity: two references to one *key* cite one note.
        parts: What holds its words, in order; *key* itself or what follows it.
        frame: Blocks that hold only its label.
    """

    key: Element
    parts: tuple[Element, ...]
    frame: tuple[Element, ...] = ()


def find_extent(target: Element, starts: NoteStarts) -> NoteExtent | None:
    """Return the extent of the note at *target*; *starts* are the blocks in which notes begin."""
    block = find_block(target)
    if block.tag in _WHOLE:
        return None
    if block.tag == "dt":
        parts = tuple(_until(block, stop={"dt"}, starts=NoteStarts(())))
        return NoteExtent(block, parts, (block,)) if parts else None
    if block.tag in {"td", "th", "tr", "tbody", "table"}:
        return _row(block)
    if block.tag in HEADINGS or _is_marker_only(block):
        parts = tuple(_until(block, stop={*HEADINGS, "hr"}, starts=starts))
        if parts:
            return NoteExtent(block, parts, (block,))
    whole = _promoted(block, starts)
    return NoteExtent(whole, (whole, *_continuation(whole, starts)))


def is_note(extent: NoteExtent, fragment: str, anchors: AnchorIndex) -> bool:
    """Whether *extent* is a note, by its name, a link back, or the heading above it (rules N4 and N5)."""
    around = [extent.key, *list(extent.key.iterancestors())[:3]]
    is_named = is_note_name(fragment) or any(has_note_name(e) for e in around if e.tag != "body")
    length = sum(len(get_text(part)) for part in extent.parts)
    if is_unrelated_name(f"{fragment} {get_names(extent.key)}") and not has_note_name(extent.key):
        return False
    if length > (_MAX_NAMED_NOTE if is_named else _MAX_NOTE):
        return False
    if any(part.find(f".//{field}") is not None for part in extent.parts for field in _FIELDS):
        return False
    if not is_named and any(
        part.find(f".//{h}") is not None for part in extent.parts for h in ("h1", "h2")
    ):
        return False
    if not any(_says_something(part) for part in extent.parts):
        return False
    return is_named or _links_back(extent, anchors) or is_under_notes_heading(extent.key)


def is_under_notes_heading(block: Element) -> bool:
    """Whether the list in which *block* stands follows a heading such as "Notes"."""
    for element in (block, *list(block.iterancestors())[:2]):
        previous = element.getprevious()
        while previous is not None and (previous.tag == "hr" or not has_content(previous)):
            previous = previous.getprevious()
        if (
            previous is not None
            and previous.tag in {*HEADINGS, "p", "div"}
            and is_notes_heading(previous)
        ):
            return True
    return False


_FIELDS = ("input", "textarea", "select", "form")


def _row(block: Element) -> NoteExtent | None:
    """Return the note that is a row of a table: one cell with the label, and what stands in the others."""
    rows = [block] if block.tag == "tr" else list(block.iter("tr"))
    if block.tag in {"td", "th"}:
        rows = [row for row in [block.getparent()] if row is not None and row.tag == "tr"]
    if len(rows) != 1:
        return None
    cells = [cell for cell in rows[0] if cell.tag in {"td", "th"}]
    labels = tuple(cell for cell in cells if _is_marker_only(cell))
    parts = tuple(cell for cell in cells if cell not in labels)
    return NoteExtent(rows[0], parts, labels) if parts and labels else None


def _promoted(block: Element, starts: NoteStarts) -> Element:
    """Return the widest block around *block* that this note fills alone."""
    while (parent := block.getparent()) is not None and parent.tag in _WRAPPING:
        if not _begins_with(parent, block) or (
            parent.tag == "section" and not has_note_name(parent)
        ):
            break
        others = [
            e for e in parent.iter() if e in starts and e is not block and not _within(e, block)
        ]
        has_more = any(e.tag in {*HEADINGS, "ol", "hr"} for e in parent if e is not block)
        if (
            others
            or has_more
            or (parent.tag in {"div", "section"} and _is_list_like(parent, block))
        ):
            break
        block = parent
    return block


def _is_list_like(parent: Element, block: Element) -> bool:
    """Whether *parent* may be a list of notes, of which *block* is the first or only one."""
    if has_note_name(parent) and re.search(r"\d$", parent.get("id") or ""):
        return False
    alike = [
        e
        for e in parent
        if e is not block
        and e.tag == block.tag
        and get_name_pattern(e) == get_name_pattern(block) != ""
    ]
    words = re.search(r"foot-?notes\b|end-?notes\b|references\b", get_names(parent), re.IGNORECASE)
    return bool(alike) or bool(words)


def _continuation(block: Element, starts: NoteStarts) -> Iterator[Element]:
    """Yield the blocks after *block* that belong to its note: up to the next note in the same list."""
    if block.tag in {"li", "dd", "td", "aside", "section"}:
        return
    parent = block.getparent()
    if parent is None:
        return
    is_list = has_note_name(parent)
    for count, element in enumerate(_until(block, stop={*HEADINGS, "hr"}, starts=starts)):
        alike = bool(element.get("class")) and element.get("class") == block.get("class")
        is_between = (
            count < 3 and not starts.is_last(block, parent) and starts.has_only_notes(parent)
        )
        if not (is_list or (alike and has_note_name(element)) or is_between) or _has_marker(
            element
        ):
            return
        yield element


def _has_marker(element: Element) -> bool:
    """Whether a marker stands in *element* behind other words: it is then no part of a note's end."""
    links = (link for link in element.iter("a") if "#" in (link.get("href") or ""))
    return any(
        is_marker_shaped(get_text(marker)) and (marker.getprevious() is not None or _before(marker))
        for marker in (*links, *element.iter("sup"))
    )


def _before(element: Element) -> str:
    parent = element.getparent()
    return (parent.text or "").strip() if parent is not None else ""


def _until(block: Element, *, stop: Collection[str], starts: NoteStarts) -> Iterator[Element]:
    for element in block.itersiblings():
        if element.tag in stop or starts.within(element):
            return
        if has_content(element):
            yield element


def _within(element: Element, outer: Element) -> bool:
    return element is outer or any(ancestor is outer for ancestor in element.iterancestors())


def _begins_with(parent: Element, block: Element) -> bool:
    """Whether nothing can be seen in *parent* before *block*."""
    if (parent.text or "").strip():
        return False
    for element in parent:
        if element is block:
            return True
        if has_content(element) or (element.tail or "").strip() or element.tag == "hr":
            return False
    return False


def _is_marker_only(block: Element) -> bool:
    text = get_text(block)
    return bool(text) and len(text) < 20 and (is_marker_shaped(text) or is_arrow(text))


def _links_back(extent: NoteExtent, anchors: AnchorIndex) -> bool:
    start = anchors.get_position(extent.key)
    for part in (*extent.frame, *extent.parts):
        for link in part.iter("a"):
            target = anchors.find_target(link)
            if target is not None and anchors.get_position(target) < start:
                return True
            if "#" in (link.get("href") or "") and is_arrow(get_text(link)):
                return True
    return False


def _says_something(part: Element) -> bool:
    """Whether *part* holds more than a label and links back."""
    rest = get_text(part)
    for link in part.iter("a"):
        if is_back_link_text(get_text(link)) or is_marker_shaped(get_text(link)):
            rest = rest.replace(get_text(link), "", 1)
    return bool(re.search(r"\w", rest)) or part.tag == "img" or part.find(".//img") is not None


def get_name_pattern(element: Element) -> str:
    """Return the id of *element*, or else its class, with a sign for each number."""
    return re.sub(r"\d+", "#", element.get("id") or element.get("class") or "")
