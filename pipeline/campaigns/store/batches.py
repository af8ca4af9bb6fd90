"""
Batches: ranges of the recipients of a campaign, each claimed and settled by one process at a time.

A process takes a batch, and claims its recipients from the first to the last: `offered` moves forward, durably, before
a message is handed over. Every change is fenced: it applies only while the process still holds the batch and `epoch`
is what it was when it took it, so that nobody writes to a batch that changed hands meanwhile.

Who changes several things of a campaign locks them in one order, so that nobody waits in a circle: the campaign, rate
limits, batches by their first sequence, receipts, connection shares, recent receipts. A free batch is taken and a
waiting receipt claimed only if it is not locked, so that nobody waits for these.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from pipeline.campaigns.store.tables import IS_FREE, batches, receipts
from pipeline.database import Json, UtcDateTime, execute_prepared
from pipeline.models.delivery import SkipReason

#: A process that takes a batch of this size needs one transaction in a thousand messages for it, and a campaign of ten
#: million has ten thousand of them to count.
BATCH_SIZE = 1000

_B = batches.c


class BatchState(Enum):
    """The state of a batch."""

    #: Recipients after `offered` are pending.
    OPEN = "open"
    #: Every recipient has a receipt.
    DONE = "done"
    #: Recipients after `offered` are skipped: the campaign was cancelled, or expired.
    STOPPED = "stopped"


class BatchTakenOver(Exception):
    """Another process took a batch over: nothing of this transaction is written."""

    def __init__(self, first: int) -> None:
        super().__init__(f"The batch from {first} was taken over.")
        self.first = first


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """
    A batch that this process holds, as it last stored it.

    Args:
        epoch: How often it changed hands; every change is fenced by it.
        offered: Nobody after this sequence was handed over.
        receipts: How many of its recipients have a receipt.
        claims: The last sequence and the time of each claim with messages that have no receipt yet.
    """

    campaign: int
    first: int
    last: int
    epoch: int
    offered: int
    receipts: int
    claims: tuple[tuple[int, datetime], ...] = ()

    def get_end(self, last: int | None) -> int:
        """Return the last sequence to claim, if none after *last* is."""
        return self.last if last is None else max(self.offered, min(self.last, last))

    def is_exhausted(self, last: int | None) -> bool:
        """Whether nothing is left to claim, if nothing after *last* is."""
        return self.offered >= self.get_end(last)

    def forget_claims_before(self, oldest: int | None) -> Batch:
        """Return it with those claims only that contain the sequence *oldest* or a later one; None for none."""
        kept = [each for each in self.claims if oldest is not None and each[0] >= oldest]
        return replace(self, claims=tuple(kept))


# Claim, store, put down

# With statistics SQLite would use the primary key, and look at every batch that was sent.
_FIRST_FREE = (
    select(batches)
    .with_hint(batches, "INDEXED BY ix_batches_free", "sqlite")
    .where(_B.campaign == bindparam("number"), IS_FREE, _B.offered < bindparam("bound"))
    .limit(1)
    .with_for_update(skip_locked=True)
)
_TAKEABLE = (
    _FIRST_FREE.where(_B.not_before.is_(None)).order_by(_B.first),
    _FIRST_FREE.where(_B.not_before <= bindparam("now", type_=UtcDateTime())).order_by(
        _B.not_before, _B.first
    ),
)
#: No campaign has a later sequence number.
MAX_SEQUENCE = 2**31 - 1


def claim_batch(
    connection: Connection, number: int, *, process_id: str, now: datetime, last: int | None
) -> Batch | None:
    """
    Take the next batch of the campaign *number* that is due and free; None without one.

    Args:
        last: The last sequence number to consider, None for all.
    """
    bound = MAX_SEQUENCE if last is None else last
    for query in _TAKEABLE:
        row = connection.execute(query, {"number": number, "bound": bound, "now": now}).first()
        if row is not None:
            connection.execute(
                update(batches)
                .where(_B.campaign == number, _B.first == row.first)
                .values(process_id=process_id, epoch=_B.epoch + 1)
            )
            return replace(_to_batch(row), epoch=row.epoch + 1)
    return None


def _to_batch(row: Row[Any]) -> Batch:  # Any: the columns of the table
    return Batch(
        campaign=row.campaign,
        first=row.first,
        last=row.last,
        epoch=row.epoch,
        offered=row.offered,
        receipts=row.receipts,
        claims=tuple((last, datetime.fromisoformat(at)) for last, at in row.claims or ()),
    )


_FENCED = update(batches).where(
    _B.campaign == bindparam("of_campaign"),
    _B.first == bindparam("of_first"),
    _B.process_id == bindparam("holder"),
    _B.epoch == bindparam("of_epoch"),
)
_STORED = {
    "offered": bindparam("new_offered"),
    "receipts": bindparam("new_receipts"),
    "claims": bindparam("new_claims", type_=Json),
}
_STORE = _FENCED.values(**_STORED)
_PUT_DOWN = _FENCED.values(
    **_STORED,
    process_id=bindparam("nobody"),
    epoch=_B.epoch + 1,
    state=case(
        ((_B.state == BatchState.OPEN.value) & (_B.last <= bindparam("new_offered")), "done"),
        else_=_B.state,
    ),
)


def store_batch(connection: Connection, batch: Batch, *, process_id: str) -> None:
    """
    Store *batch*, which *process_id* holds.

    Raises:
        BatchTakenOver: It does not hold it any more.
    """
    _execute_fenced(connection, _STORE, batch, process_id)


def put_batch_down(connection: Connection, batch: Batch, *, process_id: str) -> None:
    """
    Store *batch*, done if everybody in it was offered a message, else free for others.

    Raises:
        BatchTakenOver: *process_id* does not hold it any more.
    """
    _execute_fenced(connection, _PUT_DOWN, replace(batch, claims=()), process_id, nobody=None)


def _execute_fenced(
    connection: Connection, query: Any, batch: Batch, process_id: str, **more: Any
) -> None:  # Any: an update, and values for it
    values = {
        "of_campaign": batch.campaign,
        "of_first": batch.first,
        "holder": process_id,
        "of_epoch": batch.epoch,
        "new_offered": batch.offered,
        "new_receipts": batch.receipts,
        "new_claims": [[last, at.isoformat()] for last, at in batch.claims] or None,
    }
    if not execute_prepared(connection, query, values | more).rowcount:
        raise BatchTakenOver(batch.first)


def lower_offered(
    connection: Connection, batch: Batch, unsent: Collection[int]
) -> tuple[Batch, list[int]]:
    """
    Return *batch* with those of the sequences *unsent* pending that are its last ones, and the other ones.

    The others lie among messages that have a receipt, and need one of their own to be claimed by.
    """
    newest: int | None = connection.scalar(
        select(func.max(receipts.c.sequence)).where(
            receipts.c.campaign == batch.campaign,
            receipts.c.sequence >= batch.first,
            receipts.c.sequence <= batch.offered,
        )
    )
    settled = batch.first - 1 if newest is None else newest
    rest = sorted(each for each in unsent if each < settled)
    offered = settled if len(rest) < len(unsent) else batch.offered
    return replace(batch, offered=offered, receipts=batch.receipts + len(rest)), rest


_HELD = (
    select(_B.first)
    .where(_B.campaign == bindparam("number"), _B.process_id == bindparam("process"))
    .order_by(_B.first)
    .with_for_update()
)


def lock_held(connection: Connection, number: int, process_id: str) -> None:
    """Lock the batches of the campaign *number* that *process_id* holds until the transaction ends."""
    connection.execute(_HELD, {"number": number, "process": process_id}).all()


# Of a process that has ended, and of a campaign that has


def list_held(connection: Connection, process_id: str, number: int | None = None) -> list[Batch]:
    """Return the batches that *process_id* holds, only those of the campaign *number* if given; they stay locked."""
    query = select(batches).where(_B.process_id == process_id).order_by(_B.campaign, _B.first)
    if number is not None:
        query = query.where(_B.campaign == number)
    return [_to_batch(row) for row in connection.execute(query.with_for_update())]


def read_batch(connection: Connection, number: int, first: int) -> Row[Any]:  # Any: as above
    """Return a batch as stored."""
    return connection.execute(select(batches).where(_B.campaign == number, _B.first == first)).one()


def count_receipts(connection: Connection, batch: Batch) -> int:
    """Return how many of the recipients of *batch* have a receipt."""
    query = (
        select(func.count())
        .select_from(receipts)
        .where(
            receipts.c.campaign == batch.campaign,
            receipts.c.sequence >= batch.first,
            receipts.c.sequence <= batch.last,
        )
    )
    return connection.scalar(query) or 0


def find_claim_time(batch: Batch, sequence: int) -> datetime:
    """Return the time that the message *sequence*, which was claimed in *batch*, is composed for."""
    times = [at for last, at in batch.claims if sequence <= last]
    return times[0] if times else datetime.fromtimestamp(0, UTC)


def stop_batches(
    connection: Connection, number: int, reason: SkipReason, *, before: datetime | None = None
) -> None:
    """
    Skip everybody in the campaign *number* who was not offered a message yet.

    Args:
        before: Only in batches that were due before this time.
    """
    is_open = [_B.campaign == number, _B.state == BatchState.OPEN.value]
    if before is not None:
        is_open.append(_B.not_before < before)
    # Locked in the order in which a process locks those it holds.
    connection.execute(select(_B.first).where(*is_open).order_by(_B.first).with_for_update()).all()
    connection.execute(
        update(batches).where(*is_open).values(state=BatchState.STOPPED.value, reason=reason.value)
    )


def has_takeable(connection: Connection, number: int, *, now: datetime, last: int | None) -> bool:
    """Whether a batch of the campaign *number* could be taken now."""
    is_due = or_(_B.not_before.is_(None), _B.not_before <= now)
    query = (
        select(_B.first)
        .with_hint(batches, "INDEXED BY ix_batches_free", "sqlite")
        .where(
            _B.campaign == number,
            IS_FREE,
            is_due,
            _B.offered < (MAX_SEQUENCE if last is None else last),
        )
    )
    return connection.execute(query.limit(1)).first() is not None
