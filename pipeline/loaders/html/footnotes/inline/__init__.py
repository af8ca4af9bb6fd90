"""
Find notes that are written where the text refers to them, or in an attribute of their marker.

1. `inline_notes`: sidenotes, margin notes, tooltips, the notes of LaTeXML.
2. `repeated_notes`: those that the page shows a second time, in a list or a popover, become one note.
3. `attribute_notes`: markers whose note is only in an attribute.
"""

from __future__ import annotations

from pipeline.loaders.html.footnotes.inline.attribute_notes import (
    AttributeNote,
    find_attribute_notes,
)
from pipeline.loaders.html.footnotes.inline.inline_notes import InlineNote, find_inline_notes
from pipeline.loaders.html.footnotes.inline.repeated_notes import merge_repeated_notes

__all__ = [
    "AttributeNote",
    "InlineNote",
    "find_attribute_notes",
    "find_inline_notes",
    "merge_repeated_notes",
]
