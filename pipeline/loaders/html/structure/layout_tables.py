"""Unpack tables that only lay out a page, as in newsletters and old pages; tables of data stay tables."""

from __future__ import annotations

import re

from pipeline.loaders.html.dom import HEADINGS, Element, get_text, has_content
from pipeline.loaders.html.footnotes.note_patterns import has_note_name

_LAYOUT_ROLES = frozenset({"presentation", "none"})
_DATA_CLASS = re.compile(
    r"(?:^|[\s_-])(?:wikitable|dataframe|datatable|infobox|sortable|data|footnotes?|citation)(?:$|[\s_-])"
)
#: Elements that a cell of data does not contain.
_PAGE_PARTS = frozenset(
    {*HEADINGS, "table", "hr", "figure", "article", "section", "main", "form", "center"}
)
_BLOCKS = frozenset("p div ul ol blockquote pre img".split())
#: In words, of one cell: more is running text.
_MAX_CELL = 100
#: Paragraphs in one cell: more are running text.
_MAX_PARAGRAPHS = 2
_SECTIONS = frozenset({"tbody", "thead", "tfoot", "tr", "td", "th", "caption", "table"})


def unpack_layout_tables(body: Element) -> None:
    """Turn the tables of *body* that lay out the page, and their cells, into `<div>`; cells stay in reading order."""
    tables = list(body.iter("table"))
    parts: dict[Element, list[Element]] = {table: [] for table in tables}
    owners: dict[Element, Element] = {}
    nested = set()
    for element in body.iter():
        parent = element.getparent()
        owner = owners.get(parent) if parent is not None else None
        if element.tag == "table":
            if owner is not None:
                nested.add(owner)
            owners[element] = element
        elif owner is not None:
            owners[element] = owner
            if element.tag in _SECTIONS:
                parts[owner].append(element)
    for table in tables:
        if _is_layout(table, parts[table], is_nested=table in nested):
            for element in (table, *parts[table]):
                element.tag = "div"
                if element.text and not element.text.strip():  # a no-break space keeps a cell open
                    element.text = None


def _is_layout(table: Element, parts: list[Element], *, is_nested: bool) -> bool:
    role = (table.get("role") or "").lower()
    if role in _LAYOUT_ROLES:
        return True
    cells = [part for part in parts if part.tag in {"td", "th"}]
    is_data = bool(role) or _DATA_CLASS.search((table.get("class") or "").lower()) is not None
    if not cells or is_data or has_note_name(table) or any(part.tag == "caption" for part in parts):
        return False
    visible = [cell for cell in cells if has_content(cell)]
    if is_nested or len(visible) <= 1:
        return True
    if any(part.tag in {"th", "thead"} for part in parts) or _has_border(table):
        return False
    if len(cells) == sum(part.tag == "tr" for part in parts):  # one column
        return any(_has_blocks(cell) or len(get_text(cell).split()) > _MAX_CELL for cell in visible)
    return any(map(_is_page_part, visible))


def _has_border(table: Element) -> bool:
    return (table.get("border") or "0").strip() not in {"0", "0px", ""} or table.get(
        "summary"
    ) is not None


def _has_blocks(cell: Element) -> bool:
    return any(element.tag in _BLOCKS or element.tag in _PAGE_PARTS for element in cell.iter())


def _is_page_part(cell: Element) -> bool:
    """Whether *cell* contains a part of a page rather than an entry of a table."""
    tags = [str(element.tag) for element in cell.iter()]
    if "pre" in tags or "code" in tags:
        return False
    if any(tag in _PAGE_PARTS for tag in tags) or tags.count("p") > _MAX_PARAGRAPHS:
        return True
    return len(get_text(cell).split()) > _MAX_CELL
