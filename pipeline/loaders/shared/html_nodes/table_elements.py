"""Read tables and definition lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.loaders.shared.html_nodes.block_builder import BlockBuilder
from pipeline.loaders.shared.html_nodes.node_reader import Element, NodeReader
from pipeline.models import article

_SECTIONS = {"thead", "tbody", "tfoot"}
#: Larger spans have the same effect (WHATWG HTML §4.9.11, "algorithm for processing rows").
_MAX_SPAN = 1000
_ALIGNS: dict[str, article.Align] = {"left": "left", "center": "center", "right": "right"}
_TEXT_ALIGN = re.compile(r"text-align\s*:\s*(left|center|right)", re.IGNORECASE)


@dataclass
class _TableRow:
    is_header: bool
    cells: list[article.Cell] = field(default_factory=list)


class _TableReader:
    """Collects the rows of one table and the content outside its cells."""

    def __init__(self, reader: NodeReader) -> None:
        self.reader = reader
        self.rows: list[_TableRow] = []
        self.captions: list[tuple[article.Inline, ...]] = []
        self.outside = BlockBuilder(reader.report)

    def read_section(
        self, element: Element, *, in_head: bool = False, row: _TableRow | None = None
    ) -> None:
        """Read the children of a table, of one of its sections, or of the `<tr>` of *row*."""
        in_row = row is not None
        self.outside.add_text(element.text)
        for child in element:
            if child.tag in {"td", "th"}:
                if row is None:  # cells without a `<tr>`
                    row = _TableRow(is_header=in_head)
                    self.rows.append(row)
                row.cells.append(self._read_cell(child))
                self.outside.end_paragraph()
            elif in_row:
                self.reader.read_node(child, self.outside)
            else:
                row = None
                self._read_part(child, in_head=in_head)
            self.outside.add_text(child.tail)

    def _read_part(self, element: Element, *, in_head: bool) -> None:
        if element.tag in _SECTIONS:
            self.read_section(element, in_head=element.tag == "thead")
        elif element.tag == "tr":
            names = {child.tag for child in element} & {"td", "th"}
            row = _TableRow(is_header=in_head or names == {"th"})
            self.rows.append(row)
            self.read_section(element, row=row)
        elif element.tag == "caption":
            self.captions.append(self.reader.read_inlines(element))
        else:
            self.reader.read_node(element, self.outside)

    def _read_cell(self, element: Element) -> article.Cell:
        return article.Cell(
            blocks=self.reader.read_blocks(element, has_figures=False),
            colspan=_parse_span(element.get("colspan")),
            rowspan=_parse_span(element.get("rowspan")),
            align=_parse_align(element),
        )


def read_table(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<table>`; without cells it is not a table, and content outside the cells follows it."""
    table = _TableReader(reader)
    table.read_section(element)
    rows = [row for row in table.rows if row.cells]
    header = tuple(rows.pop(0).cells) if rows and rows[0].is_header else ()
    caption, *others = table.captions or [()]
    builder.end_paragraph()
    if header or rows:
        cells = tuple(tuple(row.cells) for row in rows)
        builder.add(article.Table(header=header, rows=cells, caption=caption))
    elif caption:
        others = [caption, *others]
    builder.add(*(article.Paragraph(inlines=inlines) for inlines in others if inlines))
    builder.add(*table.outside.pop_blocks())


def read_definitions(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<dl>`; several `<dd>` of one term become its blocks."""
    items: list[article.Definition] = []
    for term, blocks in _read_entries(reader, element):
        if term or not items:
            items.append(article.Definition(term=term, blocks=tuple(blocks)))
        else:
            last = items.pop()
            items.append(article.Definition(term=last.term, blocks=(*last.blocks, *blocks)))
    builder.end_paragraph()
    if items:
        builder.add(article.Definitions(items=tuple(items)))


def _read_entries(
    reader: NodeReader, element: Element
) -> list[tuple[tuple[article.Inline, ...], Sequence[article.Block]]]:
    entries: list[tuple[tuple[article.Inline, ...], Sequence[article.Block]]] = []
    outside = BlockBuilder(reader.report)
    outside.add_text(element.text)
    for child in element:
        if child.tag in {"dt", "dd", "div"} and (blocks := outside.pop_blocks()):
            entries.append(((), blocks))
        if child.tag == "dt":
            entries.append((reader.read_inlines(child), ()))
        elif child.tag == "dd":
            entries.append(((), reader.read_blocks(child)))
        elif child.tag == "div":
            entries += _read_entries(reader, child)
        else:
            reader.read_node(child, outside)
        outside.add_text(child.tail)
    if blocks := outside.pop_blocks():
        entries.append(((), blocks))
    return [(term, blocks) for term, blocks in entries if term or blocks]


def _parse_span(value: str | None) -> int:
    if not value or not value.strip().isdecimal():
        return 1
    return min(max(int(value.strip()[:6]), 1), _MAX_SPAN)


def _parse_align(element: Element) -> article.Align | None:
    style = _TEXT_ALIGN.search(element.get("style") or "")
    name = style[1] if style else element.get("align") or ""
    return _ALIGNS.get(name.strip().lower())
