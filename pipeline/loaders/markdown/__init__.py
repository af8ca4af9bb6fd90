"""Load Markdown: CommonMark with tables, notes, definition lists, front matter and raw HTML."""

from __future__ import annotations

from pipeline.loaders.base import LoadResult, Source


class MarkdownLoader:
    """Loads Markdown as GitHub, Hugo, Jekyll and Pandoc write it."""

    media_type = "text/markdown"
    suffixes = (".md", ".markdown", ".mdown")

    def read(self, source: Source) -> LoadResult:
        """Turn *source* into an article; see `Loader.read()`."""
        # Not at the top: the list of loaders imports this module only to read its suffixes.
        from pipeline.loaders.markdown.read_markdown import read_markdown

        return read_markdown(source)
