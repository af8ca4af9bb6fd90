"""List recent campaigns, and report on one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.project import Project
from pipeline.web.preview.sending.background_runner import BackgroundRunner
from pipeline.web.preview.sending.campaign_format import format_counts, format_time

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignService
    from pipeline.events import EventStore

#: The number of campaigns on the index page; `handbill campaigns` lists all.
MAX_CAMPAIGNS = 30
_UNFINISHED = (DeliveryState.PENDING, DeliveryState.DEFERRED)
_OPEN_STATES = (CampaignState.DRAFT, CampaignState.SCHEDULED, CampaignState.SENDING)


@dataclass(frozen=True, kw_only=True, slots=True)
class CampaignEntry:
    """
    One campaign on the index page.

    Args:
        counts: For example "3 accepted, 1 refused".
        at: When it is or was sent, in the time zone of the publication, as all times of the preview.
    """

    id: str
    subject: str
    state: str
    reason: str
    counts: str
    sender: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RecentCampaigns:
    """
    The newest campaigns.

    Args:
        entries: Drafts, scheduled campaigns and those being sent come first.
        total: The number of all campaigns.
        needs_worker: Whether a campaign is scheduled and no worker is running.
    """

    entries: Sequence[CampaignEntry] = ()
    total: int = 0
    needs_worker: bool = False


def list_recent_campaigns(project: Project) -> RecentCampaigns:
    """
    Return the newest campaigns of *project*.

    Raises:
        StoreError: The database cannot be opened.
    """
    if not project.storage.has_store:
        return RecentCampaigns()  # there are no campaigns, and opening the database would create it
    with project.open_campaigns() as service:
        campaigns = list(service.list_campaigns())
        workers = service.list_workers()
    is_open = [campaign for campaign in campaigns if campaign.state in _OPEN_STATES]
    is_done = [campaign for campaign in campaigns if campaign.state not in _OPEN_STATES]
    is_scheduled = any(campaign.state is CampaignState.SCHEDULED for campaign in is_open)
    zone = ZoneInfo(project.publication.timezone)
    return RecentCampaigns(
        entries=[_build_entry(campaign, zone) for campaign in (*is_open, *is_done)[:MAX_CAMPAIGNS]],
        total=len(campaigns),
        needs_worker=is_scheduled and not workers,
    )


def campaign_to_json(
    campaign: Campaign,
    campaigns: CampaignService,
    runner: BackgroundRunner,
    ledger: EventStore,
    zone: str,
) -> dict[str, Any]:  # Any: JSON
    """Return *campaign* for the page, times in *zone*, with what is known of its workers and what came back."""
    responses = ledger.count_responses(campaign.id)
    record = next(each for each in campaigns.list_records() if each.id == campaign.id)
    accepted, total = campaign.count(DeliveryState.ACCEPTED), campaign.recipient_count
    return campaign.to_json() | {
        "counts": format_counts(campaign),
        "segment": record.segment or "",
        "when": format_time(campaign.at, zone),
        "is_planned": campaign.state in (CampaignState.DRAFT, CampaignState.SCHEDULED),
        "accepted_count": accepted,
        "open_count": sum(campaign.count(state) for state in _UNFINISHED),
        "total_count": total,
        "failures": _format_failures(campaigns, campaign),
        "responses": [f"{count:,} {text}" for count, text in responses.describe()],
        "subject": campaign.subject,
        "digest": campaign.digest,
        "delivers_mail": campaign.delivers_mail,
        "send_error": runner.get_error(campaign.id),
        "is_running": runner.is_running(campaign.id),
        "workers": campaigns.list_workers(),
    }


def list_failures(project: Project, campaign: Campaign) -> list[str]:
    """Return a line for each recipient whose message is uncertain, refused or deferred, with the server's answer."""
    if not project.is_configured:  # a campaign without a project is not kept
        return []
    with project.open_campaigns() as campaigns:
        return _format_failures(campaigns, campaign)


def _format_failures(campaigns: CampaignService, campaign: Campaign) -> list[str]:
    return [line for line in campaigns.format_failures(campaign.id).splitlines() if line.strip()]


def _build_entry(campaign: Campaign, zone: ZoneInfo) -> CampaignEntry:
    return CampaignEntry(
        id=campaign.id,
        subject=campaign.subject or campaign.id,
        state=campaign.state.value,
        reason=campaign.reason or "",
        counts=format_counts(campaign),
        sender=campaign.sender,
        at=campaign.at.astimezone(zone),
    )
