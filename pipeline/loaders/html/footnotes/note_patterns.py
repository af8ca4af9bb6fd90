"""Patterns that recognize markers, notes, back links and their headings, whichever program wrote them."""

from __future__ import annotations

import re
from itertools import islice

from pipeline.loaders.html.dom import Element, get_names, get_text
from pipeline.loaders.shared.languages import (
    BACK_ARROWS,
    BACK_LINK,
    NOTES_HEADING,
    SOURCES_HEADING,
    SUPERSCRIPT_DIGITS,
)

#: In characters; a longer link is text.
_MAX_MARKER = 16

_MARKER = re.compile(
    r"[\[({]? ?(?:(?:note|notes|nb|n|fn|footnote|endnote|anm|nota) ?\.? ?)?"
    r"(?P<label>\d{1,3}|[*†‡§¶]{1,3}|[a-z]|[ivxlc]{1,7})(?::\d{1,3})? ?[\])}]?[.:]?",
    re.IGNORECASE,
)

#: Names related to notes: of a marker, its target, or the elements around it.
_MARKER_NAME = re.compile(
    r"foot-?note|end-?note|\bfn(?:ref|r)?[-_:.]{0,2}\d|\bfnt?\b|_ftn|ftnt|sdfootnote|sdendnote|_edn|cite_note|note-?ref|sidenote|"
    r"\breference\b|FOOT\d|\bfootref\b|doc-noteref|\bcn(?:ref)?[-_:.]{1,2}\d|see citation",
    re.IGNORECASE,
)
#: Names that only notes and lists of notes have.
_NOTE_NAME = re.compile(
    r"foot-?notes?\b|foot-?note[-_]|end-?notes?\b|end-?note[-_]|\bfn[-_:.]?\w*\d|\bfn\w*\b|_?ftn\d|ftnt\d|sdfootnote|sdendnote|"
    r"_?edn\d|cite_note|sidenote|footdef|\breferences\b|FOOT\d|footnote|noteText|doc-endnote|\bnote-\d|\bcn[-_:.]\d|"
    r"\bcitations\b",
    re.IGNORECASE,
)
#: Names of lists of notes, sufficient without any reference.
_NOTE_LIST_NAME = re.compile(
    r"(?:^|[\s_-])(?:foot|end)-?notes(?:$|[\s_-])|\breferences\b|doc-endnotes", re.IGNORECASE
)
_UNRELATED_NAME = re.compile(
    r"comment|respond|reply|replies|disqus|\bshare|sharing|(?:^|[\s_-])top(?:$|\s)", re.IGNORECASE
)
#: Names of labels and back links.
_LABEL_NAME = re.compile(
    r"back-?link|back-?ref|footnote-?back|fn-bracket|footnote-?number|footnotereverse|footnote-to-top|footnum|mw-cite-backlink|"
    r"sdfootnotesym|ltx_note_mark|ltx_tag_note|ltx_note_type|reversefootnote|reversecitation",
    re.IGNORECASE,
)

_ARROWS = rf"\^{BACK_ARROWS}⇧←⇑🔙☝↖"
_BACK_LINK_TEXT = re.compile(
    rf"(?:[\[({{]? ?[{_ARROWS}]++ ?[\])}}]? ?\d{{0,3}} ?)++|"
    r"\^? ?[a-z],?(?: [a-z],?)*+|\^? ?\d{1,3}[.,]\d{1,3},?(?: \d{1,3}[.,]\d{1,3},?)*+|"
    rf"[\[({{]?(?:[{_ARROWS}] ?)?(?:go )?(?:{BACK_LINK}|hoch|haut)\b[^.]{{0,60}}",
    re.IGNORECASE,
)
#: In characters.
_MAX_BACK_LINK = 80
_ARROWS_ONLY = re.compile(rf"[\s\[\](){{}}]*+[{_ARROWS}][\s\[\](){{}}{_ARROWS}]*+\d{{0,3}}")
#: In characters, spaces included; a longer text is read no further.
_MAX_HEADING = 300
_NOTES_HEADING = re.compile(rf"(?:\W|\d)*(?:{NOTES_HEADING}|{SOURCES_HEADING})\W*", re.IGNORECASE)


def parse_label(text: str) -> str | None:
    """Return the label if *text* looks like a marker, `1` for "[1:2]"; else None."""
    text = text.strip().translate(SUPERSCRIPT_DIGITS)
    match = _MARKER.fullmatch(text) if 0 < len(text) <= _MAX_MARKER else None
    return match["label"] if match else None


def is_marker_text(text: str) -> bool:
    """Whether *text* looks like a marker: `1`, `[2]`, `(a)`, `iv`, `†`."""
    return parse_label(text) is not None


def is_named_marker(link: Element, fragment: str) -> bool:
    """Whether the names of *link*, its target or the three elements around it are related to notes."""
    if link.get("data-footnote-ref") is not None:
        return True
    if _MARKER_NAME.search(f"{get_names(link)} {fragment}"):
        return True
    return any(_MARKER_NAME.search(get_names(e)) for e in islice(link.iterancestors(), 3))


def is_superscript(link: Element) -> bool:
    """Whether *link* is inside a superscript or contains one."""
    is_inside = any(e.tag == "sup" for e in islice(link.iterancestors(), 4))
    return is_inside or link.find(".//sup") is not None


def has_note_name(element: Element) -> bool:
    """Whether *element* has a name that only notes and lists of notes have."""
    return is_note_name(get_names(element)) or element.get("data-footnotes") is not None


def is_note_name(name: str) -> bool:
    """Whether *name*, an id or class, is one that only notes and lists of notes have."""
    return bool(_NOTE_NAME.search(name))


def has_note_list_name(element: Element) -> bool:
    """Whether *element* has the name of a list of notes."""
    is_named = bool(_NOTE_LIST_NAME.search(get_names(element)))
    return is_named or element.get("data-footnotes") is not None


def is_unrelated_name(name: str) -> bool:
    """Whether *name* is about comments, sharing or the top of the page."""
    return bool(_UNRELATED_NAME.search(name))


def is_label_or_back_link(element: Element) -> bool:
    """Whether *element* has the name of a note's label or back link."""
    return bool(_LABEL_NAME.search(get_names(element)))


def is_back_link_text(text: str) -> bool:
    """Whether *text* is empty or typical of back links: an arrow, "^ a b", "1.0 1.1", "back to the text"."""
    return not text or (len(text) <= _MAX_BACK_LINK and bool(_BACK_LINK_TEXT.fullmatch(text)))


def is_arrow(text: str) -> bool:
    """Whether *text* is only arrows, as in back links."""
    return len(text) <= _MAX_BACK_LINK and bool(_ARROWS_ONLY.fullmatch(text))


def is_notes_heading(element: Element) -> bool:
    """Whether the text of *element* is only "Notes" or the like, in a known language."""
    length = 0
    for text in element.itertext():
        length += len(str(text))
        if length > _MAX_HEADING:
            return False
    text = get_text(element)
    return len(text) <= 60 and bool(_NOTES_HEADING.fullmatch(text))
