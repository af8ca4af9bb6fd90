"""Write blocks and inlines as HTML within Markdown, for what Markdown has no syntax for. No line in it is blank."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.loaders.markdown.writer.escape import escape_html, escape_html_text
from pipeline.loaders.shared.html_nodes.block_elements import MISSING_PICTURE
from pipeline.models import article as nodes

#: The element of each style.
ELEMENTS: dict[type[nodes.Span], str] = {
    nodes.Strong: "strong",
    nodes.Emphasis: "em",
    nodes.Strike: "s",
    nodes.Highlight: "mark",
    nodes.Superscript: "sup",
    nodes.Subscript: "sub",
    nodes.Small: "small",
}


def write_html_blocks(blocks: Iterable[nodes.Block]) -> str:
    """Return *blocks* as HTML."""
    return "\n".join(map(write_html_block, blocks))


def write_html_block(block: nodes.Block) -> str:
    """Return *block* as HTML."""
    match block:
        case nodes.Paragraph(inlines=inlines):
            return f"<p>{_write_inlines(inlines)}</p>"
        case nodes.Heading(level=level, anchor=anchor, inlines=inlines):
            name = _attribute("id", anchor)
            return f"<h{level}{name}>{_write_inlines(inlines)}</h{level}>"
        case nodes.List():
            return _write_list(block)
        case nodes.Quote(blocks=blocks, attribution=by):
            footer = f"\n<footer>{escape_html_text(by)}</footer>" if by else ""
            return f"<blockquote>\n{write_html_blocks(blocks)}{footer}\n</blockquote>"
        case nodes.Code(code=code, language=language):
            name = _attribute("class", f"language-{language}" if language else None)
            return f"<pre><code{name}>{escape_html(code)}</code></pre>"
        case nodes.Table():
            return _write_table(block)
        case nodes.Figure():
            return _write_figure(block)
        case nodes.Definitions(items=items):
            return "<dl>\n" + "\n".join(map(_write_definition, items)) + "\n</dl>"
        case nodes.Rule():
            return "<hr>"
        case nodes.Embed(href=href, title=title):
            return f"<iframe{_attribute('src', href)}{_attribute('title', title)}></iframe>"


def write_tag(name: str, **attributes: str | int | None) -> str:
    """Return a start tag; attributes of None are left out."""
    return f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"


def write_image_tag(figure: nodes.Figure | nodes.Image) -> str:
    """Return the `<img>` of *figure*."""
    if isinstance(figure, nodes.Image):
        return write_tag("img", src=figure.src, alt=figure.alt)
    return write_tag(
        "img",
        src=figure.src,
        alt=figure.alt or None,
        width=figure.width,
        height=figure.height,
        credit=figure.credit,
    )


def _attribute(name: str, value: str | int | None) -> str:
    return "" if value is None else f' {name}="{escape_html(str(value))}"'


def _write_inlines(inlines: Iterable[nodes.Inline]) -> str:
    return "".join(map(_write_inline, inlines))


def _write_inline(node: nodes.Inline) -> str:
    match node:
        case nodes.Text(text=text):
            return escape_html_text(text)
        case nodes.InlineCode(code=code):
            return f"<code>{escape_html(code)}</code>"
        case nodes.Break():
            return "<br>"
        case nodes.NoteRef(note=note):
            return f"[^{note}]"
        case nodes.Image():
            return write_image_tag(node)
        case nodes.Link(href=href, title=title, inlines=inlines):
            return f"{write_tag('a', href=href, title=title)}{_write_inlines(inlines)}</a>"
        case nodes.Span(inlines=inlines):
            name = ELEMENTS[type(node)]
            return f"<{name}>{_write_inlines(inlines)}</{name}>"


def _write_list(block: nodes.List) -> str:
    name = "ol" if block.ordered else "ul"
    start = block.start if block.ordered and block.start != 1 else None
    items = "\n".join(f"<li>{write_html_blocks(item)}</li>" for item in block.items)
    return f"{write_tag(name, start=start)}\n{items}\n</{name}>"


def _write_figure(figure: nodes.Figure) -> str:
    caption = f"<figcaption>{_write_inlines(figure.caption)}</figcaption>" if figure.caption else ""
    if not (figure.src or figure.alt or figure.credit):
        return f'<figure class="{MISSING_PICTURE}">{caption}</figure>'
    image = write_image_tag(figure)
    if figure.href:
        image = f"{write_tag('a', href=figure.href)}{image}</a>"
    return f"<figure>{image}{caption}</figure>"


def _write_table(table: nodes.Table) -> str:
    lines = ["<table>"]
    if table.caption:
        lines.append(f"<caption>{_write_inlines(table.caption)}</caption>")
    if table.header:
        lines.append(f"<thead>{_write_row(table.header, 'th')}</thead>")
    lines += [_write_row(row, "td") for row in table.rows]
    return "\n".join([*lines, "</table>"])


def _write_row(cells: Iterable[nodes.Cell], name: str) -> str:
    return f"<tr>{''.join(_write_cell(cell, name) for cell in cells)}</tr>"


def _write_cell(cell: nodes.Cell, name: str) -> str:
    tag = write_tag(
        name,
        colspan=cell.colspan if cell.colspan != 1 else None,
        rowspan=cell.rowspan if cell.rowspan != 1 else None,
        align=cell.align,
    )
    return f"{tag}{write_html_blocks(cell.blocks)}</{name}>"


def _write_definition(item: nodes.Definition) -> str:
    term = f"<dt>{_write_inlines(item.term)}</dt>" if item.term else ""
    return f"{term}<dd>{write_html_blocks(item.blocks)}</dd>" if item.blocks or not term else term
