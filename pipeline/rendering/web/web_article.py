"""Write the blocks of an article and its notes as HTML for the web: known node types in, escaped HTML out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pipeline.markup import escape_html
from pipeline.models import article as nodes
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.html.note_links import NoteForm
from pipeline.rendering.html.text_settings import TextSettings
from pipeline.rendering.issue_values import has_references

#: A table with more columns scrolls sideways on a phone.
_MAX_NARROW_COLUMNS = 3
_FIRST_TAG = re.compile(r"<([a-z0-9]++)")


class WebArticleWriter:
    """
    Writes one issue's article for a page or a feed.

    No element has a style of its own: pages allow none but their style sheet's.

    Attributes:
        last_level: Level of the last heading written; the title's is 1.
    """

    def __init__(self, inline: InlineHtmlWriter) -> None:
        self.inline = inline
        self.last_level = 1
        levels = sorted({node.level for node in inline.headings})
        self._levels = {level: min(rank, 6) for rank, level in enumerate(levels, start=2)}
        has_ids = inline.form is not NoteForm.POPOVER
        self._unused_anchors = set(inline.anchors) if has_ids else set[str]()
        self._settings = TextSettings(inline)
        self._writers: Mapping[type, Callable[[Any], str]] = {
            nodes.Paragraph: lambda node: f"<p>{inline.write(node.inlines)}</p>",
            nodes.Heading: self._write_heading,
            nodes.List: self._write_list,
            nodes.Quote: self._write_quote,
            nodes.Code: self._write_code,
            nodes.Table: self._write_table,
            nodes.Figure: self._write_figure,
            nodes.Definitions: self._write_definitions,
            nodes.Rule: lambda _: "<hr>",
            nodes.Embed: self._write_embed,
        }

    def write_blocks(self, blocks: Iterable[nodes.Block]) -> str:
        """Write *blocks* one after the other, each set in the direction of its own text."""
        return "\n".join(filter(None, map(self._write_block, blocks)))

    def write_appeal(self, blocks: Iterable[nodes.Block]) -> str:
        """Write the *blocks* of an appeal."""
        return self.write_blocks(blocks)

    def write_lead_image(self, figure: nodes.Figure) -> str:
        """Write the lead image."""
        return self._write_figure(figure).replace("<figure>", '<figure class="lead">', 1)

    def write_endnotes(self) -> str:
        """Write the notes as a numbered list with back links (DPUB-ARIA 1.1, doc-endnotes, doc-backlink)."""
        self.last_level = 2
        heading = f'<h2 id="notes">{self.inline.translations.format_html("notes")}</h2>'
        items = "\n".join(
            f'<li id="fn{note.number}">{self._write_note(note)}</li>' for note in self.inline.notes
        )
        return (
            f'<section class="endnotes" role="doc-endnotes" aria-labelledby="notes">{heading}\n'
            f"<ol>\n{items}\n</ol></section>"
        )

    def write_popovers(self) -> str:
        """Write each note once more, to be opened beside its reference."""
        return "\n".join(
            f'<div class="note" id="note{note.number}" popover>'
            f'<p class="number">{escape_html(self.inline.translations.note.format(number=note.number))}</p>\n'
            f"{self._write_note(note)}</div>"
            for note in self.inline.notes
        )

    def _write_note(self, note: nodes.Note) -> str:
        back = self.inline.note_links.format_back_links(note.number)
        if self.inline.form is NoteForm.POPOVER:
            back = ""
        *blocks, last = note.blocks or (nodes.Paragraph(inlines=()),)
        before = self.write_blocks(blocks)  # first: references and headings are counted as written
        if isinstance(last, nodes.Paragraph):
            end = f"<p>{self.inline.write(last.inlines)}{back}</p>"
        else:
            end = self.write_blocks((last,)) + (f"\n<p>{back.lstrip()}</p>" if back else "")
        content = "\n".join(filter(None, (before, end)))
        change = self._settings.find_change(note)
        return f"<div{change.format()}>{content}</div>" if change else content

    def _write_block(self, block: nodes.Block) -> str:
        write = self._writers[type(block)]
        change = None
        if not isinstance(block, nodes.Code | nodes.Figure):  # a figure sets its caption
            change = self._settings.find_change(block)
        if change is None:
            return write(block)
        with self._settings.apply(change):
            return _FIRST_TAG.sub(rf"<\1{change.format()}", write(block), count=1)

    # Blocks

    def _write_heading(self, node: nodes.Heading) -> str:
        self.last_level = min(self._levels[node.level], self.last_level + 1)
        tag, html = f"h{self.last_level}", self.inline.write(node.inlines)
        if node.anchor not in self._unused_anchors:
            return f"<{tag}>{html}</{tag}>"
        self._unused_anchors.remove(node.anchor)
        return f'<{tag} id="{escape_html(node.anchor)}">{html}</{tag}>'

    def _write_list(self, node: nodes.List) -> str:
        tag = "ol" if node.ordered else "ul"
        start = f' start="{node.start}"' if node.ordered and node.start not in (None, 1) else ""
        items = "\n".join(f"<li>{self._write_tight(item)}</li>" for item in node.items)
        return f"<{tag}{start}>\n{items}\n</{tag}>"

    def _write_tight(self, blocks: tuple[nodes.Block, ...]) -> str:
        """Write the content of an item or cell, without a `p` around its only paragraph."""
        change = self._settings.find_change(blocks)
        if change is None:
            return self._write_content(blocks)
        with self._settings.apply(change):
            return f"<div{change.format()}>{self._write_content(blocks)}</div>"

    def _write_content(self, blocks: tuple[nodes.Block, ...]) -> str:
        if not blocks or not isinstance(blocks[0], nodes.Paragraph):
            return self.write_blocks(blocks)
        if any(isinstance(block, nodes.Paragraph) for block in blocks[1:]):
            return self.write_blocks(blocks)
        first, rest = self.inline.write(blocks[0].inlines), self.write_blocks(blocks[1:])
        return f"{first}\n{rest}" if rest else first

    def _write_quote(self, node: nodes.Quote) -> str:
        html = f"<blockquote>{self.write_blocks(node.blocks)}</blockquote>"
        if not node.attribution:
            return html
        by = self.inline.write_text(node.attribution)
        return f'<figure class="quote">{html}\n<figcaption>{by}</figcaption></figure>'

    def _write_code(self, node: nodes.Code) -> str:
        return f'<pre dir="ltr" tabindex="0"><code>{escape_html(node.code)}</code></pre>'

    def _write_table(self, node: nodes.Table) -> str:
        """Write a table; one with many columns scrolls sideways on a phone, also by keyboard."""
        caption = f"<caption>{self._write_phrase(node.caption)}</caption>" if node.caption else ""
        head = f"<thead>{self._write_row(node.header, 'th')}</thead>" if node.header else ""
        rows = "\n".join(self._write_row(row, "td") for row in node.rows)
        columns = max((len(row) for row in (node.header, *node.rows)), default=0)
        scroll = ' tabindex="0"' if columns > _MAX_NARROW_COLUMNS else ""
        return (
            f'<div class="table"{scroll}><table>{caption}{head}<tbody>{rows}</tbody></table></div>'
        )

    def _write_row(self, cells: tuple[nodes.Cell, ...], tag: str) -> str:
        return f"<tr>{''.join(self._write_cell(cell, tag) for cell in cells)}</tr>"

    def _write_cell(self, cell: nodes.Cell, tag: str) -> str:
        tag = tag if cell.blocks else "td"  # an empty cell is the heading of nothing
        attributes = ' scope="col"' if tag == "th" else ""
        for name, number in (("colspan", cell.colspan), ("rowspan", cell.rowspan)):
            attributes += f' {name}="{number}"' if number != 1 else ""
        attributes += f' class="{cell.align}"' if cell.align else ""
        return f"<{tag}{attributes}>{self._write_tight(cell.blocks)}</{tag}>"

    def _write_figure(self, node: nodes.Figure) -> str:
        """Write an image with its caption; without the image, the caption only if a reference is in it."""
        image = self.inline.images.get(node.src) if node.src else None
        if image is None and not has_references(node):
            return ""
        caption = self.inline.write(node.caption)
        if node.credit:
            credit = f'<span class="credit">{self.inline.write_text(node.credit)}</span>'
            caption += f"{' ' if caption else ''}{credit}"
        change = self._settings.find_change(node) if caption else None
        attributes = change.format() if change else ""
        below = f"<figcaption{attributes}>{caption}</figcaption>" if caption else ""
        if image is None:
            return f"<figure>{below}</figure>"
        width = min(filter(None, (node.width, image.width)), default=None)
        height = image.height_at(width)
        if height is None and width and node.width and node.height:
            height = round(node.height * width / node.width)
        html = self.inline.write_image(image, node.alt, width, height, "")
        href = self.inline.format_href(node.href, node.alt) if node.href else None
        if href:
            html = f'<a href="{href}">{html}</a>'
        return f"<figure>{html}{below}</figure>"

    def _write_phrase(self, inlines: tuple[nodes.Inline, ...]) -> str:
        """Write *inlines* that cannot be blocks, isolated if they are of another direction."""
        html = self.inline.write(inlines)
        change = self._settings.find_change(inlines)
        return f"<span{change.format()}>{html}</span>" if change else html

    def _write_definitions(self, node: nodes.Definitions) -> str:
        items = "\n".join(
            f"<dt>{self._write_phrase(item.term)}</dt>\n<dd>{self._write_tight(item.blocks)}</dd>"
            for item in node.items
        )
        return f"<dl>\n{items}\n</dl>"

    def _write_embed(self, node: nodes.Embed) -> str:
        title = self.inline.write_text(node.title or node.href)
        href = self.inline.format_href(node.href, node.title or node.href)
        link = title if href is None else f'<a href="{href}">{title}</a>'
        return f'<p class="card">{link}</p>'
