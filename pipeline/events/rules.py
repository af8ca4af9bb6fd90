"""The rules by which events change something: one row for each kind of event and class of bounce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from pipeline.models.delivery import DeliveryState
from pipeline.models.event import BounceClass, Event, EventKind

#: A full mailbox is given up after bounces on this many days …
FULL_MIN_DAYS = 3
#: … over at least this time, without anything delivered or answered in between.
FULL_MIN_SPAN = timedelta(days=14)
#: An address that bounces without a reason is given up after this many campaigns …
UNKNOWN_MIN_CAMPAIGNS = 5
#: … over at least this time, if every message to it bounced.
UNKNOWN_MIN_SPAN = timedelta(days=90)
#: A campaign pauses when this many of its messages are rejected because of us, and this share of the accepted ones.
OURS_MIN_COUNT, OURS_MIN_SHARE = 5, 0.02
#: … when this many are reported as spam. Gmail asks for less than 0.1 %, never 0.3 %
#: (support.google.com/mail/answer/81126).
COMPLAINTS_MIN_COUNT, COMPLAINTS_MIN_SHARE = 3, 0.003
#: … when this many addresses do not exist, as in a list that was bought or is years old.
GONE_MIN_COUNT, GONE_MIN_SHARE = 20, 0.10


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseLimit:
    """How many events of one kind a running campaign may have: it pauses at *count*, if they are *share* of it."""

    count: int
    share: float
    description: str


class BounceSeries(Enum):
    """The bounces that must come together before an address is given up."""

    #: Bounces on `FULL_MIN_DAYS` days, over `FULL_MIN_SPAN`.
    DAYS = "days"
    #: Bounces of `UNKNOWN_MIN_CAMPAIGNS` campaigns, over `UNKNOWN_MIN_SPAN`, and no message that did not bounce.
    CAMPAIGNS = "campaigns"


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRule:
    """
    What one kind of event changes.

    Args:
        delivery_state: The new state of the delivery, if it may have that.
        suppression: The reason for which the address is never sent to again.
        series: The bounces that the suppression waits for; None: it does not wait.
        subscription: True subscribes again, False unsubscribes.
        has_new_subscription: Whether the owner of the address in the text is on the list from now on.
        pause: True pauses the subscriber's email until the day in the text, False ends that.
        has_new_address: Whether the text is the subscriber's new address.
        pause_limit: How many of them pause the campaign.
    """

    delivery_state: DeliveryState | None = None
    suppression: str | None = None
    series: BounceSeries | None = None
    subscription: bool | None = None
    has_new_subscription: bool = False
    pause: bool | None = None
    has_new_address: bool = False
    pause_limit: PauseLimit | None = None


_OURS = PauseLimit(
    count=OURS_MIN_COUNT,
    share=OURS_MIN_SHARE,
    description="messages were rejected because of our domain or server",
)
_COMPLAINTS = PauseLimit(
    count=COMPLAINTS_MIN_COUNT,
    share=COMPLAINTS_MIN_SHARE,
    description="recipients reported it as spam",
)
_GONE = PauseLimit(count=GONE_MIN_COUNT, share=GONE_MIN_SHARE, description="addresses do not exist")

_BOUNCES: Mapping[BounceClass, EventRule] = {
    BounceClass.GONE: EventRule(
        delivery_state=DeliveryState.BOUNCED, suppression="bounced", pause_limit=_GONE
    ),
    BounceClass.FULL: EventRule(
        delivery_state=DeliveryState.BOUNCED, suppression="mailbox full", series=BounceSeries.DAYS
    ),
    BounceClass.OURS: EventRule(delivery_state=DeliveryState.BOUNCED, pause_limit=_OURS),
    BounceClass.CONTENT: EventRule(delivery_state=DeliveryState.BOUNCED),
    BounceClass.ELSEWHERE: EventRule(delivery_state=DeliveryState.BOUNCED),
    BounceClass.UNKNOWN: EventRule(
        delivery_state=DeliveryState.BOUNCED,
        suppression="unreachable",
        series=BounceSeries.CAMPAIGNS,
    ),
}

_RULES: Mapping[EventKind, EventRule] = {
    EventKind.DELIVERED: EventRule(delivery_state=DeliveryState.DELIVERED),
    EventKind.COMPLAINED: EventRule(
        delivery_state=DeliveryState.COMPLAINED,
        suppression="complained",
        pause_limit=_COMPLAINTS,
    ),
    EventKind.UNSUBSCRIBED: EventRule(subscription=False),
    EventKind.SUBSCRIBED: EventRule(has_new_subscription=True),
    EventKind.RESUBSCRIBED: EventRule(subscription=True),
    EventKind.UNSUPPRESSED: EventRule(),
    EventKind.PAUSED: EventRule(pause=True),
    EventKind.RESUMED: EventRule(pause=False),
    EventKind.READDRESSED: EventRule(has_new_address=True),
    EventKind.REPLIED: EventRule(),
    EventKind.AUTO_REPLIED: EventRule(),
}


def find_rule(event: Event) -> EventRule:
    """Return what *event* changes."""
    if event.kind is EventKind.BOUNCED:
        return _BOUNCES[event.bounce_class or BounceClass.UNKNOWN]
    return _RULES[event.kind]
