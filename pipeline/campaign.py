"""The campaign: an edition sent to whom, when, by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pipeline.delivery import DeliveryState


class CampaignState(Enum):
    """Where a campaign stands."""

    #: Messages are being handed over.
    SENDING = "sending"
    #: Nothing is pending or deferred.
    SENT = "sent"
    #: Stopped; the reason says why.
    PAUSED = "paused"
    #: Given up; the reason says why.
    FAILED = "failed"
    #: Every message was composed and none handed over.
    DRY_RUN = "dry-run"


@dataclass(frozen=True, kw_only=True, slots=True)
class Campaign:
    """
    One sending of one edition.

    Args:
        id: Unique, safe as a folder's name, sorts by day.
        digest: The edition's.
        at: When it began, aware.
        zone: IANA name of the zone the person chose.
        counts: Recipients by state; they sum to the recipients of the campaign.
        outbox: The folder the outbox wrote to, absolute, or null.
    """

    id: str
    digest: str
    state: CampaignState
    reason: str | None = None
    at: datetime
    zone: str
    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    outbox: str | None = None

    @property
    def recipients(self) -> int:
        """How many recipients it has, whatever became of them."""
        return sum(self.counts.values())

    def to_json(self) -> dict[str, Any]:
        """Return the form of `send --json`: `{"campaign", "state", …, "recipients", "pending", …, "outbox"}`."""
        return {
            "campaign": self.id,
            "state": self.state.value,
            "reason": self.reason,
            "at": self.at.isoformat(),
            "zone": self.zone,
            "recipients": self.recipients,
            **{state.value: self.counts.get(state, 0) for state in DeliveryState},
            "outbox": self.outbox,
        }
