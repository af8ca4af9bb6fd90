"""Remove what is left of lists of notes: empty containers, rules and headings."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.loaders.html.dom import (
    BLOCKS,
    HEADINGS,
    Element,
    detach,
    drop_element,
    get_heading,
    has_content,
)
from pipeline.loaders.html.footnotes.note_patterns import is_notes_heading
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

#: Elements that are removed if they are empty after the notes are extracted.
_REMOVABLE = frozenset("div span ol ul dl section aside table tbody article blockquote p".split())
_TITLES = frozenset({*HEADINGS, "p", "div", "strong", "b", "dt", "header"})


def remove_empty_lists(lists: Iterable[Element], report: LoadReport) -> None:
    """Remove the rule and heading of each of *lists*, from which notes were extracted, if nothing else is left."""
    for parent in lists:
        inner, outer = None, parent
        while (
            outer.tag not in {"body", "html"}
            and not _has_other_content(outer)
            and (ancestor := outer.getparent()) is not None
        ):
            _clear(outer, report)
            inner, outer = outer, ancestor
        for element in [inner] if inner is not None else _find_empty_runs(outer):
            _remove_heading_before(element, report)


def remove_empty_headings(root: Element, report: LoadReport) -> None:
    """Remove headings such as "Notes" with nothing below them."""
    for heading in [e for e in root.iter(*HEADINGS) if is_notes_heading(e)]:
        if _is_empty_below(heading) and heading.getparent() is not None:
            drop_element(heading, "notes.heading", report)


def _find_empty_runs(outer: Element) -> list[Element]:
    """Return the first of each run of empty elements in *outer*."""
    found, in_run = [], False
    for child in outer:
        is_blank = not has_content(child) and not (child.tail or "").strip()
        is_empty = child.tag in _REMOVABLE and is_blank
        if is_empty and not in_run:
            found.append(child)
        in_run = is_empty
    return found


def _has_other_content(element: Element) -> bool:
    """Whether anything in *element* is visible except headings of notes."""
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        return True
    return any(has_content(child) and not is_notes_heading(child) for child in element)


def _clear(element: Element, report: LoadReport) -> None:
    for child in list(element):
        if child.tag == "hr":
            detach(child)
        elif has_content(child):
            drop_element(child, "notes.heading", report)


def _remove_heading_before(element: Element, report: LoadReport) -> None:
    """Remove rules and a heading right before *element*, if nothing of the section is left."""
    previous = element.getprevious()
    while previous is not None and not (previous.tail or "").strip():
        before = previous.getprevious()
        if previous.tag == "hr":
            detach(previous)
        elif has_content(previous):
            is_title = previous.tag in _TITLES and is_notes_heading(previous)
            if not (is_title and _is_empty_below(previous)):
                return
            drop_element(previous, "notes.heading", report)
            if before is not None and before.tag == "hr" and not (before.tail or "").strip():
                detach(before)
            return
        previous = before


def _is_empty_below(heading: Element) -> bool:
    """
    Whether nothing is visible between *heading* and the next one, or the end of its parent.

    A parent that contains only the heading is a wrapper: what follows it counts.
    """
    element = heading
    while (parent := element.getparent()) is not None and not (element.tail or "").strip():
        others = (child for child in parent if child is not element and child.tag in BLOCKS)
        if get_heading(parent) is None or next(others, None) is not None:  # an emptied section
            break
        element = parent
    if (element.tail or "").strip():
        return False
    for following in element.itersiblings():
        if get_heading(following) is not None:
            return True
        if has_content(following) or (following.tail or "").strip():
            return False
    return True
