"""The recipients of a campaign: who is on its list now, and how named ones are frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, not_, select

from pipeline.campaigns.store.batch_claims import set_aside
from pipeline.campaigns.store.batch_cuts import add_to_batches
from pipeline.campaigns.store.tables import recipients
from pipeline.database import insert_all
from pipeline.models.address import Address
from pipeline.models.recipient import Recipient
from pipeline.subscribers.segment import parse_segment
from pipeline.subscribers.segment_sql import check_segment, select_confirmed_subscribers

_BATCH_ROWS = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class ListRecipient:
    """
    Somebody who may receive a campaign.

    Args:
        subscriber_id: None for an address given by hand.
        zone: IANA name of their time zone, if known.
    """

    recipient: Recipient
    subscriber_id: int | None = None
    zone: str | None = None


def list_recipients(
    connection: Connection, list_name: str, segment: str | None, limit: int | None
) -> Iterator[ListRecipient]:
    """
    Yield the subscribers of a list who can be sent to now, oldest first, at most *limit*; suppressed ones are left out.

    Raises:
        SegmentError: *segment* cannot be parsed, or names an unknown field.
    """
    expression = parse_segment(segment) if segment is not None else None
    if expression:
        check_segment(connection, expression)
    query = select_confirmed_subscribers(list_name, expression)
    with connection.execute(query, execution_options={"yield_per": _BATCH_ROWS}) as rows:
        for row in islice((row for row in rows if not row.is_suppressed), limit):
            values = {name: str(value) for name, value in row.attributes.items()}
            if row.language:
                values.setdefault("language", row.language)
            yield ListRecipient(
                recipient=Recipient(address=Address(email=row.email, name=row.name), values=values),
                subscriber_id=row.id,
                zone=row.zone,
            )


def count_recipients(
    connection: Connection, list_name: str, segment: str | None, limit: int | None
) -> int:
    """
    Return how many recipients `list_recipients()` would yield.

    Raises:
        SegmentError: *segment* cannot be parsed, or names an unknown field.
    """
    expression = parse_segment(segment) if segment is not None else None
    if expression:
        check_segment(connection, expression)
    rows = select_confirmed_subscribers(list_name, expression).subquery()
    sendable = select(rows.c.id).where(not_(rows.c.is_suppressed)).limit(limit).subquery()
    return connection.scalar(select(func.count()).select_from(sendable)) or 0


def freeze_named(connection: Connection, number: int, named: Mapping[int, ListRecipient]) -> None:
    """Store recipients of the campaign *number*, by the sequence of their messages, ascending, and their batches."""
    rows = (_to_row(number, sequence, each) for sequence, each in named.items())
    while some := list(islice(rows, _BATCH_ROWS)):
        insert_all(connection, recipients, some)
    set_aside(connection, number, add_to_batches(connection, number, sorted(named)))


def _to_row(number: int, sequence: int, recipient: ListRecipient) -> dict[str, Any]:  # Any: columns
    address = recipient.recipient.address
    return {
        "campaign": number,
        "sequence": sequence,
        "mailbox": address.key,
        "email": address.email,
        "name": address.name,
        "subscriber_id": recipient.subscriber_id,
        "values": dict(recipient.recipient.values) or None,
    }
