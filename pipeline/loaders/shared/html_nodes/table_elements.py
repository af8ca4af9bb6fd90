"""Read tables and lists of definitions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.loaders.shared.html_nodes.flow import Flow
from pipeline.models.article import (
    Align,
    Block,
    Cell,
    Definition,
    Definitions,
    Inline,
    Paragraph,
    Table,
)

if TYPE_CHECKING:
    from pipeline.loaders.shared.html_nodes.node_reader import Element, Reader

_SECTIONS = {"thead", "tbody", "tfoot"}
#: Spans beyond this are as good as this (WHATWG HTML §4.9.11, "algorithm for processing rows").
_MAX_SPAN = 1000
_ALIGNS: dict[str, Align] = {"left": "left", "center": "center", "right": "right"}
_TEXT_ALIGN = re.compile(r"text-align\s*:\s*(left|center|right)", re.IGNORECASE)


@dataclass
class _Row:
    is_header: bool
    cells: list[Cell] = field(default_factory=list)


class _Grid:
    """The rows of one table as they come, and what stands in it outside any cell."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.rows: list[_Row] = []
        self.captions: list[tuple[Inline, ...]] = []
        self.outside = Flow(reader.account)

    def gather(self, element: Element, *, in_head: bool = False) -> None:
        """Take in the children of a table or of one of its sections."""
        self.outside.text(element.text)
        loose: _Row | None = None
        for child in element:
            if child.tag in {"td", "th"}:
                if loose is None:
                    loose = _Row(is_header=in_head)
                    self.rows.append(loose)
                loose.cells.append(self._cell(child))
                self.outside.end()
            else:
                loose = None
                self._part(child, in_head=in_head)
            self.outside.text(child.tail)

    def _part(self, element: Element, *, in_head: bool) -> None:
        if element.tag in _SECTIONS:
            self.gather(element, in_head=element.tag == "thead")
        elif element.tag == "tr":
            self._row(element, in_head=in_head)
        elif element.tag == "caption":
            self.captions.append(self.reader.inlines(element))
        else:
            self.reader.node(element, self.outside)

    def _row(self, element: Element, *, in_head: bool) -> None:
        names = [child.tag for child in element if child.tag in {"td", "th"}]
        row = _Row(is_header=in_head or (bool(names) and set(names) == {"th"}))
        self.rows.append(row)
        self.outside.text(element.text)
        for child in element:
            if child.tag in {"td", "th"}:
                row.cells.append(self._cell(child))
                self.outside.end()
            else:
                self.reader.node(child, self.outside)
            self.outside.text(child.tail)

    def _cell(self, element: Element) -> Cell:
        return Cell(
            blocks=self.reader.blocks(element, has_figures=False),
            colspan=_span(element.get("colspan")),
            rowspan=_span(element.get("rowspan")),
            align=_align(element),
        )


def read_table(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<table>`; a table without cells is no table, and what stands outside its cells follows it."""
    grid = _Grid(reader)
    grid.gather(element)
    rows = [row for row in grid.rows if row.cells]
    header = tuple(rows.pop(0).cells) if rows and rows[0].is_header else ()
    caption, *others = grid.captions or [()]
    flow.end()
    if header or rows:
        flow.add(Table(header=header, rows=tuple(tuple(r.cells) for r in rows), caption=caption))
    elif caption:
        others = [caption, *others]
    flow.add(*(Paragraph(inlines=inlines) for inlines in others if inlines), *grid.outside.close())


def read_definitions(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<dl>`; several `<dd>` of one term become its blocks."""
    items: list[Definition] = []
    for part in _entries(reader, element):
        term, blocks = part
        if term or not items:
            items.append(Definition(term=term, blocks=tuple(blocks)))
        else:
            last = items.pop()
            items.append(Definition(term=last.term, blocks=(*last.blocks, *blocks)))
    flow.end()
    if items:
        flow.add(Definitions(items=tuple(items)))


def _entries(reader: Reader, element: Element) -> list[tuple[tuple[Inline, ...], Sequence[Block]]]:
    entries: list[tuple[tuple[Inline, ...], Sequence[Block]]] = []
    outside = Flow(reader.account)
    outside.text(element.text)
    for child in element:
        if child.tag in {"dt", "dd", "div"} and (stray := outside.close()):
            entries.append(((), stray))
        if child.tag == "dt":
            entries.append((reader.inlines(child), ()))
        elif child.tag == "dd":
            entries.append(((), reader.blocks(child)))
        elif child.tag == "div":
            entries += _entries(reader, child)
        else:
            reader.node(child, outside)
        outside.text(child.tail)
    if stray := outside.close():
        entries.append(((), stray))
    return [(term, blocks) for term, blocks in entries if term or blocks]


def _span(value: str | None) -> int:
    if not value or not value.strip().isdecimal():
        return 1
    return min(max(int(value.strip()[:6]), 1), _MAX_SPAN)


def _align(element: Element) -> Align | None:
    style = _TEXT_ALIGN.search(element.get("style") or "")
    name = style[1] if style else element.get("align") or ""
    return _ALIGNS.get(name.strip().lower())
