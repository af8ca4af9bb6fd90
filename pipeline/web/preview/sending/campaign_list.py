"""What was planned and sent, as the index lists it and as it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.project import Project

#: The index shows no more; `handbill campaigns` lists all.
MOST = 30
_TOLD = (
    DeliveryState.ACCEPTED,
    DeliveryState.PENDING,
    DeliveryState.DEFERRED,
    DeliveryState.REFUSED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SKIPPED,
)
_WAITING = (CampaignState.DRAFT, CampaignState.SCHEDULED, CampaignState.SENDING)


@dataclass(frozen=True, kw_only=True, slots=True)
class CampaignEntry:
    """
    One campaign.

    Args:
        counts: In words: "3 accepted, 1 refused".
        at: Where the person who chose it lives.
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
        rows: Those that wait for somebody or something first.
        total: How many there are in all.
        is_stuck: Some wait for a worker, and none is alive.
    """

    rows: Sequence[CampaignEntry] = ()
    total: int = 0
    is_stuck: bool = False


NONE = RecentCampaigns()


def recent(project: Project) -> RecentCampaigns:
    """
    Return the newest campaigns of *project*.

    Raises:
        StoreError: The store cannot be opened.
    """
    if not project.is_configured or not (project.root / ".handbill").is_dir():
        return NONE  # nothing was ever planned here, and looking makes no files
    with project.open_campaigns() as desk:
        found = list(desk.list())
        workers = desk.workers()
    waits = [campaign for campaign in found if campaign.state in _WAITING]
    rest = [campaign for campaign in found if campaign.state not in _WAITING]
    needs_worker = any(campaign.state is CampaignState.SCHEDULED for campaign in waits)
    return RecentCampaigns(
        rows=[_row(campaign) for campaign in (*waits, *rest)[:MOST]],
        total=len(found),
        is_stuck=needs_worker and not workers,
    )


def _row(campaign: Campaign) -> CampaignEntry:
    return CampaignEntry(
        id=campaign.id,
        subject=campaign.subject or campaign.id,
        state=campaign.state.value,
        reason=campaign.reason or "",
        counts=counted(campaign),
        sender=campaign.sender,
        at=campaign.at.astimezone(ZoneInfo(campaign.zone)),
    )


def counted(campaign: Campaign) -> str:
    """Return the counts of *campaign* in words, "" while it has no recipients."""
    return ", ".join(
        f"{campaign.count(state):,} {state.value}" for state in _TOLD if campaign.count(state)
    )
