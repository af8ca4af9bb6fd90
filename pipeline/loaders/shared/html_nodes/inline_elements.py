"""Read links, code and emphasis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pipeline.loaders.shared.html_nodes.block_builder import BlockBuilder
from pipeline.loaders.shared.html_nodes.flatten import flatten
from pipeline.loaders.shared.html_nodes.inline_text import merge_texts
from pipeline.loaders.shared.html_nodes.node_reader import Element, NodeReader
from pipeline.loaders.shared.html_nodes.safe_urls import sanitize_href
from pipeline.models import article
from pipeline.models.tree import map_nodes

#: Elements that become one inline around their content.
WRAPPERS: Mapping[str, Callable[..., article.Inline]] = {
    "b": article.Strong,
    "cite": article.Emphasis,
    "del": article.Strike,
    "dfn": article.Emphasis,
    "em": article.Emphasis,
    "i": article.Emphasis,
    "mark": article.Highlight,
    "s": article.Strike,
    "small": article.Small,
    "strike": article.Strike,
    "strong": article.Strong,
    "sub": article.Subscript,
    "sup": article.Superscript,
    "var": article.Emphasis,
}


def read_wrapper(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<em>` and similar elements."""
    inner = BlockBuilder(reader.report, has_figures=builder.has_figures)
    reader.read_content(element, inner)
    wrapper = WRAPPERS[str(element.tag)]
    builder.add_wrapped(inner, lambda inlines: wrapper(inlines=inlines))


def read_link(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<a>`; where its URL cannot be used its text stays."""
    url, title = element.get("href") or "", element.get("title") or ""
    href = sanitize_href(url)
    if href is None or reader.is_in_link:
        _drop_url(reader, url, title)
        reader.read_content(element, builder)
        return
    inner = BlockBuilder(reader.report, has_figures=builder.has_figures)
    reader.is_in_link = True
    try:
        reader.read_content(element, inner)
    finally:
        reader.is_in_link = False
    if inner.has_blocks:
        reader.report.drop("link.title", title)
        title = ""
    if not builder.add_wrapped(inner, partial(_link, href, title)):
        reader.report.drop("link.empty", url)
        reader.report.drop("link.title", title)


def read_inline_code(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<code>`: every text in it is code, links in it stay links."""
    inner = BlockBuilder(reader.report, has_figures=False)
    reader.read_content(element, inner)
    inlines = flatten(inner.pop_blocks()) if inner.has_blocks else inner.pop_inlines()
    builder.add(*map_nodes(merge_texts(inlines, reader.report), _to_code))


def read_short_quote(reader: NodeReader, element: Element, builder: BlockBuilder) -> None:
    """Read `<q>` with the quotation marks that browsers show around it."""
    builder.add_text("“")
    reader.read_content(element, builder)
    builder.add_text("”")


def _drop_url(reader: NodeReader, url: str, title: str) -> None:
    reader.report.drop("link.title", title)
    if sanitize_href(url) is not None:
        reader.report.drop("link.nested", url)
    elif url.strip():
        reader.report.drop("link.unsafe", url)
        reader.report.warn(
            "link.unsafe",
            f"A link was removed, its text stays: {url.strip()[:60]} cannot be opened from an email. "
            "Link to an http, https, mailto or tel URL.",
        )


def _to_code(node: Any) -> Any:  # Any: a node in, a node out
    return article.InlineCode(code=node.text) if isinstance(node, article.Text) else node


def _link(href: str, title: str, inlines: tuple[article.Inline, ...]) -> article.Inline:
    return article.Link(href=href, title=title or None, inlines=inlines)
