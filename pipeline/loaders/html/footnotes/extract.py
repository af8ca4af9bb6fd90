"""Move notes out of a document and replace their markers by references."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field

from lxml import etree

from pipeline.loaders.html import dom
from pipeline.loaders.html.dom import Element
from pipeline.loaders.html.footnotes.anchor_index import AnchorIndex, attach_anchors
from pipeline.loaders.html.footnotes.clean_note import clean_note
from pipeline.loaders.html.footnotes.grouped_markers import split_grouped_markers
from pipeline.loaders.html.footnotes.inline import (
    AttributeNote,
    InlineNote,
    find_attribute_notes,
    find_inline_notes,
    merge_repeated_notes,
)
from pipeline.loaders.html.footnotes.leftovers import remove_empty_headings, remove_empty_lists
from pipeline.loaders.html.footnotes.match_notes import MarkerLink, MatchedNote, match_notes
from pipeline.loaders.html.footnotes.note_patterns import parse_label
from pipeline.loaders.html.footnotes.split_notes import split_notes
from pipeline.loaders.html.footnotes.unlinked import match_unlinked_notes
from pipeline.loaders.html.html_parser import parse_fragment
from pipeline.loaders.html.visible_text import iter_texts
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.models.article import Block, Inline, NoteRef

#: Containers of notes that are read as blocks, because the list around them is gone.
_CONTAINERS = frozenset("li dd td th aside section article span".split())
_INLINE = frozenset("sup span small b strong em i font cite ins u".split())
_SEPARATORS = re.compile(r"[\s,;–—\[\]()-]+")
#: Elements that cannot contain a reference.
_LITERAL = ("pre", "textarea", "button", "option")


@dataclass(slots=True)
class ExtractedNotes:
    """
    The notes of a document.

    Args:
        notes: The label of each in the source, and an element that contains it; in source order.
        references: The empty elements that replaced markers, each with the number of its note, from 1.
        hidden_text: Texts that were not visible in the document but are part of a note.
        resolved: The *references* that `resolve()` returned.
    """

    notes: list[tuple[str, Element]] = field(default_factory=list)
    references: dict[Element, int] = field(default_factory=dict)
    hidden_text: list[str] = field(default_factory=list)
    resolved: set[Element] = field(default_factory=set)

    def resolve(self, element: Element) -> tuple[Block | Inline, ...] | None:
        """Return the reference that replaces *element*, or None; an `html_nodes.ElementResolver`."""
        number = self.references.get(element)
        if number is None:
            return None
        self.resolved.add(element)
        return (NoteRef(note=number),)


def extract_notes(root: Element, report: LoadReport) -> ExtractedNotes:
    """Move every note out of *root*, which is changed in place; *report* records labels and back links as markup."""
    extractor = _NoteExtractor(report)
    inline_notes, parents = merge_repeated_notes(root, find_inline_notes(root), report)
    for inline_note in inline_notes:
        extractor.extract_inline(inline_note)
    attach_anchors(root)
    anchors = AnchorIndex(root)
    if attribute_notes := find_attribute_notes(anchors):
        for attribute_note in attribute_notes:
            extractor.extract_from_attribute(attribute_note)
        anchors = AnchorIndex(root)
    for change in (split_grouped_markers, split_notes):
        if change(anchors):
            anchors = AnchorIndex(root)
    notes, missing = match_notes(anchors)
    parents += [p for note in notes if (p := note.extent.key.getparent()) is not None]
    for note in notes:
        extractor.extract(note, anchors)
    for link in missing:
        extractor.handle_missing(link)
    unlinked = match_unlinked_notes(root)
    parents += [p for note in unlinked if (p := note.extent.key.getparent()) is not None]
    for note in unlinked:
        extractor.extract(note, anchors)
    remove_empty_lists(list(dict.fromkeys(parents)), report)
    if extractor.extracted.notes:
        remove_empty_headings(root, report)
    return extractor.extracted


class _NoteExtractor:
    def __init__(self, report: LoadReport) -> None:
        self.extracted = ExtractedNotes()
        self._report = report

    def extract(self, note: MatchedNote, anchors: AnchorIndex) -> None:
        """Move *note* out of the document and replace its markers."""
        content = etree.Element("div")
        number = self._add_note(note.label, content)
        for marker in note.markers:
            self._replace_marker(marker, number)
        for element in note.extent.labels:
            dom.remove_as_markup(element, "note.label", self._report)
        for part in note.extent.parts:
            dom.detach(part)
            if part.tag in _CONTAINERS:
                part.tag = "div"
            content.append(part)
        clean_note(
            content,
            note.label,
            anchors.get_position(note.extent.key),
            anchors,
            self._report,
            is_list_item=note.extent.key.tag == "li",
        )

    def extract_inline(self, note: InlineNote) -> None:
        """Move an inline note out of the text."""
        content = etree.Element("div")
        number = self._add_note(note.label, content)
        for element in note.markers:
            dom.remove_as_markup(element, "note.marker", self._report)
        placeholder = dom.detach(note.element)
        if note.is_reference:
            self._add_reference(placeholder, number)
        note.content.tag = "div"
        if note.content is not note.element:
            outside = " ".join(_list_texts_outside(note.element, note.content))
            self._report.add_markup("note.marker", outside)
        content.append(note.content)
        if note.replacement is not None:
            self._replace_content(content, note.replacement, note.label)
        for marker in note.other_markers:
            self._replace_marker(marker, number)
        for copy in note.copies:
            for element in copy.markers:
                dom.remove_as_markup(element, "note.marker", self._report)
            placeholder = dom.remove_as_markup(copy.element, "note.repeated", self._report)
            self._add_reference(placeholder, number)

    def _replace_content(self, content: Element, replacement: Element, label: str) -> None:
        """Put the whole text of a note in place of its excerpt."""
        self._report.add_markup("note.repeated", dom.get_visible_text(content))
        for child in list(content):
            content.remove(child)
        is_list_item = replacement.tag == "li"
        replacement.tag, replacement.tail = "div", None
        content.append(replacement)
        clean_note(
            content, label, -1, AnchorIndex(content), self._report, is_list_item=is_list_item
        )

    def handle_missing(self, marker: MarkerLink) -> None:
        """Turn a marker without a note into plain text."""
        link = marker.link
        link.attrib.pop("href", "")
        self._report.warn(
            "note.missing",
            f'The marker "{dom.get_text(link)}" after "{_get_words_before(link)}" has no note. It stays as plain text.',
        )

    def extract_from_attribute(self, note: AttributeNote) -> None:
        """Replace the marker of a note that is only in an attribute."""
        content = parse_fragment(note.html)
        self.extracted.hidden_text += iter_texts(note.html)
        self._replace_marker(note.marker, self._add_note(note.label, content))

    def _add_note(self, label: str, content: Element) -> int:
        """Add a note and return its number."""
        self.extracted.notes.append((label, content))
        return len(self.extracted.notes)

    def _replace_marker(self, marker: Element, number: int) -> None:
        if next(marker.iterancestors(*_LITERAL), None) is not None:
            self._report.warn(
                "note.in-code",
                f'The marker "{dom.get_text(marker)}" is inside code, where it stays as it is.',
            )
            return
        marker = _widen_marker(marker, self.extracted.references)
        self._add_reference(dom.remove_as_markup(marker, "note.marker", self._report), number)

    def _add_reference(self, placeholder: Element, number: int) -> None:
        self.extracted.references[placeholder] = number
        _close_gap(placeholder)


def _widen_marker(marker: Element, references: Container[Element]) -> Element:
    """Return the widest inline around *marker* with the same label."""
    label = parse_label(dom.get_text(marker))
    while (parent := marker.getparent()) is not None and parent.tag in _INLINE:
        if parse_label(dom.get_text(parent)) != label or parent.find(".//img") is not None:
            break
        if any(element in references for element in parent.iter()):
            break
        marker = parent
    return marker


def _close_gap(placeholder: Element) -> None:
    """Remove brackets around a reference, and the space before it if it follows punctuation."""
    before, after = dom.get_text_before(placeholder), placeholder.tail or ""
    if before.endswith(("[", "(")) and after[:1] == {"[": "]", "(": ")"}[before[-1]]:
        before, placeholder.tail = before[:-1], after[1:]
    end = re.sub(r"(?<=[.,;:!?…”»’)\]\"])[ \t\n\r\f\xa0]+$", "", before[-200:])
    _set_text_before(placeholder, before[:-200] + end)
    parent = placeholder.getparent()
    if parent is not None and parent.tag == "sup" and not re.search(r"\w", dom.get_text(parent)):
        parent.tag = "span"
        _remove_separators(parent)


def _remove_separators(marker: Element) -> None:
    """Remove what separates the references in *marker*, as in `2,3` and `[2]–[4]`."""
    for element in marker.iter():
        if element.text and _SEPARATORS.fullmatch(element.text):
            element.text = None
        if element is not marker and element.tail and _SEPARATORS.fullmatch(element.tail):
            element.tail = None


def _set_text_before(element: Element, text: str) -> None:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        previous.tail = text
    elif parent is not None:
        parent.text = text


def _get_words_before(link: Element) -> str:
    """Return the last four words before *link* in its paragraph."""
    text, element = "", link
    while len(text.split()) < 5:
        previous, parent = element.getprevious(), element.getparent()
        if previous is not None:
            text = f"{dom.get_text(previous)}{previous.tail or ''}{text}"
            element = previous
        elif parent is not None:
            text = f"{parent.text or ''}{text}"
            element = parent
            if parent.tag not in _INLINE:
                break
        else:
            break
    return " ".join(text.split()[-4:])


def _list_texts_outside(element: Element, content: Element) -> list[str]:
    """Return the texts of *element* that are not in *content*."""
    inside = set(content.iter())
    texts = [node.text or "" for node in element.iter() if node not in inside]
    return texts + [
        node.tail or "" for node in element.iter() if node is content or node not in inside
    ]
