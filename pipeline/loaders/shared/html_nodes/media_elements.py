"""Read pictures, figures and what a mail can only link to."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.loaders.shared.html_nodes.flow import Flow
from pipeline.loaders.shared.html_nodes.inline_text import Picture, note_refs
from pipeline.loaders.shared.html_nodes.safe_urls import safe_href, safe_src
from pipeline.models.article import Block, Embed, Figure, Inline, Paragraph, Table
from pipeline.models.article_text import plain_text

if TYPE_CHECKING:
    from pipeline.loaders.shared.html_nodes.node_reader import Element, Reader

_PIXELS = re.compile(r"\s*([0-9]{1,5})(?:\.[0-9]+)?\s*(?:px)?\s*", re.IGNORECASE)


def read_image(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<img>`; one whose source cannot be used keeps its words."""
    written, alt = element.get("src") or "", element.get("alt") or ""
    title = element.get("title") or ""
    src = safe_src(written) or ""
    if written and not src:
        reader.account.mark("image.unsafe", written)
        reader.account.warn(
            "image.unsafe", f"A picture was left out: {_shown(written)} cannot be mailed."
        )
    if src or alt or title:
        sides = {name: _pixels(element.get(name)) for name in ("width", "height")}
        flow.add(Picture(src=src, alt=alt, title=title, **sides))


def read_figure(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<figure>`: its caption goes to the last picture or table in it, else it is a paragraph after them."""
    inside = Flow(reader.account)
    captions: list[tuple[Inline, ...]] = []
    inside.text(element.text)
    for child in element:
        if child.tag == "figcaption":
            captions.append(reader.inlines(child))
        else:
            reader.node(child, inside)
        inside.text(child.tail)
    blocks = list(inside.close())
    for caption in filter(None, captions):
        _set_caption(reader, blocks, caption)
    flow.add(*blocks)


def read_embed(reader: Reader, element: Element, flow: Flow) -> None:
    """Read `<iframe>`, `<video>` and their like as a link; what they show where they do not work is left out."""
    title = (element.get("title") or "").strip()
    own = element.get("data" if element.tag == "object" else "src") or ""
    offered = [own, *(source.get("src") or "" for source in element.iter("source"))]
    href = next(filter(None, map(safe_href, offered)), None)
    reader.account.respelled("embed.source", [own], [href or ""])
    if href:
        reader.leave_within(element, "embed.fallback")
        flow.add(Embed(href=href, title=title or None))
    else:
        reader.account.drop("embed.title", title)
        reader.content(element, flow)


def _set_caption(reader: Reader, blocks: list[Block], caption: tuple[Inline, ...]) -> None:
    """Give *caption* to the last picture, or else table without one; a picture's tooltip gives way to it."""
    for place, block in reversed(list(enumerate(blocks))):
        if isinstance(block, Figure):
            reader.account.drop("image.title", plain_text(block.caption))
            blocks[place] = replace(block, caption=(*caption, *note_refs(block.caption)))
            return
        if isinstance(block, Table) and not block.caption:
            blocks[place] = replace(block, caption=caption)
            return
    blocks.append(Paragraph(inlines=caption))


def _pixels(value: str | None) -> int | None:
    match = _PIXELS.fullmatch(value or "")
    return int(match[1]) or None if match else None


def _shown(address: str) -> str:
    return address if len(address) <= 60 else f"{address[:57]}…"
