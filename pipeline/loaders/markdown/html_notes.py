"""Find the notes and references written in raw HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lxml import etree

from pipeline.loaders.markdown.dom_writer import NOTE_REF
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.node_reader import TEXT_ATTRIBUTES, Element

if TYPE_CHECKING:
    from pipeline.loaders.html.footnotes import ExtractedNotes

#: The fragments by which kramdown, goldmark, Python-Markdown and GitHub name a note.
_NOTE_FRAGMENT = re.compile(r"(?:user-content-)?fn[:\-.]?(.+)")
#: The fragments of references, which back links lead to.
_BACK_FRAGMENT = re.compile(r"(?:user-content-)?fnref[:\-.]?.+")
#: The text of a reference: a number, `a`, `ab` or a symbol, in brackets or not.
_MARKER = re.compile(r"[\[(]?(?:\d{1,3}|[^\W\d_]{1,2}|[*†‡§¶#]{1,3})?[\])]?")


def replace_note_links(
    root: Element, find_note_name: Callable[[str], str | None], report: LoadReport
) -> None:
    """
    Replace links to notes of Markdown by references, and remove back links in notes.

    A link with a text other than a marker keeps its text, and the reference follows. *find_note_name* returns the name
    by which references cite the note with a label.
    """
    for link in list(root.iter("a")):
        fragment = unquote((link.get("href") or "").strip().removeprefix("#"))
        if not (link.get("href") or "").strip().startswith("#"):
            continue
        match = _NOTE_FRAGMENT.fullmatch(fragment)
        name = find_note_name(match[1]) if match else None
        if match and name is not None:
            _replace_link(link, name, label=match[1], report=report)
        elif _BACK_FRAGMENT.fullmatch(fragment) and not re.search(r"\w", _get_text(link)):
            _remove_address(link, report)
            _clear(link)


def extract_html_notes(root: Element, report: LoadReport) -> ExtractedNotes:
    """Extract the notes from *root* that are written in HTML, as in exports of Org and Google Docs."""
    from pipeline.loaders.html.footnotes import extract_notes  # only here: few sources need it

    before = _list_urls([root])
    extracted = extract_notes(root, report)
    after = _list_urls([root, *(content for _, content in extracted.notes)])
    report.add_changed_words("markdown.note-address", before, after)
    return extracted


def _replace_link(link: Element, name: str, *, label: str, report: LoadReport) -> None:
    text = _get_text(link)
    _remove_address(link, report)
    is_bare = next(link.iter("img", NOTE_REF), None) is None
    if is_bare and (text.strip("[]()") == label or _MARKER.fullmatch(text)):
        report.add_markup("markdown.note-marker", text)
        _clear(link)
        link.tag = NOTE_REF
        link.set("note", name)
    else:
        link.tag = "span"
        etree.SubElement(link, NOTE_REF, {"note": name})


def _remove_address(link: Element, report: LoadReport) -> None:
    for name in ("href", "title"):
        report.add_markup("markdown.note-address", str(link.attrib.pop(name, "")))


def _clear(link: Element) -> None:
    """Remove everything visible from *link*."""
    for child in list(link):
        link.remove(child)
    link.text = None
    link.tag = "span"


def _get_text(element: Element) -> str:
    return "".join(map(str, element.itertext())).strip()


def _list_urls(roots: Sequence[Element]) -> list[str]:
    """Return the attributes of *roots* that the HTML reader reports."""
    return [
        element.get(name) or ""
        for root in roots
        for element in root.iter()
        for name in TEXT_ATTRIBUTES.get(str(element.tag), ())
    ]
