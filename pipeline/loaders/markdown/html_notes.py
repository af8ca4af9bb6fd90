"""Find the notes and references that raw HTML brings into Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lxml import etree

from pipeline.loaders.markdown.dom_writer import NOTE_REF
from pipeline.loaders.shared.html_nodes import TEXT_ATTRIBUTES, Element, LoadReport

if TYPE_CHECKING:
    from pipeline.loaders.html.footnotes import ExtractedNotes

#: How tools name the place of the note with a label: kramdown, goldmark, Python-Markdown, GitHub.
_NOTE_FRAGMENT = re.compile(r"(?:user-content-)?fn[:\-.]?(.+)")
#: And the place it is cited from, where a note's way back leads.
_BACK_FRAGMENT = re.compile(r"(?:user-content-)?fnref[:\-.]?.+")
#: What a reference looks like: a number, one or two letters or a sign, in brackets or not.
_MARKER = re.compile(r"[\[(]?(?:\d{1,3}|[^\W\d_]{1,2}|[*†‡§¶#]{1,3})?[\])]?")


def cite_labels(root: Element, find: Callable[[str], str | None], report: LoadReport) -> None:
    """
    Put references in the place of links to notes that Markdown defines.

    A link of other words than a marker keeps them, and the reference follows. A note's way back goes.

    Args:
        find: Returns what references call the note with a label; null if there is none.
    """
    for link in list(root.iter("a")):
        fragment = unquote((link.get("href") or "").strip().removeprefix("#"))
        if not (link.get("href") or "").strip().startswith("#"):
            continue
        match = _NOTE_FRAGMENT.fullmatch(fragment)
        name = find(match[1]) if match else None
        if match and name is not None:
            _cite(link, name, label=match[1], report=report)
        elif _BACK_FRAGMENT.fullmatch(fragment) and not re.search(r"\w", _words(link)):
            _mark_address(link, report)
            _empty(link)


def lift_raw_notes(root: Element, report: LoadReport) -> ExtractedNotes:
    """Lift the notes out of *root* that are written in HTML, as exports of Org and Google Docs do."""
    from pipeline.loaders.html.footnotes import extract_notes  # only here: few texts need it

    before = _addresses([root])
    lifted = extract_notes(root, report)
    after = _addresses([root, *(note.content for note in lifted.notes)])
    report.add_changed_words("markdown.note-address", before, after)
    return lifted


def _cite(link: Element, name: str, *, label: str, report: LoadReport) -> None:
    words = _words(link)
    _mark_address(link, report)
    is_bare = next(link.iter("img", NOTE_REF), None) is None
    if is_bare and (words.strip("[]()") == label or _MARKER.fullmatch(words)):
        report.add_markup("markdown.note-marker", words)
        _empty(link)
        link.tag = NOTE_REF
        link.set("note", name)
    else:
        link.tag = "span"
        etree.SubElement(link, NOTE_REF, {"note": name})


def _mark_address(link: Element, report: LoadReport) -> None:
    for name in ("href", "title"):
        report.add_markup("markdown.note-address", str(link.attrib.pop(name, "")))


def _empty(link: Element) -> None:
    """Take everything out of *link* that can be seen."""
    for child in list(link):
        link.remove(child)
    link.text = None
    link.tag = "span"


def _words(element: Element) -> str:
    return "".join(map(str, element.itertext())).strip()


def _addresses(roots: Sequence[Element]) -> list[str]:
    """Return the attributes of *roots* that the vocabulary would account for."""
    return [
        element.get(name) or ""
        for root in roots
        for element in root.iter()
        for name in TEXT_ATTRIBUTES.get(str(element.tag), ())
    ]
