"""
Which issues are in the archive, with which editions.

Every issue that was sent to a list is; what somebody decided otherwise is in the tables of the archive. Issues are told
apart by their slug, which their identity determines: one that goes to two lists is one issue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Result,
    Select,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from pipeline.archive.tables import archive_corrections, archive_issues
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.tables import campaigns, deliveries, editions
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.errors import StateError, suggest_name
from pipeline.models.archived_issue import ArchivedIssue, Correction, IssueCard, Visibility
from pipeline.models.edition import Edition
from pipeline.models.issue_document import IssueDocument
from pipeline.models.tree import from_json
from pipeline.subscribers.segment import parse_segment

#: What was handed over, of a campaign that was cancelled.
_SENT = ("accepted", "delivered", "bounced", "complained", "uncertain")


class ArchiveStore:
    """
    The archive of a project.

    Args:
        default: The visibility of issues that nobody decided about.
        lists: The lists whose issues get it, the others are unlisted; None: all lists.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        default: Visibility = Visibility.PUBLIC,
        lists: Collection[str] | None = None,
    ) -> None:
        self.store = store
        self._clock = clock
        self._default = default
        self._lists = lists

    # Read

    def list_issues(self, *, with_removed: bool = False) -> list[ArchivedIssue]:
        """Return the issues, the newest first."""
        with self.store.reading() as connection:
            found = self._read_issues(connection)
        return [
            issue
            for issue in found.values()
            if with_removed or issue.visibility is not Visibility.REMOVED
        ]

    def find_issue(self, name: str) -> ArchivedIssue:
        """
        Return the issue whose slug is *name*, or the only one whose slug begins with it or ends with `-name`.

        Raises:
            StateError: No issue is called that, or several are.
        """
        with self.store.reading() as connection:
            return self._choose_issue(connection, name)

    def read_edition(self, digest: str) -> Edition:
        """
        Return the edition *digest*.

        Raises:
            StoreError: It is missing or damaged.
        """
        with self.store.reading() as connection:
            return campaign_records.read_edition(connection, digest)

    def _is_listed(self, row: Any) -> bool:  # Any: a row
        """Whether an issue gets the default visibility; what is about another issue is no issue that is listed."""
        if row.segment and parse_segment(row.segment).names_received:
            return False
        return self._lists is None or row.list_name in self._lists

    def _read_issue(self, connection: Connection, slug: str) -> ArchivedIssue | None:
        return self._read_issues(connection, slug).get(slug)

    def _read_issues(
        self, connection: Connection, slug: str | None = None
    ) -> dict[str, ArchivedIssue]:
        """Return all issues by slug, the newest first; or only the issue *slug*."""

        def run(query: Select[Any], column: ColumnElement[str]) -> Result[Any]:  # Any: rows
            return connection.execute(query if slug is None else query.where(column == slug))

        decided = {row.slug: row for row in run(select(archive_issues), archive_issues.c.slug)}
        history = run(_CORRECTIONS, archive_corrections.c.slug)
        corrections = _group_corrections(history)
        found: dict[str, ArchivedIssue] = {}
        for row in run(_SENT_ISSUES, editions.c.slug):
            issue = found.get(row.slug) or self._build_issue(row, row.frozen_at)
            is_listed = self._is_listed(row)
            if not is_listed and row.slug not in found:
                issue = replace(issue, visibility=Visibility.UNLISTED)
            elif is_listed:
                issue = replace(issue, visibility=self._default)
            found[row.slug] = issue
        for added in run(_ADDED_ISSUES, archive_issues.c.slug):
            if added.slug not in found:
                found[added.slug] = self._build_issue(added, added.published_at)
        for name, issue in found.items():
            if name in corrections:
                found[name] = issue = _apply_corrections(issue, corrections[name])
            if name in decided and decided[name].visibility:
                found[name] = replace(issue, visibility=Visibility(decided[name].visibility))
        order = sorted(
            found.values(), key=lambda each: (each.published_at, each.slug), reverse=True
        )
        return {issue.slug: issue for issue in order}

    def _choose_issue(self, connection: Connection, name: str) -> ArchivedIssue:
        issue = self._read_issue(connection, name)
        return issue or _choose_issue(self._read_issues(connection), name)

    def _build_issue(self, row: Any, published_at: datetime) -> ArchivedIssue:  # Any: a row
        card: IssueCard = from_json(IssueCard, row.card)
        return ArchivedIssue(
            slug=row.slug,
            digest=row.digest,
            card=card,
            published_at=published_at,
            domain=card.domain,
            visibility=self._default,
        )

    # Change

    def add(
        self, edition: Edition, *, at: datetime | None = None, visibility: Visibility | None = None
    ) -> ArchivedIssue:
        """
        Add *edition* as an issue, published *at* or now; an issue that is there already is only shown again.

        Args:
            visibility: None for the default.

        Raises:
            StateError: The issue is there already with another edition.
        """
        slug = IssueDocument.from_text(edition.document).slug
        with self.store.writing() as connection:
            known = self._read_issue(connection, slug)
            if known is None:
                now = self._clock.now()
                campaign_records.insert_edition(connection, edition, now)
                _decide(connection, slug, edition_digest=edition.digest, published_at=at or now)
            elif edition.digest not in known.digests:
                raise StateError(
                    f"{slug} is in the archive with other words. To correct it: "
                    f'handbill archive correct {slug} SOURCE --note "…"'
                )
            chosen = visibility.value if visibility else None
            _decide(connection, slug, visibility=chosen)
            return self._read_issues(connection, slug)[slug]

    def set_visibility(self, name: str, visibility: Visibility | None) -> ArchivedIssue:
        """
        Set who finds the issue *name*; None for the default.

        Raises:
            StateError: No issue is called that, or several are.
        """
        with self.store.writing() as connection:
            issue = self._choose_issue(connection, name)
            _decide(connection, issue.slug, visibility=visibility.value if visibility else None)
            return self._read_issues(connection, issue.slug)[issue.slug]

    def correct(self, slug: str, edition: Edition, note: str) -> ArchivedIssue:
        """
        Show *edition* on the page of the issue *slug* from now on, with what was corrected.

        Raises:
            StateError: No issue is called that, or it has these words already.
        """
        with self.store.writing() as connection:
            issue = self._choose_issue(connection, slug)
            if edition.digest == issue.digest:
                raise StateError(f"{issue.slug} has exactly these words already.")
            now = self._clock.now()
            campaign_records.insert_edition(connection, edition, now)
            connection.execute(
                insert(archive_corrections).values(
                    slug=issue.slug,
                    number=len(issue.corrections) + 2,
                    edition_digest=edition.digest,
                    replaced=issue.digest,
                    corrected_at=now,
                    note=note,
                )
            )
            return self._read_issues(connection, issue.slug)[issue.slug]


_SENT_ISSUES = (
    select(
        editions.c.slug,
        editions.c.digest,
        editions.c.card,
        campaigns.c.frozen_at,
        campaigns.c.list_name,
        campaigns.c.segment,
    )
    .join(campaigns, campaigns.c.edition_digest == editions.c.digest)
    .where(
        editions.c.slug.is_not(None),
        campaigns.c.kind.in_(("campaign", "outbox")),
        campaigns.c.list_name.is_not(None),
        campaigns.c.delivers_mail,
        campaigns.c.frozen_at.is_not(None),
        or_(
            campaigns.c.state != "cancelled",
            exists().where(
                deliveries.c.campaign == campaigns.c.number, deliveries.c.state.in_(_SENT)
            ),
        ),
    )
    .order_by(campaigns.c.frozen_at, campaigns.c.number)
)
_ADDED_ISSUES = select(
    archive_issues.c.slug, editions.c.digest, editions.c.card, archive_issues.c.published_at
).join(editions, editions.c.digest == archive_issues.c.edition_digest)


_CORRECTIONS = (
    select(archive_corrections, editions.c.card)
    .join(editions, editions.c.digest == archive_corrections.c.edition_digest)
    .order_by(archive_corrections.c.slug, archive_corrections.c.number)
)


def _group_corrections(rows: Iterable[Any]) -> Mapping[str, list[tuple[Correction, Any]]]:
    """Return the corrections of each issue, oldest first, with the card of their edition."""
    found: defaultdict[str, list[tuple[Correction, Any]]] = defaultdict(list)
    for row in rows:
        correction = Correction(
            number=row.number,
            digest=row.edition_digest,
            replaced=row.replaced,
            at=row.corrected_at,
            note=row.note,
        )
        found[row.slug].append((correction, row.card))
    return found


def _apply_corrections(
    issue: ArchivedIssue, history: Sequence[tuple[Correction, Any]]
) -> ArchivedIssue:
    """Return *issue* as last corrected."""
    corrections = tuple(correction for correction, _ in history)
    card = from_json(IssueCard, history[-1][1])
    return replace(issue, digest=corrections[-1].digest, card=card, corrections=corrections)


def _choose_issue(issues: Mapping[str, ArchivedIssue], name: str) -> ArchivedIssue:
    found = [*_list_alike(issues, name)]
    if len(found) == 1:
        return issues[found[0]]
    if found:
        raise StateError(f'Several issues begin or end like "{name}": {", ".join(found[:5])}.')
    raise StateError(
        f'No issue in the archive is called "{name}".{suggest_name(name, issues)} '
        "Show all: handbill archive show"
    )


def _list_alike(issues: Mapping[str, ArchivedIssue], name: str) -> Iterator[str]:
    for slug in issues:
        if slug.startswith(name) or slug.endswith(f"-{name}"):
            yield slug


def _decide(connection: Connection, slug: str, **values: object) -> None:
    """Store *values* for *slug*; a row that says nothing is not kept."""
    is_known = connection.scalar(select(exists().where(archive_issues.c.slug == slug)))
    if is_known:
        connection.execute(
            update(archive_issues).where(archive_issues.c.slug == slug).values(**values)
        )
    else:
        connection.execute(insert(archive_issues).values(slug=slug, **values))
    connection.execute(
        delete(archive_issues).where(
            archive_issues.c.slug == slug,
            archive_issues.c.edition_digest.is_(None),
            archive_issues.c.visibility.is_(None),
        )
    )
