"""Number the notes of an article: by first reference, then by reference within notes, then the rest."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pipeline.models.article import Block, Note, NoteRef
from pipeline.models.tree import map_nodes, walk

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftNote:
    """A note as a loader finds it; a `NoteRef` in the draft tree counts these from 1, in source order."""

    label: str
    blocks: tuple[Block, ...]


def number_notes(tree: T, drafts: Sequence[DraftNote]) -> tuple[T, tuple[Note, ...]]:
    """
    Return *tree* with its references renumbered, and the notes in their final order.

    *tree* is everything outside the notes in reading order: a tuple of blocks, or nested tuples of blocks, captions
    and appeals. A note reached only from notes that are themselves unreachable keeps the status `unreferenced` only
    if nothing at all cites it.
    """
    first = _cited(tree)
    within = [_cited(draft.blocks) for draft in drafts]
    order = _order(first, within)
    number = {index: place for place, index in enumerate(order, start=1)}
    cited = {*first, *(ref for refs in within for ref in refs)}

    def renumber(node: Any) -> Any:  # Any: a node of the tree in, a node of the same kind out
        return replace(node, note=number[node.note]) if isinstance(node, NoteRef) else node

    notes = tuple(
        Note(
            number=number[index],
            label=drafts[index - 1].label,
            status="ok" if index in cited else "unreferenced",
            blocks=map_nodes(drafts[index - 1].blocks, renumber),
        )
        for index in order
    )
    return map_nodes(tree, renumber), notes


def _order(first: Sequence[int], within: Sequence[Sequence[int]]) -> list[int]:
    """Return the notes' places in the order of their numbers: *first* is cited by the text, *within* by each note."""
    order: dict[int, None] = {}
    for start in (first, *([index] for index in range(1, len(within) + 1))):
        queue = deque(start)
        while queue:
            index = queue.popleft()
            if index not in order:
                order[index] = None
                queue.extend(within[index - 1])
    return list(order)


def _cited(tree: object) -> list[int]:
    return list(dict.fromkeys(node.note for node in walk(tree) if isinstance(node, NoteRef)))
