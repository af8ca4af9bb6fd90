"""The goals of an edition whose sum is counted from the gifts of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.models.edition import is_internal
from pipeline.models.finding import Finding, Severity

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pipeline.database import Store
    from pipeline.gifts.raised_sums import RaisedSum
    from pipeline.models.edition import Edition

#: Returns what was raised since a day, by currency.
ReadSums = Callable[[date | None], Mapping[str, "RaisedSum"]]


class GoalSums:
    """
    The goals of editions whose sum is counted from the gifts of a project.

    Args:
        open_store: Opens the database; None before the first send, when nothing can have been raised.
        catalogs: Folders of translations.
    """

    def __init__(
        self,
        open_store: Callable[[], AbstractContextManager[Store]] | None,
        *,
        catalogs: list[Path],
    ) -> None:
        self._open_store = open_store
        self._catalogs = catalogs

    def read_constants(self, connection: Connection, edition: Edition) -> dict[str, str]:
        """Return what a campaign of *edition* that starts now fills in."""
        read = read_sums_in(connection, edition.publication.timezone)
        return format_goals(edition, read, self._catalogs)

    def fill(self, edition: Edition) -> Edition:
        """
        Return *edition* with what a campaign that started now would fill in.

        Raises:
            StoreError: The database cannot be opened.
        """
        from pipeline.mail import fill_constants

        with self._open(edition) as read:
            return fill_constants(edition, format_goals(edition, read, self._catalogs))

    def check(self, edition: Edition) -> list[Finding]:
        """
        Return findings about goals that gifts say nothing about, or that they reached.

        Raises:
            StoreError: The database cannot be opened.
        """
        with self._open(edition) as read:
            return list(find_goal_problems(edition, read))

    @contextmanager
    def _open(self, edition: Edition) -> Iterator[ReadSums]:
        if self._open_store is None or not any(is_internal(each.name) for each in edition.fields):
            yield _read_no_sums
            return
        with self._open_store() as store, store.reading() as connection:
            yield read_sums_in(connection, edition.publication.timezone)


def _read_no_sums(since: date | None) -> Mapping[str, RaisedSum]:
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
