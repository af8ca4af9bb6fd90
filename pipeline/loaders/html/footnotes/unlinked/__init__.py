"""
Match markers without a link with the notes below the text.

1. `markers`: raised numbers and symbols, `[1]`, `¹`, `*`, several in one (`2,3`, `2–4`).
2. `note_lists`: blocks, items, rows or lines that begin with labels which count up.
3. `match`: a list below a heading or rule needs markers for most of its notes; any other needs one for each, in order.
"""

from __future__ import annotations

from pipeline.loaders.html.footnotes.unlinked.match import match_unlinked_notes

__all__ = ["match_unlinked_notes"]
