"""The grid of a table: which cell is in which column, where cells span several."""

from __future__ import annotations

from pipeline.models.article import Cell

_MAX_SPAN = 40
#: In addition to the cells of the longest row; as many as fit side by side in a line of 72.
_MAX_COLUMNS = 40


def build_grid(rows: list[tuple[Cell, ...]]) -> list[list[Cell | None]] | None:
    """
    Return *rows* with None in the places that another cell spans.

    None if spans push the rows apart, each further than the one before: the grid would be quadratic, and no reader
    could tell which cells belong together.
    """
    grid = []
    limit = _MAX_COLUMNS + max(map(len, rows), default=0)
    spanned: dict[int, int] = {}  # column: how many more rows a cell spans there
    for row in rows:
        line: list[Cell | None] = []
        for cell in (*row, None):
            while spanned.get(len(line)):
                spanned[len(line)] -= 1
                line.append(None)
            for offset in range(min(cell.colspan, _MAX_SPAN) if cell else 0):
                spanned[len(line)] = cell.rowspan - 1 if cell else 0
                line.append(None if offset else cell)
        if len(line) > limit:
            return None
        grid.append(line)
    return grid


def fill_grid(grid: list[list[Cell | None]]) -> list[list[Cell | None]]:
    """Return *grid* with each cell in every place that it spans, None only where a row has none."""
    filled: list[list[Cell | None]] = []
    for row in grid:
        line: list[Cell | None] = []
        for column, cell in enumerate(row):
            above = filled[-1][column] if filled and column < len(filled[-1]) else None
            before = line[-1] if line else None
            if cell is None and before is not None and _reaches(row, column, before):
                cell = before
            line.append(above if cell is None else cell)
        filled.append(line)
    return filled


def _reaches(row: list[Cell | None], column: int, cell: Cell) -> bool:
    """Whether *cell*, which begins in *row*, spans *column*."""
    start = next((index for index, other in enumerate(row) if other is cell), None)
    return start is not None and column < start + cell.colspan
