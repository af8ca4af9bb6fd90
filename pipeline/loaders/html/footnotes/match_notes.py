"""Match markers with their notes, and tell markers from back links."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from itertools import islice

from pipeline.loaders.html.dom import BLOCKS, Element, find_block, get_names, get_text
from pipeline.loaders.html.footnotes.anchor_index import AnchorIndex
from pipeline.loaders.html.footnotes.note_extent import (
    NoteExtent,
    NoteStarts,
    find_extent,
    get_name_pattern,
    is_note,
)
from pipeline.loaders.html.footnotes.note_patterns import (
    has_note_list_name,
    has_note_name,
    is_arrow,
    is_named_marker,
    is_superscript,
    parse_label,
)
from pipeline.loaders.html.footnotes.unnamed_markers import find_unnamed_markers
from pipeline.loaders.shared.html_nodes.block_elements import parse_list_start


@dataclass(frozen=True, slots=True)
class MarkerLink:
    """A link that looks like a marker, and its target; None if the target is not in this document."""

    link: Element
    label: str
    fragment: str
    target: Element | None


@dataclass(slots=True)
class MatchedNote:
    """A note and the links that refer to it."""

    extent: NoteExtent
    label: str
    markers: list[Element] = field(default_factory=list)


def match_notes(anchors: AnchorIndex) -> tuple[list[MatchedNote], list[MarkerLink]]:
    """Return the notes in document order with the links that refer to them, and the markers whose note is missing."""
    matcher = _NoteMatcher(anchors)
    matcher.match_links()
    matcher.add_unreferenced()
    return matcher.list_notes(), matcher.list_missing()


class _NoteMatcher:
    def __init__(self, anchors: AnchorIndex) -> None:
        self._anchors = anchors
        self._unnamed = find_unnamed_markers(anchors)
        self._links = list(_find_marker_links(anchors, self._unnamed))
        self._forward = [link for link in self._links if self._leads_forward(link)]
        targets = {link.target for link in self._forward if link.target is not None}
        markers = {link.link for link in self._forward}
        similar = anchors.find_similar(targets)
        self._similar = [e for e in similar if not _overlaps_marker(e, markers)]
        self._starts = NoteStarts(find_block(e) for e in (*targets, *self._similar))
        self._notes: dict[Element, MatchedNote] = {}
        self._note_by_element: dict[Element, MatchedNote] = {}
        self._rejected: set[Element] = set()

    def match_links(self) -> None:
        """
        Find notes and references: first from links that lead forward, then from other links to the notes found.

        If the notes come before the text, links to blocks named like notes are references instead.
        """
        for link in self._forward:
            self._match_forward(link)
        if not self._notes:
            for link in filter(_leads_to_named_note, self._links):
                self._match_forward(link)
        matched = {marker for note in self._notes.values() for marker in note.markers}
        for link in self._links:
            if link.link not in matched:
                self._match_backward(link)

    def add_unreferenced(self) -> None:
        """Add notes without references: elements in a list of notes that look like the others."""
        seen: set[tuple[Element | None, object, str]] = set()
        for key in list(self._notes):
            parent = key.getparent()
            kind = (parent, key.tag, "" if key.tag == "li" else get_name_pattern(key))
            if parent is not None and kind not in seen:
                seen.add(kind)
                for element in _find_similar_siblings(parent, key):
                    self._add_unreferenced(element)
        for element in self._similar if self._notes else ():
            self._add_unreferenced(element)
        for element in self._anchors.elements:
            if element.tag == "li" and self._is_in_note_list(element):
                self._add_unreferenced(element)

    def list_notes(self) -> list[MatchedNote]:
        position = self._anchors.get_position
        return sorted(self._notes.values(), key=lambda note: position(note.extent.key))

    def list_missing(self) -> list[MarkerLink]:
        """Return the markers without a target, except in notes and in other documents."""
        return [
            link
            for link in self._links
            if link.target is None
            and not self._find_note(link.link)
            and (self._anchors.is_local(link.link) or is_named_marker(link.link, link.fragment))
        ]

    def _leads_forward(self, link: MarkerLink) -> bool:
        position = self._anchors.get_position
        return link.target is not None and position(link.target) > position(link.link)

    def _add_note(self, extent: NoteExtent, label: str) -> MatchedNote:
        note = MatchedNote(extent, label)
        self._notes[extent.key] = note
        for element in (extent.key, *extent.parts, *extent.labels):
            self._note_by_element[element] = note
        return note

    def _find_note(self, element: Element) -> MatchedNote | None:
        """Return the note that contains *element*."""
        if not self._note_by_element:
            return None
        elements = (element, *element.iterancestors())
        return next(
            (self._note_by_element[e] for e in elements if e in self._note_by_element), None
        )

    def _match_forward(self, link: MarkerLink) -> None:
        """Add the note to which *link* leads, or a reference if the note is already known."""
        target = link.target
        if target is None or target in self._rejected:
            return
        note = self._find_note(target)
        if note is None:
            extent = find_extent(target, self._starts)
            if (
                extent is None
                or any(part in self._note_by_element for part in extent.parts)
                or not is_note(
                    extent, link.fragment, self._anchors, is_expected=link.link in self._unnamed
                )
            ):
                self._rejected.add(target)
                return
            note = self._add_note(extent, link.label)
        self._note_by_element.setdefault(target, note)
        if self._find_note(link.link) is not note:
            note.markers.append(link.link)

    def _match_backward(self, link: MarkerLink) -> None:
        """Add a reference that comes after its note, unless it is the note's own label or a back link."""
        if link.target is None:
            return
        note = self._find_note(link.target)
        around = self._find_note(link.link)
        if note is None or around is note:
            return
        if around and (
            _is_first_link(link.link, around.extent) or _has_marker_at(around, link.target)
        ):
            return
        note.markers.append(link.link)

    def _add_unreferenced(self, element: Element) -> None:
        if self._find_note(element):
            return
        extent = find_extent(element, self._starts)
        if extent is None or any(part in self._note_by_element for part in extent.parts):
            return
        if _is_note_candidate(extent) and is_note(extent, get_names(element), self._anchors):
            self._add_note(extent, _find_label(extent))

    def _is_in_note_list(self, item: Element) -> bool:
        """Whether *item* has an internal link and is in a list with the name of notes."""
        if item in self._note_by_element or not any(
            "#" in (link.get("href") or "") for link in item.iter("a")
        ):
            return False
        return any(has_note_list_name(e) for e in list(item.iterancestors())[:3])


def _find_marker_links(anchors: AnchorIndex, unnamed: Container[Element]) -> Iterator[MarkerLink]:
    for link in anchors.elements:
        if link.tag != "a" or "#" not in (link.get("href") or ""):
            continue
        fragment = anchors.get_fragment(link)
        label = parse_label(get_text(link)) if fragment else None
        is_marker = link in unnamed or is_superscript(link)
        if fragment and label and (is_marker or is_named_marker(link, fragment)):
            target = anchors.find_target(link)
            if target is None or target not in set(link.iterancestors()):
                yield MarkerLink(link, label, fragment, target)


def _overlaps_marker(element: Element, markers: set[Element]) -> bool:
    """Whether *element* is, contains or is inside a marker."""
    return element in markers or any(
        e in markers for e in (*element.iterancestors(), *element.iter("a"))
    )


def _is_note_candidate(extent: NoteExtent) -> bool:
    """Whether *extent* has the name of a note, an arrow, or a label that is a link."""
    blocks = (extent.key, *extent.labels, *extent.parts)
    links = [link for block in blocks for link in block.iter("a")]
    if extent.key.tag == "li" or any(map(has_note_name, blocks)):
        return True
    return any(is_arrow(get_text(link)) for link in links) or (
        bool(links) and _is_first_link(links[0], extent)
    )


def _leads_to_named_note(link: MarkerLink) -> bool:
    target = link.target
    if target is None:
        return False
    around_target = [target, *list(target.iterancestors())[:3]]
    around_link = [e for e in list(link.link.iterancestors())[:4] if e.tag in BLOCKS]
    return any(map(has_note_name, around_target)) and not any(map(has_note_name, around_link))


def _is_first_link(link: Element, extent: NoteExtent) -> bool:
    """Whether *link* is the first visible thing in the note."""
    first = (*extent.labels, *extent.parts)[0]
    is_start = get_text(first).lstrip("[(").startswith(get_text(link).lstrip("[("))
    return is_start and next(first.iter("a"), None) is link


def _has_marker_at(note: MatchedNote, element: Element) -> bool:
    """Whether a marker of *note* is at *element*: links from the note to it are back links."""
    above = set(element.iterancestors())
    return any(
        marker is element or marker in above or element in set(marker.iterancestors())
        for marker in note.markers
    )


def _find_similar_siblings(parent: Element, key: Element) -> list[Element]:
    """Return the children of *parent* that are notes if *key* is one."""
    if key.tag == "li":
        return [e for e in parent if e.tag == "li" and e is not key]
    pattern = get_name_pattern(key)
    similar = [e for e in parent if e.tag == key.tag and pattern and get_name_pattern(e) == pattern]
    return [e for e in similar if e is not key and (e.get("id") or has_note_name(e))]


def _find_label(extent: NoteExtent) -> str:
    """Return the label in the note itself, or its number in its list."""
    first = (*extent.labels, *extent.parts)[0]
    link = next((link for link in first.iter("a") if get_text(link)), None)
    if link is not None and _is_first_link(link, extent) and (label := parse_label(get_text(link))):
        return label
    match = re.match(r"\[?\(?(\d{1,3}|[*†‡§]{1,3})[\])]?[.:]?(?=\s|$)", get_text(first)[:12])
    parent = extent.key.getparent()
    if extent.key.tag == "li" and parent is not None:
        before = sum(1 for _ in islice(extent.key.itersiblings("li", preceding=True), 1000))
        return str(parse_list_start(parent) + before)
    if match:
        return match[1]
    digits = re.search(r"(\d{1,3})$", extent.key.get("id") or "")
    return digits[1] if digits else ""
