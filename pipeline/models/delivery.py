"""What became of one message: a sender's receipt and the state of the delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class DeliveryState(Enum):
    """How far one message came. *Accepted* is never called *delivered*."""

    #: Not handed over yet.
    PENDING = "pending"
    #: Taken by a process that is about to hand it over, or is doing so.
    CLAIMED = "claimed"
    #: The server took responsibility for it.
    ACCEPTED = "accepted"
    #: The server will not take it.
    REFUSED = "refused"
    #: The server will not take it now.
    DEFERRED = "deferred"
    #: Nobody knows whether it was taken; never offered again unasked.
    UNCERTAIN = "uncertain"
    #: Left out on purpose.
    SKIPPED = "skipped"
    #: Accepted, and came back.
    BOUNCED = "bounced"
    #: Accepted, and its reader called it spam.
    COMPLAINED = "complained"

    @property
    def counted_as(self) -> DeliveryState:
        """The one of the six states of `COUNTED` that a campaign counts it as."""
        return _COUNTED_AS.get(self, self)

    def can_become(self, other: DeliveryState) -> bool:
        """Whether a delivery may move from this state to *other*."""
        return other in _MOVES[self]


_COUNTED_AS = {
    DeliveryState.CLAIMED: DeliveryState.PENDING,
    DeliveryState.BOUNCED: DeliveryState.ACCEPTED,
    DeliveryState.COMPLAINED: DeliveryState.ACCEPTED,
}

#: The states a campaign counts, in the order they are shown.
COUNTED_STATES = tuple(state for state in DeliveryState if state.counted_as is state)

_MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    # Claimed for a hand-over; skipped when suppressed, expired or cancelled before that.
    DeliveryState.PENDING: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED}),
    DeliveryState.DEFERRED: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED}),
    # Settled by its receipt; back to pending if it was surely never offered; uncertain when nobody knows.
    DeliveryState.CLAIMED: frozenset(
        {
            DeliveryState.ACCEPTED,
            DeliveryState.REFUSED,
            DeliveryState.DEFERRED,
            DeliveryState.UNCERTAIN,
            DeliveryState.PENDING,
        }
    ),
    # Resolved by a person or, where the sender knows its messages again, by itself; or the receipt comes after all.
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
    """Why a delivery was left out."""

    #: The address is not to be written to.
    SUPPRESSED = "suppressed"
    #: The reader left, or left the list, after the campaign was taken up.
    UNSUBSCRIBED = "unsubscribed"
    #: The campaign expired before its turn came.
    EXPIRED = "expired"
    #: The campaign was cancelled before its turn came.
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
        code: The server's reply code (RFC 5321 §4.2), None if there is none.
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
