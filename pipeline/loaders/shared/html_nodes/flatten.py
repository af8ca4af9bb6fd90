"""Flatten blocks into inlines where only inlines are allowed, without losing a word."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.models.article import (
    Block,
    Break,
    Code,
    Definitions,
    Embed,
    Figure,
    Heading,
    Image,
    Inline,
    InlineCode,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
)


def flatten(blocks: Sequence[Block]) -> tuple[Inline, ...]:
    """Return *blocks* as the inlines of one paragraph, with a break between two blocks."""
    return _join([_flatten_block(block) for block in blocks])


def _flatten_block(block: Block) -> tuple[Inline, ...]:
    match block:
        case Paragraph(inlines=inlines) | Heading(inlines=inlines):
            return inlines
        case List(items=items):
            return _join([flatten(item) for item in items])
        case Quote(blocks=blocks, attribution=attribution):
            return _join([flatten(blocks), (Text(text=attribution),) if attribution else ()])
        case Code(code=code):
            return (InlineCode(code=code),)
        case Table(header=header, rows=rows, caption=caption):
            lines = [_join([flatten(cell.blocks) for cell in row]) for row in (header, *rows)]
            return _join([caption, *lines])
        case Figure():
            return _flatten_figure(block)
        case Definitions(items=items):
            return _join([part for item in items for part in (item.term, flatten(item.blocks))])
        case Embed(href=href, title=title):
            return (Link(href=href, inlines=(Text(text=title or href),)),)
        case Rule():
            return ()


def _flatten_figure(figure: Figure) -> tuple[Inline, ...]:
    image: Inline = Text(text=figure.alt)
    if figure.src:
        image = Image(src=figure.src, alt=figure.alt)
    if figure.href:
        image = Link(href=figure.href, inlines=(image,))
    credit = (Text(text=figure.credit),) if figure.credit else ()
    return _join([(image,), figure.caption, credit])


def _join(parts: Sequence[tuple[Inline, ...]]) -> tuple[Inline, ...]:
    joined: list[Inline] = []
    for part in parts:
        if part:
            joined += [Break(), *part] if joined else part
    return tuple(joined)
