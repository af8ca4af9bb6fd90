"""Replace markers, move notes out of the document, and keep account of both (rules N7, N9, N15)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from pipeline.loaders.html.dom import Element, detach, get_text, get_visible_text, remove_as_markup
from pipeline.loaders.html.footnotes.anchors import AnchorIndex
from pipeline.loaders.html.footnotes.clean_note import clean_note
from pipeline.loaders.html.footnotes.inline_notes import InlineNote, find_inline_notes
from pipeline.loaders.html.footnotes.leftovers import remove_empty_headings, remove_empty_lists
from pipeline.loaders.html.footnotes.match_notes import MarkerLink, MatchedNote, match_notes
from pipeline.loaders.html.footnotes.note_patterns import parse_label
from pipeline.loaders.html.footnotes.split_notes import split_notes
from pipeline.loaders.html.footnotes.unlinked import match_unlinked_notes
from pipeline.loaders.shared.html_nodes import LoadReport
from pipeline.models.article import Block, Inline, NoteRef

#: What a note's container becomes: its words are read as blocks, not as an item of a list that is gone.
_UNWRAPPED = frozenset("li dd td th aside section article span".split())
_INLINE = frozenset("sup span small b strong em i font cite ins u".split())
_NO_REFERENCE = ("pre", "textarea", "button", "option")


@dataclass(frozen=True, slots=True)
class ExtractedNote:
    """A note out of its document: the mark it bore, and an element that holds its words."""

    label: str
    content: Element


@dataclass(slots=True)
class ExtractedNotes:
    """
    The notes of a document.

    Args:
        notes: In source order.
        references: The empty elements that stand in the place of markers, each with the note it cites, from 1.
        extra: Words that were not visible in the document but are part of a note.
        placed: Those of *references* that were asked for.
    """

    notes: list[ExtractedNote] = field(default_factory=list)
    references: dict[Element, int] = field(default_factory=dict)
    hidden_text: list[str] = field(default_factory=list)
    resolved: set[Element] = field(default_factory=set)

    def resolve(self, element: Element) -> tuple[Block | Inline, ...] | None:
        """Say what stands for *element*, as `vocabulary.NodeReader` asks: its reference, or null."""
        number = self.references.get(element)
        if number is None:
            return None
        self.resolved.add(element)
        return (NoteRef(note=number),)


def extract_notes(root: Element, report: LoadReport) -> ExtractedNotes:
    """Lift every note out of *root*, whose markers and lists change in place; *report* takes what was frame."""
    lifting = _Lifting(report)
    for found in find_inline_notes(root):
        lifting.lift_inline(found)
    anchors = AnchorIndex(root)
    if split_notes(anchors):
        anchors = AnchorIndex(root)
    pairs = match_notes(anchors)
    parents = [note.extent.key.getparent() for note in pairs.notes]
    for note in pairs.notes:
        lifting.lift(note, anchors)
    for candidate in pairs.missing:
        lifting.lift_missing(candidate)
    bare = match_unlinked_notes(root)
    parents += [note.extent.key.getparent() for note in bare]
    for note in bare:
        lifting.lift(note, anchors)
    lists = [parent for parent in dict.fromkeys(parents) if parent is not None]
    remove_empty_lists(lists, report)
    if lifting.lifted.notes:
        remove_empty_headings(root, report)
    return lifting.lifted


class _Lifting:
    def __init__(self, report: LoadReport) -> None:
        self.lifted = ExtractedNotes()
        self._report = report

    def lift(self, note: MatchedNote, anchors: AnchorIndex) -> None:
        """Move *note* out and put references in the place of its markers."""
        self.lifted.notes.append(ExtractedNote(note.label, etree.Element("div")))
        number = len(self.lifted.notes)
        for marker in note.markers:
            self._refer(marker, number)
        holder = self.lifted.notes[-1].content
        if note.extent.key.tag == "li":
            holder.set("data-list", "")
        for element in note.extent.frame:
            remove_as_markup(element, "note.label", self._report)
        for part in note.extent.parts:
            detach(part)
            if part.tag in _UNWRAPPED:
                part.tag = "div"
            holder.append(part)
        clean_note(holder, note.label, anchors.get_position(note.extent.key), anchors, self._report)
        holder.attrib.pop("data-list", "")

    def lift_inline(self, found: InlineNote) -> None:
        """Move a note that stands in its text out of it."""
        holder = etree.Element("div")
        self.lifted.notes.append(ExtractedNote(found.label, holder))
        number = len(self.lifted.notes)
        for frame in found.frame:
            remove_as_markup(frame, "note.marker", self._report)
        placeholder = detach(found.element)
        if found.is_reference:
            self.lifted.references[placeholder] = number
            _close_up(placeholder)
        found.content.tag = "div"
        if found.content is not found.element:
            self._report.add_markup("note.marker", " ".join(_outside(found.element, found.content)))
        holder.append(found.content)
        for marker in found.marks:
            self._refer(marker, number)

    def lift_missing(self, candidate: MarkerLink) -> None:
        """Leave a marker whose note is not there as the words it is, unless it carries the note itself."""
        link = candidate.link
        if content := link.get("data-footnote-content"):
            self._lift_carried(link, candidate.label, content)
            return
        link.attrib.pop("href", "")
        self._report.warn(
            "note.missing",
            f'The marker "{get_text(link)}" after "{_words_before(link)}" has no note. Its text stays as it is.',
        )

    def _lift_carried(self, link: Element, label: str, content: str) -> None:
        page = etree.fromstring(
            f"<div>{content}</div>".encode(), etree.HTMLParser(encoding="utf-8")
        )
        holder = None if page is None else page.find("body/div")
        if holder is None:
            holder = etree.Element("div")
            holder.text = content
        self.lifted.hidden_text.append(get_visible_text(holder))
        self.lifted.notes.append(ExtractedNote(label, holder))
        self._refer(link, len(self.lifted.notes))

    def _refer(self, marker: Element, number: int) -> None:
        """Put a reference in the place of *marker*."""
        if next(marker.iterancestors(*_NO_REFERENCE), None) is not None:
            self._report.warn(
                "note.in-code",
                f'The marker "{get_text(marker)}" stands in code, where it stays as it is.',
            )
            return
        placeholder = remove_as_markup(_widened(marker), "note.marker", self._report)
        self.lifted.references[placeholder] = number
        _close_up(placeholder)


def _widened(marker: Element) -> Element:
    """Return the widest inline around *marker* that says no more than it."""
    label = parse_label(get_text(marker))
    while (parent := marker.getparent()) is not None and parent.tag in _INLINE:
        if parse_label(get_text(parent)) != label or parent.find(".//img") is not None:
            break
        marker = parent
    return marker


def _close_up(placeholder: Element) -> None:
    """Take brackets around a reference away, and the space before it where it follows the end of a clause (N15)."""
    before, after = _text_before(placeholder), placeholder.tail or ""
    if before.endswith(("[", "(")) and after[:1] == {"[": "]", "(": ")"}[before[-1]]:
        before, placeholder.tail = before[:-1], after[1:]
    before = re.sub(r"(?<=[.,;:!?…”»’)\]\"])[ \t\n\r\f\xa0]+$", "", before[-200:]).join(
        [before[:-200], ""]
    )
    _set_text_before(placeholder, before)
    parent = placeholder.getparent()
    if parent is not None and parent.tag == "sup" and not re.search(r"\w", get_text(parent)):
        parent.tag = "span"


def _text_before(element: Element) -> str:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail or ""
    return (parent.text or "") if parent is not None else ""


def _set_text_before(element: Element, text: str) -> None:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        previous.tail = text
    elif parent is not None:
        parent.text = text


def _words_before(link: Element) -> str:
    """Return the last four words before *link* in its paragraph."""
    text, element = "", link
    while len(text.split()) < 5:
        previous, parent = element.getprevious(), element.getparent()
        if previous is not None:
            text = f"{get_text(previous)}{previous.tail or ''}{text}"
            element = previous
        elif parent is not None:
            text = f"{parent.text or ''}{text}"
            element = parent
            if parent.tag not in _INLINE:
                break
        else:
            break
    return " ".join(text.split()[-4:])


def _outside(element: Element, content: Element) -> list[str]:
    """Return the texts of *element* that are not in *content*."""
    inside = set(content.iter())
    texts = [node.text or "" for node in element.iter() if node not in inside]
    return texts + [
        node.tail or "" for node in element.iter() if node is content or node not in inside
    ]
