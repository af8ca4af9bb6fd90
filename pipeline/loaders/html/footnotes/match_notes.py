"""Tell markers from back links, and match_notes each with its note (rules N2, N3, N7 to N9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from pipeline.loaders.html.dom import BLOCKS, Element, find_block, get_names, get_text
from pipeline.loaders.html.footnotes.anchors import AnchorIndex
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
    is_raised,
    parse_label,
)


@dataclass(frozen=True, slots=True)
class MarkerLink:
    """A link that is shaped like a marker, and where it leads; *target* is null if that is not in this document."""

    link: Element
    label: str
    fragment: str
    target: Element | None


@dataclass(slots=True)
class MatchedNote:
    """A note and the links that cite it."""

    extent: NoteExtent
    label: str
    markers: list[Element] = field(default_factory=list)


@dataclass(slots=True)
class NoteMatches:
    """What was found: notes in document order, and markers whose note is missing."""

    notes: list[MatchedNote]
    missing: list[MarkerLink]


def match_notes(anchors: AnchorIndex) -> NoteMatches:
    """Return the notes of the document and the links that cite them."""
    pairing = _Pairing(anchors)
    pairing.take_references()
    pairing.add_siblings()
    return pairing.pairs()


class _Pairing:
    """Notes and references of one document, in the making."""

    def __init__(self, anchors: AnchorIndex) -> None:
        self.anchors = anchors
        self.candidates = list(_candidates(anchors))
        forward = [c for c in self.candidates if self._runs_forward(c)]
        targets = {c.target for c in forward if c.target is not None}
        markers = {c.link for c in forward}
        alike = [e for e in anchors.find_similar(targets) if not _touches(e, markers)]
        self.starts = NoteStarts(find_block(e) for e in (*targets, *alike))
        self._alike = alike
        self.notes: dict[Element, MatchedNote] = {}
        self._owner: dict[Element, MatchedNote] = {}
        self._rejected: set[Element] = set()
        self._forward = forward

    def take_references(self) -> None:
        """
        Find notes and references: links that run forward first, then others to the notes found.

        Where the notes stand before the text no link runs forward to a note; then those to blocks with a note's name
        are references.
        """
        for candidate in self._forward:
            self._take(candidate)
        if not self.notes:
            for candidate in filter(_leads_to_named_note, self.candidates):
                self._take(candidate)
        taken = {link for note in self.notes.values() for link in note.markers}
        for candidate in self.candidates:
            if candidate.link not in taken:
                self._take_backward(candidate)

    def add_siblings(self) -> None:
        """Add the notes nobody cites: what stands in a list of notes like the others (rule N8)."""
        done: set[tuple[Element | None, object, str]] = set()
        for key in list(self.notes):
            parent = key.getparent()
            kind = (parent, key.tag, "" if key.tag == "li" else get_name_pattern(key))
            if parent is not None and kind not in done:
                done.add(kind)
                for element in _alike(parent, key):
                    self._add_lonely(element)
        for element in self._alike if self.notes else ():
            self._add_lonely(element)
        for element in self.anchors.elements:
            if element.tag == "li" and self._is_in_lonely_list(element):
                self._add_lonely(element)

    def pairs(self) -> NoteMatches:
        """Return what was found."""
        lost = [c for c in self.candidates if self._is_missing(c)]
        ordered = sorted(self.notes.values(), key=lambda n: self.anchors.get_position(n.extent.key))
        return NoteMatches(notes=ordered, missing=lost)

    def _runs_forward(self, candidate: MarkerLink) -> bool:
        target = candidate.target
        place = self.anchors.get_position
        return target is not None and place(target) > place(candidate.link)

    def _add(self, extent: NoteExtent, label: str) -> MatchedNote:
        note = MatchedNote(extent, label)
        self.notes[extent.key] = note
        for element in (extent.key, *extent.parts, *extent.frame):
            self._owner[element] = note
        return note

    def _note_around(self, element: Element) -> MatchedNote | None:
        if not self._owner:
            return None
        around = (element, *element.iterancestors())
        return next((self._owner[e] for e in around if e in self._owner), None)

    def _take(self, candidate: MarkerLink) -> None:
        """Add the note *candidate* leads to, or the reference if the note is known already."""
        target = candidate.target
        if target is None or target in self._rejected:
            return
        known = self._note_around(target)
        if known is None:
            extent = find_extent(target, self.starts)
            is_free = extent is not None and not any(part in self._owner for part in extent.parts)
            if (
                extent is None
                or not is_free
                or not is_note(extent, candidate.fragment, self.anchors)
            ):
                self._rejected.add(target)
                return
            known = self._add(extent, candidate.label)
        self._owner.setdefault(target, known)
        if self._note_around(candidate.link) is not known:
            known.markers.append(candidate.link)

    def _take_backward(self, candidate: MarkerLink) -> None:
        """Add a reference that stands behind its note; a note's own label and back links are none."""
        if candidate.target is None:
            return
        cited = self._note_around(candidate.target)
        own = self._note_around(candidate.link)
        if cited is None or own is cited:
            return
        if own and (_is_first(candidate.link, own.extent) or _is_cited_from(own, candidate.target)):
            return
        cited.markers.append(candidate.link)

    def _is_missing(self, candidate: MarkerLink) -> bool:
        if candidate.target is not None or self._note_around(candidate.link):
            return False
        return self.anchors.is_local(candidate.link) or is_named_marker(
            candidate.link, candidate.fragment
        )

    def _add_lonely(self, element: Element) -> None:
        if self._note_around(element):
            return
        extent = find_extent(element, self.starts)
        if extent is None or any(part in self._owner for part in extent.parts):
            return
        if _looks_like_note(extent) and is_note(extent, get_names(element), self.anchors):
            self._add(extent, _own_label(extent))

    def _is_in_lonely_list(self, item: Element) -> bool:
        """Whether *item* is in a list that calls itself notes, and leads back to a place that is not there."""
        if item in self._owner or not any(
            "#" in (link.get("href") or "") for link in item.iter("a")
        ):
            return False
        return any(has_note_list_name(e) for e in list(item.iterancestors())[:3])


def _candidates(anchors: AnchorIndex) -> Iterator[MarkerLink]:
    for link in anchors.elements:
        if link.tag != "a" or "#" not in (link.get("href") or ""):
            continue
        fragment = anchors.get_fragment(link)
        label = parse_label(get_text(link)) if fragment else None
        if fragment and label and (is_raised(link) or is_named_marker(link, fragment)):
            target = anchors.find_target(link)
            if target is None or target not in set(link.iterancestors()):
                yield MarkerLink(link, label, fragment, target)


def _touches(element: Element, markers: set[Element]) -> bool:
    """Whether *element* is a marker, or stands in one or around one."""
    return element in markers or any(
        e in markers for e in (*element.iterancestors(), *element.iter("a"))
    )


def _looks_like_note(extent: NoteExtent) -> bool:
    """Whether *extent* shows that it is a note: by its name, an arrow, or a label that is a link."""
    blocks = (extent.key, *extent.frame, *extent.parts)
    links = [link for block in blocks for link in block.iter("a")]
    if extent.key.tag == "li" or any(map(has_note_name, blocks)):
        return True
    return any(is_arrow(get_text(link)) for link in links) or (
        bool(links) and _is_first(links[0], extent)
    )


def _leads_to_named_note(candidate: MarkerLink) -> bool:
    target = candidate.target
    if target is None:
        return False
    around = [target, *list(target.iterancestors())[:3]]
    inside = any(
        has_note_name(e) for e in list(candidate.link.iterancestors())[:4] if e.tag in BLOCKS
    )
    return any(has_note_name(e) for e in around) and not inside


def _is_first(link: Element, extent: NoteExtent) -> bool:
    """Whether *link* is the first thing that can be seen in the note."""
    first = (*extent.frame, *extent.parts)[0]
    is_start = get_text(first).lstrip("[(").startswith(get_text(link).lstrip("[("))
    return is_start and next(first.iter("a"), None) is link


def _is_cited_from(note: MatchedNote, place: Element) -> bool:
    """Whether the reference to *note* is at *place*: then what leads there from the note leads back."""
    above = set(place.iterancestors())
    return any(
        marker is place or marker in above or place in set(marker.iterancestors())
        for marker in note.markers
    )


def _alike(parent: Element, key: Element) -> list[Element]:
    """Return the children of *parent* that are notes if *key* is one."""
    if key.tag == "li":
        return [e for e in parent if e.tag == "li" and e is not key]
    pattern = get_name_pattern(key)
    named = [e for e in parent if e.tag == key.tag and pattern and get_name_pattern(e) == pattern]
    return [e for e in named if e is not key and (e.get("id") or has_note_name(e))]


def _own_label(extent: NoteExtent) -> str:
    """Return the label a note bears itself, or its number in its list."""
    first = (*extent.frame, *extent.parts)[0]
    link = next((link for link in first.iter("a") if get_text(link)), None)
    if link is not None and _is_first(link, extent) and (label := parse_label(get_text(link))):
        return label
    match = re.match(r"\[?\(?(\d{1,3}|[*†‡§]{1,3})[\])]?[.:]?(?=\s|$)", get_text(first)[:12])
    parent = extent.key.getparent()
    if extent.key.tag == "li" and parent is not None:
        before = sum(1 for _ in islice(extent.key.itersiblings("li", preceding=True), 1000))
        return str(_start(parent) + before)
    if match:
        return match[1]
    digits = re.search(r"(\d{1,3})$", extent.key.get("id") or "")
    return digits[1] if digits else ""


def _start(items: Element) -> int:
    written = items.get("start") or "1"
    return int(written) if re.fullmatch(r"[0-9]{1,6}", written) else 1
