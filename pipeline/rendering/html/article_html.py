"""Write the blocks of an article as HTML: known node types in, escaped HTML out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pipeline.markup import escape_html
from pipeline.models import article as nodes
from pipeline.models.article_text import plain_text
from pipeline.models.finding import Finding, Severity
from pipeline.models.tree import walk
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.html.table_html import TableHtmlWriter
from pipeline.rendering.html.text_settings import TextSetting, TextSettings
from pipeline.rendering.issue_values import has_references

#: How much narrower the text is in a list or a quote, in an appeal, in a cell.
_INSET_PX, _APPEAL_INSET_PX, _CELL_INSET_PX = 28, 56, 160
_FIRST_TAG = re.compile(r"<([a-z0-9]++)([^>]*+)>(.*)", re.DOTALL)
_STYLE = re.compile(r' style="([^"]*)"')
#: The fewest lines of verse, and the most characters in each.
_MIN_VERSE_LINES, _MAX_VERSE_CHARACTERS = 3, 72


class ArticleHtmlWriter:
    """
    Writes one issue's article as HTML.

    Args:
        has_notes_online: Write a link to the notes on the web in place of the endnotes.
        width_px: The width of a line of text in a large window; *page_px* with its margins.

    Attributes:
        last_level: Level of the last heading written; the title's is 1.
        tables: Writes the tables, and knows what they need.
    """

    def __init__(
        self,
        inline: InlineHtmlWriter,
        *,
        has_notes_online: bool = False,
        width_px: int = 528,
        page_px: int = 600,
    ) -> None:
        self.inline = inline
        self.last_level = 1
        self.tables = TableHtmlWriter(
            content=self,
            translations=inline.translations,
            direction=inline.direction,
            width_px=width_px,
            page_px=page_px,
            findings=inline.findings,
        )
        self._inset_px = 0
        self._has_notes_online = has_notes_online
        levels = sorted({node.level for node in inline.headings})
        self._levels = {level: min(rank, 6) for rank, level in enumerate(levels, start=2)}
        self._unused_anchors = set(inline.anchors)
        self._settings = TextSettings(inline)
        self._is_in_quote = False
        self._writers: Mapping[type, Callable[[Any], str]] = {
            nodes.Paragraph: self._write_paragraph,
            nodes.Heading: self._write_heading,
            nodes.List: self._write_list,
            nodes.Quote: self._write_quote,
            nodes.Code: self._write_code,
            nodes.Table: lambda node: self.tables.write(node, inset_px=self._inset_px),
            nodes.Figure: self._write_figure,
            nodes.Definitions: self._write_definitions,
            nodes.Rule: lambda _: "<hr>",
            nodes.Embed: self._write_embed,
        }

    def write_blocks(self, blocks: Iterable[nodes.Block]) -> str:
        """Write *blocks* one after the other, each set in the direction of its own text."""
        return "\n".join(map(self._write_block, blocks))

    def _write_block(self, block: nodes.Block) -> str:
        write = self._writers[type(block)]
        if isinstance(block, nodes.Code | nodes.Figure):  # a figure sets its caption
            return write(block)
        text = plain_text(block)
        change = self._settings.find_change(text)
        if change is None:
            return write(block)
        with self._settings.apply(change):
            return _add_attributes(write(block), change, is_upright=self._is_in_quote)

    def write_appeal(self, blocks: Iterable[nodes.Block]) -> str:
        """Write the *blocks* of an appeal, which stand in a box."""
        with self._narrow(_APPEAL_INSET_PX):
            return self.write_blocks(blocks)

    def write_cell(self, blocks: tuple[nodes.Block, ...]) -> str:
        """Write the content of a cell."""
        with self._narrow(_CELL_INSET_PX):
            return self.write_tight(blocks)

    @contextmanager
    def _narrow(self, inset_px: int) -> Iterator[None]:
        self._inset_px += inset_px
        yield
        self._inset_px -= inset_px

    def write_endnotes(self) -> str:
        """Write the notes as a numbered list with back links, below a link to the notes on the web."""
        self.last_level = 2
        heading = f"<h2>{self.inline.translations.format_html('notes')}</h2>"
        web_link = self.inline.note_links.format_web_link()
        if self._has_notes_online:
            return f"<div>{heading}\n{web_link}</div>"
        items = "\n".join(self._write_note(note) for note in self.inline.notes)
        hang = ""
        if len(self.inline.notes) > 99:  # the numbers of three digits would hang into the margin
            side = "right" if self._settings.around.direction == "rtl" else "left"
            hang = f' style="margin-{side}:40px"'
        return f'<div role="doc-endnotes">{heading}\n{web_link}<ol{hang}>\n{items}\n</ol></div>'

    def write_lead_image(self, figure: nodes.Figure, width: int) -> str:
        """Write the lead image in a column of *width* pixels."""
        return self._write_figure(figure, width)

    # Notes

    def _write_note(self, note: nodes.Note) -> str:
        name = f"fn{note.number}"
        back = self.inline.note_links.format_back_links(note.number)
        blocks = list(note.blocks)
        last = blocks.pop() if blocks else nodes.Paragraph(inlines=())
        before = self.write_blocks(blocks)  # first: references and headings are counted as written
        if isinstance(last, nodes.Paragraph) and not blocks:
            end = f"{self.inline.write(last.inlines)}{back}"
        elif isinstance(last, nodes.Paragraph):
            end = f"<p>{self.inline.write(last.inlines)}{back}</p>"
        else:
            end = self.write_blocks((last,)) + (f"<p>{back.lstrip()}</p>" if back else "")
        content = "\n".join(filter(None, (before, end)))
        if change := self._settings.find_change(note):
            content = _add_attributes(f"<div>{content}</div>", change)
        return f'<li id="{name}"><a name="{name}"></a>{content}</li>'

    # Blocks

    def _write_paragraph(self, node: nodes.Paragraph, attributes: str = "") -> str:
        """Write a paragraph; with an inline image, its lines must be able to grow in classic Outlook too."""
        images = self.inline.images
        if any(isinstance(inline, nodes.Image) and inline.src in images for inline in walk(node)):
            return f'<p style="mso-line-height-rule:at-least">{self.inline.write(node.inlines)}</p>'
        if lines := _split_verse(node.inlines):
            verse = "\n".join(f'<p class="verse">{self.inline.write(line)}</p>' for line in lines)
            poem = attributes or ' class="poem"'
            return f"<div{poem}>{verse}</div>"
        return f"<p{attributes}>{self.inline.write(node.inlines)}</p>"

    def _write_heading(self, node: nodes.Heading) -> str:
        self.last_level = min(self._levels[node.level], self.last_level + 1)
        tag = f"h{self.last_level}"
        if node.anchor not in self._unused_anchors:
            if node.anchor:
                self.inline.findings.append(_duplicate_anchor(node.anchor))
            return f"<{tag}>{self.inline.write(node.inlines)}</{tag}>"
        self._unused_anchors.remove(node.anchor)
        anchor = escape_html(node.anchor)
        html = self.inline.write(node.inlines)
        return f'<{tag} id="{anchor}"><a name="{anchor}"></a>{html}</{tag}>'

    def _write_list(self, node: nodes.List) -> str:
        tag = "ol" if node.ordered else "ul"
        start = f' start="{node.start}"' if node.ordered and node.start not in (None, 1) else ""
        with self._narrow(_INSET_PX):
            items = "\n".join(f"<li>{self.write_tight(item)}</li>" for item in node.items)
        return f"<{tag}{start}>\n{items}\n</{tag}>"

    def write_tight(self, blocks: tuple[nodes.Block, ...]) -> str:
        """Write the content of an item or cell, without a `p` around its only paragraph."""
        change = self._settings.find_change(blocks)
        if change is None:
            return self._write_content(blocks)
        with self._settings.apply(change):
            content = f"<div>{self._write_content(blocks)}</div>"
            return _add_attributes(content, change, is_upright=self._is_in_quote)

    def _write_content(self, blocks: tuple[nodes.Block, ...]) -> str:
        if not blocks or not isinstance(blocks[0], nodes.Paragraph):
            return self.write_blocks(blocks)
        if any(isinstance(block, nodes.Paragraph) for block in blocks[1:]):
            return self.write_blocks(blocks)
        first, rest = self.inline.write(blocks[0].inlines), self.write_blocks(blocks[1:])
        return f"{first}\n{rest}" if rest else first

    def _write_quote(self, node: nodes.Quote) -> str:
        """
        Write a quote; its bar is the border of a table cell, the only one that classic Outlook draws.

        In a quote of the other direction the bar is on the other side.
        """
        blocks = [*node.blocks]
        last = blocks.pop() if blocks and isinstance(blocks[-1], nodes.Paragraph) else None
        is_turned = self._settings.around.direction != self.inline.direction
        before, self._is_in_quote = self._is_in_quote, not is_turned
        with self._narrow(_INSET_PX):
            parts = [self.write_blocks(blocks)] if blocks else []
        if isinstance(last, nodes.Paragraph):
            html = self._write_paragraph(last, ' class="last"')
            if change := self._settings.find_change(last):
                html = _add_attributes(html, change, is_upright=self._is_in_quote)
            parts.append(html)
        if node.attribution:
            parts.append(f'<p class="attribution">{self.inline.write_text(node.attribution)}</p>')
        self._is_in_quote = before
        content = "\n".join(parts)
        return f"<blockquote>{_box('quote turned' if is_turned else 'quote', content)}</blockquote>"

    def _write_code(self, node: nodes.Code) -> str:
        """Write code with a background, which in classic Outlook only table cells have."""
        # a parser drops the first line end
        code = f"<pre{self.inline.code_direction}>\n{escape_html(node.code)}</pre>"
        return f'<div class="block">{_box("code panel", code)}</div>'

    def _write_figure(self, node: nodes.Figure, column_width: int | None = None) -> str:
        """
        Write an image with its caption; without the image, the caption only if a reference is in it.

        An image narrower than the column has its own width: the apps of Outlook ignore `max-width` (email-bugs#93).
        """
        image = self.inline.images.get(node.src) if node.src else None
        if image is None and not has_references(node):
            return ""
        caption = self.inline.write(node.caption)
        if node.credit:
            credit = f'<span class="credit">{self.inline.write_text(node.credit)}</span>'
            caption += f"{'<br>' if caption else ''}{credit}"
        below = f'<p class="caption">{caption}</p>' if caption else ""
        if below and (change := self._settings.find_change(node)):
            below = _add_attributes(below, change)
        below = f"\n{below}" if below else ""
        if image is None:
            return below
        column_width = column_width or image.column_width
        width = min(filter(None, (node.width, image.width, column_width)))
        style = f"width:{width}px;max-width:100%" if width < column_width else ""
        height = image.height_at(width) or _scale(node.height, node.width, width)
        html = self.inline.write_image(image, node.alt, width, height, style)
        href = self.inline.format_href(node.href, node.alt) if node.href else None
        if href:
            html = f'<a href="{href}">{html}</a>'
        classes = "image" if below else "image alone"
        return f'<p class="{classes}">{html}</p>{below}'

    def write_phrase(self, inlines: tuple[nodes.Inline, ...]) -> str:
        """Write *inlines* that cannot be blocks, isolated if they are of another direction."""
        change = self._settings.find_change(inlines)
        html = self.inline.write(inlines)
        return f"<span{change.format()}>{html}</span>" if change else html

    def _write_definitions(self, node: nodes.Definitions) -> str:
        with self._narrow(_INSET_PX):
            items = "\n".join(
                f"<dt>{self.write_phrase(item.term)}</dt>\n<dd>{self.write_tight(item.blocks)}</dd>"
                for item in node.items
            )
        return f"<dl>\n{items}\n</dl>"

    def _write_embed(self, node: nodes.Embed) -> str:
        title = self.inline.write_text(node.title or node.href)
        href = self.inline.format_href(node.href, node.title or node.href)
        if href is None:
            return f"<p>{title}</p>"
        link = f'<a href="{href}">{title}</a>'
        return f'<div class="block">{_box("card", link)}</div>'


def _split_verse(inlines: tuple[nodes.Inline, ...]) -> list[tuple[nodes.Inline, ...]]:
    """Return the lines of verse, so that each can be indented where it is turned; none for prose."""
    lines: list[tuple[nodes.Inline, ...]] = [()]
    for inline in inlines:
        if isinstance(inline, nodes.Break):
            lines.append(())
        else:
            lines[-1] += (inline,)
    if len(lines) < _MIN_VERSE_LINES:
        return []
    lengths = [len(plain_text(line).strip()) for line in lines]
    return lines if all(0 < length <= _MAX_VERSE_CHARACTERS for length in lengths) else []


def _add_attributes(html: str, change: TextSetting, *, is_upright: bool = False) -> str:
    """
    Set the first element of *html* as *change* says; a list gets room for its markers on the side where it starts.

    With *is_upright* it is in italics that Hebrew and Arabic do not have.
    """
    tag, attributes, rest = _FIRST_TAG.match(html).groups()  # type: ignore[union-attr]  # every block is an element
    if not change.direction:
        return f"<{tag}{change.format()}{attributes}>{rest}"
    start, end = ("right", "left") if change.direction == "rtl" else ("left", "right")
    styles = [f"text-align:{start}"]
    if tag in ("ul", "ol", "dl"):
        styles.append(f"margin-{start}:30px;margin-{end}:0")
    if change.direction == "rtl" and (is_upright or tag in ("h4", "h6")):
        styles.append("font-style:normal")
    if found := _STYLE.search(attributes):
        styles.append(found[1])
        attributes = _STYLE.sub("", attributes)
    return f'<{tag}{change.format()}{attributes} style="{";".join(styles)}">{rest}'


def _box(cell_class: str, html: str, table_class: str = "") -> str:
    """Return *html* in a table of one cell, which screen readers do not announce as a table."""
    attribute = f' class="{table_class}"' if table_class else ""
    return (
        f'<table role="presentation"{attribute} border="0" cellpadding="0" cellspacing="0" width="100%">'
        f'<tr><td class="{cell_class}">{html}</td></tr></table>'
    )


def _scale(height: int | None, width: int | None, display_width: int) -> int | None:
    """Return the height of an image of *width* by *height* shown at *display_width*, None if unknown."""
    return round(height * display_width / width) if height and width else None


def _duplicate_anchor(anchor: str) -> Finding:
    return Finding(
        code="anchor.duplicate",
        severity=Severity.WARNING,
        where=f"#{anchor}",
        message="Several headings have this anchor; links lead to the first.",
        hint="Give each heading its own anchor.",
    )
