"""Write tables as plain text: in columns where they fit, else row by row."""

from __future__ import annotations

from itertools import zip_longest
from typing import Protocol

from pipeline.models.article import Cell, Table
from pipeline.rendering.table_grid import build_grid


class CellWriter(Protocol):
    """What writes the cells of a table."""

    def write_cell(self, cell: Cell) -> str:
        """Return *cell* on one line."""

    def measure(self, text: str) -> int:
        """Return how many columns *text* takes."""

    def label_cell(self, heading: str, text: str) -> str:
        """Return *text* behind the *heading* of its column."""

    def wrap(self, text: str, *, columns: int, indent: str) -> str:
        """Return *text* in lines of at most *columns*, with *indent* before all but the first."""


def write_table(table: Table, columns: int, writer: CellWriter) -> str:
    """Return *table* as plain text in at most *columns*, "" if it has no text."""
    header = build_grid([table.header] if table.header else [])  # spans do not leave the header
    body = build_grid([row for row in table.rows if row])
    is_grid = header is not None and body is not None
    rows: list[list[Cell | None]] = [*(header or ()), *(body or ())]
    if not is_grid:
        rows = [list(row) for row in (table.header, *table.rows) if row]
    texts = [[writer.write_cell(cell) if cell else "" for cell in row] for row in rows]
    if not any(map(any, texts)):
        return ""
    if not is_grid:
        return _write_stacked(texts, columns, writer, has_header=False)
    widths = [max(map(writer.measure, column)) for column in zip_longest(*texts, fillvalue="")]
    if sum(widths) + 2 * (len(widths) - 1) > columns:
        return _write_stacked(texts, columns, writer, has_header=bool(table.header))
    lines = [_write_row(*pair, widths, writer) for pair in zip(rows, texts, strict=True)]
    if table.header:
        lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(filter(None, lines))


def _write_row(
    cells: list[Cell | None], texts: list[str], widths: list[int], writer: CellWriter
) -> str:
    padded = []
    for cell, text, width in zip(cells, texts, widths, strict=False):
        align = cell.align if cell else None
        space = width - writer.measure(text)
        left = {"right": space, "center": space // 2}.get(align or "", 0)
        padded.append(" " * left + text + " " * (space - left))
    return "  ".join(padded).rstrip()


def _write_stacked(
    texts: list[list[str]], columns: int, writer: CellWriter, *, has_header: bool
) -> str:
    """
    Write a table that is too wide row by row, each cell behind the heading of its column.

    Headings of empty columns come first.
    """
    headings, body = (texts[0], texts[1:]) if has_header else ([], texts)
    is_used = [any(column) for column in zip_longest(*body, fillvalue="")]
    unused = [text for text, used in zip_longest(headings, is_used) if text and not used]
    rows = [unused]
    for row in body:
        pairs = zip_longest(headings, row, fillvalue="")
        rows.append(
            [
                writer.label_cell(heading, text) if heading else text
                for heading, text in pairs
                if text
            ]
        )
    return "\n\n".join(
        "\n".join(writer.wrap(text, columns=columns, indent="  ") for text in row)
        for row in rows
        if row
    )
