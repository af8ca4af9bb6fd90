"""What somebody should know of the asks before they go out."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.models.finding import Finding, Severity
from pipeline.models.issue import Appeal, Issue


def notices(issue: Issue) -> Iterator[Finding]:
    """Yield a warning for each thing that is easily overlooked in the asks of *issue*."""
    for appeal in issue.appeals:
        for one in (appeal, *(variant.appeal for variant in appeal.variants)):
            yield from _of(one)


def _of(appeal: Appeal) -> Iterator[Finding]:
    where = f'the ask "{appeal.heading}"' if appeal.heading else "the ask"
    if appeal.charges_immediately and appeal.amounts:
        yield Finding(
            code="appeal.charges-at-once",
            severity=Severity.WARNING,
            where=where,
            message="A tap on an amount makes the gift at once for those whose payment details are saved. "
            "The letter says so beside the buttons.",
            hint="If that is not meant, take express_lane out of [appeal] url, and one_click.",
        )
    if appeal.amounts and not appeal.url:
        yield Finding(
            code="appeal.no-link",
            severity=Severity.WARNING,
            where=where,
            message="It names amounts and has no link, so no buttons are set.",
            hint="Set [appeal] url.",
        )
    if appeal.goal and appeal.goal.raised_minor >= appeal.goal.minor:
        yield Finding(
            code="appeal.goal-reached",
            severity=Severity.WARNING,
            where=where,
            message="Its goal is reached; readers will wonder what further gifts are for.",
            hint="Say so in [appeal] text, or set a new goal.",
        )
