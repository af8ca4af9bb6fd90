"""Lay out tables in plain text: in columns where they fit, else row by row."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import NamedTuple

from pipeline.models.article import Cell, Table

_MAX_SPAN = 40


class Layout(NamedTuple):
    """How cells are told: what a cell says on one line, how wide that is, and how a long line is set."""

    say: Callable[[Cell], str]
    width: Callable[[str], int]
    wrap: Callable[[str], str]
    label: Callable[[str, str], str]


def lay_out(table: Table, columns: int, layout: Layout) -> str:
    """Return the rows of *table* as plain text, "" if it says nothing."""
    header = _grid([table.header] if table.header else [])  # its spans end with it
    rows = [*header, *_grid([row for row in table.rows if row])]
    said = [[layout.say(cell) if cell else "" for cell in row] for row in rows]
    if not any(map(any, said)):
        return ""
    sizes = [max(map(layout.width, column)) for column in zip_longest(*said, fillvalue="")]
    if sum(sizes) + 2 * (len(sizes) - 1) > columns:
        return _stacked(said, layout, has_header=bool(table.header))
    lines = [_row(*pair, sizes, layout) for pair in zip(rows, said, strict=True)]
    if table.header:
        lines.insert(1, "  ".join("-" * size for size in sizes))
    return "\n".join(filter(None, lines))


def _row(cells: list[Cell | None], said: list[str], sizes: list[int], layout: Layout) -> str:
    padded = []
    for cell, words, size in zip(cells, said, sizes, strict=False):
        align = cell.align if cell else None
        space = size - layout.width(words)
        before = {"right": space, "center": space // 2}.get(align or "", 0)
        padded.append(" " * before + words + " " * (space - before))
    return "  ".join(padded).rstrip()


def _stacked(said: list[list[str]], layout: Layout, *, has_header: bool) -> str:
    """
    Write a table too wide for a line row by row, each cell behind its column's heading.

    Headings over nothing but empty cells come first.
    """
    heads, body = (said[0], said[1:]) if has_header else ([], said)
    is_used = [any(column) for column in zip_longest(*body, fillvalue="")]
    unused = [head for head, used in zip_longest(heads, is_used) if head and not used]
    rows = [unused]
    for row in body:
        pairs = zip_longest(heads, row, fillvalue="")
        rows.append([layout.label(head, cell) if head else cell for head, cell in pairs if cell])
    return "\n\n".join("\n".join(map(layout.wrap, row)) for row in rows if row)


def _grid(rows: list[tuple[Cell, ...]]) -> list[list[Cell | None]]:
    """Return *rows* with nothing in the places that a cell before or above reaches into."""
    grid = []
    below: dict[int, int] = {}  # column: how many more rows a cell reaches into it
    for row in rows:
        line: list[Cell | None] = []
        for cell in (*row, None):
            while below.get(len(line)):
                below[len(line)] -= 1
                line.append(None)
            for offset in range(min(cell.colspan, _MAX_SPAN) if cell else 0):
                below[len(line)] = cell.rowspan - 1 if cell else 0
                line.append(None if offset else cell)
        grid.append(line)
    return grid
