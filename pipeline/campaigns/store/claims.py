"""
Claims: messages that a process is about to send, and the receipts that settle them.

A claim is durable before its message is sent. After a crash it is all that is known: the delivery is then `uncertain`,
and is never sent again unless a person decides so. Most are claimed with their batch (`batch_claims`). What was
deferred, is to be sent again or had to wait alone has a receipt already, and is claimed by that, here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    Select,
    Text,
    bindparam,
    case,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from pipeline.campaigns.store.batches import MAX_SEQUENCE
from pipeline.campaigns.store.screening import get_screening_column
from pipeline.campaigns.store.tables import IS_NOT_ACCEPTED, receipts, recipients
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

_D, _R = receipts.c, recipients.c
#: Longer responses are cut.
MAX_RESPONSE_CHARACTERS = 500


class Claim(NamedTuple):
    """
    A delivery that this process is about to send; a tuple, since one is made for each message.

    Args:
        composed_at: The time its message is composed for.
        attempts: Including this one.
        batch: The first sequence of the batch it was claimed with; None if it was claimed by its receipt.
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
    batch: int | None = None

    def to_recipient(self, *, token: str, preferences_token: str, digest: str) -> Recipient:
        """Return its recipient; *digest* is the keyed hash of the mailbox."""
        return Recipient(
            address=Address(email=self.email, name=self.name),
            values=self.values,
            token=token,
            preferences_token=preferences_token,
            digest=digest,
        )


class Outcome(NamedTuple):
    """What became of *claim*: its receipt, the state that it leads to, and when to retry if it was deferred."""

    claim: Claim
    receipt: Receipt
    state: DeliveryState
    not_before: datetime | None = None


#: The values of a recipient as the driver returns them: most have none, and SQLAlchemy calls a function for each.
VALUES = type_coerce(_R["values"], Text()).label("values")

#: Half the time of `json.loads()`, which allows for white space around it.
_decode_json = json.JSONDecoder().raw_decode


def to_values(stored: str | Mapping[str, Any] | None) -> dict[str, str]:  # Any: as imported
    """Return `VALUES` as texts: SQLite's driver returns JSON as text, PostgreSQL's an object."""
    if not stored:
        return {}
    values = _decode_json(stored)[0] if isinstance(stored, str) else stored
    return {name: str(value) for name, value in values.items()}


class Waiting(Enum):
    """What waits alone."""

    #: It was not sent yet, or is to be sent again.
    PENDING = DeliveryState.PENDING.value
    #: It was refused for now.
    DEFERRED = DeliveryState.DEFERRED.value


@cache
def _get_claimable_queries(waiting: Waiting, list_name: str | None) -> tuple[Select[Any], ...]:
    """Return the queries of what is due; made once, since they run several times a second."""
    # Left to itself SQLite would use the primary key, and scan everything sent before each time.
    claimable = (
        select(
            _R.sequence,
            _R.mailbox,
            _R.email,
            _R.name,
            _R.subscriber_id,
            VALUES,
            _D.attempts,
            _D.first_attempt_at,
            _D.composed_at,
            _D.is_retry,
            get_screening_column(list_name),
        )
        .select_from(
            receipts.join(recipients, (_R.campaign == _D.campaign) & (_R.sequence == _D.sequence))
        )
        .where(_D.campaign == bindparam("number"), _D.sequence <= bindparam("last"))
        .where(IS_NOT_ACCEPTED, _D.state == waiting.value)
        .with_hint(receipts, "INDEXED BY ix_receipts_state", "sqlite")
        .limit(bindparam("limit", type_=Integer()))
        .with_for_update(skip_locked=True, of=receipts)
    )
    due = claimable.where(_D.not_before <= bindparam("now", type_=UtcDateTime())).order_by(
        _D.not_before, _D.sequence
    )
    if waiting is Waiting.DEFERRED:
        return (due,)
    return claimable.where(_D.not_before.is_(None)).order_by(_D.sequence), due


def list_claimable(
    connection: Connection,
    number: int,
    waiting: Waiting,
    *,
    limit: int,
    now: datetime,
    last: int | None,
    list_name: str | None = None,
    exclude_domains: Iterable[str] = (),
) -> Sequence[Row[Any]]:  # Any: the columns above
    """
    Return up to *limit* due deliveries, locked until the transaction ends; those locked by others are left out.

    Args:
        last: The last sequence number to consider, None for all.
        list_name: The list they are to be on still, see `screening`.
    """
    parameters = {
        "number": number,
        "last": MAX_SEQUENCE if last is None else last,
        "now": now,
    }
    found: list[Row[Any]] = []
    for query in _get_claimable_queries(waiting, list_name):
        for domain in exclude_domains:
            query = query.where(_R.mailbox.not_like(f"%@{domain}"))
        if len(found) < limit:
            found += connection.execute(query, {**parameters, "limit": limit - len(found)})
    return found


_CLAIM = (
    update(receipts)
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
            values=to_values(row.values),
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
    update(receipts)
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
    outcomes: Sequence[Outcome],
    *,
    process_id: str,
    now: datetime,
) -> None:
    """
    Store the outcomes of claims of *process_id* that have a receipt; what it no longer holds is left unchanged.

    An uncertain one is settled too: its batch was taken over, and the receipt arrives late.
    """
    execute_many(
        connection,
        _SETTLE,
        [
            {
                "number": number,
                "of_sequence": outcome.claim.sequence,
                "process": process_id,
                "new_state": outcome.state.value,
                "retry_at": outcome.not_before,
                "now": now,
                "new_code": outcome.receipt.code,
                "new_enhanced_code": outcome.receipt.enhanced_code,
                "new_response": outcome.receipt.response[:MAX_RESPONSE_CHARACTERS],
                "new_provider_id": outcome.receipt.provider_id,
            }
            for outcome in outcomes
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
        update(receipts)
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
