"""What an email service reports about a message, before it is known which message that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.models.event import BounceClass, EventKind


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderEvent:
    """
    One event in the report of an email service.

    Args:
        key: Identifies it at the service, whatever request brings it.
        token: Our token, which the service got with the message and returns; "" without one.
        at: When it happened, aware; None if the service does not say.
        bounce_class: Of a bounce.
        code: The reply code of the recipient's server (RFC 5321 §4.2).
        enhanced_code: Its enhanced status code (RFC 3463).
        text: What the recipient's server or the service said; may hold addresses.
    """

    kind: EventKind
    key: str
    token: str
    at: datetime | None = None
    bounce_class: BounceClass | None = None
    code: int | None = None
    enhanced_code: str | None = None
    text: str = ""
