"""The campaign: an edition sent to a list of recipients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pipeline.models.delivery import COUNTED_STATES, DeliveryState


class CampaignState(Enum):
    """The state of a campaign."""

    #: Planned; needs approval.
    DRAFT = "draft"
    #: Waits for its time.
    SCHEDULED = "scheduled"
    #: Messages are being sent.
    SENDING = "sending"
    #: No delivery is pending or deferred.
    SENT = "sent"
    #: Paused; see its reason.
    PAUSED = "paused"
    #: Failed; see its reason.
    FAILED = "failed"
    #: Cancelled; no more messages are sent.
    CANCELLED = "cancelled"
    #: Every message was composed, none was sent.
    DRY_RUN = "dry-run"

    def can_become(self, other: CampaignState) -> bool:
        """Whether a campaign can change from this state to *other*."""
        return other in _TRANSITIONS[self]


_TRANSITIONS: dict[CampaignState, frozenset[CampaignState]] = {
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
    # Sent again to recipients who were rejected, uncertain or added since.
    CampaignState.SENT: frozenset({CampaignState.SENDING}),
    CampaignState.CANCELLED: frozenset(),
    CampaignState.DRY_RUN: frozenset(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Campaign:
    """
    One edition sent once.

    Args:
        id: Unique, safe as a folder name, sorts by day.
        digest: Of the edition.
        at: When it started, aware.
        zone: IANA name of the time zone that was chosen.
        counts: Recipients by state.
        outbox: The absolute path of the outbox folder, or None.
        subject: With field names in place of values.
        sender: The name of the sender.
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
    def recipient_count(self) -> int:
        """How many recipients it has, in any state."""
        return sum(self.counts.values())

    def count(self, state: DeliveryState) -> int:
        """Return how many recipients count as *state*: claimed as pending, bounced as accepted."""
        return sum(n for found, n in self.counts.items() if found.counted_as is state)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form of `send --json`: `{"campaign", "state", …, "recipients", "pending", …, "outbox"}`."""
        return {
            "campaign": self.id,
            "state": self.state.value,
            "reason": self.reason,
            "at": self.at.isoformat(),
            "zone": self.zone,
            "recipients": self.recipient_count,
            **{state.value: self.count(state) for state in COUNTED_STATES},
            "outbox": self.outbox,
        }
