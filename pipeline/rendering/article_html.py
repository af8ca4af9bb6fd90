"""Write the article's tree as HTML: closed vocabulary in, escaped out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.markup import escape_html
from pipeline.models.article import (
    Block,
    Cell,
    Code,
    Definitions,
    Embed,
    Figure,
    Heading,
    Image,
    List,
    Note,
    Paragraph,
    Quote,
    Rule,
    Table,
)
from pipeline.models.finding import Finding, Severity
from pipeline.models.tree import walk
from pipeline.rendering.inline_html import RunningText

#: A table of so many columns is never wider than the smallest screen.
_FEW_COLUMNS = 3


@dataclass(kw_only=True)
class Prose(RunningText):
    """
    The writer of one issue's article HTML.

    Args:
        notes_online: A link to the notes on the web stands in their place.
        level_above: The level of the heading written last; the title's is 1.
    """

    notes_online: bool = False
    level_above: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        nodes = walk((self.shown, self.notes))
        levels = sorted({node.level for node in nodes if isinstance(node, Heading)})
        self._level = {level: min(place, 6) for place, level in enumerate(levels, start=2)}
        self._free_anchors = set(self._anchors)
        self._block: Mapping[type, Callable[[Any], str]] = {
            Paragraph: self._paragraph,
            Heading: self._heading,
            List: self._list,
            Quote: self._quote,
            Code: self._code,
            Table: self._table,
            Figure: self._figure,
            Definitions: self._definitions,
            Rule: lambda _: "<hr>",
            Embed: self._embed,
        }

    def blocks(self, blocks: Iterable[Block]) -> str:
        """Write *blocks*, one after the other."""
        return "\n".join(self._block[type(block)](block) for block in blocks)

    def endnotes(self) -> str:
        """Write the notes as a numbered list, each with the way back to where it is cited, below the way to the web."""
        self.level_above = 2
        if self.notes_online:
            return f"<div><h2>{self.words.html('notes')}</h2>\n{self._references.online()}</div>"
        items = "\n".join(self._note(note) for note in self.notes)
        online = self._references.online()
        heading = f"<h2>{self.words.html('notes')}</h2>"
        return f'<div role="doc-endnotes">{heading}\n{online}<ol>\n{items}\n</ol></div>'

    def lead(self, figure: Figure, width: int) -> str:
        """Write the lead image, in a column of *width* pixels."""
        return self._figure(figure, width)

    # Notes

    def _note(self, note: Note) -> str:
        name = f"fn{note.number}"
        back = self._references.way_back(note.number)
        blocks = list(note.blocks)
        last = blocks.pop() if blocks else Paragraph(inlines=())
        before = self.blocks(blocks)  # first: references and headings are counted as they come
        if isinstance(last, Paragraph) and not blocks:
            ending = f"{self.inlines(last.inlines)}{back}"
        elif isinstance(last, Paragraph):
            ending = f"<p>{self.inlines(last.inlines)}{back}</p>"
        else:
            ending = self.blocks((last,)) + (f"<p>{back.lstrip()}</p>" if back else "")
        inside = "\n".join(filter(None, (before, ending)))
        return f'<li id="{name}"><a name="{name}"></a>{inside}</li>'

    # Blocks

    def _paragraph(self, node: Paragraph, name: str = "") -> str:
        """Write a paragraph; a picture in a line needs lines that can grow, also in classic Outlook."""
        if any(isinstance(inline, Image) and inline.src in self.pictures for inline in walk(node)):
            return f'<p style="mso-line-height-rule:at-least">{self.inlines(node.inlines)}</p>'
        return f"<p{name}>{self.inlines(node.inlines)}</p>"

    def _heading(self, node: Heading) -> str:
        self.level_above = min(self._level[node.level], self.level_above + 1)
        tag = f"h{self.level_above}"
        if node.anchor not in self._free_anchors:
            if node.anchor:
                self.findings.append(_taken_anchor(node.anchor))
            return f"<{tag}>{self.inlines(node.inlines)}</{tag}>"
        self._free_anchors.remove(node.anchor)
        anchor = escape_html(node.anchor)
        return f'<{tag} id="{anchor}"><a name="{anchor}"></a>{self.inlines(node.inlines)}</{tag}>'

    def _list(self, node: List) -> str:
        tag = "ol" if node.ordered else "ul"
        start = f' start="{node.start}"' if node.ordered and node.start not in (None, 1) else ""
        items = "\n".join(f"<li>{self._tight(item)}</li>" for item in node.items)
        return f"<{tag}{start}>\n{items}\n</{tag}>"

    def _tight(self, blocks: tuple[Block, ...]) -> str:
        """Write an item or cell without a paragraph around a single line of it."""
        if not blocks or not isinstance(blocks[0], Paragraph):
            return self.blocks(blocks)
        if any(isinstance(block, Paragraph) for block in blocks[1:]):
            return self.blocks(blocks)
        first, rest = self.inlines(blocks[0].inlines), self.blocks(blocks[1:])
        return f"{first}\n{rest}" if rest else first

    def _quote(self, node: Quote) -> str:
        """Write a quote; its bar is the border of a cell, for classic Outlook draws no other."""
        blocks = [*node.blocks]
        last = blocks.pop() if blocks and isinstance(blocks[-1], Paragraph) else None
        parts = [self.blocks(blocks)] if blocks else []
        if isinstance(last, Paragraph):
            parts.append(self._paragraph(last, ' class="last"'))
        if node.attribution:
            parts.append(f'<p class="attribution">{self.text(node.attribution)}</p>')
        inside = "\n".join(parts)
        return f"<blockquote>{_cell('bar', inside)}</blockquote>"

    def _code(self, node: Code) -> str:
        """Write code on a ground of its own, which in classic Outlook only cells have."""
        code = f"<pre{self._forwards}>\n{escape_html(node.code)}</pre>"  # a parser eats the first line end
        return f'<div class="block">{_cell("code tint", code)}</div>'

    def _table(self, node: Table) -> str:
        """
        Write a table; one of many columns can be moved sideways on a phone, by keys too.

        For that it stands in a table of fixed layout: in any other the whole page would grow with it.
        """
        caption = f"<caption>{self.inlines(node.caption)}</caption>" if node.caption else ""
        header = self._row(node.header, "th") if node.header else ""
        head = f"<thead>{header}</thead>" if header else ""
        rows = "\n".join(self._row(row, "td") for row in node.rows)
        columns = max(len(row) for row in (node.header, *node.rows)) if node.rows else 0
        table = (
            '<table class="data" border="0" cellpadding="0" cellspacing="0" width="100%">'
            f"{caption}{head}<tbody>{rows}</tbody></table>"
        )
        if columns <= _FEW_COLUMNS:
            return f'<div class="block">{table}</div>'
        return _cell("fit", f'<div class="wide" tabindex="0">{table}</div>', "fixed")

    def _row(self, cells: tuple[Cell, ...], tag: str) -> str:
        written = [self._cell(cell, tag) for cell in cells[:-1]]
        written += [self._cell(cell, tag, is_last=True) for cell in cells[-1:]]
        return f"<tr>{''.join(written)}</tr>"

    def _cell(self, cell: Cell, tag: str, *, is_last: bool = False) -> str:
        """Write a cell; the last one of a row, if set to the far side, ends where the text does."""
        spans = "".join(
            f' {name}="{number}"'
            for name, number in (("colspan", cell.colspan), ("rowspan", cell.rowspan))
            if number != 1
        )
        scope = ' scope="col"' if tag == "th" else ""
        far = "left" if self.direction == "rtl" else "right"
        align = f' style="text-align:{cell.align}"' if cell.align else ""
        if is_last and cell.align == far:
            align = ' class="num"'
        return f"<{tag}{scope}{spans}{align}>{self._tight(cell.blocks)}</{tag}>"

    def _figure(self, node: Figure, column: int | None = None) -> str:
        caption = self.inlines(node.caption)
        if node.credit:
            caption += (
                f'{" " if caption else ""}<span class="credit">{self.text(node.credit)}</span>'
            )
        under = f'\n<p class="caption">{caption}</p>' if caption else ""
        picture = self.pictures.get(node.src) if node.src else None
        image = ""
        if picture:
            column = column or picture.measure
            width = min(filter(None, (node.width, picture.width, column)))
            limit = f"max-width:{width}px" if width < column else ""
            height = picture.height_at(width) or _scaled(node.height, node.width, width)
            image = self._img(picture, node.alt, width, height, limit)
        href = self._href(node.href, node.alt) if node.href and image else None
        if href:
            image = f'<a href="{href}">{image}</a>'
        if not image and not under:
            under = f'<p class="caption">{self.text(node.alt)}</p>' if node.alt else ""
        kind = "picture" if under else "picture alone"
        return f'<p class="{kind}">{image}</p>{under}' if image else under

    def _definitions(self, node: Definitions) -> str:
        items = "\n".join(
            f"<dt>{self.inlines(item.term)}</dt>\n<dd>{self._tight(item.blocks)}</dd>"
            for item in node.items
        )
        return f"<dl>\n{items}\n</dl>"

    def _embed(self, node: Embed) -> str:
        title = self.text(node.title or node.href)
        href = self._href(node.href, node.title or node.href)
        if href is None:
            return f"<p>{title}</p>"
        link = f'<a href="{href}">{title}</a>'
        return f'<div class="block">{_cell("card", link)}</div>'


def _cell(name: str, html: str, layout: str = "") -> str:
    """Return *html* in a cell of the class *name*; to those who hear it, it is no table."""
    named = f' class="{layout}"' if layout else ""
    return (
        f'<table role="presentation"{named} border="0" cellpadding="0" cellspacing="0" width="100%">'
        f'<tr><td class="{name}">{html}</td></tr></table>'
    )


def _scaled(height: int | None, width: int | None, shown: int) -> int | None:
    """Return the height of a picture of *width* by *height* that is *shown* so wide; null if it is not known."""
    return round(height * shown / width) if height and width else None


def _taken_anchor(anchor: str) -> Finding:
    return Finding(
        code="anchor.duplicate",
        severity=Severity.WARNING,
        where=f"#{anchor}",
        message="More than one place bears this anchor; links lead to the first.",
        hint="Give the headings different anchors.",
    )
