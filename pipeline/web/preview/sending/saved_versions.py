"""Earlier versions of an article: those that were tested, approved or sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.models.edition import Edition
from pipeline.project import Project
from pipeline.web.preview.sources.live_article import Rendering

_MAX_VERSIONS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedVersion:
    """
    An earlier version of an article.

    Args:
        kind: "test", "approved", or the state of the campaign.
        is_current: Whether the article is still the same.
    """

    campaign: str
    kind: str
    at: datetime
    digest: str
    is_current: bool


def list_versions(rendering: Rendering) -> list[SavedVersion]:
    """
    Return the saved versions of an article, from tests and campaigns with its title or address, newest first.

    Raises:
        StoreError: The database cannot be opened.
    """
    project, edition = rendering.project, rendering.edition
    if not project.is_configured or not (project.root / ".handbill").is_dir():
        return []
    url = rendering.issue.article.canonical_url if rendering.issue else None
    with project.open_campaigns() as campaigns:
        records = campaigns.list_records()
    same_article = [
        record
        for record in records
        if record.title == edition.title or (url and record.canonical_url == url)
    ]
    return [
        SavedVersion(
            campaign=record.id,
            kind="test"
            if record.kind == "test"
            else "approved"
            if record.approved_at
            else record.state.value,
            at=record.approved_at or record.created_at,
            digest=record.edition_digest,
            is_current=record.edition_digest == edition.digest,
        )
        for record in same_article[:_MAX_VERSIONS]
    ]


def load_version(project: Project, campaign: str) -> Edition:
    """
    Return the edition of *campaign*.

    Raises:
        StateError: The campaign does not exist.
        StoreError: Its edition is missing or damaged.
    """
    with project.open_campaigns() as campaigns:
        return campaigns.read_edition(campaigns.get(campaign).digest)
