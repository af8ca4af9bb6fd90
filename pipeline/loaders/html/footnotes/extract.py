"""Replace markers, move notes out of the document, and keep account of both (rules N7, N9, N15)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from pipeline.loaders.html.dom import Element, mark, shown, take_out, text_of
from pipeline.loaders.html.footnotes.anchors import Anchors
from pipeline.loaders.html.footnotes.clean_note import clean
from pipeline.loaders.html.footnotes.inline_notes import InlineNote, find_inline_notes
from pipeline.loaders.html.footnotes.leftovers import remove_headings, remove_leftovers
from pipeline.loaders.html.footnotes.match_notes import Candidate, PairedNote, pair
from pipeline.loaders.html.footnotes.shapes import label_of
from pipeline.loaders.html.footnotes.split_notes import split_runs
from pipeline.loaders.html.footnotes.unlinked import pair_bare
from pipeline.loaders.shared.html_nodes import Account
from pipeline.models.article import Block, Inline, NoteRef

#: What a note's container becomes: its words are read as blocks, not as an item of a list that is gone.
_UNWRAPPED = frozenset("li dd td th aside section article span".split())
_INLINE = frozenset("sup span small b strong em i font cite ins u".split())
_NO_REFERENCE = ("pre", "textarea", "button", "option")


@dataclass(frozen=True, slots=True)
class LiftedNote:
    """A note out of its document: the mark it bore, and an element that holds its words."""

    label: str
    holder: Element


@dataclass(slots=True)
class Lifted:
    """
    The notes of a document.

    Args:
        notes: In source order.
        references: The empty elements that stand in the place of markers, each with the note it cites, from 1.
        extra: Words that were not visible in the document but are part of a note.
        placed: Those of *references* that were asked for.
    """

    notes: list[LiftedNote] = field(default_factory=list)
    references: dict[Element, int] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)
    placed: set[Element] = field(default_factory=set)

    def resolve(self, element: Element) -> tuple[Block | Inline, ...] | None:
        """Say what stands for *element*, as `vocabulary.Reader` asks: its reference, or null."""
        number = self.references.get(element)
        if number is None:
            return None
        self.placed.add(element)
        return (NoteRef(note=number),)


def lift_notes(root: Element, account: Account) -> Lifted:
    """Lift every note out of *root*, whose markers and lists change in place; *account* takes what was frame."""
    lifting = _Lifting(account)
    for found in find_inline_notes(root):
        lifting.lift_inline(found)
    anchors = Anchors(root)
    if split_runs(anchors):
        anchors = Anchors(root)
    pairs = pair(anchors)
    parents = [note.extent.key.getparent() for note in pairs.notes]
    for note in pairs.notes:
        lifting.lift(note, anchors)
    for candidate in pairs.missing:
        lifting.lift_missing(candidate)
    bare = pair_bare(root)
    parents += [note.extent.key.getparent() for note in bare]
    for note in bare:
        lifting.lift(note, anchors)
    lists = [parent for parent in dict.fromkeys(parents) if parent is not None]
    remove_leftovers(lists, account)
    if lifting.lifted.notes:
        remove_headings(root, account)
    return lifting.lifted


class _Lifting:
    def __init__(self, account: Account) -> None:
        self.lifted = Lifted()
        self._account = account

    def lift(self, note: PairedNote, anchors: Anchors) -> None:
        """Move *note* out and put references in the place of its markers."""
        self.lifted.notes.append(LiftedNote(note.label, etree.Element("div")))
        number = len(self.lifted.notes)
        for marker in note.markers:
            self._refer(marker, number)
        holder = self.lifted.notes[-1].holder
        if note.extent.key.tag == "li":
            holder.set("data-list", "")
        for element in note.extent.frame:
            mark(element, "note.label", self._account)
        for part in note.extent.parts:
            take_out(part)
            if part.tag in _UNWRAPPED:
                part.tag = "div"
            holder.append(part)
        clean(holder, note.label, anchors.place(note.extent.key), anchors, self._account)
        holder.attrib.pop("data-list", "")

    def lift_inline(self, found: InlineNote) -> None:
        """Move a note that stands in its text out of it."""
        holder = etree.Element("div")
        self.lifted.notes.append(LiftedNote(found.label, holder))
        number = len(self.lifted.notes)
        for frame in found.frame:
            mark(frame, "note.marker", self._account)
        stand_in = take_out(found.element)
        if found.is_reference:
            self.lifted.references[stand_in] = number
            _close_up(stand_in)
        found.content.tag = "div"
        if found.content is not found.element:
            self._account.mark("note.marker", " ".join(_outside(found.element, found.content)))
        holder.append(found.content)
        for marker in found.marks:
            self._refer(marker, number)

    def lift_missing(self, candidate: Candidate) -> None:
        """Leave a marker whose note is not there as the words it is, unless it carries the note itself."""
        link = candidate.link
        if content := link.get("data-footnote-content"):
            self._lift_carried(link, candidate.label, content)
            return
        link.attrib.pop("href", "")
        self._account.warn(
            "note.missing",
            f'The marker "{text_of(link)}" after "{_words_before(link)}" has no note. Its text stays as it is.',
        )

    def _lift_carried(self, link: Element, label: str, content: str) -> None:
        page = etree.fromstring(
            f"<div>{content}</div>".encode(), etree.HTMLParser(encoding="utf-8")
        )
        holder = None if page is None else page.find("body/div")
        if holder is None:
            holder = etree.Element("div")
            holder.text = content
        self.lifted.extra.append(shown(holder))
        self.lifted.notes.append(LiftedNote(label, holder))
        self._refer(link, len(self.lifted.notes))

    def _refer(self, marker: Element, number: int) -> None:
        """Put a reference in the place of *marker*."""
        if next(marker.iterancestors(*_NO_REFERENCE), None) is not None:
            self._account.warn(
                "note.in-code",
                f'The marker "{text_of(marker)}" stands in code, where it stays as it is.',
            )
            return
        stand_in = mark(_widened(marker), "note.marker", self._account)
        self.lifted.references[stand_in] = number
        _close_up(stand_in)


def _widened(marker: Element) -> Element:
    """Return the widest inline around *marker* that says no more than it."""
    label = label_of(text_of(marker))
    while (parent := marker.getparent()) is not None and parent.tag in _INLINE:
        if label_of(text_of(parent)) != label or parent.find(".//img") is not None:
            break
        marker = parent
    return marker


def _close_up(stand_in: Element) -> None:
    """Take brackets around a reference away, and the space before it where it follows the end of a clause (N15)."""
    before, after = _text_before(stand_in), stand_in.tail or ""
    if before.endswith(("[", "(")) and after[:1] == {"[": "]", "(": ")"}[before[-1]]:
        before, stand_in.tail = before[:-1], after[1:]
    before = re.sub(r"(?<=[.,;:!?…”»’)\]\"])[ \t\n\r\f\xa0]+$", "", before[-200:]).join(
        [before[:-200], ""]
    )
    _set_text_before(stand_in, before)
    parent = stand_in.getparent()
    if parent is not None and parent.tag == "sup" and not re.search(r"\w", text_of(parent)):
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
            text = f"{text_of(previous)}{previous.tail or ''}{text}"
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
