"""How sending a campaign ended for now: it is `sent` when nothing is left, otherwise its reason says why it stopped."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import Connection

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.progress import LoopResult, StopReason
from pipeline.campaigns.planning.plan import CampaignKind, describe_limit
from pipeline.campaigns.rates.failures import RetryPolicy
from pipeline.campaigns.rates.windows import describe_wait
from pipeline.campaigns.store import campaign_records, delivery_queries, transitions
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.models.campaign import INTERRUPTED, Campaign, CampaignState
from pipeline.models.delivery import DeliveryState, SkipReason
from pipeline.senders import Sender

log = logging.getLogger(__name__)

#: Delays before an unreachable server is tried again. No longer than in Postfix (minimal_backoff_time, 300 s): a
#: newsletter has its hour, and should not wait ten minutes more after an outage of ten minutes. When to give up is
#: decided by the guard against stale schedules, see `due`.
_SERVER_RETRY_POLICY = RetryPolicy(
    first_delay=timedelta(seconds=30), max_delay=timedelta(minutes=5)
)


def conclude(
    context: CampaignContext,
    record: CampaignRecord,
    result: LoopResult,
    sender: Sender,
    process: WorkerProcess,
    *,
    is_attended: bool,
) -> Campaign:
    """
    Store how sending the campaign ended for now, release it, and return it.

    Args:
        sender: It was sent with.
        is_attended: See `send.send()`.
    """
    with context.store.writing() as connection:
        columns: dict[str, object] = {"outbox": sender.get_folder(record.id) or record.outbox}
        if result.stop_reason not in (StopReason.SENDER_FAILED, StopReason.SENDER_CRASHED):
            columns["last_active_at"] = context.clock.now()
        record = campaign_records.read(connection, record.id, for_update=True)
        if is_attended and record.process_id == process.id:
            columns["process_id"] = None
        campaign_records.update_columns(connection, record.number, **columns)
        _store_end(context, connection, record, result, is_attended=is_attended)
        record = campaign_records.read(connection, record.id)
        campaign = campaign_records.to_campaign(connection, record)
    log.info(
        "%s is %s%s.",
        campaign.id,
        campaign.state.value,
        f" ({campaign.reason.rstrip('.')})" if campaign.reason else "",
        extra={
            "action": "campaign.concluded",
            "campaign": campaign.id,
            "process_id": process.id,
            "state": campaign.state.value,
            "counts": {state.value: campaign.count(state) for state in DeliveryState},
        },
    )
    return campaign


def _store_end(
    context: CampaignContext,
    connection: Connection,
    record: CampaignRecord,
    result: LoopResult,
    *,
    is_attended: bool,
) -> None:
    """Move the campaign to the state that *result* leads to."""
    if record.state is not CampaignState.SENDING:  # paused or cancelled meanwhile
        return
    number, stop_reason = record.number, result.stop_reason
    now = context.clock.now()
    if record.expires_at and now >= record.expires_at:
        transitions.skip_remaining(connection, number, SkipReason.EXPIRED, now)
    if stop_reason is StopReason.SENDER_CRASHED:
        campaign_records.transition(connection, record, CampaignState.FAILED, reason=result.message)
    elif delivery_queries.is_finished(connection, number):
        has_accepted = campaign_records.to_campaign(connection, record).count(
            DeliveryState.ACCEPTED
        )
        reason = None if has_accepted else _describe_rejection(connection, number)
        campaign_records.transition(
            connection,
            record,
            CampaignState.SENT,
            reason=reason,
            ended_at=now,
            failures=0,
        )
    elif stop_reason is StopReason.THRESHOLD_EXCEEDED:
        _pause(connection, record, result.message)
    elif stop_reason is StopReason.RATE_LIMITED and result.available_at:
        campaign_records.transition(
            connection,
            record,
            CampaignState.SENDING,
            reason=describe_wait(result.available_at),
            retry_at=result.available_at,
        )
    elif stop_reason is StopReason.SENDER_FAILED:
        if is_attended or not result.is_temporary:
            state = CampaignState.PAUSED if result.is_temporary else CampaignState.FAILED
            campaign_records.transition(connection, record, state, reason=result.message)
        else:
            _retry_later(context, connection, record, result.message)
    elif stop_reason is StopReason.DEFERRED:
        _retry_later(context, connection, record, result.message)
    elif stop_reason is StopReason.REQUESTED and is_attended:
        _pause(connection, record, INTERRUPTED)
    elif record.pause_after and delivery_queries.is_sent_up_to(
        connection, number, record.pause_after
    ):
        _pause(connection, record, _describe_pause(record))
    elif stop_reason is StopReason.EXHAUSTED:
        next_due = delivery_queries.find_next_due(connection, number)
        reason = f"waiting: goes on at {next_due:%Y-%m-%d %H:%M} UTC" if next_due else None
        campaign_records.transition(
            connection, record, CampaignState.SENDING, reason=reason, failures=0, retry_at=None
        )


def _pause(connection: Connection, record: CampaignRecord, reason: str) -> None:
    campaign_records.transition(connection, record, CampaignState.PAUSED, reason=reason)


def _describe_pause(record: CampaignRecord) -> str:
    if record.kind == CampaignKind.OUTBOX.value:
        return describe_limit(record.first_batch)
    return f"first batch of {record.first_batch} sent"


def _describe_rejection(connection: Connection, number: int) -> str | None:
    """Return why a campaign reached nobody, None if everybody was skipped on purpose."""
    found = delivery_queries.find_frequent_refusal(connection, number)
    return f"nobody was accepted; most frequent response: {found}" if found is not None else None


def _retry_later(
    context: CampaignContext, connection: Connection, record: CampaignRecord, reason: str
) -> None:
    """
    Leave the campaign `sending`, to be continued after a delay that grows with each failure.

    Processes that send it together fail together: that is one failure.
    """
    if record.retry_at and record.retry_at > context.clock.now():
        return
    failures = record.failures + 1
    delay = _SERVER_RETRY_POLICY.delay(failures, random=context.random)
    campaign_records.transition(
        connection,
        record,
        CampaignState.SENDING,
        reason=reason,
        failures=failures,
        retry_at=context.clock.now() + delay,
    )
