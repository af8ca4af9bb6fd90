"""What the body consists of before it is a tree: chunks and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from pipeline.loaders.text.chunks import Chunk


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """
    What copying left of a picture.

    Args:
        alt: Its alternative text, as the source has it.
        caption: The chunk of its caption, without the credit.
        credit: Who made it.
        label: The word before the credit: "Photo:".
    """

    alt: str = ""
    caption: Chunk | None = None
    credit: str | None = None
    label: str = ""


Item = Chunk | Picture


def first_prose(items: Sequence[Item]) -> int | None:
    """Return where the first paragraph stands."""
    for at, item in enumerate(items):
        if isinstance(item, Chunk) and item.is_prose:
            return at
    return None


def usual_gap(items: Sequence[Item]) -> int:
    """Return how many empty lines usually stand before a paragraph."""
    return median_low([it.gap for it in items if isinstance(it, Chunk) and it.is_prose] or [1])
