"""
Plain text: text copied from a web page, mail and books with hand-broken lines.

Nothing marks what a line is; it shows in where it stands, how it ends, and in what other lines say.

1. `chunks`: lines to chunks, the blocks of the source; hand-broken lines are joined.
2. `notes`: the notes and the markers that cite them, lifted out before anything else can mistake them.
3. `figures`: alternative texts, captions and credits, put together to pictures.
4. `head`: title, dek, byline and date; `chrome`: the page around the article, left out by name.
5. `blocks`: what remains, as the tree; then the appeal is lifted from it.
"""

from pipeline.loaders.text.loader import TextLoader

__all__ = ["TextLoader"]
