"""Read links, code and stress within a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from pipeline.loaders.shared.html_nodes.flatten import flatten
from pipeline.loaders.shared.html_nodes.flow import Flow
from pipeline.loaders.shared.html_nodes.inline_text import merge, replace_text
from pipeline.loaders.shared.html_nodes.safe_urls import safe_href
from pipeline.models.article import (
    Emphasis,
    Inline,
    InlineCode,
    Link,
    Small,
    Strike,
    Strong,
    Subscript,
    Superscript,
)

if TYPE_CHECKING:
    from pipeline.loaders.shared.html_nodes.node_reader import Element, Reader

#: Elements that become one inline around their content.
WRAPPERS: Mapping[str, Callable[..., Inline]] = {
    "b": Strong,
    "cite": Emphasis,
    "del": Strike,
    "dfn": Emphasis,
    "em": Emphasis,
    "i": Emphasis,
    "s": Strike,
    "small": Small,
    "strike": Strike,
    "strong": Strong,
    "sub": Subscript,
    "sup": Superscript,
    "var": Emphasis,
}


def read_wrapped(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<em>` and its like."""
    inner = Flow(reader.account, has_figures=flow.has_figures)
    reader.content(element, inner)
    flow.wrap(inner, partial(_wrap, WRAPPERS[str(element.tag)]))


def read_link(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<a>`; where its address cannot be used its words stay."""
    written, title = element.get("href") or "", element.get("title") or ""
    href = safe_href(written)
    if href is None or reader.is_in_link:
        _leave_address(reader, written, title)
        reader.content(element, flow)
        return
    inner = _within_link(reader, element, has_figures=flow.has_figures)
    if inner.has_blocks:
        reader.account.drop("link.title", title)
        title = ""
    if not flow.wrap(inner, partial(_link, href, title)):
        reader.account.drop("link.empty", written)
        reader.account.drop("link.title", title)


def read_inline_code(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<code>`: every text in it is code, links in it stay links."""
    inner = Flow(reader.account, has_figures=False)
    reader.content(element, inner)
    inlines = flatten(inner.close()) if inner.has_blocks else inner.take()
    flow.add(*replace_text(merge(inlines, reader.account), lambda text: InlineCode(code=text)))


def read_short_quote(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<q>` with the quotation marks browsers show around it."""
    flow.text("“")
    reader.content(element, flow)
    flow.text("”")


def _within_link(reader: Reader, element: Element, *, has_figures: bool) -> Flow:
    inner = Flow(reader.account, has_figures=has_figures)
    reader.is_in_link = True
    try:
        reader.content(element, inner)
    finally:
        reader.is_in_link = False
    return inner


def _leave_address(reader: Reader, href: str, title: str) -> None:
    reader.account.drop("link.title", title)
    if safe_href(href) is not None:
        reader.account.drop("link.nested", href)
    elif href.strip():
        reader.account.drop("link.unsafe", href)
        reader.account.warn(
            "link.unsafe",
            f"A link was left out, its words stay: {href.strip()[:60]} cannot be followed from a mail. "
            "Link to an http, https, mailto or tel address.",
        )


def _link(href: str, title: str, inlines: tuple[Inline, ...]) -> Inline:
    return Link(href=href, title=title or None, inlines=inlines)


def _wrap(kind: Callable[..., Inline], inlines: tuple[Inline, ...]) -> Inline:
    return kind(inlines=inlines)
