"""Where the appeals of an issue are, and in which order their variants are printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from pipeline.models.article import Block, Paragraph
from pipeline.models.issue import Appeal, AppealVariant, Issue, Position
from pipeline.rendering.appeal.appeal_text import AppealFormatter, AppealText
from pipeline.rendering.appeal.live_goals import make_live
from pipeline.rendering.placeholder_stash import PlaceholderStash


def split_at_appeals(
    issue: Issue,
) -> list[tuple[tuple[Block, ...], list[tuple[Appeal, Position]]]]:
    """
    Split the article where it has an appeal.

    Returns:
        Runs of blocks, each with the appeals that follow it; the first run may be empty.
    """
    placed = [(appeal, position) for appeal in issue.appeals for position in appeal.positions]
    stops = sorted({position.after for _, position in placed if position.after is not None})
    blocks, found, start = issue.article.blocks, [], 0
    for after in stops:
        end = _index_after_paragraphs(blocks, after)
        here = [(appeal, position) for appeal, position in placed if position.after == after]
        found.append((blocks[start:end], here))
        start = end
    at_end = [(appeal, position) for appeal, position in placed if position.after is None]
    return [*found, (blocks[start:], at_end)]


def _index_after_paragraphs(blocks: tuple[Block, ...], count: int) -> int:
    paragraphs = 0
    for index, block in enumerate(blocks):
        if paragraphs == count:
            return index
        paragraphs += isinstance(block, Paragraph)
    return len(blocks)


def order_variants(
    appeal: Appeal, position: Position, formatter: AppealFormatter, stash: PlaceholderStash
) -> Iterator[str | AppealText]:
    """
    Yield the texts of *appeal* at *position*, with the markers of the choices between them.

    The first matching variant wins: consecutive variants of one field or split are one choice, the next is nested.
    """
    ends: list[str] = []
    for name, group in groupby(appeal.variants, key=lambda variant: variant.field):
        cases = list(group)
        *markers, otherwise, end = _add_choice(name, cases, stash)
        for marker, case in zip(markers, cases, strict=True):
            yield marker
            yield from _choose_by_deadline(case.appeal, position, formatter, stash)
        yield otherwise
        ends.append(end)
    yield from _choose_by_deadline(appeal, position, formatter, stash)
    yield from reversed(ends)


def _add_choice(name: str, cases: list[AppealVariant], stash: PlaceholderStash) -> list[str]:
    shares = [(case.values[0], case.percent) for case in cases if case.percent is not None]
    if shares:
        return stash.add_split_choice(name, shares)
    return stash.add_field_choice(name, [case.values for case in cases])


def _choose_by_deadline(
    appeal: Appeal, position: Position, formatter: AppealFormatter, stash: PlaceholderStash
) -> Iterator[str | AppealText]:
    if appeal.is_empty:
        return
    text = formatter.format(appeal, position)
    if appeal.goal and appeal.goal.is_counted and text.goal:
        text = replace(text, goal=make_live(appeal.goal, appeal.currency, text.goal, stash))
    if appeal.deadline is None:
        yield text
        return
    start, middle, end = stash.add_deadline_choice(appeal.deadline)
    yield start
    yield text
    yield middle
    if after := formatter.format_after_deadline(appeal):
        yield after
    yield end
