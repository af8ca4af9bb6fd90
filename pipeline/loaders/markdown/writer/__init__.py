"""
Write an article as the Markdown that Handbill reads, so that people can correct what a loader guessed.

    conversion = convert_article(article, source_folder=Path("drafts"), output=Path("drafts/bell.md"))
"""

from __future__ import annotations

from pipeline.loaders.markdown.writer.conversion import Conversion, convert_article
from pipeline.loaders.markdown.writer.document import MarkdownSource, write_markdown

__all__ = ["Conversion", "MarkdownSource", "convert_article", "write_markdown"]
