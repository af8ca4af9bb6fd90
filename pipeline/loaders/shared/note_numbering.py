"""Number the notes of an article: by first reference in the text, then by reference within notes, then the rest."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pipeline.models.article import Block, Note, NoteRef
from pipeline.models.tree import map_nodes, walk

T = TypeVar("T")

#: Label and blocks of a note before numbering; a `NoteRef` in a draft tree counts these from 1, in source order.
DraftNote = tuple[str, tuple[Block, ...]]


def number_notes(tree: T, drafts: Sequence[DraftNote]) -> tuple[T, tuple[Note, ...]]:
    """
    Return *tree* with its references renumbered, and the notes in their final order.

    *tree* is everything outside the notes in reading order, such as the blocks and the appeal. A note has the status
    `unreferenced` only if nothing at all refers to it, not even another note.
    """
    first = _list_references(tree)
    inner = [_list_references(blocks) for _, blocks in drafts]
    order = _sort(first, inner)
    number = {index: position for position, index in enumerate(order, start=1)}
    referenced = {*first, *(ref for refs in inner for ref in refs)}

    def renumber(node: Any) -> Any:  # Any: a node of the tree in, a node of the same kind out
        return replace(node, note=number[node.note]) if isinstance(node, NoteRef) else node

    notes = tuple(
        Note(
            number=number[index],
            label=drafts[index - 1][0],
            status="ok" if index in referenced else "unreferenced",
            blocks=map_nodes(drafts[index - 1][1], renumber),
        )
        for index in order
    )
    return map_nodes(tree, renumber), notes


def _sort(first: Sequence[int], inner: Sequence[Sequence[int]]) -> list[int]:
    """Return the indexes of notes in final order; *first* lists the references of the text, *inner* of each note."""
    order: dict[int, None] = {}
    for start in (first, *([index] for index in range(1, len(inner) + 1))):
        queue = deque(start)
        while queue:
            index = queue.popleft()
            if index not in order:
                order[index] = None
                queue.extend(inner[index - 1])
    return list(order)


def _list_references(tree: object) -> list[int]:
    return list(dict.fromkeys(node.note for node in walk(tree) if isinstance(node, NoteRef)))
