"""What markers, notes, back links and their headings look like, whoever wrote them."""

from __future__ import annotations

import re

from pipeline.loaders.html.dom import Element, get_names, get_text
from pipeline.loaders.shared.languages import (
    BACK_ARROWS,
    BACK_LINK,
    NOTES_HEADING,
    SOURCES_HEADING,
    SUPERSCRIPT_DIGITS,
)

#: Links that might be markers are looked at closer; longer ones are words.
_MAX_MARKER = 16

_MARKER = re.compile(
    r"[\[({]? ?(?:(?:note|notes|nb|n|fn|footnote|endnote|anm|nota) ?\.? ?)?"
    r"(?P<label>\d{1,3}|[*†‡§¶]{1,3}|[a-z]|[ivxlc]{1,7})(?::\d{1,3})? ?[\])}]?[.:]?",
    re.IGNORECASE,
)

#: Names that speak of notes: of a marker, where it leads, or what it stands in.
_NAMED = re.compile(
    r"foot-?note|end-?note|\bfn(?:ref|r)?[-_:.]?\d|\bfn\b|_ftn|ftnt|sdfootnote|sdendnote|_edn|cite_note|note-?ref|sidenote|"
    r"\breference\b|FOOT\d|\bfootref\b|doc-noteref",
    re.IGNORECASE,
)
#: Names that only a note or a list of notes bears.
_NOTE = re.compile(
    r"foot-?notes?\b|foot-?note[-_]|end-?notes?\b|end-?note[-_]|\bfn[-_:.]?\w*\d|\bfn\w*\b|_?ftn\d|ftnt\d|sdfootnote|sdendnote|"
    r"_?edn\d|cite_note|sidenote|footdef|\breferences\b|FOOT\d|footnote|noteText|doc-endnote|\bnote-\d",
    re.IGNORECASE,
)
#: Names of whole lists of notes, telling enough without any reference.
_NOTE_LIST = re.compile(
    r"(?:^|[\s_-])(?:foot|end)-?notes(?:$|[\s_-])|\breferences\b|doc-endnotes", re.IGNORECASE
)
_NOT_NOTES = re.compile(
    r"comment|respond|reply|replies|disqus|\bshare|sharing|(?:^|[\s_-])top(?:$|\s)", re.IGNORECASE
)
#: Names of what belongs to a note's frame and not to its words.
_FRAME = re.compile(
    r"back-?link|back-?ref|footnote-?back|fn-bracket|footnote-?number|footnotereverse|footnote-to-top|footnum|mw-cite-backlink|"
    r"sdfootnotesym|ltx_note_mark|ltx_tag_note|ltx_note_type|reversefootnote",
    re.IGNORECASE,
)

_ARROWS = rf"\^{BACK_ARROWS}⇧←⇑🔙☝↖"
_BACK = re.compile(
    rf"(?:[\[({{]? ?[{_ARROWS}]++ ?[\])}}]? ?\d{{0,3}} ?)++|"
    r"\^? ?[a-z],?(?: [a-z],?)*+|\^? ?\d{1,3}[.,]\d{1,3},?(?: \d{1,3}[.,]\d{1,3},?)*+|"
    rf"[\[({{]?(?:[{_ARROWS}] ?)?(?:go )?(?:{BACK_LINK}|hoch|haut)\b[^.]{{0,60}}",
    re.IGNORECASE,
)
#: Back links say no more than this.
_MAX_BACK = 80
_ARROWS_ONLY = re.compile(rf"[\s\[\](){{}}]*+[{_ARROWS}][\s\[\](){{}}{_ARROWS}]*+\d{{0,3}}")
_HEADING = re.compile(rf"(?:\W|\d)*(?:{NOTES_HEADING}|{SOURCES_HEADING})\W*", re.IGNORECASE)


def parse_label(text: str) -> str | None:
    """Return the label if *text* is shaped like a marker, `1` of "[1:2]"; else null."""
    text = text.strip().translate(SUPERSCRIPT_DIGITS)
    match = _MARKER.fullmatch(text) if 0 < len(text) <= _MAX_MARKER else None
    return match["label"] if match else None


def is_marker_shaped(text: str) -> bool:
    """Whether *text* looks like a marker: `1`, `[2]`, `(a)`, `iv`, `†`."""
    return parse_label(text) is not None


def is_named_marker(link: Element, fragment: str) -> bool:
    """Whether the names of *link*, its target or the three elements around it speak of notes."""
    if _NAMED.search(f"{get_names(link)} {fragment}") or link.get("data-footnote-ref") is not None:
        return True
    around = list(_ancestors(link, 3))
    return any(_NAMED.search(get_names(element)) for element in around)


def is_raised(link: Element) -> bool:
    """Whether *link* stands in a superscript or holds one."""
    return link.find(".//sup") is not None or any(e.tag == "sup" for e in _ancestors(link, 4))


def has_note_name(element: Element) -> bool:
    """Whether *element* bears a name that only a note or a list of notes has."""
    return bool(_NOTE.search(get_names(element))) or element.get("data-footnotes") is not None


def is_note_name(name: str) -> bool:
    """Whether *name*, an id or class, is one that only a note or a list of notes has."""
    return bool(_NOTE.search(name))


def has_note_list_name(element: Element) -> bool:
    """Whether *element* bears the name of a whole list of notes."""
    return bool(_NOTE_LIST.search(get_names(element))) or element.get("data-footnotes") is not None


def is_unrelated_name(name: str) -> bool:
    """Whether *name* speaks of comments, sharing or the top of the page."""
    return bool(_NOT_NOTES.search(name))


def is_label_or_back_link(element: Element) -> bool:
    """Whether *element* bears the name of a note's label or back link."""
    return bool(_FRAME.search(get_names(element)))


def is_back_link_text(text: str) -> bool:
    """Whether *text* is what back links say: an arrow, "^ a b", "1.0 1.1", "back to the text", or nothing."""
    return not text or (len(text) <= _MAX_BACK and bool(_BACK.fullmatch(text)))


def is_arrow(text: str) -> bool:
    """Whether *text* is an arrow or two, such as back links show, and nothing else."""
    return len(text) <= _MAX_BACK and bool(_ARROWS_ONLY.fullmatch(text))


def is_notes_heading(element: Element) -> bool:
    """Whether *element* says "Notes" and nothing more, in a language we know."""
    text = get_text(element)
    return len(text) <= 60 and bool(_HEADING.fullmatch(text))


def _ancestors(element: Element, count: int) -> list[Element]:
    found = []
    for ancestor in element.iterancestors():
        found.append(ancestor)
        if len(found) == count:
            break
    return found
