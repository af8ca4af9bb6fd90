"""The lines at the head of a text, sorted by what they are: chrome, who and when, and all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.loaders.shared.find_appeal import is_donate_button
from pipeline.loaders.text.boilerplate import edge_reason, named_reason, runs_of_short
from pipeline.loaders.text.chunks import Chunk, Item
from pipeline.loaders.text.header.byline import HeaderLine, is_name, read_head_line
from pipeline.loaders.text.inline_markup import one_line

#: A head is no longer than this many items; menus of large sites are long.
_LONGEST = 400
#: Without any paragraph to end it, only so many lines can be head matter.
_LONGEST_BARE = 12
LONGEST_DEK = 60
#: How many items after a dek a byline or date may stand.
_NEAR = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderLines:
    """
    The places of a head's items by what they are.

    Args:
        end: Where the head ends.
        dek: A dek that reads as a paragraph.
        reasons: Chrome, by the rule that knows it.
        known: Lines that say who, when and how long.
        others: All other chunks: title, kicker, dek among them.
    """

    end: int
    dek: int | None
    reasons: Mapping[int, str]
    known: Mapping[int, HeaderLine]
    others: Sequence[int]


def chunk_at(items: Sequence[Item], at: int) -> Chunk:
    """Return the chunk at a place that was sorted."""
    item = items[at]
    assert isinstance(item, Chunk)  # only places of chunks are sorted
    return item


def sort_head(items: Sequence[Item]) -> HeaderLines:
    """Sort the items before the first paragraph; where there is none, only what names itself is chrome."""
    end, dek = _extent(items)
    known: dict[int, HeaderLine] = {}
    reasons: dict[int, str] = {}
    others: list[int] = []
    reason_of = edge_reason if end < len(items) else named_reason
    for at, item in enumerate(items[:end]):
        if at == dek or not isinstance(item, Chunk):
            continue
        text = one_line(item.shown)
        line = read_head_line(item.text)
        if line is not None:
            known[at] = line
        elif reason := "boilerplate.button" if is_donate_button(text) else reason_of(item.text):
            reasons[at] = reason
        elif is_name(text) and others and _is_dated(items, at):
            known[at] = HeaderLine(byline=text)
        else:
            others.append(at)
    if end < len(items):
        runs = runs_of_short(items, 0, end, breaks=known)
        menu = {at for run in runs for at in _menu_lines(items, run, others)}
        if menu and menu.issuperset(others):
            menu.discard(_named_first(items, sorted(menu), end))
        reasons |= dict.fromkeys(menu, "boilerplate.short-lines")
        others = [at for at in others if at not in menu]
    return HeaderLines(end=end, dek=dek, reasons=reasons, known=known, others=others)


def _menu_lines(items: Sequence[Item], run: Sequence[int], others: Sequence[int]) -> Sequence[int]:
    """
    Return which unknown lines of a run of short ones belong to a menu.

    A menu has unknown lines all through. One or two at its end, below known ones only or with more space before them,
    are a kicker and a title.
    """
    unknown = [at for at in run if at in others]
    for count in (2, 1):
        above, closing = run[1:-count], run[-count:]
        if not all(at in others for at in closing):
            continue
        gaps = [chunk_at(items, at).gap for at in above]
        if len(unknown) == count or (gaps and chunk_at(items, closing[0]).gap > max(gaps)):
            return unknown[:-count]
    return unknown


def _named_first(items: Sequence[Item], menu: Sequence[int], end: int) -> int:
    """Return which line of a menu is the title: the one the text begins with, else the last."""
    first = items[end]
    text = first.text.casefold() if isinstance(first, Chunk) else ""
    named = [at for at in menu if text.startswith(chunk_at(items, at).text.casefold())]
    return named[-1] if named else menu[-1]


def _extent(items: Sequence[Item]) -> tuple[int, int | None]:
    """Return where the head ends, and which of its items is a dek that reads as a paragraph."""
    first = _first_paragraph(items, 0)
    if first is None:
        return min(len(items), _LONGEST_BARE), None
    item = chunk_at(items, first)
    has_title = any(
        isinstance(item, Chunk) and not edge_reason(item.text) for item in items[:first]
    )
    if not has_title or item.size > LONGEST_DEK:
        return first, None
    until = _first_paragraph(items, first + 1)
    until = len(items) if until is None else until
    near = range(first + 1, min(first + 1 + _NEAR, until))
    said = [at for at in near if _says_who_or_when(items[at])]
    if not said:
        return first, None
    end = said[-1] + 1
    while end < until and _is_head_matter(items[end]):
        end += 1
    has_notes = any(cut.notes for cut in item.cuts)
    return end, None if has_notes else first


def _first_paragraph(items: Sequence[Item], start: int) -> int | None:
    for at in range(start, min(len(items), start + _LONGEST)):
        item = items[at]
        if isinstance(item, Chunk) and item.is_prose and not edge_reason(item.text):
            return at
    return None


def _says_who_or_when(item: Item) -> bool:
    line = read_head_line(item.text) if isinstance(item, Chunk) else None
    return line is not None and (line.byline is not None or line.has_date)


def _is_head_matter(item: Item) -> bool:
    """Whether an item belongs to the head and not to the text: who, when, how long, or chrome."""
    if not isinstance(item, Chunk):
        return False
    return read_head_line(item.text) is not None or edge_reason(item.text) is not None


def _is_dated(items: Sequence[Item], at: int) -> bool:
    """Whether a line beside this one says when, or how long it takes to read."""
    near = [items[place] for place in (at - 1, at + 1) if 0 <= place < len(items)]
    lines = [read_head_line(item.text) for item in near if isinstance(item, Chunk)]
    return any(line is not None and line.byline is None for line in lines)
