"""Read figures, and embedded media as links."""

from __future__ import annotations

from dataclasses import replace

from pipeline.loaders.shared.html_nodes.block_builder import BlockBuilder
from pipeline.loaders.shared.html_nodes.inline_text import find_note_refs
from pipeline.loaders.shared.html_nodes.node_reader import Element, NodeReader
from pipeline.loaders.shared.html_nodes.safe_urls import sanitize_href
from pipeline.models.article import Block, Embed, Figure, Inline, Paragraph, Table
from pipeline.models.article_text import plain_text


def read_figure(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<figure>`: its caption goes to the last image or table in it, else it follows them as a paragraph."""
    inner = BlockBuilder(reader.report)
    captions: list[tuple[Inline, ...]] = []
    inner.add_text(element.text)
    for child in element:
        if child.tag == "figcaption":
            captions.append(reader.read_inlines(child))
        else:
            reader.read_node(child, inner)
        inner.add_text(child.tail)
    blocks = list(inner.pop_blocks())
    for caption in filter(None, captions):
        _set_caption(reader, blocks, caption)
    builder.add(*blocks)


def read_embed(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<iframe>`, `<video>` and similar elements as a link; their fallback content is dropped."""
    title = (element.get("title") or "").strip()
    source = element.get("data" if element.tag == "object" else "src") or ""
    sources = [source, *(inner.get("src") or "" for inner in element.iter("source"))]
    href = next(filter(None, map(sanitize_href, sources)), None)
    reader.report.add_changed_words("embed.source", [source], [href or ""])
    if href:
        reader.drop_content(element, "embed.fallback")
        builder.add(Embed(href=href, title=title or None))
    else:
        reader.report.drop("embed.title", title)
        reader.read_content(element, builder)


def _set_caption(reader: NodeReader, blocks: list[Block], caption: tuple[Inline, ...]) -> None:
    """Give *caption* to the last image, or to a table without one; it replaces the tooltip of an image."""
    for index, block in reversed(list(enumerate(blocks))):
        if isinstance(block, Figure):
            reader.report.drop("image.title", plain_text(block.caption))
            blocks[index] = replace(block, caption=(*caption, *find_note_refs(block.caption)))
            return
        if isinstance(block, Table) and not block.caption:
            blocks[index] = replace(block, caption=caption)
            return
    blocks.append(Paragraph(inlines=caption))
