"""Everything stored about one address: the subscriber, and what others keep about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from pipeline.models.event import EventKind, StoredEvent
from pipeline.models.subscriber import Subscriber
from pipeline.subscribers.suppressions import Suppression


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriberDetails:
    """
    Everything stored about one address.

    Args:
        deliveries: What was sent to it, oldest first: `{"campaign", "subject", "at", "state"}`.
        former_addresses: The addresses they had before, the first one first.
        gifts: What they gave, oldest first, if the project matches givers:
            `{"at", "amount", "currency", "frequency", "refunded"}`, amounts in minor units.
        requests: What they asked for on the public pages: `{"kind", "recipient", "at", "confirmed_at"}`.
        signups: The lists they asked for, as `signup_queries.describe_row()` returns them.
        events: What came back from it, and what was decided about it, oldest first.
    """

    subscriber: Subscriber | None
    suppression: Suppression | None
    deliveries: tuple[dict[str, Any], ...] = ()
    events: tuple[StoredEvent, ...] = ()
    gifts: tuple[dict[str, Any], ...] = ()
    former_addresses: tuple[str, ...] = ()
    requests: tuple[dict[str, str | None], ...] = ()
    signups: tuple[dict[str, str | None], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """
        Return `{"subscriber", "suppression", "former_addresses", "requests": […], "signups": […], "gifts": […],
        "events": […], "deliveries": […]}`; the first two may be None.
        """
        suppression = self.suppression
        return {
            "subscriber": self.subscriber.to_json() if self.subscriber else None,
            "suppression": {
                "reason": suppression.reason,
                "source": suppression.source,
                "created_at": suppression.created_at.isoformat(),
            }
            if suppression
            else None,
            "former_addresses": list(self.former_addresses),
            "requests": list(self.requests),
            "signups": list(self.signups),
            "gifts": list(self.gifts),
            "events": [each.to_json() for each in self.events],
            "deliveries": list(self.deliveries),
        }


class DeliveryHistory(Protocol):
    """The deliveries of campaigns, which the subscriber store itself does not keep."""

    def find_deliveries(self, connection: Connection, mailbox: str) -> list[dict[str, Any]]:
        """Return what was sent to *mailbox*."""
        ...

    def erase_deliveries(self, connection: Connection, mailbox: str, digest: str) -> int:
        """Anonymize the deliveries to *mailbox*; return their number."""
        ...


class GiftHistory(Protocol):
    """The gifts of subscribers, which the subscriber store itself does not keep."""

    def find_gifts(self, connection: Connection, key: str) -> list[dict[str, Any]]:
        """Return the gifts of the subscriber *key*, oldest first."""
        ...


class EventHistory(Protocol):
    """The events about subscribers, which the subscriber store itself does not keep."""

    def find_events(self, connection: Connection, mailbox: str) -> list[StoredEvent]:
        """Return the events about *mailbox*, oldest first."""
        ...

    def record_command(
        self,
        connection: Connection,
        kind: EventKind,
        mailbox: str,
        *,
        reason: str,
        effect: str,
        at: datetime,
        list_name: str | None = None,
    ) -> None:
        """Record what was decided about *mailbox*, and what that changed."""
        ...

    def erase_events(self, connection: Connection, mailbox: str) -> int:
        """Anonymize the events about *mailbox*; return their number."""
        ...
