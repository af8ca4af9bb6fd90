"""Where the asks of an issue stand."""

from __future__ import annotations

from pipeline.models.article import Block, Paragraph
from pipeline.models.issue import Appeal, Issue, Position


def stretches(issue: Issue) -> list[tuple[tuple[Block, ...], list[tuple[Appeal, Position]]]]:
    """
    Cut the article where an appeal stands.

    Returns:
        Each stretch of blocks, and the appeals that follow it; the first stretch may be empty.
    """
    placed = [(appeal, position) for appeal in issue.appeals for position in appeal.positions]
    stops = sorted({position.after for _, position in placed if position.after is not None})
    blocks, found, begin = issue.article.blocks, [], 0
    for after in stops:
        end = _after_paragraphs(blocks, after)
        here = [(appeal, position) for appeal, position in placed if position.after == after]
        found.append((blocks[begin:end], here))
        begin = end
    at_end = [(appeal, position) for appeal, position in placed if position.after is None]
    return [*found, (blocks[begin:], at_end)]


def _after_paragraphs(blocks: tuple[Block, ...], count: int) -> int:
    seen = 0
    for index, block in enumerate(blocks):
        if seen == count:
            return index
        seen += isinstance(block, Paragraph)
    return len(blocks)
