"""Write the article's tree as plain text, as if by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import urljoin

from pipeline.article import (
    Block,
    Break,
    Cell,
    Code,
    Definitions,
    Embed,
    Emphasis,
    Figure,
    Heading,
    Image,
    Inline,
    InlineCode,
    Link,
    List,
    Note,
    NoteRef,
    Paragraph,
    Quote,
    Rule,
    Small,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Table,
    Text,
    plain_text,
)
from pipeline.edition import Place
from pipeline.rendering.pieces import StandIns
from pipeline.rendering.urls import safe_href
from pipeline.rendering.widths import COLUMNS, width, wrap
from pipeline.rendering.words import Words

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


@dataclass(kw_only=True)
class PlainText:
    """The writer of one issue's text part."""

    stand_ins: StandIns
    words: Words
    has_fields: bool
    base_url: str | None = None

    def blocks(self, blocks: Iterable[Block], *, columns: int = COLUMNS) -> str:
        """Write *blocks*, an empty line between two."""
        return "\n\n".join(filter(None, (self._block(block, columns) for block in blocks)))

    def text(self, text: str, place: Place = Place.TEXT) -> str:
        """Write the article's own words, with its fields if it may have any."""
        text = _CONTROLS.sub(" ", text)
        if not self.has_fields or "{{" not in text:
            return text
        return self.stand_ins.with_fields(text, str, place)

    def inlines(self, inlines: Iterable[Inline]) -> str:
        """Write *inlines*, a note reference as `[1]`, a link as its words and `<address>`."""
        return "".join(self._inline(inline) for inline in inlines)

    def width(self, text: str) -> int:
        """Return how many columns *text* takes, fields as wide as their fallbacks."""
        return width(self.stand_ins.as_shown(text))

    def wrap(self, text: str, *, columns: int = COLUMNS, first: str = "", rest: str = "") -> str:
        """Set *text* to lines of at most *columns*."""
        return wrap(text, columns=columns, first=first, rest=rest, measure=self.width)

    def heading(self, words: str, *, under: str = "-") -> str:
        """Write a heading with a line below it."""
        lines = self.wrap(words)
        return f"{lines}\n{under * min(COLUMNS, max(self.width(line) for line in lines.splitlines() or ['']))}"

    def notes(self, notes: Iterable[Note]) -> str:
        """Write the notes, each with its number and a hanging indent."""
        return "\n\n".join(self._note(note) for note in notes)

    def _note(self, note: Note) -> str:
        mark = f"[{note.number}] "
        return _hang(self.blocks(note.blocks, columns=COLUMNS - len(mark)), mark, " " * len(mark))

    def _block(self, node: Any, columns: int) -> str:  # Any: one of the closed set of blocks
        match node:
            case Paragraph(inlines=inlines):
                return self.wrap(self.inlines(inlines).strip(), columns=columns)
            case Heading(inlines=inlines):
                return self.heading(self.inlines(inlines).strip())
            case List():
                return self._list(node, columns)
            case Quote():
                return self._quote(node, columns)
            case Code(code=code):
                return _hang(_CONTROLS.sub(" ", code), "    ", "    ")
            case Table():
                return self._table(node, columns)
            case Figure():
                return self._figure(node, columns)
            case Definitions(items=items):
                return "\n\n".join(
                    f"{self.wrap(self.inlines(item.term).strip(), columns=columns)}\n"
                    f"{_hang(self.blocks(item.blocks, columns=columns - 4), '    ', '    ')}"
                    for item in items
                )
            case Rule():
                return "* * *".center(columns).rstrip()
            case Embed(href=href, title=title):
                address = self._address(href)
                return self.wrap(
                    f"{self.text(title)} <{address}>" if title else f"<{address}>", columns=columns
                )
            case _:
                raise TypeError(f"not a block: {node!r}")

    def _list(self, node: List, columns: int) -> str:
        is_loose = any(isinstance(block, Paragraph) for item in node.items for block in item[1:])
        between = "\n\n" if is_loose else "\n"
        first = 1 if node.start is None else node.start
        items = []
        for number, item in enumerate(node.items, start=first):
            mark = f"{number}. " if node.ordered else "- "
            blocks = filter(None, (self._block(block, columns - len(mark)) for block in item))
            items.append(_hang(between.join(blocks), mark, " " * len(mark)))
        return between.join(items)

    def _quote(self, node: Quote, columns: int) -> str:
        said = self.blocks(node.blocks, columns=columns - 2)
        if node.attribution:
            said += "\n" + self.wrap(self.text(node.attribution), columns=columns - 2)
        return _hang(said, "> ", "> ", on_empty=">")

    def _table(self, node: Table, columns: int) -> str:
        rows = [row for row in (node.header, *node.rows) if row]
        said = [[self._cell(cell) for cell in row] for row in rows]
        sizes = [max(map(self.width, column)) for column in zip_longest(*said, fillvalue="")]
        if sum(sizes) + 2 * (len(sizes) - 1) > columns:
            table = self._stacked(node, columns)
        else:
            lines = [self._table_row(*pair, sizes) for pair in zip(rows, said, strict=True)]
            if node.header:
                lines.insert(1, "  ".join("-" * size for size in sizes))
            table = "\n".join(lines)
        caption = self.wrap(self.inlines(node.caption).strip(), columns=columns)
        return f"{caption}\n\n{table}" if caption else table

    def _table_row(self, cells: tuple[Cell, ...], said: list[str], sizes: list[int]) -> str:
        padded = []
        for cell, words, size in zip(cells, said, sizes, strict=False):
            space = " " * (size - self.width(words))
            padded.append(space + words if cell.align == "right" else words + space)
        return "  ".join(padded).rstrip()

    def _stacked(self, node: Table, columns: int) -> str:
        """Write a table too wide for a line row by row, each cell behind its column's heading."""
        heads = [self._cell(cell) for cell in node.header]
        rows = []
        for row in node.rows:
            cells = [
                self.wrap(
                    f"{heads[i]}: {cell}" if i < len(heads) and heads[i] else cell,
                    columns=columns,
                    rest="  ",
                )
                for i, cell in enumerate(map(self._cell, row))
            ]
            rows.append("\n".join(filter(None, cells)))
        if not rows:
            rows = ["\n".join(self.wrap(head, columns=columns) for head in heads)]
        return "\n\n".join(rows)

    def _cell(self, cell: Cell) -> str:
        return " ".join(self.blocks(cell.blocks, columns=10_000).split("\n")).strip()

    def _figure(self, node: Figure, columns: int) -> str:
        caption = self.inlines(node.caption).strip() or self.text(node.alt)
        credit = (
            f"({self.text(node.credit)})" if node.credit else ""
        )
        if not caption and not credit:
            return ""
        return self.wrap(
            f"[{' '.join(filter(None, (f'{self.words.picture}:', caption, credit)))}]",
            columns=columns,
        )

    def _inline(self, node: Any) -> str:  # Any: one of the closed set of inlines
        match node:
            case Text(text=text):
                return self.text(re.sub(r"\s*\n\s*", " ", text))
            case Emphasis(inlines=inlines):
                return _around("_", self.inlines(inlines))
            case Strong(inlines=inlines):
                return _around("*", self.inlines(inlines))
            case Strike(inlines=inlines) | Small(inlines=inlines) | Subscript(inlines=inlines):
                return self.inlines(inlines)
            case Superscript(inlines=inlines):
                raised = self.inlines(inlines)
                return raised.translate(_RAISED) if set(raised) <= set(_DIGITS) else raised
            case InlineCode(code=code):
                return _CONTROLS.sub(" ", code)
            case Link():
                return self._link(node)
            case Image(alt=alt):
                return f"[{self.text(alt)}]" if alt else ""
            case Break():
                return "\n"
            case NoteRef(note=number):
                return f"[{number}]"
            case _:
                raise TypeError(f"not an inline: {node!r}")

    def _link(self, node: Link) -> str:
        words = self.inlines(node.inlines)
        address = self._address(node.href)
        if not address:
            return words
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        said = plain_text(node.inlines).strip()
        if said in ("", address, bare, bare.partition("://")[2]):
            return f"<{bare}>"
        return f"{words} <{address}>"

    def _address(self, href: str) -> str:
        if self.base_url and ":" not in href.partition("/")[0]:
            href = urljoin(self.base_url, href)
        if self.has_fields and "{{" in href:
            href = self.stand_ins.with_fields(href, str, Place.TEXT_URL)
        return safe_href(href) or ""


_DIGITS = "0123456789"
_RAISED = str.maketrans(_DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _around(sign: str, words: str) -> str:
    """Put *sign* around the words, inside of the spaces at their ends."""
    bare = words.strip()
    if not bare or "\n" in bare:
        return words
    before, _, after = words.partition(bare)
    return f"{before}{sign}{bare}{sign}{after}"


def _hang(text: str, first: str, rest: str, *, on_empty: str = "") -> str:
    lines = text.split("\n")
    return "\n".join(
        (first if index == 0 else rest) + line
        if line
        else (first if index == 0 else on_empty).rstrip()
        for index, line in enumerate(lines)
    )
