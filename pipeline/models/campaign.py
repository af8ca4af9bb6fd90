"""The campaign: an edition sent to recipients at a time through a sender."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pipeline.models.delivery import COUNTED_STATES, DeliveryState


class CampaignState(Enum):
    """The state of a campaign."""

    #: Planned; waits for approval.
    DRAFT = "draft"
    #: Waits for its time.
    SCHEDULED = "scheduled"
    #: Messages are being sent.
    SENDING = "sending"
    #: Nothing is pending or deferred.
    SENT = "sent"
    #: Stopped; the reason says why.
    PAUSED = "paused"
    #: Sending failed for good; the reason says why.
    FAILED = "failed"
    #: Cancelled; nothing more is sent.
    CANCELLED = "cancelled"
    #: Every message was composed and none was sent.
    DRY_RUN = "dry-run"

    def can_become(self, other: CampaignState) -> bool:
        """Whether a campaign may move from this state to *other*."""
        return other in _TRANSITIONS[self]


#: The reasons of a campaign that somebody stopped: by Ctrl-C or SIGTERM, or by a command.
INTERRUPTED = "interrupted"
REQUESTED = "requested"
#: How the reasons of a campaign begin that was asked to stop after some of its messages.
_PARTIAL = ("first batch of ", "limit of ")

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
    # Resumed for refused, uncertain or new recipients.
    CampaignState.SENT: frozenset({CampaignState.SENDING}),
    CampaignState.CANCELLED: frozenset(),
    CampaignState.DRY_RUN: frozenset(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Campaign:
    """
    One sending of one edition.

    Args:
        id: Unique, safe as a folder name, sorts by date.
        digest: The digest of the edition.
        at: When it is due or began, aware.
        zone: IANA name of the time zone it was scheduled in.
        counts: Recipients by state; the sum is the number of recipients.
        outbox: The absolute path of the folder that its messages were written to or sent from, or None.
        delivers_mail: Whether its sender mails anybody; False for the outbox.
        subject: The planned subject, with fields by name.
        sender: The name of its sender.
        list_name: The list it goes to; None if recipients were named one by one.
        next_attempt_at: When what is left of it is sent, if it waits for a time; aware.
    """

    id: str
    digest: str
    state: CampaignState
    reason: str | None = None
    at: datetime
    zone: str
    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    outbox: str | None = None
    delivers_mail: bool = True
    subject: str = ""
    sender: str = ""
    list_name: str | None = None
    next_attempt_at: datetime | None = None

    @property
    def recipient_count(self) -> int:
        """The number of recipients, in any state."""
        return sum(self.counts.values())

    def count(self, state: DeliveryState) -> int:
        """Return how many recipients count as *state*: claimed counts as pending, bounced as accepted."""
        return sum(count for each, count in self.counts.items() if each.counted_as is state)

    def describe(self, state: DeliveryState) -> str:
        """Return the word for *state*: what only the outbox accepted was "written to the outbox"."""
        if state is DeliveryState.ACCEPTED and not self.delivers_mail:
            return "written to the outbox"
        return state.value

    @property
    def is_partial(self) -> bool:
        """Whether it paused after the first messages, as it was asked to."""
        return self.state is CampaignState.PAUSED and (self.reason or "").startswith(_PARTIAL)

    @property
    def is_stopped(self) -> bool:
        """Whether somebody stopped it."""
        is_over = self.state in (CampaignState.PAUSED, CampaignState.CANCELLED)
        return is_over and self.reason in (INTERRUPTED, REQUESTED)

    @property
    def is_rejected(self) -> bool:
        """Whether it ended and nobody was accepted."""
        is_ended = self.state is CampaignState.SENT and not self.count(DeliveryState.ACCEPTED)
        return is_ended and self.count(DeliveryState.REFUSED) > 0

    @property
    def needs_decision(self) -> bool:
        """Whether something went wrong that waiting does not fix, or is uncertain: a person must look at it."""
        if self.count(DeliveryState.UNCERTAIN):
            return True
        if self.state is CampaignState.PAUSED:
            return not (self.is_partial or self.is_stopped)
        return self.state is CampaignState.FAILED or self.is_rejected

    def to_json(self) -> dict[str, Any]:
        """Return the form of `send --json`: `{"campaign", "subject", …, "recipients", "pending", …, "outbox"}`."""
        return {
            "campaign": self.id,
            "subject": self.subject,
            "list": self.list_name,
            "sender": self.sender,
            "state": self.state.value,
            "reason": self.reason,
            "at": self.at.isoformat(),
            "zone": self.zone,
            "recipients": self.recipient_count,
            **{state.value: self.count(state) for state in COUNTED_STATES},
            "outbox": self.outbox,
        }
