"""
Turn structure that a page gives only by styles and classes into elements, before anything is looked for in it.

    sheet = Stylesheet(page)               # before styles are removed
    restore_structure(body, sheet, report)

1. Comments of reviewers and tracked deletions are dropped.
2. Headings by role become headings, tables that only lay out a page become its blocks.
3. Lists whose levels are in classes or margins are nested; paragraphs that Word numbers become lists.
4. Verse in `<pre>` becomes paragraphs with line breaks.
5. Bold, italic, struck-out, raised and lowered text by style becomes `<strong>`, `<em>`, `<s>`, `<sup>`, `<sub>`.
6. Words that only a style sets apart get a space or a block of their own.
"""

from __future__ import annotations

from pipeline.loaders.html.dom import Element
from pipeline.loaders.html.structure.layout_tables import unpack_layout_tables
from pipeline.loaders.html.structure.list_levels import nest_lists
from pipeline.loaders.html.structure.review_comments import drop_review_comments
from pipeline.loaders.html.structure.separation import separate_blocks
from pipeline.loaders.html.structure.styled_text import mark_styled_text
from pipeline.loaders.html.structure.stylesheet import Stylesheet
from pipeline.loaders.html.structure.verse import restore_verse
from pipeline.loaders.html.structure.word_lists import restore_word_lists
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

__all__ = ["Stylesheet", "restore_structure"]

_HEADING_ROLE = "heading"


def restore_structure(
    body: Element, sheet: Stylesheet, report: LoadReport, *, has_layout_tables: bool
) -> None:
    """Change *body* in place; with *has_layout_tables* its tables may lay out the page."""
    drop_review_comments(body, report)
    _restore_headings(body)
    if has_layout_tables:
        unpack_layout_tables(body)
    restore_word_lists(body, sheet, report)
    nest_lists(body, sheet)
    restore_verse(body, sheet)
    mark_styled_text(body, sheet)
    separate_blocks(body, sheet)


def _restore_headings(body: Element) -> None:
    """Turn paragraphs with the role of a heading into headings."""
    for element in list(body.iter("p", "div", "span")):
        level = element.get("aria-level") or "2"
        is_heading = (element.get("role") or "").lower() == _HEADING_ROLE
        if is_heading and level in set("123456") and element.find(".//p") is None:
            element.tag = f"h{level}"
