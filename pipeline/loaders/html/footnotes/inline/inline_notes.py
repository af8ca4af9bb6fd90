"""Find notes that are written where the text refers to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.loaders.html.dom import Element, find_block, get_text, has_content
from pipeline.loaders.html.footnotes.note_patterns import parse_label

_SIDENOTE = re.compile(r"(?:^|\s)(?:side-?note|margin-?note)(?:\s|$)", re.IGNORECASE)
_INLINE_NOTE = re.compile(
    r"foot-?note[s_-]*+(?:note|text|content|body|tooltip|popup|inline)|inline-?foot-?note",
    re.IGNORECASE,
)
_TOGGLE = re.compile(r"margin-toggle|sidenote-number|side-?note|footnote", re.IGNORECASE)
_LATEX_LABELS = ("ltx_note_mark", "ltx_tag_note", "ltx_note_type")


@dataclass(slots=True)
class InlineNote:
    """
    A note inside its text.

    Args:
        element: The element that a reference replaces.
        content: The element that contains the note.
        markers: Markers, toggles and labels to remove.
        other_markers: Markers elsewhere that refer to the same note.
        is_reference: Whether a reference replaces *element*, or only *other_markers*.
        copies: The same note at its other markers.
        replacement: An element with the whole text, of which *content* is an excerpt.
    """

    element: Element
    content: Element
    label: str
    markers: list[Element] = field(default_factory=list)
    other_markers: list[Element] = field(default_factory=list)
    is_reference: bool = True
    copies: list[InlineNote] = field(default_factory=list)
    replacement: Element | None = None


def find_inline_notes(root: Element) -> list[InlineNote]:
    """Return the inline notes in *root*, those of LaTeXML first, then in document order."""
    elements = [e for e in root.iter("span", "aside", "small", "div") if e.get("class")]
    latex_notes = _find_latex_notes([e for e in elements if _has_class(e, "ltx_note")])
    return [*latex_notes, *(note for e in elements if (note := _find_sidenote(e)) is not None)]


def _find_latex_notes(elements: list[Element]) -> list[InlineNote]:
    """Return the notes that LaTeXML writes: marker and text together, or the text in another place."""
    by_label: dict[str, InlineNote] = {}
    markers: list[tuple[str, Element]] = []
    notes: list[InlineNote] = []
    for element in elements:
        content = next((e for e in element.iter("span") if _has_class(e, "ltx_note_content")), None)
        if content is None:
            continue
        label = next((get_text(e) for e in element.iter() if _has_class(e, "ltx_note_mark")), "")
        if _has_class(element, "ltx_role_footnotemark"):
            markers.append((label, element))
            continue
        is_reference = not _has_class(element, "ltx_role_footnotetext")
        labels = _find_latex_labels(content)
        note = InlineNote(element, content, label, labels, is_reference=is_reference)
        by_label.setdefault(label, note)
        notes.append(note)
    for label, element in markers:
        if label in by_label:
            by_label[label].other_markers.append(element)
    return notes


def _find_latex_labels(content: Element) -> list[Element]:
    """Return the outermost elements of *content* that repeat the label of the note."""
    labels = [e for e in content.iter() if any(_has_class(e, name) for name in _LATEX_LABELS)]
    return [e for e in labels if not any(a in labels for a in e.iterancestors())]


def _find_sidenote(element: Element) -> InlineNote | None:
    """Return the note that *element* is: a sidenote, or the text right after a marker."""
    name = element.get("class") or ""
    is_sidenote = bool(_SIDENOTE.search(name))
    if not is_sidenote and (
        element.tag != "span"
        or not _INLINE_NOTE.search(name)
        or find_block(element).tag not in {"p", "td", "dd"}
    ):
        return None
    markers = list(_iter_markers_before(element))
    label = next((found for e in markers if (found := parse_label(get_text(e)))), "")
    if not label and (not is_sidenote or (element.tag in {"div", "aside"} and not markers)):
        return None
    return InlineNote(element, element, label, [*markers, *_find_own_label(element, label)])


def _find_own_label(element: Element, label: str) -> list[Element]:
    """Return the element at the start of a sidenote that repeats the *label* of its marker, if there is one."""
    is_first = len(element) > 0 and not (element.text or "").strip()
    first = element[0] if is_first else None
    if first is None or first.tag not in {"sup", "b", "strong", "span"} or not label:
        return []
    return [first] if parse_label(get_text(first)) == label else []


def _iter_markers_before(element: Element) -> Iterator[Element]:
    """Yield what belongs to the note right before *element*: a toggle, its label, a marker."""
    previous = element.getprevious()
    while previous is not None and not (previous.tail or "").strip():
        is_toggle = previous.tag in {"label", "input"} and _TOGGLE.search(
            previous.get("class") or ""
        )
        is_marker = (
            previous.tag in {"sup", "a", "button"} and parse_label(get_text(previous)) is not None
        )
        is_blank = not has_content(previous) and previous.tag not in {"br", "hr"}
        if not (is_toggle or is_marker or is_blank):
            return
        if is_toggle or is_marker:
            yield previous
        if is_marker:
            return
        previous = previous.getprevious()


def _has_class(element: Element, name: str) -> bool:
    return name in (element.get("class") or "").split()
