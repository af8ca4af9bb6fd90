"""
Decide how a table is shown: in columns, in rows that are stacked on a phone, or as a list.

Nothing of a table may be out of reach: Gmail and Outlook on Android cannot scroll within an email (caniemail,
css-overflow), and columns that are squeezed break words. So the width of the columns is estimated from their text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import zip_longest

from pipeline.models.article import Cell, NoteRef, Table
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from pipeline.rendering.table_grid import build_grid, fill_grid

#: The text width of the smallest screen: 320 pixels without margins of 20.
_PHONE_PX = 280
#: Where rows are no longer stacked, unless the columns need more.
_STACKING_PX = 480
#: A column of text should not be narrower.
_TEXT_PHONE_PX, _TEXT_LARGE_PX = 80, 90
#: A number with its unit stays on one line.
_SHORT_PX = 70
#: Between columns, and with more of them in smaller type.
_GAP_PX, _DENSE_GAP_PX = 12, 8
_DENSE = 13 / 15
_BOLD = 1.07
#: The widths of characters in Helvetica or Arial at 15 pixels, rounded up.
_CHARACTER_PX, _WIDE_PX = 8.4, 15.0
_CHARACTERS_PX = {
    **dict.fromkeys("ijltfI.,:;'’|! ", 4.2),
    **dict.fromkeys("r()[]-", 5.1),
    **dict.fromkeys("cksvxyzJ", 7.6),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ&", 10.6),
    **dict.fromkeys("mwMW@%—…", 13.0),
}
#: Where a line may break: at spaces, and after hyphens and dashes.
_BREAK = re.compile(r"\s+|(?<=[-–—\u00ad\u200b])")
#: East Asian text may break anywhere; shorter parts than this look broken.
_MAX_EAST_ASIAN_WORD = 4
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


class TableForm(Enum):
    """How a table is shown."""

    #: In columns on every screen.
    COLUMNS = "columns"
    #: In columns where there is room, elsewhere in rows of one cell below the other.
    STACKED = "stacked"
    #: A list of its rows: there is no room for the columns anywhere.
    LIST = "list"


@dataclass(frozen=True, kw_only=True, slots=True)
class TablePlan:
    """
    How one table is shown.

    Args:
        columns: How many it has.
        names: The text of the heading of each column, "" without one.
        references: The notes to which the heading of a column refers, by column.
        rows: The rows below it by column, None where a cell spans several; *filled* has it in each place.
        is_dense: Its type is smaller, so that the columns fit.
        min_widths_px: How narrow each column may be; 0 for any width.
        stacking_px: The widest window in which its rows are stacked.
        has_row_headers: The first cell of a row names it.
    """

    form: TableForm
    columns: int
    names: tuple[str, ...]
    rows: list[list[Cell | None]]
    filled: list[list[Cell | None]]
    references: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    is_dense: bool = False
    min_widths_px: tuple[int, ...] = ()
    stacking_px: int = 0
    has_row_headers: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    word_px: float  # the longest word
    text_px: float  # the longest cell

    def need(self, least_px: int) -> float:
        """Return the least width for this column, where one of text should have *least_px*."""
        return max(self.word_px, min(least_px, self.text_px))


def plan_table(table: Table, *, width_px: int, page_px: int, inset_px: int = 0) -> TablePlan:
    """
    Return how *table* is shown.

    Args:
        width_px: The width of the text in a large window.
        page_px: The width of the email with its margins.
        inset_px: How much narrower the table is than the text, in a list or a quote.
    """
    grid = build_grid([table.header] if table.header else [])
    body = build_grid([row for row in table.rows if row])
    if grid is None or body is None:
        rows: list[list[Cell | None]] = [list(row) for row in table.rows if row]
        count = max(map(len, rows), default=0)
        names = ("",) * count
        return TablePlan(
            form=TableForm.LIST,
            columns=count,
            names=names,
            rows=rows,
            filled=rows,
            stacking_px=page_px,
        )
    header = fill_grid(grid)[0] if grid else []
    columns = [
        _widen(_measure(column[: len(grid)]), _measure(column[len(grid) :]))
        for column in zip_longest(*grid, *body)
    ]
    names = tuple(" ".join(plain_text(cell).split()) if cell else "" for cell in header)
    names += ("",) * (len(columns) - len(names))
    needed = sum(column.need(_TEXT_LARGE_PX) for column in columns)
    gaps = max(len(columns) - 1, 0)
    large_px = needed + _GAP_PX * gaps
    phone_px = sum(column.need(_TEXT_PHONE_PX) for column in columns) + _GAP_PX * gaps
    margins_px = page_px - width_px
    width_px -= inset_px
    has_room = large_px <= width_px
    if phone_px <= _PHONE_PX - inset_px:
        form, available = TableForm.COLUMNS, _PHONE_PX - inset_px
    elif has_room or needed * _DENSE + _DENSE_GAP_PX * gaps <= width_px:
        form, available = TableForm.STACKED, width_px
    else:
        form, available = TableForm.LIST, width_px
    is_dense = form is TableForm.STACKED and not has_room
    return TablePlan(
        form=form,
        columns=len(columns),
        names=names,
        rows=body,
        filled=fill_grid(body),
        references=_find_references(header),
        is_dense=is_dense,
        min_widths_px=_limit_widths(columns, available, scale=_DENSE if is_dense else 1),
        stacking_px=_STACKING_PX if large_px + margins_px + inset_px <= _STACKING_PX else page_px,
        has_row_headers=bool(table.header) and _names_rows(body),
    )


def _measure(cells: tuple[Cell | None, ...]) -> _Column:
    """Return the widths of one column; cells that span several are left out."""
    lines = [
        line
        for cell in cells
        if cell and cell.colspan == 1
        for line in plain_text(cell).splitlines()
    ]
    words = (word for line in lines for word in _BREAK.split(line))
    text_px = max(map(measure_text, lines), default=0)
    if text_px <= _SHORT_PX:
        return _Column(text_px, text_px)
    return _Column(max(map(_measure_word, words), default=0), text_px)


def _widen(heading: _Column, body: _Column) -> _Column:
    """Return the widths of a column with a bold *heading*."""
    return _Column(
        max(_BOLD * heading.word_px, body.word_px), max(_BOLD * heading.text_px, body.text_px)
    )


def _measure_word(word: str) -> float:
    return measure_text(word[:_MAX_EAST_ASIAN_WORD] if _EAST_ASIAN.search(word) else word)


def measure_text(text: str) -> float:
    """Return the width of *text* in pixels, estimated."""
    return sum(map(_measure_character, text))


def _measure_character(character: str) -> float:
    if known := _CHARACTERS_PX.get(character):
        return known
    if character.isascii():
        return _CHARACTER_PX
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE_PX
    return 0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else _CHARACTER_PX


def _limit_widths(columns: list[_Column], width_px: int, *, scale: float) -> tuple[int, ...]:
    """
    Return how narrow each column may be, 0 for any width; empty if all fit into *width_px* unbroken.

    Long words may break anywhere in an email, so a browser would squeeze a column of short words beside one of much
    text. The widest one needs no limit.
    """
    total = scale * sum(column.text_px for column in columns) + _GAP_PX * (len(columns) - 1)
    if total <= width_px:
        return ()
    widest = max(column.text_px for column in columns)
    return tuple(
        0 if column.text_px == widest else round(scale * column.word_px) + 2 for column in columns
    )


def _find_references(header: list[Cell | None]) -> dict[int, tuple[int, ...]]:
    found = {}
    for column, cell in enumerate(header):
        notes = tuple(node.note for node in walk(cell) if isinstance(node, NoteRef))
        if notes:
            found[column] = notes
    return found


def _names_rows(rows: list[list[Cell | None]]) -> bool:
    """Whether the first cells of *rows* tell them apart."""
    firsts = [row[0] for row in rows if row and row[0] and row[0].colspan == 1]
    texts = [" ".join(plain_text(cell).split()) for cell in firsts]
    return len(set(texts)) == len(texts) > 0 and all(0 < len(text) <= 60 for text in texts)
