"""A subscriber of the publication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pipeline.models.address import Address


class SubscriberState(Enum):
    """Whether a subscriber may be sent to."""

    #: Signed up, but the owner of the address has not confirmed it.
    UNCONFIRMED = "unconfirmed"
    #: May be sent to.
    CONFIRMED = "confirmed"
    #: Has unsubscribed; no import subscribes them again.
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """
    How a subscriber gave consent, as GDPR Article 7 (1) requires you to prove.

    Args:
        method: "import", "manual", "form" …
        at: When it was given, None if unknown.
        source: Where it was given: a file name, the address of a page.
    """

    method: str
    at: datetime | None = None
    source: str = ""


#: Attributes that follow from gifts, if a project asks for it: `once`, `monthly` or `lapsed`, and since when.
DONOR = "donor"
DONOR_SINCE = "donor_since"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """
    One subscriber.

    Args:
        language: A BCP 47 tag, None if unknown.
        zone: An IANA time zone, None if unknown.
        attributes: Other values, by name.
        lists: The lists they are on.
        unsubscribed_lists: The lists they have unsubscribed from.
        created_at: When they were added.
        unsubscribed_at: When they unsubscribed from everything, None if they did not.
        paused_until: Until when nothing is sent to them, None if they did not ask for that.
        is_suppressed: Whether their address is suppressed: it is never sent to, whatever their state.
    """

    address: Address
    state: SubscriberState
    language: str | None = None
    zone: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    unsubscribed_lists: tuple[str, ...] = ()
    consent: Consent
    created_at: datetime
    unsubscribed_at: datetime | None = None
    paused_until: datetime | None = None
    is_suppressed: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return everything stored about them, as they may request it (GDPR Article 15)."""
        return {
            "email": self.address.email,
            "name": self.address.name,
            "state": self.state.value,
            "suppressed": self.is_suppressed,
            "language": self.language,
            "zone": self.zone,
            "attributes": dict(self.attributes),
            "tags": list(self.tags),
            "lists": list(self.lists),
            "unsubscribed_lists": list(self.unsubscribed_lists),
            "consent": {
                "method": self.consent.method,
                "at": self.consent.at.isoformat() if self.consent.at else None,
                "source": self.consent.source,
            },
            "created_at": self.created_at.isoformat(),
            "unsubscribed_at": self.unsubscribed_at.isoformat() if self.unsubscribed_at else None,
            "paused_until": self.paused_until.isoformat() if self.paused_until else None,
        }
