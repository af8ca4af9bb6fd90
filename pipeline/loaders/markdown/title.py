"""Take the title from the first heading, and let no reference in it go astray."""

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


def take_title(
    blocks: tuple[Block, ...], given: str | None, report: LoadReport
) -> tuple[str | None, tuple[Block, ...]]:
    """
    Return the title and the blocks without it.

    It is *given*, or else the first heading if that is the first block. A heading that repeats the given title goes
    too. A title is a plain string: a reference in it moves to the first paragraph, the nearest place that can bear it.
    """
    first = blocks[0] if blocks else None
    if not isinstance(first, Heading):
        return given, blocks
    written = list_texts(first.inlines)
    title = collapse_spaces("".join(written))
    if not title or (given is not None and split_words(given) != split_words(title)):
        return given, blocks
    report.add_changed_words("text.joined", written, [title])
    if given is not None:
        report.drop("title.repeated", title)
    for node in walk(first.inlines):
        _leave_markup(node, report)
    references = find_note_refs(first.inlines)
    if references:
        report.warn(
            "note.moved",
            "A note is cited in the title, where no reference can stand: "
            "it is now cited at the start of the text.",
        )
    return given or title, _opened_by(references, blocks[1:])


def _leave_markup(node: object, report: LoadReport) -> None:
    if isinstance(node, Link):
        report.drop("title.link", f"{node.href} {node.title or ''}")
    elif isinstance(node, Image):
        report.drop("title.image", f"{node.alt} {node.src}")


def _opened_by(references: Sequence[NoteRef], blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return *blocks* with *references* at the start of their first paragraph."""
    if not references:
        return blocks
    moved: tuple[Inline, ...] = tuple(references)
    for place, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            opened = replace(block, inlines=(*moved, *block.inlines))
            return (*blocks[:place], opened, *blocks[place + 1 :])
    return (Paragraph(inlines=moved), *blocks)
