"""
Queries that claim deliveries and settle them: one row for each recipient of a campaign.

A delivery is claimed, durably, before its message is sent. After a crash the claim is all that is known: the delivery
is then `uncertain`, and is never sent again unless a person decides so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, case, func, or_, select, update

from pipeline.campaigns.store.tables import deliveries
from pipeline.database import (
    UtcDateTime,
    encode_values,
    execute_many,
    in_parameter,
    in_values,
)
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.recipient import Recipient

_D = deliveries.c
#: Longer responses are cut.
_MAX_RESPONSE_CHARACTERS = 500
#: No campaign has a later sequence number.
_MAX_SEQUENCE = 2**31 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """
    A delivery that this process is about to send.

    Args:
        composed_at: The time its message is composed for.
        attempts: Including this one.
    """

    sequence: int
    mailbox: str
    email: str
    name: str
    subscriber_id: int | None
    values: dict[str, str]
    composed_at: datetime
    attempts: int
    first_attempt_at: datetime

    def to_recipient(self, *, token: str, preferences_token: str, digest: str) -> Recipient:
        """Return its recipient; *digest* is the keyed hash of the mailbox."""
        return Recipient(
            address=Address(email=self.email, name=self.name),
            values=self.values,
            token=token,
            preferences_token=preferences_token,
            digest=digest,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryOutcome:
    """The outcome of a claim: its receipt, and when to retry if it was deferred."""

    receipt: Receipt
    state: DeliveryState
    not_before: datetime | None = None


# Compiled once, since they run every few dozen messages. Left to itself SQLite would use the primary key, and scan
# everything sent before each time.
_CLAIMABLE = (
    select(
        _D.sequence,
        _D.mailbox,
        _D.email,
        _D.name,
        _D.subscriber_id,
        _D["values"],
        _D.attempts,
        _D.first_attempt_at,
        _D.composed_at,
        _D.is_retry,
    )
    .where(_D.campaign == bindparam("number"), _D.sequence <= bindparam("last"))
    .with_hint(deliveries, "INDEXED BY ix_deliveries_state", "sqlite")
    .limit(bindparam("limit", type_=Integer()))
    .with_for_update(skip_locked=True)
)
_DUE = _CLAIMABLE.where(_D.not_before <= bindparam("now", type_=UtcDateTime())).order_by(
    _D.not_before, _D.sequence
)
_CLAIMABLE_QUERIES = (
    _CLAIMABLE.where(_D.state == DeliveryState.PENDING.value, _D.not_before.is_(None)).order_by(
        _D.sequence
    ),
    _DUE.where(_D.state == DeliveryState.DEFERRED.value),
    _DUE.where(_D.state == DeliveryState.PENDING.value),
)


def list_claimable(
    connection: Connection,
    number: int,
    *,
    limit: int,
    now: datetime,
    last: int | None,
    exclude_domains: Iterable[str] = (),
) -> Sequence[Row[Any]]:  # Any: the columns above
    """
    Return up to *limit* due deliveries, locked until the transaction ends; those locked by others are left out.

    Args:
        last: The last sequence number to consider, None for all.
    """
    parameters = {
        "number": number,
        "last": _MAX_SEQUENCE if last is None else last,
        "now": now,
    }
    found: list[Row[Any]] = []
    for query in _CLAIMABLE_QUERIES:
        for domain in exclude_domains:
            query = query.where(_D.mailbox.not_like(f"%@{domain}"))
        if len(found) < limit:
            found += connection.execute(query, {**parameters, "limit": limit - len(found)})
    return found


_CLAIM = (
    update(deliveries)
    .where(_D.campaign == bindparam("number"), in_parameter(_D.sequence, "sequences"))
    .values(
        state=DeliveryState.CLAIMED.value,
        process_id=bindparam("process"),
        attempts=_D.attempts + 1,
        composed_at=case(
            (_D.is_retry, _D.composed_at), else_=bindparam("now", type_=UtcDateTime())
        ),
        first_attempt_at=func.coalesce(_D.first_attempt_at, bindparam("now", type_=UtcDateTime())),
        not_before=None,
    )
)


def claim(
    connection: Connection, number: int, rows: Sequence[Row[Any]], *, process_id: str, now: datetime
) -> list[Claim]:
    """
    Claim *rows* for the process *process_id*.

    The retry of an uncertain delivery keeps its time, so that its message has the same bytes.
    """
    claims = [
        Claim(
            sequence=row.sequence,
            mailbox=row.mailbox,
            email=row.email,
            name=row.name,
            subscriber_id=row.subscriber_id,
            values={name: str(value) for name, value in (row.values or {}).items()},
            composed_at=row.composed_at if row.is_retry else now,
            attempts=row.attempts + 1,
            first_attempt_at=row.first_attempt_at or now,
        )
        for row in rows
    ]
    if claims:
        connection.execute(
            _CLAIM,
            {
                "number": number,
                "process": process_id,
                "now": now,
                "sequences": encode_values(claim.sequence for claim in claims),
            },
        )
    return claims


_SETTLE = (
    update(deliveries)
    .where(
        _D.campaign == bindparam("number"),
        _D.sequence == bindparam("of_sequence"),
        _D.process_id == bindparam("process"),
        or_(_D.state == DeliveryState.CLAIMED.value, _D.state == DeliveryState.UNCERTAIN.value),
    )
    .values(
        state=bindparam("new_state"),
        not_before=bindparam("retry_at"),
        settled_at=bindparam("now"),
        is_retry=False,
        code=bindparam("new_code"),
        enhanced_code=bindparam("new_enhanced_code"),
        response=bindparam("new_response"),
        provider_id=bindparam("new_provider_id"),
    )
)


def settle(
    connection: Connection,
    number: int,
    outcomes: Sequence[tuple[Claim, DeliveryOutcome]],
    *,
    process_id: str,
    now: datetime,
) -> None:
    """Store the outcomes of claims of *process_id*; a delivery that it no longer holds is left unchanged."""
    execute_many(
        connection,
        _SETTLE,
        [
            {
                "number": number,
                "of_sequence": claim.sequence,
                "process": process_id,
                "new_state": outcome.state.value,
                "retry_at": outcome.not_before,
                "now": now,
                "new_code": outcome.receipt.code,
                "new_enhanced_code": outcome.receipt.enhanced_code,
                "new_response": outcome.receipt.response[:_MAX_RESPONSE_CHARACTERS],
                "new_provider_id": outcome.receipt.provider_id,
            }
            for claim, outcome in outcomes
        ],
    )


def release(
    connection: Connection, number: int, *, process_id: str, keep: Sequence[int] = ()
) -> int:
    """
    Release the claims of *process_id* that certainly were not sent, all but *keep*; return how many.

    The retry of an uncertain delivery is uncertain again.
    """
    query = (
        update(deliveries)
        .where(
            _D.campaign == number,
            _D.process_id == process_id,
            _D.state == DeliveryState.CLAIMED.value,
        )
        .values(
            state=case(
                (_D.is_retry, DeliveryState.UNCERTAIN.value), else_=DeliveryState.PENDING.value
            ),
            attempts=_D.attempts - 1,
        )
    )
    if keep:
        query = query.where(~in_values(_D.sequence, keep))
    return connection.execute(query).rowcount
