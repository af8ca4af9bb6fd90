"""Queries that read deliveries: of a campaign, and of one recipient to be shown to them or erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)

from pipeline.campaigns.store.batches import BatchState, has_takeable
from pipeline.campaigns.store.tables import (
    IS_FREE,
    IS_NOT_ACCEPTED,
    batches,
    campaigns,
    deliveries,
    receipts,
    recipients,
)
from pipeline.database import in_values
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, SkipReason
from pipeline.subscribers.tables import subscribers

_D, _R, _W, _B = deliveries.c, recipients.c, receipts.c, batches.c
#: Somebody is found in each campaign by its index of mailboxes; without it SQLite reads all recipients there ever were.
_NUMBERS = select(campaigns.c.number)


def find_next_due(connection: Connection, number: int) -> datetime | None:
    """Return when the next waiting delivery is due; None if none waits for a time."""
    times = [
        connection.scalar(select(func.min(_B.not_before)).where(_B.campaign == number, IS_FREE)),
        connection.scalar(
            select(func.min(_W.not_before)).where(
                _W.campaign == number, _waits(DeliveryState.PENDING, DeliveryState.DEFERRED)
            )
        ),
    ]
    return min((at for at in times if at is not None), default=None)


def has_unscheduled(connection: Connection, number: int) -> bool:
    """Whether a pending delivery waits for no time."""
    return _has_batch(connection, number, IS_FREE, _B.not_before.is_(None)) or _has_receipt(
        connection, number, _waits(DeliveryState.PENDING), _W.not_before.is_(None)
    )


def is_finished(connection: Connection, number: int) -> bool:
    """Whether nothing of the campaign *number* is pending, claimed or deferred."""
    is_open = (_B.state == BatchState.OPEN.value) | _B.process_id.is_not(None)
    return not _has_batch(connection, number, is_open) and not _has_receipt(
        connection,
        number,
        _waits(DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED),
    )


def is_sent_up_to(connection: Connection, number: int, last: int) -> bool:
    """Whether everything up to the sequence number *last* was sent once."""
    is_left = (_B.state == BatchState.OPEN.value) & (_B.offered < last)
    if _has_batch(connection, number, _B.first <= last, is_left | _B.process_id.is_not(None)):
        return False
    is_unsent = _waits(DeliveryState.PENDING, DeliveryState.CLAIMED)
    return not _has_receipt(connection, number, _W.sequence <= last, is_unsent)


def has_due(connection: Connection, number: int, *, now: datetime, last: int | None) -> bool:
    """Whether a delivery up to the sequence number *last* could be claimed now."""
    if has_takeable(connection, number, now=now, last=last):
        return True
    conditions = [
        _waits(DeliveryState.PENDING, DeliveryState.DEFERRED),
        or_(_W.not_before.is_(None), _W.not_before <= now),
    ]
    if last is not None:
        conditions.append(_W.sequence <= last)
    return _has_receipt(connection, number, *conditions)


def list_processes(connection: Connection, number: int) -> list[str]:
    """Return the IDs of the processes that have claimed anything of the campaign *number*."""
    found = connection.scalars(
        select(_B.process_id)
        .where(_B.campaign == number, _B.process_id.is_not(None))
        .union(select(_W.process_id).where(_W.campaign == number, _waits(DeliveryState.CLAIMED)))
    )
    return sorted(found)


def list_claimed_campaigns(connection: Connection, process_id: str) -> list[tuple[int, str]]:
    """Return number and ID of each campaign of which the process *process_id* has claimed anything."""
    claimed = (
        select(_B.campaign)
        .where(_B.process_id == process_id)
        .union(
            select(_W.campaign).where(
                _W.process_id == process_id, _W.state == DeliveryState.CLAIMED.value
            )
        )
        .subquery()
    )
    rows = connection.execute(
        select(campaigns.c.number, campaigns.c.id).join(
            claimed, claimed.c.campaign == campaigns.c.number
        )
    )
    return [(number, campaign_id) for number, campaign_id in rows]


def find_frequent_refusal(connection: Connection, number: int) -> str | None:
    """Return the most frequent code and response of refused deliveries; None without one."""
    code = func.coalesce(_W.enhanced_code, cast(_W.code, String), "")
    row = connection.execute(
        select(code, func.coalesce(_W.response, ""))
        .where(_W.campaign == number, _waits(DeliveryState.REFUSED))
        .with_hint(receipts, "INDEXED BY ix_receipts_state", "sqlite")
        .group_by(code, _W.response)
        .order_by(func.count().desc(), code)
        .limit(1)
    ).one_or_none()
    return " ".join(filter(None, row))[:120] if row else None


def list_failures(
    connection: Connection, number: int, state: DeliveryState, *, limit: int
) -> list[tuple[str, Any]]:  # Any: a row of the columns below
    """
    Return up to *limit* deliveries in *state*, each as its address and its receipt; *state* is one that has a receipt.

    The first to be retried come first. It is the order of the index, and recipients are read afterwards: whatever the
    planner believes of a campaign of millions, it reads no more than these rows.
    """
    query = (
        select(_W.sequence, _W.code, _W.enhanced_code, _W.response, _W.reason)
        .where(_W.campaign == number, _waits(state))
        .with_hint(receipts, "INDEXED BY ix_receipts_state", "sqlite")
        .order_by(_W.not_before, _W.sequence)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    sequences = in_values(_R.sequence, [row.sequence for row in rows])
    people = connection.execute(
        select(_R.sequence, _R.email).where(_R.campaign == number, sequences)
    )
    addresses = {sequence: email for sequence, email in people}
    return [(addresses[row.sequence], row) for row in rows]


def list_deliveries(
    connection: Connection, number: int
) -> Iterator[Row[Any]]:  # Any: the columns of the table
    """Yield the deliveries of the campaign *number* in sequence."""
    query = select(deliveries).where(_D.campaign == number).order_by(_D.sequence)
    with connection.execute(query, execution_options={"yield_per": 2000}) as rows:
        yield from rows


def find_deliveries(connection: Connection, mailbox: str) -> list[dict[str, Any]]:
    """
    Return what was sent to *mailbox*, oldest first: `[{"campaign", "subject", "at", "state"}]`.

    What only the outbox accepted is "written to the outbox".
    """
    rows = connection.execute(
        select(
            campaigns.c.id,
            campaigns.c.subject,
            campaigns.c.scheduled_at,
            campaigns.c.delivers_mail,
            _D.state,
        )
        .join(campaigns, campaigns.c.number == _D.campaign)
        .where(_D.mailbox == mailbox, _D.campaign.in_(_NUMBERS))
        .order_by(campaigns.c.scheduled_at, campaigns.c.number)
    )
    return [
        {
            "campaign": row.id,
            "subject": row.subject,
            "at": row.scheduled_at.isoformat(),
            "state": _describe_state(row.state, delivers_mail=row.delivers_mail),
        }
        for row in rows
    ]


def _describe_state(state: str, *, delivers_mail: bool) -> str:
    is_accepted = DeliveryState(state).counted_as is DeliveryState.ACCEPTED
    return "written to the outbox" if is_accepted and not delivers_mail else state


def erase_deliveries(connection: Connection, mailbox: str, digest: str) -> int:
    """
    Erase the recipient with *mailbox* from all campaigns; return from how many.

    Their rows stay without any personal data, so that counts stay correct. What was not sent yet never is.

    Args:
        digest: The keyed hash that replaces the mailbox.
    """
    is_theirs = (_R.mailbox == mailbox) & _R.campaign.in_(_NUMBERS)
    is_open = _waits(DeliveryState.PENDING, DeliveryState.DEFERRED)
    theirs = connection.execute(select(_R.campaign, _R.sequence).where(is_theirs)).all()
    for number, sequence in theirs:
        connection.execute(
            update(receipts)
            .where(_W.campaign == number, _W.sequence == sequence)
            .values(
                response=None,
                state=case((is_open, DeliveryState.SKIPPED.value), else_=_W.state),
                reason=case((is_open, SkipReason.SUPPRESSED.value), else_=_W.reason),
            )
        )
    return connection.execute(
        update(recipients)
        .where(is_theirs)
        .values(
            mailbox=f"erased:{digest}",
            email="",
            name="",
            # No subscriber has the ID -1, so that whoever is pending is skipped when their batch gets there.
            subscriber_id=func.coalesce(_R.subscriber_id, -1),
            values=None,
        )
    ).rowcount


def readdress_pending(connection: Connection, mailbox: str, address: Address) -> None:
    """Send what waits for the former *mailbox* of a subscriber to *address*, unless it gets the same campaign."""
    other = recipients.alias()
    is_repeated = exists().where(other.c.campaign == _R.campaign, other.c.mailbox == address.key)
    is_waiting = exists().where(
        _D.campaign == _R.campaign,
        _D.sequence == _R.sequence,
        _D.state.in_([DeliveryState.PENDING.value, DeliveryState.DEFERRED.value]),
    )
    subscriber = select(subscribers.c.id).where(subscribers.c.key == address.key).scalar_subquery()
    connection.execute(
        update(recipients)
        .where(
            _R.mailbox == mailbox,
            _R.campaign.in_(_NUMBERS),
            is_waiting,
            _R.subscriber_id.is_not(None),
            ~is_repeated,
        )
        .values(mailbox=address.key, email=address.email, subscriber_id=subscriber)
    )


def _waits(*states: DeliveryState) -> ColumnElement[bool]:
    """Whether a receipt is in one of *states*, none of which is accepted: so it is in the index."""
    return IS_NOT_ACCEPTED & _W.state.in_([state.value for state in states])


def _has_batch(connection: Connection, number: int, *conditions: ColumnElement[bool]) -> bool:
    query = select(_B.first).where(_B.campaign == number, *conditions).limit(1)
    return connection.execute(query).first() is not None


def _has_receipt(connection: Connection, number: int, *conditions: ColumnElement[bool]) -> bool:
    query = select(_W.sequence).where(_W.campaign == number, *conditions).limit(1)
    query = query.with_hint(receipts, "INDEXED BY ix_receipts_state", "sqlite")
    return connection.execute(query).first() is not None
