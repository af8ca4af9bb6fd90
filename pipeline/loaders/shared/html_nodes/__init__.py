"""
Read a DOM into the tree of an article; only known elements can reach an email.

    report = LoadReport()
    blocks = create_reader(report, resolve).read_blocks(element)

The reader accepts any lxml element, the body of a page or a fragment, and keeps every word. Unknown elements are
replaced by their content; scripts, styles, templates, heads, comments and unsafe URLs are listed in `report.dropped`.
Classes, styles and event handlers have no place in the tree. Nesting deeper than `MAX_DEPTH` is flattened. *resolve*
lets a loader replace an element, for example a marker that it found to be a note reference.
"""

from __future__ import annotations

from pipeline.loaders.shared.html_nodes.element_handlers import KNOWN_ELEMENTS, create_reader
from pipeline.loaders.shared.html_nodes.inline_text import (
    collapse_spaces,
    find_note_refs,
    is_blank,
    is_wrapper,
    list_texts,
)
from pipeline.loaders.shared.html_nodes.load_report import LoadReport, find_missing_words
from pipeline.loaders.shared.html_nodes.node_reader import (
    DROPPED_ELEMENTS,
    MAX_DEPTH,
    TEXT_ATTRIBUTES,
    Element,
    ElementResolver,
    NodeReader,
)
from pipeline.loaders.shared.html_nodes.safe_urls import sanitize_href, sanitize_src

__all__ = [
    "DROPPED_ELEMENTS",
    "KNOWN_ELEMENTS",
    "MAX_DEPTH",
    "TEXT_ATTRIBUTES",
    "Element",
    "ElementResolver",
    "LoadReport",
    "NodeReader",
    "collapse_spaces",
    "create_reader",
    "find_missing_words",
    "find_note_refs",
    "is_blank",
    "is_wrapper",
    "list_texts",
    "sanitize_href",
    "sanitize_src",
]
