"""Count what came back for a campaign: its figures without any tracking of opens or clicks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from pipeline.campaigns.store.tables import campaigns
from pipeline.events.tables import events
from pipeline.models.event import BounceClass, EventKind

_E = events.c
_CLASSES: Mapping[BounceClass, str] = {
    BounceClass.GONE: "address does not exist",
    BounceClass.FULL: "mailbox full",
    BounceClass.OURS: "rejected because of our domain or server",
    BounceClass.CONTENT: "rejected for its content or size",
    BounceClass.ELSEWHERE: "failed on the way",
    BounceClass.UNKNOWN: "no reason given",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseCounts:
    """
    Numbers of recipients of a campaign by what came back from them; who replied twice is counted once.

    Args:
        delivered: Whose server confirmed delivery. Most servers do not: 0 says nothing.
        bounced: By class.
        resubscribed: Who took back that they unsubscribed.
    """

    delivered: int = 0
    bounced: Mapping[BounceClass, int] = field(default_factory=dict)
    complained: int = 0
    unsubscribed: int = 0
    resubscribed: int = 0
    replied: int = 0
    auto_replied: int = 0

    def to_json(self) -> dict[str, Any]:  # Any: numbers, and a table of numbers
        """
        Return `{"delivered", "bounced": {"gone", …}, "complained", "unsubscribed", "resubscribed", "replied",
        "auto_replied"}`; "bounced" has all classes.
        """
        return {
            "delivered": self.delivered,
            "bounced": {each.value: self.bounced.get(each, 0) for each in BounceClass},
            "complained": self.complained,
            "unsubscribed": self.unsubscribed,
            "resubscribed": self.resubscribed,
            "replied": self.replied,
            "auto_replied": self.auto_replied,
        }

    def describe(self) -> Iterator[tuple[int, str]]:
        """Yield numbers with what they count, "bounced (address does not exist: 9, …)"; nothing for what is 0."""
        bounces = sum(self.bounced.values())
        by_class = ", ".join(
            f"{_CLASSES[each]}: {count:,}"
            for each in BounceClass
            if (count := self.bounced.get(each, 0))
        )
        returned = f" ({self.resubscribed:,} took it back)" if self.resubscribed else ""
        counts = (
            (self.delivered, "delivered, as their servers report"),
            (bounces, f"bounced ({by_class})"),
            (self.complained, "reported it as spam"),
            (self.unsubscribed, f"unsubscribed{returned}"),
            (self.replied, "replied"),
            (self.auto_replied, "replied automatically"),
        )
        yield from ((count, text) for count, text in counts if count)


def count_responses(connection: Connection, campaign_id: str) -> ResponseCounts:
    """Return what came back for a campaign; events about nobody known are not counted."""
    query = (
        select(_E.kind, _E.bounce_class, func.count(_E.sequence.distinct()))
        .join(campaigns, campaigns.c.number == _E.campaign)
        .where(campaigns.c.id == campaign_id)
        .group_by(_E.kind, _E.bounce_class)
    )
    counts: dict[tuple[str, str | None], int] = {
        (kind, each): count for kind, each, count in connection.execute(query)
    }

    def count(kind: EventKind) -> int:
        return counts.get((kind.value, None), 0)

    bounced = EventKind.BOUNCED.value
    return ResponseCounts(
        delivered=count(EventKind.DELIVERED),
        bounced={
            each: found for each in BounceClass if (found := counts.get((bounced, each.value)))
        },
        complained=count(EventKind.COMPLAINED),
        unsubscribed=count(EventKind.UNSUBSCRIBED),
        resubscribed=count(EventKind.RESUBSCRIBED),
        replied=count(EventKind.REPLIED),
        auto_replied=count(EventKind.AUTO_REPLIED),
    )
