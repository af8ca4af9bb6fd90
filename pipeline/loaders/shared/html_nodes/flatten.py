"""Turn blocks into inlines where only inlines may stand, without losing a word."""

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
    """Return the words of *blocks* as one paragraph, a break between two blocks."""
    return _joined([_flat(block) for block in blocks])


def _flat(block: Block) -> tuple[Inline, ...]:
    match block:
        case Paragraph(inlines=inlines) | Heading(inlines=inlines):
            return inlines
        case List(items=items):
            return _joined([flatten(item) for item in items])
        case Quote(blocks=blocks, attribution=by):
            return _joined([flatten(blocks), (Text(text=by),) if by else ()])
        case Code(code=code):
            return (InlineCode(code=code),)
        case Table(header=header, rows=rows, caption=caption):
            lines = [_joined([flatten(c.blocks) for c in row]) for row in (header, *rows)]
            return _joined([caption, *lines])
        case Figure():
            return _figure(block)
        case Definitions(items=items):
            return _joined([part for item in items for part in (item.term, flatten(item.blocks))])
        case Embed(href=href, title=title):
            return (Link(href=href, inlines=(Text(text=title or href),)),)
        case Rule():
            return ()


def _figure(figure: Figure) -> tuple[Inline, ...]:
    picture: Inline = Text(text=figure.alt)
    if figure.src:
        picture = Image(src=figure.src, alt=figure.alt)
    if figure.href:
        picture = Link(href=figure.href, inlines=(picture,))
    credit = (Text(text=figure.credit),) if figure.credit else ()
    return _joined([(picture,), figure.caption, credit])


def _joined(parts: Sequence[tuple[Inline, ...]]) -> tuple[Inline, ...]:
    joined: list[Inline] = []
    for part in parts:
        if part:
            joined += [Break(), *part] if joined else part
    return tuple(joined)
