"""Flatten blocks into inlines where only inlines are allowed, without losing a word."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.models import article


def flatten(blocks: Sequence[article.Block]) -> tuple[article.Inline, ...]:
    """Return *blocks* as the inlines of one paragraph, with a break between two blocks."""
    return _join([_flatten_block(block) for block in blocks])


def _flatten_block(block: article.Block) -> tuple[article.Inline, ...]:
    match block:
        case article.Paragraph(inlines=inlines) | article.Heading(inlines=inlines):
            return inlines
        case article.List(items=items):
            return _join([flatten(item) for item in items])
        case article.Quote(blocks=blocks, attribution=attribution):
            return _join(
                [flatten(blocks), (article.Text(text=attribution),) if attribution else ()]
            )
        case article.Code(code=code):
            return (article.InlineCode(code=code),)
        case article.Table(header=header, rows=rows, caption=caption):
            lines = [_join([flatten(cell.blocks) for cell in row]) for row in (header, *rows)]
            return _join([caption, *lines])
        case article.Figure():
            return _flatten_figure(block)
        case article.Definitions(items=items):
            return _join([part for item in items for part in (item.term, flatten(item.blocks))])
        case article.Embed(href=href, title=title):
            return (article.Link(href=href, inlines=(article.Text(text=title or href),)),)
        case article.Rule():
            return ()


def _flatten_figure(figure: article.Figure) -> tuple[article.Inline, ...]:
    image: article.Inline = article.Text(text=figure.alt)
    if figure.src:
        image = article.Image(src=figure.src, alt=figure.alt)
    if figure.href:
        image = article.Link(href=figure.href, inlines=(image,))
    credit = (article.Text(text=figure.credit),) if figure.credit else ()
    return _join([(image,), figure.caption, credit])


def _join(parts: Sequence[tuple[article.Inline, ...]]) -> tuple[article.Inline, ...]:
    joined: list[article.Inline] = []
    for part in parts:
        if part:
            joined += [article.Break(), *part] if joined else part
    return tuple(joined)
