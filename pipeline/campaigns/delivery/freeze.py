"""Freeze the recipients of a campaign, and move it to `sending`."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlalchemy import Connection

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.planning.plan import CampaignKind, LatePolicy, parse_first_batch
from pipeline.campaigns.planning.schedule import local_to_utc
from pipeline.campaigns.rates.recent_receipts import forget_final
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.batch_cuts import cut_batches
from pipeline.campaigns.store.batches import stop_batches
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.store.list_freeze import freeze_list, list_zones
from pipeline.campaigns.workers import processes
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.database import TransactionLock
from pipeline.errors import StateError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import SkipReason

log = logging.getLogger(__name__)

_UNATTENDED_STATES = (CampaignState.SCHEDULED, CampaignState.SENDING)


def start_sending(
    context: CampaignContext, campaign_id: str, process: WorkerProcess, *, is_attended: bool
) -> CampaignRecord:
    """
    Move a campaign to `sending`, in one transaction that freezes its recipients if need be.

    Args:
        is_attended: Somebody waits for *process* to send it: it is reserved for this process. Otherwise any number of
            processes may send it at once.

    Raises:
        StateError: Its state does not allow sending, or it is reserved for another process.
        StoreError: Not all recipients could be stored; then none is.
    """
    now = context.clock.now()
    with context.store.writing(TransactionLock.COPYING) as connection:
        record = campaign_records.read(connection, campaign_id, for_update=True)
        require_free(connection, record, process.leader_id)
        if not is_attended and record.state not in _UNATTENDED_STATES:
            raise StateError(f"{record.id} is {record.state.value}.")  # since it was found due
        is_sending = record.state is CampaignState.SENDING
        if not is_sending and not record.state.can_become(CampaignState.SENDING):
            campaign_records.transition(connection, record, CampaignState.SENDING)  # raises
        if record.frozen_at is None:
            count = _freeze_list(connection, record, limit=record.recipient_limit)
            record = mark_frozen(context, connection, record, count)
            cut_batches(connection, record.number, cut_at=record.pause_after)
            if record.late_policy == LatePolicy.SKIP.value:
                stop_batches(
                    connection, record.number, SkipReason.EXPIRED, before=record.scheduled_at
                )
        forget_final(connection, record.number)
        return campaign_records.transition(
            connection,
            record,
            CampaignState.SENDING,
            last_active_at=record.last_active_at if record.failures else now,
            process_id=process.leader_id if is_attended else record.process_id,
        )


def require_free(connection: Connection, record: CampaignRecord, process_id: str) -> None:
    """
    Require that *record* is not reserved for another process than *process_id*.

    Raises:
        StateError: It is.
    """
    if record.process_id not in (None, process_id):
        raise StateError(
            f"{record.id} is being sent by {processes.describe(connection, record.process_id)}. "
            f"Watch it: handbill campaigns show {record.id} --watch"
        )


def add_new_recipients(connection: Connection, record: CampaignRecord) -> int:
    """
    Add the subscribers who joined the list of *record* after it was frozen; return how many.

    Raises:
        StateError: It was not sent to a list, or nobody joined.
    """
    is_from_outbox = record.kind == CampaignKind.OUTBOX.value
    if record.list_name is None or record.frozen_at is None or is_from_outbox:
        raise StateError(f"{record.id} was not sent to a list; no recipients can be added to it.")
    added = _freeze_list(connection, record)
    if not added:
        raise StateError(f'{record.id}: nobody joined the list "{record.list_name}" since.')
    cut_batches(connection, record.number)
    return added


def mark_frozen(
    context: CampaignContext, connection: Connection, record: CampaignRecord, count: int
) -> CampaignRecord:
    """Store that *count* recipients of *record* are frozen, with what is the same for all of them, and return it."""
    log.info(
        "%s has %d recipients.",
        record.id,
        count,
        extra={"action": "campaign.frozen", "campaign": record.id, "recipients": count},
    )
    pause_after = None
    if record.first_batch and count:
        pause_after = parse_first_batch(record.first_batch).size(count)
    campaign_records.update_columns(
        connection,
        record.number,
        frozen_at=context.clock.now(),
        pause_after=pause_after,
        constants=dict(_read_constants(context, connection, record)) or None,
    )
    return campaign_records.read(connection, record.id)


def _read_constants(
    context: CampaignContext, connection: Connection, record: CampaignRecord
) -> Mapping[str, str]:
    if not record.edition_digest:
        return {}
    edition = campaign_records.read_edition(connection, record.edition_digest)
    return context.read_constants(connection, edition)


def _freeze_list(
    connection: Connection, record: CampaignRecord, *, limit: int | None = None
) -> int:
    """Freeze those subscribers of its list who have no delivery yet, each due at the local time; return how many."""
    assert record.list_name is not None, "named recipients are frozen at once"
    local_time, due_times = record.local_time, None
    if local_time is not None and record.in_recipient_zone:
        zones = list_zones(connection, record.list_name, record.segment)
        due_times = {zone: local_to_utc(local_time, zone or record.zone) for zone in (None, *zones)}
    return freeze_list(
        connection,
        record.number,
        record.list_name,
        record.segment,
        limit=limit,
        due_times=due_times,
    )
