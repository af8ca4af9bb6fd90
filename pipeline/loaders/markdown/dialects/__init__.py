"""
Teach markdown-it what kinds of Markdown other than CommonMark write.

Comments are left out and listed; what has a meaning in email gets it; anything else stays, with a warning.
"""

from __future__ import annotations

from markdown_it import MarkdownIt

from pipeline.loaders.markdown.dialects.bare_urls import link_bare_urls
from pipeline.loaders.markdown.dialects.block_marks import block_marks_plugin
from pipeline.loaders.markdown.dialects.inline_marks import inline_marks_plugin
from pipeline.loaders.markdown.dialects.line_marks import line_marks_plugin

__all__ = ["dialects_plugin"]


def dialects_plugin(md: MarkdownIt) -> None:
    """
    Add the rules to *md*.

    Token: `left_out`, a block or an inline, with the text in `content`, the rule in `meta["reason"]`, and perhaps a
    warning in `meta["warning"]`, its code, message and passage: all passages of a code stand in place of the `{}` in
    its message. The token of an inline may have a rule and a text in `meta["left_out"]`.
    """
    block_marks_plugin(md)
    inline_marks_plugin(md)
    line_marks_plugin(md)
    md.core.ruler.after("inline", "bare_urls", link_bare_urls)
