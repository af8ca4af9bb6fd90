"""Find the notes that a page shows twice: at their markers and in a list, or in a list and in a popover."""

from __future__ import annotations

import re
from itertools import islice

from pipeline.loaders.html.dom import (
    Element,
    get_text,
    is_inside,
    remove_as_markup,
    strip_punctuation,
)
from pipeline.loaders.html.footnotes.inline.inline_notes import InlineNote
from pipeline.loaders.html.footnotes.note_patterns import parse_label
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

_POPOVER = re.compile(
    r"tool-?tip|pop-?over|pop-?up|hover-?card|bubble|littlefoot|bigfoot", re.IGNORECASE
)
_EXCERPT = re.compile(
    r"(?:…|\.\.\.|\[…\]) ?(?:continue(?: reading)?|read more|more|weiterlesen|lire la suite)?[ .…→»\])]*$",
    re.IGNORECASE,
)
_TAGS = ("li", "td", "dd", "p", "div", "aside", "section")
#: In characters without spaces and punctuation: of a note that is compared, and of label and back link beside it.
_MIN_NOTE, _MAX_NOTE, _MAX_AROUND = 8, 6_000, 14
_MAX_EXCERPT_END = 40
#: Blocks with the same text that are looked at.
_MAX_COMPARED = 40
_CONTAINERS = frozenset("li tr td dd p div aside section span".split())


def merge_repeated_notes(
    root: Element, notes: list[InlineNote], report: LoadReport
) -> tuple[list[InlineNote], list[Element]]:
    """
    Remove second copies of *notes*, of which each becomes one; of other notes remove copies in popovers.

    Return the notes that stay, and the elements that contained the copies.
    """
    merged = _merge_equal(notes)
    blocks = _TextIndex(root, {note.element for note in notes})
    parents: list[Element] = []
    for note in merged:
        twin = blocks.find(get_text(note.content))
        if twin is None:
            continue
        note.other_markers += _find_markers(root, twin, note)
        _find_whole_text(note, twin)
        if (parent := twin.getparent()) is not None:
            parents.append(parent)
            remove_as_markup(twin, "note.repeated", report)
    for popover in list(root.iter("span", "div", "aside", "section")):
        if popover.getparent() is not None and _POPOVER.search(popover.get("class") or ""):
            twin = blocks.find(get_text(popover), outside=popover)
            if twin is not None and is_inside(twin, root):
                popover.tag = "span"  # it stands in a sentence
                remove_as_markup(popover, "note.repeated", report)
    return merged, parents


def _merge_equal(notes: list[InlineNote]) -> list[InlineNote]:
    """Return *notes* with those of the same label and text as copies of the first."""
    merged: dict[tuple[str, str], InlineNote] = {}
    for note in notes:
        key = (note.label, strip_punctuation(get_text(note.content)))
        if note.label and note.is_reference and key in merged and merged[key].is_reference:
            merged[key].copies.append(note)
        else:
            merged[key if key not in merged else (f"{note.label} {len(merged)}", key[1])] = note
    return list(merged.values())


class _TextIndex:
    """The blocks outside the notes *skipped*, by their text without label and back link."""

    def __init__(self, root: Element, skipped: set[Element]) -> None:
        self._equal: dict[str, list[Element]] = {}
        self._beginnings: dict[str, list[Element]] = {}
        for element in root.iter(*_TAGS):
            if element is root or any(e in skipped for e in (element, *element.iterancestors())):
                continue
            text = strip_punctuation(get_text(element))
            if _MIN_NOTE <= len(text) <= _MAX_NOTE:
                for key in _list_keys(element, text):
                    self._equal.setdefault(key, []).append(element)
                    self._beginnings.setdefault(key[:_MIN_NOTE], []).append(element)

    def find(self, text: str, *, outside: Element | None = None) -> Element | None:
        """Return the row, item or block with *text*, or with all of which it is the beginning."""
        key, excerpt = strip_punctuation(text), _cut_excerpt(text)
        found = self._equal.get(key, [])[-_MAX_COMPARED:] if len(key) >= _MIN_NOTE else []
        if not found and excerpt != text and len(key := strip_punctuation(excerpt)) >= _MIN_NOTE:
            similar = self._beginnings.get(key[:_MIN_NOTE], [])[-_MAX_COMPARED:]
            found = [e for e in similar if any(k.startswith(key) for k in _list_keys(e))]
        for element in reversed(found):
            if outside is None or not (element is outside or _overlaps(element, outside)):
                return _widen(element, strip_punctuation(get_text(element)))
        return None


def _list_keys(element: Element, text: str | None = None) -> set[str]:
    """Return the text of *element* with and without a label and links within the page."""
    text = strip_punctuation(get_text(element)) if text is None else text
    keys = {text, re.sub(r"^\d{1,3}", "", text)}
    for link in islice(element.iter("a"), 3):
        if "#" in (link.get("href") or ""):
            word = strip_punctuation(get_text(link))
            keys |= {key.removesuffix(word) for key in keys}
    return {key for key in keys if len(key) >= _MIN_NOTE}


def _cut_excerpt(text: str) -> str:
    """Return *text* without the link at its end to the whole note."""
    start = max(len(text) - _MAX_EXCERPT_END, 0)
    return text[:start] + _EXCERPT.sub("", text[start:], count=1)


def _overlaps(element: Element, other: Element) -> bool:
    return any(e is other for e in element.iterancestors()) or any(
        e is element for e in other.iterancestors()
    )


def _widen(element: Element, text: str) -> Element:
    """Return the widest element around *element* with no other words than a label and a back link."""
    while (parent := element.getparent()) is not None and parent.tag in _CONTAINERS:
        if len(strip_punctuation(get_text(parent))) - len(text) > _MAX_AROUND:
            break
        element = parent
    return element


def _find_markers(root: Element, twin: Element, note: InlineNote) -> list[Element]:
    """Return the links to *twin* that are markers of *note* elsewhere in the text."""
    ids = {name for e in twin.iter() for name in (e.get("id"), e.get("name")) if name}
    own = {e for marker in (note.element, *note.markers) for e in marker.iter()}
    own |= {
        e for copy in note.copies for marker in (copy.element, *copy.markers) for e in marker.iter()
    }
    inside = set(twin.iter())
    return [
        link
        for link in (root.iter("a") if ids else ())
        if (link.get("href") or "").rpartition("#")[2] in ids
        and link not in own
        and link not in inside
        and parse_label(get_text(link)) is not None
    ]


def _find_whole_text(note: InlineNote, twin: Element) -> None:
    """Use the text of *twin* for *note* if it is longer."""
    text, repeated = get_text(note.content), get_text(twin)
    is_longer = len(strip_punctuation(repeated)) - len(strip_punctuation(text)) > _MAX_AROUND
    if not is_longer and _cut_excerpt(text) == text:
        return
    text = _cut_excerpt(text)
    content = next(
        (e for e in twin.iter("td", "li", "dd", "p") if len(get_text(e)) >= len(text)), twin
    )
    note.replacement = content
