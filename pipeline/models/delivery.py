"""The delivery of one message: its state, and the sender's receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class DeliveryState(Enum):
    """The state of one delivery. *Accepted* is never called *delivered*."""

    #: Not sent yet.
    PENDING = "pending"
    #: Claimed by a process that is about to send it.
    CLAIMED = "claimed"
    #: The server accepted responsibility for it.
    ACCEPTED = "accepted"
    #: The server rejected it.
    REFUSED = "refused"
    #: The server rejected it for now.
    DEFERRED = "deferred"
    #: Unknown whether the server accepted it; not sent again unless requested.
    UNCERTAIN = "uncertain"
    #: Not sent, on purpose.
    SKIPPED = "skipped"
    #: Accepted, and returned as undeliverable.
    BOUNCED = "bounced"
    #: Accepted, and reported as spam by the recipient.
    COMPLAINED = "complained"

    @property
    def counted_as(self) -> DeliveryState:
        """The one of `COUNTED_STATES` it is counted as in a campaign."""
        return _COUNTED_AS.get(self, self)

    def can_become(self, other: DeliveryState) -> bool:
        """Whether a delivery can change from this state to *other*."""
        return other in _TRANSITIONS[self]


_COUNTED_AS = {
    DeliveryState.CLAIMED: DeliveryState.PENDING,
    DeliveryState.BOUNCED: DeliveryState.ACCEPTED,
    DeliveryState.COMPLAINED: DeliveryState.ACCEPTED,
}

#: The states in which a campaign counts its deliveries, in display order.
COUNTED_STATES = tuple(state for state in DeliveryState if state.counted_as is state)

_TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    # Claimed for sending; skipped if suppressed, expired or cancelled before.
    DeliveryState.PENDING: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED}),
    DeliveryState.DEFERRED: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED}),
    # Settled by its receipt; pending again if it was certainly not sent; uncertain if nobody knows.
    DeliveryState.CLAIMED: frozenset(
        {
            DeliveryState.ACCEPTED,
            DeliveryState.REFUSED,
            DeliveryState.DEFERRED,
            DeliveryState.UNCERTAIN,
            DeliveryState.PENDING,
        }
    ),
    # Resolved by a person, by a sender that recognizes its messages, or by a late receipt.
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
    DeliveryState.ACCEPTED: frozenset({DeliveryState.BOUNCED, DeliveryState.COMPLAINED}),
    DeliveryState.BOUNCED: frozenset({DeliveryState.COMPLAINED}),
    DeliveryState.COMPLAINED: frozenset(),
    DeliveryState.SKIPPED: frozenset(),
}


class SkipReason(Enum):
    """Why a delivery was skipped."""

    #: The address is suppressed.
    SUPPRESSED = "suppressed"
    #: The recipient unsubscribed after the campaign started.
    UNSUBSCRIBED = "unsubscribed"
    #: The campaign expired first.
    EXPIRED = "expired"
    #: The campaign was cancelled first.
    CANCELLED = "cancelled"
    #: It was uncertain, and somebody decided not to send it again.
    RESOLVED = "resolved"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """
    The sender's result for one message.

    Args:
        sequence: The message's number within its campaign.
        state: `accepted`, `refused`, `deferred` or `uncertain`.
        code: The server's reply code (RFC 5321 §4.2), None without one.
        enhanced_code: Its enhanced code (RFC 3463), "5.1.1".
        response: What the server said, or the path of the file that the outbox wrote.
        provider_id: What the service calls this message, to find it again in its log and its events.
        retry_after: For how long the server asks to be left alone (Retry-After, RFC 9110 §10.2.3); None if it did not.
        is_address_failure: Whether a service without enhanced codes rejected the address itself: it is invalid, or the
            service suppresses it.
    """

    sequence: int
    state: DeliveryState
    code: int | None = None
    enhanced_code: str | None = None
    response: str = ""
    provider_id: str | None = None
    retry_after: timedelta | None = None
    is_address_failure: bool = False
