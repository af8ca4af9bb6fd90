"""Find markers whose note is only in an attribute, where a script would show it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.loaders.html.dom import Element, get_text, strip_punctuation
from pipeline.loaders.html.footnotes.anchor_index import AnchorIndex
from pipeline.loaders.html.footnotes.note_patterns import has_note_name, parse_label
from pipeline.loaders.html.visible_text import iter_texts

_ATTRIBUTES = (
    "data-footnote-content", "data-footnote", "data-footnote-text", "data-note", "data-note-text", "data-content",
    "data-bs-content", "data-tippy-content", "data-tooltip", "data-original-title", "data-title", "title",
)  # fmt: skip
#: Attributes that only notes have; the others say "note" only beside a raised marker or the name of a note.
_NOTE_ATTRIBUTES = frozenset(_ATTRIBUTES[:5])
#: What a link says about itself: "See footnote 1".
_LINK_TITLE = re.compile(
    r"\W*(?:see|view|show|read|jump|go|skip|scroll|open|click|back|return|link|foot-?note|end-?note|note|reference)\b",
    re.IGNORECASE,
)
_MIN_WORDS = 2


@dataclass(slots=True)
class AttributeNote:
    """A marker and the HTML of its note."""

    marker: Element
    label: str
    html: str


def find_attribute_notes(anchors: AnchorIndex) -> list[AttributeNote]:
    """Return the notes that are only in attributes: their markers lead nowhere, and nothing visible repeats them."""
    found = [note for e in anchors.elements if (note := _read_note(e, anchors)) is not None]
    if not found:
        return []
    text = strip_punctuation(get_text(anchors.elements[0]))
    return [
        note for note in found if strip_punctuation(" ".join(iter_texts(note.html))) not in text
    ]


def _read_note(element: Element, anchors: AnchorIndex) -> AttributeNote | None:
    if element.tag not in {"sup", "a", "span", "button", "abbr"} or len(element) > 2:
        return None
    html = next((value for name in _ATTRIBUTES if (value := _get_words(element, name))), None)
    label = parse_label(get_text(element)) if html else None
    if not html or not label or (element.tag == "a" and anchors.find_target(element) is not None):
        return None
    inner = next(element.iter("a"), None)
    if inner is not None and inner is not element and anchors.find_target(inner) is not None:
        return None
    return AttributeNote(element, label, html)


def _get_words(element: Element, name: str) -> str | None:
    """Return the attribute *name* if it is the text of a note."""
    value = (element.get(name) or "").strip()
    words = " ".join(iter_texts(value)).split() if value else []
    if len(words) < _MIN_WORDS:
        return None
    if name in _NOTE_ATTRIBUTES:
        return value
    is_word = bool(
        re.search(r"[^\W\d]", get_text(element))
    )  # an abbreviation, one character of a menu
    if is_word or _LINK_TITLE.match(" ".join(words)):
        return None
    parent = element.getparent()
    around = [element] if parent is None else [element, parent]
    is_marked = any(e.tag in {"sup", "abbr"} or has_note_name(e) for e in around)
    return value if is_marked else None
