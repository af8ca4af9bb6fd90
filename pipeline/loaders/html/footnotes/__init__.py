"""
Lift the notes out of a document, whoever wrote it (the rules N1 to N17).

    lifted = extract_notes(root, report)
    lifted.references[element]     # the number, from 1, of the note that *element* cites
    lifted.notes[0].content         # an element that holds the words of the first note

It works on any lxml element: a page, or a fragment from a feed, a Word file or Markdown. Markers give way to empty
elements that only `references` knows, so nothing in a page can be mistaken for one.

1. Inline notes: sidenotes, margin notes, notes in place.
2. Links that lead forward to a note are its references; what leads back is taken off.
3. Raised numbers without a link, if there is a list of notes with their labels.
4. Emptied lists, their rules and their headings go.
"""

from __future__ import annotations

from pipeline.loaders.html.footnotes.extract import ExtractedNote, ExtractedNotes, extract_notes

__all__ = ["ExtractedNote", "ExtractedNotes", "extract_notes"]
