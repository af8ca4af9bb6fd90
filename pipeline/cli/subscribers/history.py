"""The history of one subscriber in words: what they were sent, what came back, and what was decided about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.models.event import BounceClass, Event, EventKind

if TYPE_CHECKING:
    from pipeline.models.event import StoredEvent
    from pipeline.subscribers.subscriber_details import SubscriberDetails

_BOUNCES = {
    BounceClass.GONE: "The address does not exist",
    BounceClass.FULL: "The mailbox is full or not in use",
    BounceClass.OURS: "The server rejects our domain or server",
    BounceClass.CONTENT: "The server rejects the content or the size",
    BounceClass.ELSEWHERE: "The message was lost on the way",
    BounceClass.UNKNOWN: "The server does not say why",
}
#: Effects that the sentence about the event does not already say.
_TOLD_EFFECTS = ("suppressed", "no longer suppressed", "before", "paused")
#: Events whose text is private, or said already.
_UNQUOTED = (
    EventKind.REPLIED,
    EventKind.AUTO_REPLIED,
    EventKind.PAUSED,
    EventKind.READDRESSED,
    EventKind.SUBSCRIBED,
)
_SOURCES = {"web": "by the link in a message", "mailbox": "by email"}


def format_history(details: SubscriberDetails) -> Iterator[str]:
    """Yield a line for each message sent, each gift and each event but deliveries, in order."""
    sent = [
        (each["at"], f"Sent “{each['subject']}”: {each['state']}.") for each in details.deliveries
    ]
    heard = [
        (each.event.at.isoformat(), describe_event(each))
        for each in details.events
        if each.event.kind is not EventKind.DELIVERED  # the line of the message says so
    ]
    gave = [(each["at"], _describe_gift(each)) for each in details.gifts]
    for at, text in sorted(sent + heard + gave, key=lambda each: each[0]):
        yield f"{at[:10]}  {text}"


def _describe_gift(gift: dict[str, Any]) -> str:  # Any: JSON
    from pipeline.gifts.amounts import format_minor

    monthly = ", monthly" if gift["frequency"] == "monthly" else ""
    back = f", {format_minor(gift['refunded'], gift['currency'])} given back"
    amount = format_minor(gift["amount"], gift["currency"])
    return f"Gave {amount}{monthly}{back if gift['refunded'] else ''}."


def describe_event(stored: StoredEvent) -> str:
    """Return what happened, and what it changed, as sentences."""
    effects = [part for part in stored.effect.split("; ") if part.startswith(_TOLD_EFFECTS)]
    then = f" → {'; '.join(effects)}" if effects else ""
    return f"{_describe(stored.event)}{_quote(stored.event)}{then}"


def _describe(event: Event) -> str:
    place = event.list_name or "everything"
    how = _SOURCES.get(event.source, f"as {event.source} reports")
    match event.kind:
        case EventKind.BOUNCED:
            code = event.enhanced_code or event.code
            why = _BOUNCES[event.bounce_class or BounceClass.UNKNOWN]
            return f"A message bounced. {why}{f' ({code})' if code else ''}."
        case EventKind.COMPLAINED:
            return "Reported a message as spam."
        case EventKind.UNSUBSCRIBED:
            return f"Unsubscribed from {place} {how}."
        case EventKind.SUBSCRIBED:
            return f"Subscribed to {place}."
        case EventKind.RESUBSCRIBED if event.source == "command":
            return f"Was subscribed to {place} again."
        case EventKind.RESUBSCRIBED:
            return f"Took back that they unsubscribed from {place}."
        case EventKind.UNSUPPRESSED:
            return "Was taken off the suppression list."
        case EventKind.PAUSED:
            return f"Asked for no email until {event.text[:10]} {how}."
        case EventKind.RESUMED:
            return f"Ended the pause {how}."
        case EventKind.READDRESSED:
            return f"Changed their address to {event.text} {how}."
        case EventKind.REPLIED:
            return "Replied."
        case EventKind.AUTO_REPLIED:
            return "An automatic reply came back."
        case EventKind.DELIVERED:
            return "A message was delivered."


def _quote(event: Event) -> str:
    return f" “{event.text}”" if event.text and event.kind not in _UNQUOTED else ""
