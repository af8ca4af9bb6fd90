"""
Load plain text: copied from a web page, or hard-wrapped as in email and books.

Nothing marks up a line; what it is shows in its position, its ending and the other lines.

1. `line_wrapping`: split the text into chunks, the blocks of the source; hard-wrapped lines are joined.
2. `footnotes`: extract the notes and their markers, before anything else can mistake them.
3. `figures`: combine alternative texts, captions and credits into figures.
4. `header`: read title, subtitle, byline and date.
5. `boilerplate`: remove what surrounds the article, by named rules.
6. `text_blocks`: build the article; then its appeal is extracted.
"""

from pipeline.loaders.text.loader import TextLoader

__all__ = ["TextLoader"]
