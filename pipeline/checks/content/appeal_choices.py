"""Asks that would be over before readers get them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pipeline.models.edition import DeadlineChoice, Edition
from pipeline.models.finding import Finding, Severity
from pipeline.models.tree import walk


def check_appeal_deadlines(
    edition: Edition, first: datetime | None, last: datetime | None
) -> Iterator[Finding]:
    """Yield the deadlines that pass before the hand-overs planned from *first* to *last* and leave readers no ask."""
    choices = [piece for piece in walk(edition.text) if isinstance(piece, DeadlineChoice)]
    for until in sorted({choice.until for choice in choices}):
        has_words = all(choice.after for choice in choices if choice.until == until)
        where = f"the ask with the deadline {until:%Y-%m-%d %H:%M %Z}"
        if last is not None and until <= last and not has_words:
            yield Finding(
                code="appeal.deadline-passed",
                severity=Severity.ERROR,
                where=where,
                message="Some readers get the letter after it, and there are no words for them; they would see no ask.",
                hint="Set [appeal] after_deadline, or a later deadline.",
            )
        elif first is not None and until <= first:
            yield Finding(
                code="appeal.over",
                severity=Severity.WARNING,
                where=where,
                message="It passes before the first reader gets the letter; nobody will see the ask.",
                hint="Set a later [appeal] deadline, or take it out.",
            )
