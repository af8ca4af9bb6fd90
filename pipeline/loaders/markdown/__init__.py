"""The loader of Markdown: CommonMark, tables, notes, definition lists, front matter, and raw HTML a mail can show."""

from __future__ import annotations

from pipeline.loaders.base import LoadResult, Source


class MarkdownLoader:
    """Reads Markdown as GitHub, Hugo, Jekyll and Pandoc know it."""

    media_type = "text/markdown"
    suffixes = (".md", ".markdown", ".mdown")

    def read(self, source: Source) -> LoadResult:
        """
        Turn *source* into an article.

        Raises:
            LoadError: It is binary, or its front matter is broken; the message names the line.
        """
        # Here, because the table of loaders imports this module to see which endings it reads.
        from pipeline.loaders.markdown.read_markdown import read_markdown

        return read_markdown(source)
