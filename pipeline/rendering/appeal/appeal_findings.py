"""Warnings about appeals that are easily overlooked."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.models.finding import Finding, Severity
from pipeline.models.issue import Appeal, Issue


def find_appeal_problems(issue: Issue) -> Iterator[Finding]:
    """Yield a warning for each likely mistake in the appeals of *issue*."""
    for appeal in issue.appeals:
        for variant in (appeal, *(variant.appeal for variant in appeal.variants)):
            yield from _check(variant)


def _check(appeal: Appeal) -> Iterator[Finding]:
    where = f'the appeal "{appeal.heading}"' if appeal.heading else "the appeal"
    if appeal.charges_immediately and appeal.amounts:
        yield Finding(
            code="appeal.charges-at-once",
            severity=Severity.WARNING,
            where=where,
            message="Tapping an amount donates it immediately if the payment details are saved. "
            "The email says so next to the buttons.",
            hint="If you do not want that, remove express_lane from [appeal] url, and one_click.",
        )
    if appeal.amounts and not appeal.url:
        yield Finding(
            code="appeal.no-link",
            severity=Severity.WARNING,
            where=where,
            message="It has amounts but no URL, so the email has no buttons.",
            hint="Set [appeal] url.",
        )
    if appeal.goal and appeal.goal.raised_minor >= appeal.goal.minor:
        yield Finding(
            code="appeal.goal-reached",
            severity=Severity.WARNING,
            where=where,
            message="The goal has been reached; readers will wonder what more donations are for.",
            hint="Explain it in [appeal] text, or set a new goal.",
        )
