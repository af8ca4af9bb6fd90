"""How pages write the counts and the time of a campaign."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.models.campaign import Campaign
from pipeline.models.delivery import DeliveryState

_REPORTED_STATES = (
    DeliveryState.ACCEPTED,
    DeliveryState.PENDING,
    DeliveryState.DEFERRED,
    DeliveryState.REFUSED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SKIPPED,
)


def format_counts(campaign: Campaign) -> str:
    """Return the number of deliveries by state, "" while there are no recipients."""
    counts = ((state, campaign.count(state)) for state in _REPORTED_STATES)
    return ", ".join(f"{count:,} {campaign.describe(state)}" for state, count in counts if count)


def format_time(at: datetime, zone: str) -> str:
    """Return *at* in *zone*: `Monday 30 November 2026, 14:49 (Europe/London)`."""
    return f"{at.astimezone(ZoneInfo(zone)):%A %d %B %Y, %H:%M} ({zone})"
