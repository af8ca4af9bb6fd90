"""Remove what is left of lists of notes: empty containers, rules, headings (rule N14)."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.loaders.html.dom import HEADINGS, Element, detach, drop_element, has_content
from pipeline.loaders.html.footnotes.note_patterns import is_notes_heading
from pipeline.loaders.shared.html_nodes import LoadReport

#: What a list of notes, or a note that was taken out of the text, leaves behind.
_EMPTIED = frozenset("div span ol ul dl section aside table tbody article blockquote p".split())
_TITLES = frozenset({*HEADINGS, "p", "div", "strong", "b", "dt", "header"})


def remove_empty_lists(lists: Iterable[Element], report: LoadReport) -> None:
    """Remove the rule and the heading of each of *lists* from which notes were taken, where nothing else is left."""
    for parent in lists:
        inner, outer = None, parent
        while (
            outer.tag not in {"body", "html"}
            and not _rest(outer)
            and (up := outer.getparent()) is not None
        ):
            _empty(outer, report)
            inner, outer = outer, up
        for place in [inner] if inner is not None else _first_of_runs(outer):
            _remove_before(place, report)


def _first_of_runs(outer: Element) -> list[Element]:
    """Return what is empty in *outer* and follows something that is not."""
    found, is_run = [], False
    for child in outer:
        is_empty = (
            child.tag in _EMPTIED and not has_content(child) and not (child.tail or "").strip()
        )
        if is_empty and not is_run:
            found.append(child)
        is_run = is_empty
    return found


def remove_empty_headings(root: Element, report: LoadReport) -> None:
    """Remove headings such as "Notes" with nothing below them."""
    for heading in [e for e in root.iter(*HEADINGS) if is_notes_heading(e)]:
        if _is_empty_below(heading) and heading.getparent() is not None:
            drop_element(heading, "notes.heading", report)


def _rest(element: Element) -> list[Element]:
    """Return what can be seen in *element* but is no heading of notes; text directly in it counts as itself."""
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        return [element]
    return [child for child in element if has_content(child) and not is_notes_heading(child)]


def _empty(element: Element, report: LoadReport) -> None:
    for child in list(element):
        if child.tag == "hr":
            detach(child)
        elif has_content(child):
            drop_element(child, "notes.heading", report)


def _remove_before(place: Element, report: LoadReport) -> None:
    """Remove rules and a heading right before *place*, if nothing of its section is left."""
    previous = place.getprevious()
    while previous is not None and not (previous.tail or "").strip():
        before = previous.getprevious()
        if previous.tag == "hr":
            detach(previous)
        elif has_content(previous):
            if previous.tag in _TITLES and is_notes_heading(previous) and _is_empty_below(previous):
                drop_element(previous, "notes.heading", report)
            return
        previous = before


def _is_empty_below(heading: Element) -> bool:
    """Whether nothing can be seen between *heading* and the next one, or the end of what it stands in."""
    if (heading.tail or "").strip():
        return False
    for element in heading.itersiblings():
        if element.tag in HEADINGS:
            return True
        if has_content(element) or (element.tail or "").strip():
            return False
    return True
