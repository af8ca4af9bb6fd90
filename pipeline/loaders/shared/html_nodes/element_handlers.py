"""The elements that the tree can express, and the function that reads each."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.loaders.shared.html_nodes.block_builder import BlockBuilder
from pipeline.loaders.shared.html_nodes.block_elements import (
    read_code,
    read_embed,
    read_figure,
    read_heading,
    read_list,
    read_quote,
)
from pipeline.loaders.shared.html_nodes.inline_elements import (
    WRAPPERS,
    read_inline_code,
    read_link,
    read_short_quote,
    read_wrapper,
)
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.node_reader import (
    CONTAINERS,
    DROPPED_ELEMENTS,
    Element,
    ElementHandler,
    ElementResolver,
    NodeReader,
)
from pipeline.loaders.shared.html_nodes.pending_image import read_image
from pipeline.loaders.shared.html_nodes.table_elements import read_definitions, read_table
from pipeline.models.article import Break, Rule


def create_reader(report: LoadReport, resolve: ElementResolver | None = None) -> NodeReader:
    """Return a reader for all known elements; see `NodeReader`."""
    return NodeReader(report, _HANDLERS, resolve)


def _read_container(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    builder.end_paragraph()
    reader.read_content(element, builder)
    builder.end_paragraph()


def _read_source(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    reader.drop_attributes(element)
    reader.read_content(element, builder)


# The next three have no content in a parsed page, but may have in other DOMs.


def _read_break(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    builder.add(Break())
    reader.read_content(element, builder)


def _read_rule(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    builder.add(Rule())
    reader.read_content(element, builder)


def _read_image(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    if image := read_image(element, reader.report):
        builder.add(image)
    reader.read_content(element, builder)


_HANDLERS: Mapping[str, ElementHandler] = {
    **dict.fromkeys(CONTAINERS, _read_container),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), read_heading),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), read_list),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), read_code),
    **dict.fromkeys(("iframe", "video", "audio", "embed", "object"), read_embed),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), read_inline_code),
    **dict.fromkeys(WRAPPERS, read_wrapper),
    "a": read_link,
    "blockquote": read_quote,
    "br": _read_break,
    "dl": read_definitions,
    "figure": read_figure,
    "hr": _read_rule,
    "img": _read_image,
    "q": read_short_quote,
    "source": _read_source,
    "table": read_table,
}

KNOWN_ELEMENTS = frozenset(_HANDLERS) | frozenset(DROPPED_ELEMENTS)
