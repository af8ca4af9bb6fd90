"""Number the notes of an article: by first reference, then by reference within notes, then the rest."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from pipeline.models.article import Block, Note, NoteRef, walk

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
            blocks=rewrite(drafts[index - 1].blocks, renumber),
        )
        for index in order
    )
    return rewrite(tree, renumber), notes


def rewrite(node: T, change: Callable[[Any], Any]) -> T:
    """Return *node* with *change* applied to every node at and below it, innermost first."""
    if isinstance(node, tuple):
        return tuple(rewrite(item, change) for item in node)  # type: ignore[return-value]
    if not hasattr(node, "__dataclass_fields__"):
        return node
    changed = {}
    for f in fields(node):  # type: ignore[arg-type]  # a dataclass instance, tested above
        before = getattr(node, f.name)
        after = rewrite(before, change)
        if after is not before and after != before:
            changed[f.name] = after
    result = change(replace(node, **changed) if changed else node)  # type: ignore[type-var]
    return result  # type: ignore[no-any-return]


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
