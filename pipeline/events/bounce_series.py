"""When an address that bounces again and again is given up: only if nothing speaks for it any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from pipeline.campaigns.store.tables import campaigns, deliveries
from pipeline.events.rules import (
    FULL_MIN_DAYS,
    FULL_MIN_SPAN,
    UNKNOWN_MIN_CAMPAIGNS,
    UNKNOWN_MIN_SPAN,
    BounceSeries,
)
from pipeline.events.tables import events
from pipeline.models.delivery import DeliveryState
from pipeline.models.event import Event, EventKind

_E, _D = events.c, deliveries.c
#: Servers return a message within this time (RFC 5321 §4.5.4.1: "at least 4-5 days"); then no bounce means delivered.
_BOUNCE_DELAY = timedelta(days=7)
#: Events that prove that somebody receives what is sent there.
_ALIVE = tuple(
    kind.value
    for kind in (
        EventKind.DELIVERED,
        EventKind.REPLIED,
        EventKind.AUTO_REPLIED,
        EventKind.UNSUBSCRIBED,
        EventKind.SUBSCRIBED,
        EventKind.RESUBSCRIBED,
        EventKind.UNSUPPRESSED,
    )
)
_REACHED = (DeliveryState.ACCEPTED.value, DeliveryState.DELIVERED.value)


def is_given_up(connection: Connection, event: Event, series: BounceSeries) -> bool:
    """Whether the address of *event* has bounced as long, and as often, as *series* asks for."""
    bounces = _list_bounces(connection, event)
    if not bounces:
        return False
    span = bounces[-1][0] - bounces[0][0]
    if series is BounceSeries.DAYS:
        return len({at.date() for at, _ in bounces}) >= FULL_MIN_DAYS and span >= FULL_MIN_SPAN
    sent = {campaign for _, campaign in bounces if campaign is not None}
    if len(sent) < UNKNOWN_MIN_CAMPAIGNS or span < UNKNOWN_MIN_SPAN:
        return False
    known = bounces[-1][0] - _BOUNCE_DELAY
    return not _was_reached(connection, event, bounces[0][0], known) and not _is_domain_closed(
        connection, event, sent, known
    )


def _list_bounces(connection: Connection, event: Event) -> list[tuple[datetime, int | None]]:
    """Return when, and for which campaign, the address bounced for the same reason since it was last alive."""
    alive: datetime | None = connection.scalar(
        select(func.max(_E.at)).where(_E.mailbox == event.mailbox, _E.kind.in_(_ALIVE))
    )
    bounced = select(_E.at, _E.campaign).where(
        _E.mailbox == event.mailbox,
        _E.kind == EventKind.BOUNCED.value,
        _E.bounce_class == event.bounce_class.value
        if event.bounce_class
        else _E.bounce_class.is_(None),
    )
    rows = connection.execute(bounced.order_by(_E.at))
    return [(at, campaign) for at, campaign in rows if alive is None or at > alive]


def _was_reached(connection: Connection, event: Event, first: datetime, known: datetime) -> bool:
    """Whether a message after *first* was accepted and, as far as can be said at *known*, never returned."""
    query = (
        select(_D.sequence)
        .join(campaigns, campaigns.c.number == _D.campaign)
        .where(
            campaigns.c.last_active_at > first,
            _D.mailbox == event.mailbox,
            _D.state.in_(_REACHED),
            _D.settled_at > first,
            _D.settled_at < known,
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def _is_domain_closed(
    connection: Connection, event: Event, sent: set[int], known: datetime
) -> bool:
    """Whether the server rejects everybody of that domain: then it is about us, whatever it says."""
    assert event.mailbox is not None
    domain = event.mailbox[event.mailbox.rindex("@") :]
    states = connection.scalars(
        select(_D.state)
        .where(
            _D.campaign.in_(sent),
            _D.mailbox != event.mailbox,
            _D.mailbox.endswith(domain, autoescape=True),
            _D.settled_at < known,
        )
        .distinct()
    ).all()
    return bool(states) and not set(states) & set(_REACHED)
