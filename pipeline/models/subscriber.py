"""The subscriber: somebody on the roll of the publication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pipeline.models.address import Address


class SubscriberState(Enum):
    """Whether somebody may be written to."""

    #: Asked for, and not yet confirmed by the owner of the address.
    UNCONFIRMED = "unconfirmed"
    #: May be written to.
    CONFIRMED = "confirmed"
    #: Has left, and is brought back by nobody but themselves.
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """
    How somebody came onto the roll, as a regulator would ask (GDPR Article 7 (1)).

    Args:
        how: "import", "by hand", "form" …
        at: When it was given, null if the source does not say.
        source: Where it came from: a file's name, a page's address.
    """

    how: str
    at: datetime | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """
    One subscriber.

    Args:
        language: BCP 47 tag, null if not known; *zone* likewise, an IANA name.
        attributes: Whatever else the publication knows, by name; values are texts.
        lists: The lists they are on now; *left* those they were on.
        added_at: When they came onto the roll.
        left_at: When they unsubscribed from everything, null unless they did.
    """

    address: Address
    state: SubscriberState
    language: str | None = None
    zone: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    consent: Consent
    added_at: datetime
    left_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Return everything that is held about them, for them to read (GDPR Article 15)."""
        return {
            "email": self.address.email,
            "name": self.address.name,
            "state": self.state.value,
            "language": self.language,
            "zone": self.zone,
            "attributes": dict(self.attributes),
            "tags": list(self.tags),
            "lists": list(self.lists),
            "left": list(self.left),
            "consent": {
                "how": self.consent.how,
                "at": self.consent.at.isoformat() if self.consent.at else None,
                "source": self.consent.source,
            },
            "added_at": self.added_at.isoformat(),
            "left_at": self.left_at.isoformat() if self.left_at else None,
        }
