"""Rows of the ledger: insert, read and erase events."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from pipeline.campaigns.store.tables import campaigns
from pipeline.events.tables import events
from pipeline.models.event import BounceClass, Event, EventKind, StoredEvent

#: The source of what the owner of the publication did with a command.
COMMAND = "command"
_E = events.c
_INSERT = insert(events).returning(_E.number, sort_by_parameter_order=True)


def select_events() -> Select[Any]:  # Any: columns of two tables
    """Return the query for events with the ids of their campaigns."""
    return select(events, campaigns.c.id.label("campaign_id")).join(
        campaigns, campaigns.c.number == _E.campaign, isouter=True
    )


def insert_events(
    connection: Connection, new_events: Sequence[Event], *, now: datetime, effect: str = ""
) -> Sequence[int]:
    """Insert *new_events*, which are not in the ledger; return their numbers, in the same order."""
    rows = [_to_row(event, now, effect) for event in new_events]
    return connection.scalars(_INSERT, rows).all()


def find_events(connection: Connection, mailbox: str) -> list[StoredEvent]:
    """Return the events of the recipient with the address key *mailbox*, in the order in which they happened."""
    query = select_events().where(_E.mailbox == mailbox).order_by(_E.at, _E.number)
    return [to_stored_event(row) for row in connection.execute(query)]


def record_command(
    connection: Connection,
    kind: EventKind,
    mailbox: str,
    *,
    reason: str,
    effect: str,
    at: datetime,
    list_name: str | None = None,
) -> None:
    """
    Record what the owner of the publication did for the recipient with the address key *mailbox*.

    Args:
        effect: What it changed; see `StoredEvent`.
    """
    event = Event(
        kind=kind,
        source=COMMAND,
        source_key=secrets.token_hex(16),
        at=at,
        mailbox=mailbox,
        list_name=list_name,
        text=reason,
    )
    insert_events(connection, [event], now=at, effect=effect)


def erase_events(connection: Connection, mailbox: str) -> int:
    """Remove the address *mailbox*, and what was said, from its events; return their number. Counts stay correct."""
    return connection.execute(
        update(events).where(_E.mailbox == mailbox).values(mailbox=None, text="")
    ).rowcount


def _to_row(event: Event, now: datetime, effect: str) -> dict[str, Any]:  # Any: column values
    return {
        "source": event.source,
        "source_key": event.source_key,
        "kind": event.kind.value,
        "at": event.at,
        "recorded_at": now,
        "campaign": event.campaign,
        "sequence": event.sequence,
        "mailbox": event.mailbox,
        "list_name": event.list_name,
        "bounce_class": event.bounce_class.value if event.bounce_class else None,
        "code": event.code,
        "enhanced_code": event.enhanced_code,
        "text": event.text,
        "effect": effect,
    }


def to_stored_event(row: Row[Any]) -> StoredEvent:  # Any: columns of `select_events()`
    """Return the event in a *row* of `select_events()`."""
    return StoredEvent(
        number=row.number,
        event=Event(
            kind=EventKind(row.kind),
            source=row.source,
            source_key=row.source_key,
            at=row.at,
            campaign=row.campaign,
            sequence=row.sequence,
            mailbox=row.mailbox,
            list_name=row.list_name,
            bounce_class=BounceClass(row.bounce_class) if row.bounce_class else None,
            code=row.code,
            enhanced_code=row.enhanced_code,
            text=row.text,
        ),
        recorded_at=row.recorded_at,
        campaign_id=row.campaign_id,
        effect=row.effect,
    )
