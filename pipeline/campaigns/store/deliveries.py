"""
Queries on deliveries: one row for each recipient of a campaign.

A row is claimed, durably, before its message is handed over. After a crash the claim is all that is known: the row is
`uncertain` then, and never offered again unasked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, case, func, or_, select, update

from pipeline.campaigns.store.recipient_source import Member
from pipeline.campaigns.store.tables import deliveries
from pipeline.database import Instant, among, among_named, execute_many, insert_all, listed
from pipeline.errors import StoreError
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.recipient import Recipient

_BATCH = 2000
_STREAM = {"yield_per": _BATCH}
_D = deliveries.c


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """
    A delivery this process is about to hand over.

    Args:
        at: The instant its message is composed for.
        attempts: This one included.
    """

    sequence: int
    mailbox: str
    email: str
    name: str
    subscriber: int | None
    values: dict[str, str]
    at: datetime
    attempts: int
    first_offered_at: datetime

    def recipient(self, *, token: str) -> Recipient:
        """Return the reader it is for."""
        address = Address(email=self.email, name=self.name)
        return Recipient(address=address, values=self.values, token=token)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a claim: its receipt, and when to try again if it was deferred."""

    receipt: Receipt
    state: DeliveryState
    not_before: datetime | None = None


def freeze(
    connection: Connection,
    number: int,
    members: Iterable[Member],
    *,
    start: int = 0,
    due: Callable[[Member], datetime | None] = lambda _: None,
) -> int:
    """
    Write down the recipients of the campaign *number*, and return how many there are.

    Args:
        start: How many it has already.
        due: Returns when a recipient has it, null for at once.

    Raises:
        StoreError: Not every one of them was written: nothing is.
    """
    seen = start
    waiting = iter(members)
    while some := list(islice(waiting, _BATCH)):
        rows = [_row(number, seen + n, member, due(member)) for n, member in enumerate(some, 1)]
        insert_all(connection, deliveries, rows)
        seen += len(rows)
    written = connection.scalar(select(func.count()).where(_D.campaign == number))
    if written != seen:
        raise StoreError(
            f"The campaign has {seen:,} recipients, but {written:,} were written down. "
            "Nobody was mailed; plan it again."
        )
    return seen


def _row(
    number: int, sequence: int, member: Member, due: datetime | None
) -> dict[str, Any]:  # Any: columns
    address = member.recipient.address
    return {
        "campaign": number,
        "sequence": sequence,
        "mailbox": address.key,
        "email": address.email,
        "name": address.name,
        "subscriber": member.subscriber,
        "values": dict(member.recipient.values) or None,
        "state": DeliveryState.PENDING.value,
        "not_before": due,
        "attempts": 0,
    }


_COLUMNS = (
    _D.sequence,
    _D.mailbox,
    _D.email,
    _D.name,
    _D.subscriber,
    _D["values"],
    _D.attempts,
    _D.first_offered_at,
    _D.offered_at,
    _D.again,
)


#: No campaign has a later sequence.
_LAST = 2**31 - 1
# Made once: each is asked for every few dozen messages. Left to itself SQLite would go by the primary key, and look
# each time at all that was handed over before.
_OPEN = (
    select(*_COLUMNS)
    .where(_D.campaign == bindparam("number"), _D.sequence <= bindparam("last"))
    .with_hint(deliveries, "INDEXED BY ix_deliveries_state", "sqlite")
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True)
)
_DUE = _OPEN.where(_D.not_before <= bindparam("now", type_=Instant())).order_by(
    _D.not_before, _D.sequence
)
_UNDATED = _OPEN.where(_D.state == DeliveryState.PENDING.value, _D.not_before.is_(None)).order_by(
    _D.sequence
)
_DEFERRED = _DUE.where(_D.state == DeliveryState.DEFERRED.value)
_DATED = _DUE.where(_D.state == DeliveryState.PENDING.value)


def open_rows(
    connection: Connection,
    number: int,
    *,
    limit: int,
    now: datetime,
    last: int | None,
    but: Iterable[str] = (),
) -> Sequence[Row[Any]]:  # Any: the columns above
    """
    Return up to *limit* deliveries that are due, held until the transaction ends; those others hold are passed over.

    Args:
        last: None after this sequence, or null.
        but: Domains to which none goes now.
    """
    values = {"number": number, "last": _LAST if last is None else last, "now": now}
    found: list[Row[Any]] = []
    for query in (_UNDATED, _DEFERRED, _DATED):
        for domain in but:
            query = query.where(_D.mailbox.not_like(f"%@{domain}"))
        if len(found) < limit:
            found += connection.execute(query, {**values, "most": limit - len(found)})
    return found


_TAKE = (
    update(deliveries)
    .where(_D.campaign == bindparam("c"), among_named(_D.sequence, "all"))
    .values(
        state=DeliveryState.CLAIMED.value,
        run=bindparam("r"),
        attempts=_D.attempts + 1,
        offered_at=case((_D.again, _D.offered_at), else_=bindparam("at", type_=Instant())),
        first_offered_at=func.coalesce(_D.first_offered_at, bindparam("at", type_=Instant())),
        not_before=None,
    )
)


def take(
    connection: Connection, number: int, rows: Sequence[Row[Any]], *, run: str, now: datetime
) -> list[Claim]:
    """
    Claim *rows* for *run*.

    One that is offered *again*, since nobody knows what came of it, keeps its instant: its octets are the same.
    """
    claims = [
        Claim(
            sequence=row.sequence,
            mailbox=row.mailbox,
            email=row.email,
            name=row.name,
            subscriber=row.subscriber,
            values=row.values or {},
            at=row.offered_at if row.again else now,
            attempts=row.attempts + 1,
            first_offered_at=row.first_offered_at or now,
        )
        for row in rows
    ]
    if claims:
        sequences = listed(claim.sequence for claim in claims)
        connection.execute(_TAKE, {"c": number, "r": run, "at": now, "all": sequences})
    return claims


_SETTLE = (
    update(deliveries)
    .where(
        _D.campaign == bindparam("c"),
        _D.sequence == bindparam("q"),
        _D.run == bindparam("r"),
        or_(_D.state == DeliveryState.CLAIMED.value, _D.state == DeliveryState.UNCERTAIN.value),
    )
    .values(
        state=bindparam("to"),
        not_before=bindparam("later"),
        settled_at=bindparam("now"),
        again=False,
        code=bindparam("code"),
        enhanced_code=bindparam("enhanced"),
        response=bindparam("response"),
        provider_id=bindparam("provider"),
    )
)
_WORDS = 500


def settle(
    connection: Connection,
    number: int,
    outcomes: Sequence[tuple[Claim, Outcome]],
    *,
    run: str,
    now: datetime,
) -> None:
    """Write down what became of claims of *run*; one that is no longer its own is left as it is."""
    if not outcomes:
        return
    execute_many(
        connection,
        _SETTLE,
        [
            {
                "c": number,
                "q": claim.sequence,
                "r": run,
                "to": outcome.state.value,
                "later": outcome.not_before,
                "now": now,
                "code": outcome.receipt.code,
                "enhanced": outcome.receipt.enhanced_code,
                "response": outcome.receipt.response[:_WORDS],
                "provider": outcome.receipt.provider_id,
            }
            for claim, outcome in outcomes
        ],
    )


def release(connection: Connection, number: int, *, run: str, but: Sequence[int] = ()) -> int:
    """
    Give back the claims of *run* that were surely not offered: all *but* those; return how many.

    What was to be offered again is as uncertain as before.
    """
    query = (
        update(deliveries)
        .where(_D.campaign == number, _D.run == run, _D.state == DeliveryState.CLAIMED.value)
        .values(
            state=case(
                (_D.again, DeliveryState.UNCERTAIN.value), else_=DeliveryState.PENDING.value
            ),
            attempts=_D.attempts - 1,
        )
    )
    if but:
        query = query.where(~among(_D.sequence, but))
    return connection.execute(query).rowcount
