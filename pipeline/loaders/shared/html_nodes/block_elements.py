"""Read headings, lists, quotes, code blocks, figures, and embedded media as links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.loaders.shared.completeness import split_words
from pipeline.loaders.shared.html_nodes.block_builder import BlockBuilder
from pipeline.loaders.shared.html_nodes.inline_text import find_note_refs, is_plain_text, list_texts
from pipeline.loaders.shared.html_nodes.node_reader import Element, NodeReader
from pipeline.loaders.shared.html_nodes.safe_urls import sanitize_href
from pipeline.models.article import (
    Block,
    Code,
    Embed,
    Figure,
    Heading,
    Inline,
    List,
    Paragraph,
    Quote,
    Table,
)
from pipeline.models.article_text import plain_text

_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source)-(\S+)")
#: The class of a `<figure>` that keeps the place of a picture lost in copying.
MISSING_PICTURE = "missing-picture"
_DASH = re.compile(r"\s*(?:[—―–]|--+)\s*(?=\S)")
#: In characters; a longer line after a dash is speech, not a name.
_MAX_ATTRIBUTION = 120


def read_heading(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<h1>` to `<h6>`; the anchor is the id of the heading, else that of an `<a>` in it."""
    inlines = reader.read_inlines(element)
    named = (inner for inner in element.iter() if inner is element or inner.tag == "a")
    anchor = next(filter(None, (inner.get("id") or inner.get("name") for inner in named)), None)
    builder.end_paragraph()
    if inlines:
        builder.add(Heading(level=int(str(element.tag)[1]), anchor=anchor, inlines=inlines))


def read_list(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read a list; content between two items belongs to the first of them, as in browsers."""
    items: list[tuple[Block, ...]] = []
    for blocks, is_item in _read_items(reader, element):
        if is_item or not items:
            items.append(blocks)
        else:
            items[-1] += blocks
    is_ordered = element.tag == "ol"
    builder.end_paragraph()
    if items:
        start = parse_list_start(element) if is_ordered else None
        builder.add(List(ordered=is_ordered, start=start, items=tuple(items)))


def read_quote(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<blockquote>`; a separate last line that names the author becomes the attribution."""
    blocks = reader.read_blocks(element)
    attribution = _find_attribution(blocks, is_marked=_ends_in_attribution(blocks, element))
    if attribution and isinstance(blocks[-1], Paragraph):
        texts = list_texts(blocks[-1].inlines)
        reader.report.add_changed_words("text.joined", texts, [attribution])
        blocks = blocks[:-1]
    builder.end_paragraph()
    if blocks:
        builder.add(Quote(blocks=blocks, attribution=attribution))


def read_code(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<pre>` with its lines unchanged."""
    lines = list(_read_code_lines(reader, element))
    code = "".join(lines)
    reader.report.add_changed_words("text.joined", lines, [code])
    if (element.text or "").startswith("\n"):  # HTML ignores a line end right after the tag
        code = code[1:]
    classes = (inner.get("class") or "" for inner in element.iter("pre", "code"))
    language = next(filter(None, map(_LANGUAGE.search, classes)), None)
    builder.end_paragraph()
    if code.strip():
        builder.add(Code(code=code.removesuffix("\n"), language=language[1] if language else None))


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
    if not blocks and element.get("class") == MISSING_PICTURE:
        blocks.append(Figure(src=None))
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


def _read_items(reader: NodeReader, element: Element) -> Iterator[tuple[tuple[Block, ...], bool]]:
    """Yield the blocks of each item and of the content between items; the flag says whether it is an item."""
    between = BlockBuilder(reader.report)
    between.add_text(element.text)
    for child in element:
        if child.tag == "li":
            if blocks := between.pop_blocks():
                yield blocks, False
            yield reader.read_blocks(child), True
        else:
            reader.read_node(child, between)
        between.add_text(child.tail)
    if blocks := between.pop_blocks():
        yield blocks, False


def _read_code_lines(reader: NodeReader, element: Element) -> Iterator[str]:
    stack: list[Element | str] = [element]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif rule := reader.find_drop_rule(item):
            reader.drop_element(item, rule)
        else:
            reader.drop_attributes(item)
            yield ("\n" if item.tag == "br" else "") + (item.text or "")
            for child in reversed(item):
                stack += [child.tail or "", child]


def parse_list_start(element: Element) -> int:
    """Return the number of the first item of the ordered list *element*."""
    value = (element.get("start") or "").strip()
    return int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else 1


def _ends_in_attribution(blocks: Sequence[Block], element: Element) -> bool:
    """Whether the last block is the content of a closing `<footer>` or `<cite>` of *element*."""
    if not blocks or not len(element):
        return False
    last = element[-1]
    text = "".join(map(str, last.itertext()))
    is_marked = last.tag in {"footer", "cite"} and not (last.tail or "").strip()
    return is_marked and split_words(text) == split_words(plain_text(blocks[-1]))


def _find_attribution(blocks: Sequence[Block], *, is_marked: bool) -> str | None:
    """Return the author of the quote, if the last of *blocks* is one in plain text."""
    last = blocks[-1] if len(blocks) > 1 else None
    if not isinstance(last, Paragraph) or not is_plain_text(last.inlines):
        return None
    text = "".join(list_texts(last.inlines)).strip()
    dash = _DASH.match(text)
    is_dialogue = any(_DASH.match(plain_text(block)) for block in blocks[:-1])
    if len(text) > _MAX_ATTRIBUTION or not (is_marked or (dash and not is_dialogue)):
        return None
    return text[dash.end() :] if dash else text


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
