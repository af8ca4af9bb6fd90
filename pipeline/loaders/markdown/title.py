"""Take the title from the first heading, and keep the references in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.loaders.shared.completeness import split_words
from pipeline.loaders.shared.html_nodes import (
    LoadReport,
    collapse_spaces,
    find_note_refs,
    list_texts,
)
from pipeline.models.article import Block, Heading, Image, Inline, Link, NoteRef, Paragraph
from pipeline.models.tree import walk


def extract_title(
    blocks: tuple[Block, ...], given: str | None, report: LoadReport
) -> tuple[str | None, tuple[Block, ...]]:
    """
    Return the title and the blocks without it.

    The title is *given*, else the first block if that is a heading. A heading that repeats the given title is removed
    too. A title is a plain string: references in it move to the first paragraph.
    """
    first = blocks[0] if blocks else None
    if not isinstance(first, Heading):
        return given, blocks
    texts = list_texts(first.inlines)
    title = collapse_spaces("".join(texts))
    if not title or (given is not None and split_words(given) != split_words(title)):
        return given, blocks
    report.add_changed_words("text.joined", texts, [title])
    if given is not None:
        report.drop("title.repeated", title)
    for node in walk(first.inlines):
        _record_markup(node, report)
    references = find_note_refs(first.inlines)
    if references:
        report.warn(
            "note.moved",
            "The title cites a note, but cannot hold a reference: it moved to the start of the text.",
        )
    return given or title, _prepend_references(references, blocks[1:])


def _record_markup(node: object, report: LoadReport) -> None:
    if isinstance(node, Link):
        report.drop("title.link", f"{node.href} {node.title or ''}")
    elif isinstance(node, Image):
        report.drop("title.image", f"{node.alt} {node.src}")


def _prepend_references(
    references: Sequence[NoteRef], blocks: tuple[Block, ...]
) -> tuple[Block, ...]:
    """Return *blocks* with *references* at the start of the first paragraph."""
    if not references:
        return blocks
    inlines: tuple[Inline, ...] = tuple(references)
    for i, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            paragraph = replace(block, inlines=(*inlines, *block.inlines))
            return (*blocks[:i], paragraph, *blocks[i + 1 :])
    return (Paragraph(inlines=inlines), *blocks)
