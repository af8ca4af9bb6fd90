"""What becomes of a letter that is too long, as its parts must know it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """
    How a letter is set.

    Args:
        is_trimmed: Styles that many elements share stand in the head, and white space is left out.
        notes_online: A link to the web version stands in place of the notes.
        leaves_early: The way to unsubscribe stands at the top too.
    """

    is_trimmed: bool = False
    notes_online: bool = False
    leaves_early: bool = False
