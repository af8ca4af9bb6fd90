"""
Extract the notes of an HTML document, whichever program wrote it.

    extracted = extract_notes(root, report)
    extracted.references[element]     # the number, from 1, of the note to which *element* refers
    extracted.notes[0]                # the label of the first note, and an element that contains it

It works on any lxml element: a page, or a fragment from a feed, a Word file or Markdown. Empty elements replace the
markers; only `references` knows them, so nothing in a page can be mistaken for one.

1. Inline notes: sidenotes, margin notes, notes inside a sentence.
2. Links that lead forward to a note are its references; links that lead back are removed. A link is a marker by its
   name, because it is raised, or by what it leads to (`unnamed_markers`).
3. Markers without a link, if there is a list of notes with these labels (`unlinked`).
4. Empty lists are removed with their rules and headings.
"""

from __future__ import annotations

from pipeline.loaders.html.footnotes.extract import ExtractedNotes, extract_notes

__all__ = ["ExtractedNotes", "extract_notes"]
