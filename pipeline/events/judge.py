"""
Decide what an event changes, by the table in `rules`.

Events arrive late, twice and in any order. A delivery only moves forward: accepted, delivered, bounced, complained. Of
unsubscribing and taking it back, the later one counts, whichever arrives last.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select

from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.delivery_queries import readdress_pending
from pipeline.campaigns.store.tables import campaigns, receipts
from pipeline.database import UtcDateTime
from pipeline.errors import AddressError
from pipeline.events.bounce_series import is_given_up
from pipeline.events.delivery_moves import move_deliveries
from pipeline.events.rules import EventRule, PauseLimit, find_rule
from pipeline.events.tables import events
from pipeline.models.address import parse_address
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.models.event import Event, EventKind
from pipeline.models.subscriber import Consent
from pipeline.subscribers import queries, suppressions
from pipeline.subscribers.changes.address_changes import change_address
from pipeline.subscribers.changes.subscribe import subscribe_owner
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.subscribers.tables import subscribers

_E = events.c
#: The reason of a suppression for somebody who is no subscriber and unsubscribed.
_LEFT = "unsubscribed"
_ACCEPTED_STATES = [
    state.value for state in DeliveryState if state.counted_as is DeliveryState.ACCEPTED
]

# Built once: they run for every event, and building one takes longer than running it.
_OPPOSITES = {
    EventKind.UNSUBSCRIBED: (EventKind.RESUBSCRIBED, EventKind.SUBSCRIBED),
    EventKind.SUBSCRIBED: (EventKind.UNSUBSCRIBED,),
    EventKind.RESUBSCRIBED: (EventKind.UNSUBSCRIBED,),
    EventKind.PAUSED: (EventKind.RESUMED,),
    EventKind.RESUMED: (EventKind.PAUSED,),
}
_EMAIL = select(subscribers.c.email).where(subscribers.c.key == bindparam("of_key"))
_LATER = (
    select(_E.number)
    .where(
        _E.mailbox == bindparam("of_mailbox"),
        _E.kind == bindparam("of_kind"),
        _E.at > bindparam("after", type_=UtcDateTime()),
        or_(_E.list_name.is_(None), _E.list_name == bindparam("of_list")),
    )
    .limit(1)
)


class Judge:
    """
    Applies the rules to events that are in the ledger.

    Args:
        hasher: Hashes the addresses of suppressions.
    """

    def __init__(self, hasher: AddressHasher) -> None:
        self._hasher = hasher

    def apply(
        self, connection: Connection, new_events: Sequence[Event], *, now: datetime
    ) -> list[str]:
        """Change what each of *new_events*, which are in the ledger, changes; return that in words, "" if nothing."""
        moved = move_deliveries(connection, new_events)
        effects = [
            self._apply_one(connection, event, state, now=now)
            for event, state in zip(new_events, moved, strict=True)
        ]
        for index in _find_last_of_kind(new_events):
            event = new_events[index]
            paused = _pause_campaign(connection, event, find_rule(event).pause_limit)
            effects[index] = "; ".join(filter(None, (effects[index], paused)))
        return effects

    def _apply_one(self, connection: Connection, event: Event, moved: str, *, now: datetime) -> str:
        """Change what *event* changes, after its delivery was *moved* to a state; return both in words."""
        rule = find_rule(event)
        effects = [
            moved,
            self._suppress(connection, event, rule, now=now),
            self._change_subscription(connection, event, rule, now=now),
            self._add_subscription(connection, event, rule, now=now),
            _change_pause(connection, event, rule, now=now),
            self._change_address(connection, event, rule, now=now),
        ]
        return "; ".join(filter(None, effects))

    def _suppress(
        self, connection: Connection, event: Event, rule: EventRule, *, now: datetime
    ) -> str:
        if rule.suppression is None or event.mailbox is None:
            return ""
        if rule.series and not is_given_up(connection, event, rule.series):
            return ""
        if _was_unsuppressed_since(connection, event):
            return ""
        is_new = suppressions.suppress(
            connection,
            self._hasher.hash(event.mailbox),
            email=_find_email(connection, event),
            reason=rule.suppression,
            source=event.source,
            at=now,
        )
        return f"suppressed ({rule.suppression})" if is_new else ""

    def _change_subscription(
        self, connection: Connection, event: Event, rule: EventRule, *, now: datetime
    ) -> str:
        mailbox, name = event.mailbox, event.list_name
        if rule.subscription is None or mailbox is None or _is_outdated(connection, event):
            return ""
        if not queries.is_known(connection, mailbox):
            return self._change_stranger(connection, event, rule, now=now)
        if rule.subscription:
            is_changed = queries.undo_unsubscribing(connection, mailbox, name, now=now)
            return f"subscribed again ({name or 'all lists'})" if is_changed else ""
        is_changed = (
            queries.unsubscribe_from_list(connection, mailbox, name, at=event.at)
            if name
            else queries.unsubscribe_from_all(connection, mailbox, at=event.at)
        )
        return f"unsubscribed from {name or 'everything'}" if is_changed else ""

    def _add_subscription(
        self, connection: Connection, event: Event, rule: EventRule, *, now: datetime
    ) -> str:
        if not (rule.has_new_subscription and event.mailbox and event.list_name):
            return ""
        try:
            address = parse_address(event.text)
        except AddressError:
            return ""
        if address.key != event.mailbox or _is_outdated(connection, event):
            return ""
        is_changed = subscribe_owner(
            connection,
            address,
            self._hasher.hash(event.mailbox),
            list_name=event.list_name,
            consent=Consent(method="form", at=event.at, source=event.source),
            now=now,
        )
        return f"subscribed to {event.list_name}" if is_changed else ""

    def _change_address(
        self, connection: Connection, event: Event, rule: EventRule, *, now: datetime
    ) -> str:
        """Change the subscriber's address; the effect does not name it, since it outlives an erasure."""
        if not rule.has_new_address or event.mailbox is None:
            return ""
        try:
            address = parse_address(event.text)
        except AddressError:
            return ""
        is_changed = change_address(
            connection, event.mailbox, address, self._hasher.hash, source=event.source, now=now
        )
        if not is_changed:
            return ""
        readdress_pending(connection, event.mailbox, address)
        return "address changed"

    def _change_stranger(
        self, connection: Connection, event: Event, rule: EventRule, *, now: datetime
    ) -> str:
        """Keep in the suppression list that somebody who is no subscriber does not want to be written to."""
        assert event.mailbox is not None
        digest = self._hasher.hash(event.mailbox)
        if rule.subscription:
            is_changed = suppressions.remove(connection, digest, reason=_LEFT)
            return "no longer suppressed" if is_changed else ""
        if event.list_name:
            return ""
        is_changed = suppressions.suppress(
            connection,
            digest,
            email=event.mailbox,
            reason=_LEFT,
            source=event.source,
            at=now,
        )
        return f"suppressed ({_LEFT})" if is_changed else ""


def _find_email(connection: Connection, event: Event) -> str | None:
    """Return the address of *event* as it was written, else its key."""
    written: str | None = connection.scalar(_EMAIL, {"of_key": event.mailbox})
    return written or event.mailbox


def _was_unsuppressed_since(connection: Connection, event: Event) -> bool:
    """Whether the address was taken off the suppression list after *event* had happened."""
    values = {
        "of_mailbox": event.mailbox,
        "of_kind": EventKind.UNSUPPRESSED.value,
        "after": event.at,
        "of_list": None,
    }
    return connection.execute(_LATER, values).first() is not None


def _is_outdated(connection: Connection, event: Event) -> bool:
    """Whether the same person later did the opposite, for the same list."""
    values = {"of_mailbox": event.mailbox, "after": event.at, "of_list": event.list_name}
    return any(
        connection.execute(_LATER, {**values, "of_kind": kind.value}).first() is not None
        for kind in _OPPOSITES[event.kind]
    )


def _change_pause(connection: Connection, event: Event, rule: EventRule, *, now: datetime) -> str:
    if rule.pause is None or event.mailbox is None or _is_outdated(connection, event):
        return ""
    until = None
    if rule.pause:
        try:
            until = datetime.fromisoformat(event.text)
        except ValueError:
            return ""
        if until.tzinfo is None:
            return ""
    if not queries.set_pause(connection, event.mailbox, until, now=now):
        return ""
    return f"no email until {until.date()}" if until else "email again"


def _find_last_of_kind(new_events: Sequence[Event]) -> list[int]:
    """Return the index of the last event of each campaign and kind that may pause it: it is counted once for all."""
    last = {
        (event.campaign, event.kind, event.bounce_class): index
        for index, event in enumerate(new_events)
        if event.campaign is not None and find_rule(event).pause_limit
    }
    return sorted(last.values())


def _pause_campaign(connection: Connection, event: Event, limit: PauseLimit | None) -> str:
    """Pause the campaign of *event* while it is sending, if it has too many of these events."""
    if limit is None or event.campaign is None:
        return ""
    state, campaign_id = connection.execute(
        select(campaigns.c.state, campaigns.c.id).where(campaigns.c.number == event.campaign)
    ).one()
    if state != CampaignState.SENDING.value:
        return ""
    query = select(func.count()).where(_E.campaign == event.campaign, _E.kind == event.kind.value)
    if event.bounce_class:
        query = query.where(_E.bounce_class == event.bounce_class.value)
    count = connection.scalar(query) or 0
    if count < limit.count:
        return ""
    accepted = connection.scalar(
        select(func.count()).where(
            receipts.c.campaign == event.campaign, receipts.c.state.in_(_ACCEPTED_STATES)
        )
    )
    if count < limit.share * (accepted or 0):
        return ""
    reason = f"{count:,} {limit.description}"
    record = campaign_records.read(connection, campaign_id, for_update=True)
    campaign_records.transition(connection, record, CampaignState.PAUSED, reason=reason)
    return f"paused {campaign_id}: {reason}"
