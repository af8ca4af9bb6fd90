"""The campaign: an edition sent to whom, when, by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pipeline.models.delivery import COUNTED_STATES, DeliveryState


class CampaignState(Enum):
    """Where a campaign stands."""

    #: Planned; waits for somebody's approval.
    DRAFT = "draft"
    #: Waits for its instant.
    SCHEDULED = "scheduled"
    #: Messages are being handed over.
    SENDING = "sending"
    #: Nothing is pending or deferred.
    SENT = "sent"
    #: Stopped; the reason says why.
    PAUSED = "paused"
    #: Given up; the reason says why.
    FAILED = "failed"
    #: Called off; nobody else is mailed.
    CANCELLED = "cancelled"
    #: Every message was composed and none handed over.
    DRY_RUN = "dry-run"

    def can_become(self, other: CampaignState) -> bool:
        """Whether a campaign may move from this state to *other*."""
        return other in _MOVES[self]


_MOVES: dict[CampaignState, frozenset[CampaignState]] = {
    CampaignState.DRAFT: frozenset({CampaignState.SCHEDULED, CampaignState.CANCELLED}),
    CampaignState.SCHEDULED: frozenset(
        {CampaignState.SENDING, CampaignState.PAUSED, CampaignState.CANCELLED, CampaignState.FAILED}
    ),
    CampaignState.SENDING: frozenset(
        {CampaignState.SENT, CampaignState.PAUSED, CampaignState.CANCELLED, CampaignState.FAILED}
    ),
    # Resumed: scheduled if its recipients are not frozen yet.
    CampaignState.PAUSED: frozenset(
        {CampaignState.SCHEDULED, CampaignState.SENDING, CampaignState.CANCELLED}
    ),
    CampaignState.FAILED: frozenset({CampaignState.SENDING, CampaignState.CANCELLED}),
    # Taken up again for those who were refused, in doubt, or added since.
    CampaignState.SENT: frozenset({CampaignState.SENDING}),
    CampaignState.CANCELLED: frozenset(),
    CampaignState.DRY_RUN: frozenset(),
}


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
        subject: As it was planned, fields by name.
        sender: The name of the sender it goes by.
    """

    id: str
    digest: str
    state: CampaignState
    reason: str | None = None
    at: datetime
    zone: str
    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    outbox: str | None = None
    subject: str = ""
    sender: str = ""

    @property
    def recipients(self) -> int:
        """How many recipients it has, whatever became of them."""
        return sum(self.counts.values())

    def count(self, state: DeliveryState) -> int:
        """Return how many recipients count as *state*: the claimed as pending, the bounced as accepted."""
        return sum(n for held, n in self.counts.items() if held.counted_as is state)

    def to_json(self) -> dict[str, Any]:
        """Return the form of `send --json`: `{"campaign", "state", …, "recipients", "pending", …, "outbox"}`."""
        return {
            "campaign": self.id,
            "state": self.state.value,
            "reason": self.reason,
            "at": self.at.isoformat(),
            "zone": self.zone,
            "recipients": self.recipients,
            **{state.value: self.count(state) for state in COUNTED_STATES},
            "outbox": self.outbox,
        }
