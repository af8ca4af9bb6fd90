"""Sort the lines above the text: boilerplate, byline and date, and all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.loaders.shared.find_appeal import is_donate_button
from pipeline.loaders.text.boilerplate import (
    find_short_line_runs,
    match_boilerplate,
    match_edge_boilerplate,
)
from pipeline.loaders.text.chunks import RULE, Chunk, Item
from pipeline.loaders.text.header.byline import HeaderLine, is_person_name, read_header_line
from pipeline.loaders.text.inline_markup import collapse_spaces

#: The longest header; menus of large sites are long.
_MAX_ITEMS = 400
#: The longest header of a source without any paragraph.
_MAX_ITEMS_WITHOUT_TEXT = 12
MAX_SUBTITLE_WORDS = 60
#: The most items between a subtitle and the byline or date.
_MAX_TO_BYLINE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class SortedHeader:
    """
    The indexes of the header's items by kind.

    Args:
        items: All items of the text.
        end: Where the header ends.
        subtitle: A subtitle that reads like a paragraph.
        reasons: Boilerplate, and the rule that matches it.
        known: Lines with byline, date or reading time.
        others: All other chunks, the title among them.
    """

    items: Sequence[Item]
    end: int
    subtitle: int | None
    reasons: Mapping[int, str]
    known: Mapping[int, HeaderLine]
    others: Sequence[int]

    def chunk(self, i: int) -> Chunk:
        """Return the chunk at a sorted index."""
        return _chunk_at(self.items, i)


def sort_header_lines(items: Sequence[Item]) -> SortedHeader:
    """Sort the items before the first paragraph; without one only explicit labels are boilerplate."""
    end, subtitle = _find_end(items)
    known: dict[int, HeaderLine] = {}
    reasons: dict[int, str] = {}
    others: list[int] = []
    reason_of = match_edge_boilerplate if end < len(items) else match_boilerplate
    for i, item in enumerate(items[:end]):
        if i == subtitle or not isinstance(item, Chunk) or RULE.match(item.text):
            continue
        text = collapse_spaces(item.visible_text)
        line = read_header_line(item.text)
        if line is not None:
            known[i] = line
        elif reason := "boilerplate.button" if is_donate_button(text) else reason_of(item.text):
            reasons[i] = reason
        elif is_person_name(text) and others and _is_next_to_date(items, i):
            known[i] = HeaderLine(byline=text)
        else:
            others.append(i)
    if end < len(items):
        runs = find_short_line_runs(items, 0, end, breaks=known)
        menu = {i for run in runs for i in _find_menu_lines(items, run, others)}
        if menu and menu.issuperset(others):
            menu.discard(_select_title_line(items, sorted(menu), end))
        reasons |= dict.fromkeys(menu, "boilerplate.short-lines")
        others = [i for i in others if i not in menu]
    return SortedHeader(
        items=items, end=end, subtitle=subtitle, reasons=reasons, known=known, others=others
    )


def _find_menu_lines(
    items: Sequence[Item], run: Sequence[int], others: Sequence[int]
) -> Sequence[int]:
    """
    Return the unknown lines in a run of short ones that belong to a menu.

    A menu has unknown lines throughout. One or two at its end, after known lines only or with more space before them,
    are a kicker and a title.
    """
    unknown = [i for i in run if i in others]
    for count in (2, 1):
        above, closing = run[1:-count], run[-count:]
        if not all(i in others for i in closing):
            continue
        gaps = [_chunk_at(items, i).blank_lines for i in above]
        if len(unknown) == count or (gaps and _chunk_at(items, closing[0]).blank_lines > max(gaps)):
            return unknown[:-count]
    return unknown


def _select_title_line(items: Sequence[Item], menu: Sequence[int], end: int) -> int:
    """Return the line of a menu that is the title: the one that the text begins with, else the last."""
    first = items[end]
    text = first.text.casefold() if isinstance(first, Chunk) else ""
    repeated = [i for i in menu if text.startswith(_chunk_at(items, i).text.casefold())]
    return repeated[-1] if repeated else menu[-1]


def _find_end(items: Sequence[Item]) -> tuple[int, int | None]:
    """Return where the header ends, and its subtitle if that reads like a paragraph."""
    first = _find_first_paragraph(items, 0)
    if first is None:
        return min(len(items), _MAX_ITEMS_WITHOUT_TEXT), None
    item = _chunk_at(items, first)
    has_title = any(
        isinstance(item, Chunk) and not match_edge_boilerplate(item.text) for item in items[:first]
    )
    if not has_title or item.word_count > MAX_SUBTITLE_WORDS:
        return first, None
    until = _find_first_paragraph(items, first + 1)
    until = len(items) if until is None else until
    near = range(first + 1, min(first + 1 + _MAX_TO_BYLINE, until))
    byline_positions = [i for i in near if _has_byline_or_date(items[i])]
    if not byline_positions:
        return first, None
    end = byline_positions[-1] + 1
    while end < until and _is_header_line(items[end]):
        end += 1
    return end, None if item.cites_notes else first


def _find_first_paragraph(items: Sequence[Item], start: int) -> int | None:
    for i in range(start, min(len(items), start + _MAX_ITEMS)):
        item = items[i]
        if isinstance(item, Chunk) and item.is_prose and not match_edge_boilerplate(item.text):
            return i
    return None


def _has_byline_or_date(item: Item) -> bool:
    line = read_header_line(item.text) if isinstance(item, Chunk) else None
    return line is not None and (line.byline is not None or line.has_date)


def _is_header_line(item: Item) -> bool:
    """Whether an item is part of the header: byline, date, reading time or boilerplate."""
    if not isinstance(item, Chunk):
        return False
    return read_header_line(item.text) is not None or match_edge_boilerplate(item.text) is not None


def _is_next_to_date(items: Sequence[Item], i: int) -> bool:
    """Whether the line before or after has a date or a reading time."""
    near = [items[position] for position in (i - 1, i + 1) if 0 <= position < len(items)]
    lines = [read_header_line(item.text) for item in near if isinstance(item, Chunk)]
    return any(line is not None and line.byline is None for line in lines)


def _chunk_at(items: Sequence[Item], i: int) -> Chunk:
    item = items[i]
    assert isinstance(item, Chunk)  # only indexes of chunks are kept
    return item
