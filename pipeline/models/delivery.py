"""The state of one delivery, and the receipt a sender gives for one message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class DeliveryState(Enum):
    """The state of one message to one recipient. *Accepted* is never called *delivered*."""

    #: Not sent yet.
    PENDING = "pending"
    #: A process has claimed it and is about to send it, or is sending it.
    CLAIMED = "claimed"
    #: The server took responsibility for it.
    ACCEPTED = "accepted"
    #: The server rejected it for good.
    REFUSED = "refused"
    #: The server rejected it for now; it is retried later.
    DEFERRED = "deferred"
    #: It is unknown whether the server took it; it is never sent again unless a person decides so.
    UNCERTAIN = "uncertain"
    #: Not sent on purpose; see `SkipReason`.
    SKIPPED = "skipped"
    #: Accepted, and the recipient's server confirmed delivery.
    DELIVERED = "delivered"
    #: Accepted, then returned.
    BOUNCED = "bounced"
    #: Accepted, then reported as spam by the recipient.
    COMPLAINED = "complained"

    @property
    def counted_as(self) -> DeliveryState:
        """The one of the six `COUNTED_STATES` that a campaign counts this state as."""
        return _COUNTED_AS.get(self, self)

    def can_become(self, other: DeliveryState) -> bool:
        """Whether a delivery may move from this state to *other*."""
        return other in _TRANSITIONS[self]


_COUNTED_AS = {
    DeliveryState.CLAIMED: DeliveryState.PENDING,
    DeliveryState.DELIVERED: DeliveryState.ACCEPTED,
    DeliveryState.BOUNCED: DeliveryState.ACCEPTED,
    DeliveryState.COMPLAINED: DeliveryState.ACCEPTED,
}

#: The states that a campaign counts, in display order.
COUNTED_STATES = tuple(state for state in DeliveryState if state.counted_as is state)

_TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    # Claimed to be sent; skipped when suppressed, expired or cancelled before that.
    DeliveryState.PENDING: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED}),
    DeliveryState.DEFERRED: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED}),
    # Settled by its receipt; pending again if it certainly was not sent; uncertain if nobody knows.
    DeliveryState.CLAIMED: frozenset(
        {
            DeliveryState.ACCEPTED,
            DeliveryState.REFUSED,
            DeliveryState.DEFERRED,
            DeliveryState.UNCERTAIN,
            DeliveryState.PENDING,
        }
    ),
    # Resolved by a person, or retried automatically where the sender is idempotent; or the receipt arrives late.
    DeliveryState.UNCERTAIN: frozenset(
        {
            DeliveryState.PENDING,
            DeliveryState.SKIPPED,
            DeliveryState.ACCEPTED,
            DeliveryState.REFUSED,
            DeliveryState.DEFERRED,
        }
    ),
    DeliveryState.REFUSED: frozenset({DeliveryState.PENDING}),
    DeliveryState.ACCEPTED: frozenset(
        {DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED}
    ),
    DeliveryState.DELIVERED: frozenset({DeliveryState.BOUNCED, DeliveryState.COMPLAINED}),
    DeliveryState.BOUNCED: frozenset({DeliveryState.COMPLAINED}),
    DeliveryState.COMPLAINED: frozenset(),
    DeliveryState.SKIPPED: frozenset(),
}


class SkipReason(Enum):
    """Why a delivery was skipped."""

    #: The address is suppressed.
    SUPPRESSED = "suppressed"
    #: The subscriber unsubscribed, or left the list, after the recipients were frozen.
    UNSUBSCRIBED = "unsubscribed"
    #: The subscriber asked for no email until a later day.
    PAUSED = "paused"
    #: The campaign expired first.
    EXPIRED = "expired"
    #: The campaign was cancelled first.
    CANCELLED = "cancelled"
    #: It was uncertain, and a person decided not to send it again.
    RESOLVED = "resolved"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """
    A sender's answer for one message.

    Args:
        sequence: The message's number within its campaign.
        state: `accepted`, `refused`, `deferred` or `uncertain`.
        code: The server's reply code (RFC 5321 §4.2), or None.
        enhanced_code: Its enhanced status code (RFC 3463), such as "5.1.1".
        response: The server's response text; for the outbox, the path of the file.
        provider_id: The provider's ID of this message, to find it in its log and its events.
        retry_after: How long the server asks us to wait (Retry-After, RFC 9110 §10.2.3), or None.
        is_address_failure: A service without enhanced codes rejected the address itself: it is invalid, or the service
            suppresses it.
    """

    sequence: int
    state: DeliveryState
    code: int | None = None
    enhanced_code: str | None = None
    response: str = ""
    provider_id: str | None = None
    retry_after: timedelta | None = None
    is_address_failure: bool = False
