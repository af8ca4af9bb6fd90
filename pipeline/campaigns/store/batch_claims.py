"""Claims that are made with their batch, and the receipts they are settled with: each is inserted once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from pipeline.campaigns.store.claims import (
    MAX_RESPONSE_CHARACTERS,
    Claim,
    Outcome,
    to_values,
)
from pipeline.campaigns.store.tables import receipts
from pipeline.database import PreparedInsert, in_values, insert_all
from pipeline.models.delivery import DeliveryState, SkipReason


def make_claims(rows: Iterable[Sequence[Any]], *, batch: int, now: datetime) -> list[Claim]:
    """Return the first claims of *rows*, see `batch_recipients.list_unclaimed()`, with their *batch*."""
    return [
        Claim._make(
            (sequence, mailbox, email, name, subscriber_id, to_values(values), now, 1, now, batch)
        )
        for sequence, mailbox, email, name, subscriber_id, values, *_ in rows
    ]


_ACCEPTED = DeliveryState.ACCEPTED
_OUTCOMES = PreparedInsert(
    receipts,
    constant=("campaign", "process_id", "attempts", "settled_at"),
    varying=(
        "sequence",
        "state",
        "not_before",
        "first_attempt_at",
        "composed_at",
        "code",
        "enhanced_code",
        "response",
        "provider_id",
    ),
)


def store_outcomes(
    connection: Connection,
    number: int,
    outcomes: Sequence[Outcome],
    *,
    process_id: str,
    now: datetime,
) -> None:
    """Store the receipts of claims that were made with their batch, which *process_id* holds."""
    rows = [
        (
            claim.sequence,
            "accepted" if state is _ACCEPTED else state.value,
            not_before,
            claim.first_attempt_at,
            claim.composed_at,
            receipt.code,
            receipt.enhanced_code,
            receipt.response[:MAX_RESPONSE_CHARACTERS],
            receipt.provider_id,
        )
        for claim, receipt, state, not_before in outcomes
    ]
    constants = {"campaign": number, "process_id": process_id, "attempts": 1, "settled_at": now}
    _OUTCOMES.execute(connection, rows, constants)


def set_aside(connection: Connection, number: int, sequences: Iterable[int]) -> None:
    """Let recipients of a batch who have no receipt wait alone, to be claimed by one."""
    rows = [
        {
            "campaign": number,
            "sequence": sequence,
            "state": DeliveryState.PENDING.value,
            "attempts": 0,
        }
        for sequence in sequences
    ]
    insert_all(connection, receipts, rows)


def store_skipped(
    connection: Connection, number: int, skipped: Iterable[tuple[int, SkipReason]], now: datetime
) -> None:
    """Skip recipients of a batch who have no receipt, each for a reason."""
    rows = [
        {
            "campaign": number,
            "sequence": sequence,
            "state": DeliveryState.SKIPPED.value,
            "reason": reason.value,
            "attempts": 0,
            "settled_at": now,
        }
        for sequence, reason in skipped
    ]
    insert_all(connection, receipts, rows)


def store_unanswered(
    connection: Connection,
    number: int,
    claims: Iterable[tuple[int, datetime]],
    state: DeliveryState,
    *,
    process_id: str,
    response: str,
    settled_at: datetime | None,
) -> None:
    """Store what is known of messages claimed with a batch by a process that will not say: sequence and time."""
    rows = [
        {
            "campaign": number,
            "sequence": sequence,
            "state": state.value,
            "process_id": process_id,
            "attempts": 1,
            "first_attempt_at": composed_at,
            "composed_at": composed_at,
            "settled_at": settled_at,
            "response": response,
        }
        for sequence, composed_at in claims
    ]
    insert_all(connection, receipts, rows)


def list_settled(connection: Connection, number: int, sequences: Iterable[int]) -> set[int]:
    """Return those of *sequences* that have a receipt."""
    query = select(receipts.c.sequence).where(
        receipts.c.campaign == number, in_values(receipts.c.sequence, sequences)
    )
    return set(connection.scalars(query))
