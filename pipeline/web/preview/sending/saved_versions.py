"""Earlier versions of an article: those that were tested, approved or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipeline.models.edition import Edition
from pipeline.project import Project
from pipeline.web.preview.sending.campaign_format import format_counts
from pipeline.web.preview.sources.live_article import Rendering

if TYPE_CHECKING:
    from pipeline.campaigns.store.campaign_records import CampaignRecord

_MAX_VERSIONS = 20


def list_versions(rendering: Rendering) -> list[dict[str, Any]]:  # Any: JSON
    """
    Return the saved versions of an article, from tests and campaigns with its title or address, newest first.

    Each has *counts* and the *list*, both "" for a test. The *kind* is "test", "approved" or the state of the campaign;
    *is_current* says whether the article is still the same.

    Raises:
        StoreError: The database cannot be opened.
    """
    project, edition = rendering.project, rendering.edition
    if not project.storage.has_store:
        return []
    url = rendering.issue.article.canonical_url if rendering.issue else None
    with project.open_campaigns() as campaigns:
        records = campaigns.list_records()
        counts = {each.id: format_counts(each) for each in campaigns.list_campaigns()}
    same_article = [
        record
        for record in records
        if record.kind != "outbox"  # a copy of the campaign that wrote it
        and (record.title == edition.title or (url and record.canonical_url == url))
    ]
    zone = ZoneInfo(project.publication.timezone)
    return [
        _version_to_json(record, edition, zone) | {"counts": counts.get(record.id, "")}
        for record in same_article[:_MAX_VERSIONS]
    ]


def _version_to_json(record: CampaignRecord, edition: Edition, zone: ZoneInfo) -> dict[str, Any]:
    kind = "approved" if record.approved_at else record.state.value
    at = (record.approved_at or record.created_at).astimezone(zone)
    return {
        "list": record.list_name or "",
        "campaign": record.id,
        "kind": "test" if record.kind == "test" else kind,
        "at": f"{at:%d %b %Y, %H:%M}",
        "digest": record.edition_digest,
        "is_current": record.edition_digest == edition.digest,
    }


def load_edition(project: Project, campaign: str) -> Edition:
    """
    Return the edition of *campaign*.

    Raises:
        StateError: The campaign does not exist.
        StoreError: Its edition is missing or damaged.
    """
    with project.open_campaigns() as campaigns:
        return campaigns.read_edition(campaigns.get(campaign).digest)
