"""
Load Word documents (.docx), notes included.

1. `package` reads the parts; `normalize` prepares them, because mammoth reads only part of what Word writes.
2. `conversion` lets mammoth write HTML, and looks for paragraphs that did not arrive.
3. The HTML is read as a fragment; title, byline and date come from the text, else from the document's properties.

Comments, tracked deletions and hidden text never reach an article; a warning gives their number.
"""

from __future__ import annotations

from pipeline.loaders.base import LoadResult, Source


class WordLoader:
    """Word documents."""

    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    suffixes = (".docx",)

    def read(self, source: Source) -> LoadResult:
        """Turn the document in *source* into an article; its pictures are in `Article.files`."""
        # Not at the top: the list of loaders imports this module only to read its suffixes.
        from pipeline.loaders.word.read_document import read_document

        return read_document(source)
