"""Find notes that stand in the text they belong to (rule N11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.loaders.html.dom import Element, find_block, get_text, has_content
from pipeline.loaders.html.footnotes.note_patterns import parse_label

_SIDE = re.compile(r"(?:^|\s)(?:side-?note|margin-?note)(?:\s|$)", re.IGNORECASE)
_IN_PLACE = re.compile(
    r"foot-?note(?:s|__|-|_)*(?:note|text|content|body|tooltip|popup|inline)|inline-?foot-?note",
    re.IGNORECASE,
)
_TOGGLE = re.compile(r"margin-toggle|sidenote-number|side-?note|footnote", re.IGNORECASE)
_LABELS = ("ltx_note_mark", "ltx_tag_note", "ltx_note_type")


@dataclass(slots=True)
class InlineNote:
    """
    A note in its text.

    Args:
        element: What gives way to the reference.
        content: What holds the words.
        frame: Marks, toggles and labels that go.
        marks: Other markers of the same note.
    """

    element: Element
    content: Element
    label: str
    frame: list[Element] = field(default_factory=list)
    marks: list[Element] = field(default_factory=list)
    is_reference: bool = True


def find_inline_notes(root: Element) -> list[InlineNote]:
    """Return the notes that stand in their text, in document order."""
    elements = [e for e in root.iter("span", "aside", "small", "div") if e.get("class")]
    typeset = _typeset([e for e in elements if _has_class(e, "ltx_note")])
    sides = [note for e in elements if (note := _side_note(e)) is not None]
    return [*typeset, *sides]


def _typeset(notes: list[Element]) -> list[InlineNote]:
    """Return the notes LaTeXML writes: mark and text in one, or a mark here and its text elsewhere."""
    texts: dict[str, InlineNote] = {}
    marks: list[tuple[str, Element]] = []
    found: list[InlineNote] = []
    for element in notes:
        content = next((e for e in element.iter("span") if _has_class(e, "ltx_note_content")), None)
        if content is None:
            continue
        label = next((get_text(e) for e in element.iter() if _has_class(e, "ltx_note_mark")), "")
        if _has_class(element, "ltx_role_footnotemark"):
            marks.append((label, element))
            continue
        is_reference = not _has_class(element, "ltx_role_footnotetext")
        note = InlineNote(element, content, label, _labels(content), is_reference=is_reference)
        texts.setdefault(label, note)
        found.append(note)
    for label, element in marks:
        if label in texts:
            texts[label].marks.append(element)
    return found


def _labels(content: Element) -> list[Element]:
    """Return the outermost elements of *content* that repeat the note's mark."""
    inner = [e for e in content.iter() if any(_has_class(e, name) for name in _LABELS)]
    return [e for e in inner if not any(a in inner for a in e.iterancestors())]


def _side_note(element: Element) -> InlineNote | None:
    """Return the note *element* is: a sidenote, or the words right behind a marker."""
    name = element.get("class") or ""
    if _SIDE.search(name):
        before = list(_marker_before(element))
        if element.tag in {"div", "aside"} and not before:
            return None
        label = next((found for e in before if (found := parse_label(get_text(e)))), "")
        return InlineNote(element, element, label, frame=before)
    if (
        element.tag != "span"
        or not _IN_PLACE.search(name)
        or find_block(element).tag not in {"p", "td", "dd"}
    ):
        return None
    before = list(_marker_before(element))
    label = next((found for e in before if (found := parse_label(get_text(e)))), "")
    return InlineNote(element, element, label, frame=before) if label else None


def _marker_before(element: Element) -> Iterator[Element]:
    """Yield what stands right before *element* and belongs to it: a toggle, its label, a marker."""
    previous = element.getprevious()
    while previous is not None and not (previous.tail or "").strip():
        is_toggle = previous.tag in {"label", "input"} and _TOGGLE.search(
            previous.get("class") or ""
        )
        is_marker = (
            previous.tag in {"sup", "a", "button"} and parse_label(get_text(previous)) is not None
        )
        if not (is_toggle or is_marker or not has_content(previous)) or previous.tag in {
            "br",
            "hr",
        }:
            return
        if is_toggle or is_marker:
            yield previous
        if is_marker:
            return
        previous = previous.getprevious()


def _has_class(element: Element, name: str) -> bool:
    return name in (element.get("class") or "").split()
