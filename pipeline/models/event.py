"""An event: something that came back about a message or a subscriber after the send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any


class EventKind(Enum):
    """What happened."""

    #: The recipient's server confirmed delivery.
    DELIVERED = "delivered"
    #: The message was returned.
    BOUNCED = "bounced"
    #: The recipient reported the message as spam.
    COMPLAINED = "complained"
    #: The recipient unsubscribed, from one list or from everything.
    UNSUBSCRIBED = "unsubscribed"
    #: The owner of the address confirmed that they want a list.
    SUBSCRIBED = "subscribed"
    #: The recipient took back that they unsubscribed.
    RESUBSCRIBED = "resubscribed"
    #: The owner of the publication took the address off the suppression list.
    UNSUPPRESSED = "unsuppressed"
    #: The subscriber asked for no email until a day, which is the text.
    PAUSED = "paused"
    #: The subscriber ended that pause.
    RESUMED = "resumed"
    #: The subscriber confirmed another address, which is the text.
    READDRESSED = "readdressed"
    #: A person answered.
    REPLIED = "replied"
    #: A program answered, such as an out-of-office reply.
    AUTO_REPLIED = "auto-replied"


class BounceClass(Enum):
    """Why a message bounced."""

    #: The mailbox or its domain does not exist any more.
    GONE = "gone"
    #: The mailbox is full or not in use.
    FULL = "full"
    #: The server rejects us: our reputation, authentication or policy. Never the recipient's fault.
    OURS = "ours"
    #: The server rejects the content of this message, or its size.
    CONTENT = "content"
    #: Something between us and the mailbox failed.
    ELSEWHERE = "elsewhere"
    #: The server does not say why.
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """
    One event, proven genuine by whoever reports it.

    Args:
        source: Where it comes from: "mailbox", "web", "file", "command", or the name of a provider.
        source_key: Identifies it at its source: the provider's event id, else a digest of what was received. An event
            with the same source and key is the same event.
        at: When it happened, aware.
        campaign: The number of the campaign in the store, None if it is unknown.
        sequence: The number of the message in that campaign.
        mailbox: The key of the recipient's address (`Address.key`), None if it is unknown.
        list_name: The list of an unsubscription; None for all.
        bounce_class: Of a bounce.
        code: The reply code of the server (RFC 5321 §4.2).
        enhanced_code: Its enhanced status code (RFC 3463), such as "5.1.1".
        text: What the server or the person said, or the reason of a command; at most 500 characters.
    """

    kind: EventKind
    source: str
    source_key: str
    at: datetime
    campaign: int | None = None
    sequence: int | None = None
    mailbox: str | None = None
    list_name: str | None = None
    bounce_class: BounceClass | None = None
    code: int | None = None
    enhanced_code: str | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEvent:
    """
    An event in the ledger.

    Args:
        number: Its number, in the order of arrival.
        recorded_at: When it arrived.
        campaign_id: The id of its campaign, None if it has none.
        effect: What it changed: "suppressed", "unsubscribed from weekly" …; "" if nothing.
    """

    number: int
    event: Event
    recorded_at: datetime
    campaign_id: str | None
    effect: str

    def to_json(self) -> dict[str, Any]:
        """
        Return `{"number", "kind", "source", "source_key", "at", "recorded_at", "campaign", "sequence", "address",
        "list", "class", "code", "enhanced_code", "text", "effect"}`.
        """
        event = self.event
        return {
            "number": self.number,
            "kind": event.kind.value,
            "source": event.source,
            "source_key": event.source_key,
            "at": event.at.isoformat(),
            "recorded_at": self.recorded_at.isoformat(),
            "campaign": self.campaign_id,
            "sequence": event.sequence,
            "address": event.mailbox,
            "list": event.list_name,
            "class": event.bounce_class.value if event.bounce_class else None,
            "code": event.code,
            "enhanced_code": event.enhanced_code,
            "text": event.text,
            "effect": self.effect,
        }
