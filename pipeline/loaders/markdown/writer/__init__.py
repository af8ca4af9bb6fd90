"""
Write an article as the Markdown that Handbill reads, so that people can correct what a loader guessed.

    source, differences = write_markdown(article)
"""

from __future__ import annotations

from pipeline.loaders.markdown.writer.document import MarkdownSource, write_markdown

__all__ = ["MarkdownSource", "write_markdown"]
