"""Appeals that depend on a deadline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pipeline.checks.findings import error, warning
from pipeline.models.edition import DeadlineChoice, Edition
from pipeline.models.finding import Finding
from pipeline.models.tree import walk


def check_appeal_deadlines(
    edition: Edition, first_send_at: datetime | None, last_send_at: datetime | None
) -> Iterator[Finding]:
    """Yield the deadlines that pass before a message is sent and leave recipients without an appeal."""
    choices = [piece for piece in walk(edition.text) if isinstance(piece, DeadlineChoice)]
    for until in sorted({choice.until for choice in choices}):
        has_text_after = all(choice.after for choice in choices if choice.until == until)
        where = f"the appeal with the deadline {until:%Y-%m-%d %H:%M %Z}"
        if last_send_at is not None and until <= last_send_at and not has_text_after:
            yield error(
                code="appeal.deadline-passed",
                where=where,
                message="The deadline passes before the last message is sent, and there is no text for afterwards: "
                "some readers would see no appeal.",
                hint="Set [appeal] after_deadline, or a later deadline.",
            )
        elif first_send_at is not None and until <= first_send_at:
            yield warning(
                code="appeal.over",
                where=where,
                message="The deadline passes before the first message is sent: no reader will see the appeal.",
                hint="Set a later [appeal] deadline, or remove it.",
            )
