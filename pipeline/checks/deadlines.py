"""Asks that would be over before the last reader gets them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pipeline.edition import Choice, Edition, Pieces
from pipeline.finding import Finding, Severity


def check_deadlines(edition: Edition, last: datetime | None) -> Iterator[Finding]:
    """Yield the deadlines that pass before *last*, the last planned hand-over, and leave nothing in the ask's place."""
    bare = {choice.until for choice in _choices(edition.text) if not choice.after}
    for until in sorted(bare):
        if last is not None and until <= last:
            yield Finding(
                code="appeal.deadline-passed",
                severity=Severity.ERROR,
                where=f"the ask with the deadline {until:%Y-%m-%d %H:%M %Z}",
                message="Some readers get the letter after it, and there are no words for them; they would see no ask.",
                hint="Set [appeal] after_deadline, or a later deadline.",
            )


def _choices(pieces: Pieces) -> Iterator[Choice]:
    for piece in pieces:
        if isinstance(piece, Choice):
            yield piece
            yield from _choices(piece.before)
            yield from _choices(piece.after)
