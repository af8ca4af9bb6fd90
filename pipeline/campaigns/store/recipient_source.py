"""Whom a campaign to a list goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from pipeline.models.address import Address
from pipeline.models.recipient import Recipient
from pipeline.subscribers.segment import parse_segment
from pipeline.subscribers.segment_sql import check_segment, select_confirmed_subscribers

_BATCH = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """
    A recipient to be.

    Args:
        subscriber: The number of the subscriber it is, if any.
        zone: IANA name of the zone this reader lives in, if known.
    """

    recipient: Recipient
    subscriber: int | None = None
    zone: str | None = None


#: Yields those on a list, of a segment of it, so many at most.
Members = Callable[[Connection, str, str | None, int | None], Iterator[Member]]


def on_list(
    connection: Connection, list_name: str, segment: str | None, most: int | None
) -> Iterator[Member]:
    """
    Yield those who would be written to now, in the order they came; whoever is suppressed is none of them.

    Raises:
        SegmentError: *segment* cannot be read, or names what is known of nobody.
    """
    chosen = parse_segment(segment) if segment else None
    if chosen:
        check_segment(connection, chosen)
    wanted = select_confirmed_subscribers(list_name, chosen)
    with connection.execute(wanted, execution_options={"yield_per": _BATCH}) as rows:
        may_be_written_to = (row for row in rows if not row.is_suppressed)
        for row in islice(may_be_written_to, most):
            values = {name: str(value) for name, value in row.attributes.items()}
            if row.language:
                values.setdefault("language", row.language)
            yield Member(
                recipient=Recipient(address=Address(email=row.email, name=row.name), values=values),
                subscriber=row.id,
                zone=row.zone,
            )
