"""What became of one message: a sender's receipt and the state of the delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class DeliveryState(Enum):
    """How far one message came. *Accepted* is never called *delivered*."""

    #: Not handed over yet.
    PENDING = "pending"
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """
    A sender's answer for one message.

    Args:
        sequence: The message's number within its campaign.
        state: `accepted`, `refused`, `deferred` or `uncertain`.
        code: The server's reply code (RFC 5321 §4.2), null where there is none.
        enhanced_code: Its enhanced code (RFC 3463), "5.1.1".
        words: The server's own words, or where the outbox put the file.
        provider_id: What the service calls this message, to find it again in its log and its events.
        retry_after: For how long the server asks to be left alone (Retry-After, RFC 9110 §10.2.3); null if it did not.
    """

    sequence: int
    state: DeliveryState
    code: int | None = None
    enhanced_code: str | None = None
    words: str = ""
    provider_id: str | None = None
    retry_after: timedelta | None = None
