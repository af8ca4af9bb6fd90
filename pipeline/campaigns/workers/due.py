"""Which campaigns are due, which are paused because they are too late, and what the others wait for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.planning.plan import CampaignKind
from pipeline.campaigns.planning.schedule import is_stale, recompute_utc
from pipeline.campaigns.store import campaign_records, delivery_queries, transitions
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.workers import processes
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import SkipReason

log = logging.getLogger(__name__)

#: Processes that are named among those that send a campaign.
_MAX_NAMED = 3
_OPEN_STATES = (CampaignState.SCHEDULED, CampaignState.SENDING)
_UNFINISHED_STATES = (
    *_OPEN_STATES,
    CampaignState.PAUSED,
    CampaignState.DRAFT,
    CampaignState.FAILED,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class UnfinishedCampaign:
    """
    A campaign that is neither finished nor due.

    Args:
        at: When it is due, None if a person must decide.
    """

    campaign_id: str
    reason: str
    at: datetime | None


def list_due(context: CampaignContext, *, stale_after: timedelta, waits: bool = False) -> list[str]:
    """
    Return the IDs of the campaigns of which something is due that no process has reserved, oldest first.

    A campaign whose time zone has new rules moves to what its local time means now; one that has been due for longer
    than *stale_after* is paused until a person decides; an expired one is cancelled.

    Args:
        waits: Whether to wait for a campaign that another process is looking at, rather than leave it to the next poll.
    """
    now = context.clock.now()
    with context.store.reading() as connection:
        candidates = [
            record
            for record in campaign_records.list_by_state(connection, *_OPEN_STATES)
            if record.process_id is None and _may_be_due(connection, record, now)
        ]
    due = []
    for candidate in reversed(candidates):
        with context.store.writing() as connection:
            record = (
                campaign_records.find(connection, candidate.id, for_update=True)
                if waits
                else campaign_records.lock_free(connection, candidate.id)
            )
            if record is None or record.process_id or record.state not in _OPEN_STATES:
                continue
            if _is_due(connection, record, now, stale_after):
                due.append(record.id)
    return due


def _may_be_due(connection: Connection, record: CampaignRecord, now: datetime) -> bool:
    """Whether *record* is worth locking for a closer look."""
    if record.state is CampaignState.SCHEDULED:
        scheduled_at = _recompute_scheduled_at(record)
        return (
            scheduled_at <= now or record.scheduled_at <= now or scheduled_at != record.scheduled_at
        )
    if record.retry_at and record.retry_at > now:
        return False
    if record.expires_at and record.expires_at <= now:
        return True
    return (
        delivery_queries.has_due(connection, record.number, now=now, last=record.pause_after)
        or delivery_queries.is_finished(connection, record.number)
        or _should_pause(connection, record)
    )


def _should_pause(connection: Connection, record: CampaignRecord) -> bool:
    """Whether its first batch was sent, and the process that sent it could not store the pause."""
    last = record.pause_after
    return last is not None and delivery_queries.is_sent_up_to(connection, record.number, last)


def _recompute_scheduled_at(record: CampaignRecord) -> datetime:
    """Return when a scheduled campaign is due under today's rules of its time zone."""
    if record.local_time is None or record.in_recipient_zone:
        return record.scheduled_at
    return recompute_utc(record.local_time, record.zone, record.scheduled_at)


def _is_due(
    connection: Connection, record: CampaignRecord, now: datetime, stale_after: timedelta
) -> bool:
    if record.state is CampaignState.SCHEDULED:
        due_since = _recompute_scheduled_at(record)
        if due_since != record.scheduled_at:
            campaign_records.update_columns(connection, record.number, scheduled_at=due_since)
            log.info("%s was rescheduled: its time zone has new rules.", record.id)
    else:
        due_since = _find_idle_since(connection, record)
    if due_since > now:
        return False
    if record.expires_at and record.expires_at <= now and record.state is CampaignState.SCHEDULED:
        transitions.skip_remaining(connection, record.number, SkipReason.EXPIRED, now)
        campaign_records.transition(
            connection,
            record,
            CampaignState.CANCELLED,
            reason=f"expired at {record.expires_at:%Y-%m-%d %H:%M} UTC",
            ended_at=now,
        )
        return False
    if is_stale(due_since, now, stale_after):
        campaign_records.transition(
            connection, record, CampaignState.PAUSED, reason=_describe_stale(record, due_since)
        )
        log.warning("%s is paused: it is stale.", record.id, extra={"action": "campaign.stale"})
        return False
    return True


def _describe_stale(record: CampaignRecord, since: datetime) -> str:
    if record.failures:
        return f"stale: no response since {since:%Y-%m-%d %H:%M} UTC: {record.reason}"
    return f"stale: due since {since:%Y-%m-%d %H:%M} UTC, but no worker was running"


def _find_idle_since(connection: Connection, record: CampaignRecord) -> datetime:
    """
    Return since when it could have continued: its last activity, or when its next delivery is due.

    A server that was tried again and did not respond is no activity, see `delivery.conclude`.
    """
    since = record.last_active_at
    next_due = delivery_queries.find_next_due(connection, record.number)
    if next_due and not delivery_queries.has_unscheduled(connection, record.number):
        since = max(since, next_due)
    return since if record.failures else max(since, record.retry_at or since)


def list_unfinished(context: CampaignContext) -> list[UnfinishedCampaign]:
    """Return the campaigns that are not finished, with what they wait for."""
    with context.store.reading() as connection:
        return [
            _describe_unfinished(connection, record)
            for record in campaign_records.list_by_state(connection, *_UNFINISHED_STATES)
            if record.kind != CampaignKind.TEST.value
        ]


def _describe_unfinished(connection: Connection, record: CampaignRecord) -> UnfinishedCampaign:
    at: datetime | None = None
    reason = f"{record.state.value}{f' ({record.reason})' if record.reason else ''}"
    if record.state is CampaignState.SCHEDULED:
        at = record.scheduled_at
    elif senders := _list_senders(connection, record):
        reason = f"sending, by {' and '.join(senders)}"
    elif record.state is CampaignState.SENDING:
        at = record.retry_at or delivery_queries.find_next_due(connection, record.number)
    return UnfinishedCampaign(campaign_id=record.id, reason=reason, at=at)


def _list_senders(connection: Connection, record: CampaignRecord) -> list[str]:
    """Return the processes that are sending *record*, at most three and the number of the others."""
    ids = delivery_queries.list_processes(connection, record.number)
    if record.process_id is not None and record.process_id not in ids:
        ids.insert(0, record.process_id)
    named = [processes.describe(connection, each) for each in ids[:_MAX_NAMED]]
    return [*named, f"{len(ids) - _MAX_NAMED} more"] if len(ids) > _MAX_NAMED else named
