"""Outline an article as lines that are easy to compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.text import TextLoader
from pipeline.models.article import (
    Article,
    Block,
    Break,
    Emphasis,
    Figure,
    Heading,
    Inline,
    Link,
    List,
    NoteRef,
    Paragraph,
    Rule,
    Text,
)


def read_text(text: str, *, is_trusted: bool = True) -> LoadResult:
    """Load *text* as a plain-text file."""
    return TextLoader().read(
        Source(
            content=text.encode(),
            media_type="text/plain",
            location="copy.txt",
            is_trusted=is_trusted,
        )
    )


def outline(article: Article) -> list[str]:
    """Return the header, blocks, notes, appeal, dropped texts and warnings of *article*, one line each."""
    lines = [
        f"{name}: {value}"
        for name in ("title", "subtitle", "byline", "published")
        if (value := getattr(article, name)) is not None
    ]
    lines += outline_blocks(article.blocks)
    for note in article.notes:
        status = "" if note.status == "ok" else f", {note.status}"
        lines += [f"note {note.number} ({note.label}{status})"]
        lines += [f"  {line}" for line in outline_blocks(note.blocks)]
    if article.appeal:
        lines += ["appeal, truncated" if article.appeal.truncated else "appeal"]
        lines += [f"  {line}" for line in outline_blocks(article.appeal.blocks)]
    lines += [f"dropped {one.reason}: {one.text}" for one in article.dropped]
    lines += [f"warning {one.code}" for one in article.warnings]
    return lines


def outline_blocks(blocks: Sequence[Block]) -> list[str]:
    """Return *blocks*, one line each; the items of a list follow it."""
    return [line for block in blocks for line in _block(block)]


def outline_inlines(inlines: Sequence[Inline]) -> str:
    """Return *inlines* as text: ⟦1⟧ is a reference, <a> a link, / a break, _text_ emphasis."""
    return "".join(_inline(node) for node in inlines)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(inlines=inlines):
            yield f"p {outline_inlines(inlines)}"
        case Heading(level=level, inlines=inlines):
            yield f"h{level} {outline_inlines(inlines)}"
        case Figure(alt=alt, caption=caption, credit=credit):
            yield f"figure {outline_inlines(caption)} | alt {alt} | credit {credit}"
        case List(ordered=ordered, start=start, items=items):
            yield f"ol {start}" if ordered else "ul"
            yield from (f"  {line}" for item in items for line in outline_blocks(item))
        case Rule():
            yield "rule"
        case _:
            yield repr(block)


def _inline(node: Inline) -> str:
    match node:
        case Text(text=text):
            return text
        case NoteRef(note=note):
            return f"⟦{note}⟧"
        case Link(href=href, inlines=inlines):
            text = outline_inlines(inlines)
            return f"<a>{text}</a>" if text == href else f"<a {href}>{text}</a>"
        case Emphasis(inlines=inlines):
            return f"_{outline_inlines(inlines)}_"
        case Break():
            return " / "
        case _:
            return repr(node)
