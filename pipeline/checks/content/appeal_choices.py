"""Appeals that depend on a deadline or on a field."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from pipeline.checks.findings import error, warning
from pipeline.models.edition import DeadlineChoice, Edition, Field
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


def check_appeal_field(field: Field, known: Collection[str]) -> Iterator[Finding]:
    """Yield a finding if *field*, which selects an appeal, is unknown."""
    if field.name not in known:
        yield warning(
            code="field.unknown",
            where=f"{field.name}, which selects the appeal",
            message="No subscriber has a value for this field, so everybody gets the default appeal.",
            hint=f"Known fields: {', '.join(known)}. Check `when` in [[appeal.variants]].",
        )
