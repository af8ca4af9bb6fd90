"""The goals of an edition whose sum is counted from the gifts of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.models.finding import Finding, Severity

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pipeline.gifts.raised_sums import RaisedSum
    from pipeline.models.edition import Edition

#: Returns what was raised since a day, by currency.
ReadSums = Callable[[date | None], Mapping[str, "RaisedSum"]]


def read_no_sums(since: date | None) -> Mapping[str, RaisedSum]:
    """Return what a project without a database raised."""
    return {}


def read_sums_in(connection: Connection, timezone: str) -> ReadSums:
    """Return a function that reads sums; days begin in *timezone*."""
    from pipeline.gifts.raised_sums import sum_raised

    @cache
    def read(since: date | None) -> Mapping[str, RaisedSum]:
        start = datetime.combine(since, time(), tzinfo=ZoneInfo(timezone)) if since else None
        return sum_raised(connection, start)

    return read


def format_goals(edition: Edition, read: ReadSums, catalogs: list[Path]) -> dict[str, str]:
    """Return the values of the fields of goals, {} if no goal of *edition* is counted."""
    from pipeline.rendering.appeal.live_goals import format_live_goals, list_live_goals

    if not list_live_goals(edition):
        return {}
    from pipeline.gifts.raised_sums import RaisedSum  # the database, which most commands do without
    from pipeline.rendering.translations import load_translations

    translations = load_translations(
        edition.language, direction=edition.direction, folders=catalogs
    )
    return format_live_goals(
        edition,
        translations,
        lambda goal: read(goal.since).get(goal.currency, RaisedSum()).round_for(goal.minor),
    )


def find_goal_problems(edition: Edition, read: ReadSums) -> Iterator[Finding]:
    """Yield a finding for each goal that gifts say nothing about, or that they reached."""
    from pipeline.rendering.appeal.live_goals import list_live_goals

    for goal in list_live_goals(edition):
        sums = read(goal.since)
        since = f" since {goal.since}" if goal.since else ""
        if goal.currency not in sums:
            others = f" They are in {' and '.join(sorted(sums))}." if sums else ""
            yield Finding(
                code="appeal.no-gifts",
                severity=Severity.ERROR if sums else Severity.WARNING,
                where="the goal of the appeal",
                message=f'raised = "gifts" counts gifts in {goal.currency}, and none was imported{since}.{others} '
                "Readers would see that nothing was raised.",
                hint="Set [appeal] currency to that of the gifts, or import them: handbill gifts import FILE"
                if sums
                else "Import what your processor exports: handbill gifts import FILE",
            )
        elif sums[goal.currency].minor >= goal.minor:
            yield Finding(
                code="appeal.goal-reached",
                severity=Severity.WARNING,
                where="the goal of the appeal",
                message="The goal has been reached; readers will wonder what more donations are for.",
                hint="Explain it in [appeal] text, or set a new goal.",
            )
