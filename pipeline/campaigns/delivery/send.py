"""
Send a campaign as far as it can be sent now.

1. *Start*: move it to `sending`; see `freeze`.
2. *Deliver*: run the delivery loop; see `loop`.
3. *Conclude*: it is `sent` when nothing is left; otherwise its reason says why it stopped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.file_composer import FileComposer
from pipeline.campaigns.delivery.freeze import start_sending
from pipeline.campaigns.delivery.loop import DeliveryLoop
from pipeline.campaigns.delivery.progress import (
    Helpers,
    LoopResult,
    NullListener,
    ProgressListener,
    StopReason,
)
from pipeline.campaigns.delivery.sender_connections import SenderConnections
from pipeline.campaigns.delivery.suppression import SuppressionFilter
from pipeline.campaigns.planning.plan import CampaignKind, describe_limit, generate_campaign_id
from pipeline.campaigns.rates.failures import FailureThreshold, RetryPolicy
from pipeline.campaigns.rates.windows import describe_wait
from pipeline.campaigns.store import campaign_records, delivery_queries, transitions
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.campaigns.workers.reaping import StalledProcessMonitor, reap_dead
from pipeline.clock import Clock
from pipeline.mail import TEST_PREFIX, Composer, Signing, fill_constants
from pipeline.models.campaign import INTERRUPTED, Campaign, CampaignState
from pipeline.models.delivery import DeliveryState, SkipReason
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.senders import Sender

log = logging.getLogger(__name__)

#: Delays before an unreachable server is tried again. No longer than in Postfix (minimal_backoff_time, 300 s): a
#: newsletter has its hour, and should not wait ten minutes more after an outage of ten minutes. When to give up is
#: decided by the guard against stale schedules, see `due`.
_SERVER_RETRY_POLICY = RetryPolicy(
    first_delay=timedelta(seconds=30), max_delay=timedelta(minutes=5)
)
#: How often a process that has nothing left to send looks after its helpers.
_HELPERS_INTERVAL_S = 0.1


def dry_run(
    edition: Edition,
    recipients: Iterable[Recipient],
    *,
    secret: bytes,
    signing: Signing,
    clock: Clock,
    at: datetime | None = None,
) -> Campaign:
    """
    Compose the message for each of *recipients*; nothing is sent or stored.

    Args:
        at: The time the messages are composed for, now by default.

    Raises:
        ComposeError: The message for one of them cannot be composed.
    """
    now = clock.now()
    campaign_id = generate_campaign_id(edition, now)
    composer = Composer(edition, campaign_id=campaign_id, secret=secret, signing=signing)
    count = 0
    for count, recipient in enumerate(recipients, start=1):
        composer.compose(recipient, sequence=count, at=at or now)
    return Campaign(
        id=campaign_id,
        digest=edition.digest,
        state=CampaignState.DRY_RUN,
        at=at or now,
        zone=edition.publication.timezone,
        counts={DeliveryState.PENDING: count},
        subject=edition.title,
    )


def send(
    context: CampaignContext,
    campaign_id: str,
    *,
    process: WorkerProcess,
    sender: Sender | None = None,
    progress: ProgressListener | None = None,
    is_attended: bool,
    helpers: Helpers | None = None,
) -> Campaign:
    """
    Send a campaign as far as it can be sent now.

    Args:
        sender: Open, and stays open; None opens the campaign's own.
        is_attended: Somebody waits for it: if the server cannot be reached, or they stop it, it pauses. What is refused
            for now, or beyond the rate limit, leaves it `sending`: a worker continues when it can.
        helpers: Are started once it is frozen, and have ended before it is concluded.

    Raises:
        StateError: Its state does not allow sending.
        ComposeError: No message can be composed from its edition.
    """
    record = start_sending(context, campaign_id, process, is_attended=is_attended)
    progress = progress or NullListener()
    if sender is not None:
        result = _deliver_together(context, record, sender, process, progress, helpers)
        return _finish(context, record, result, sender, process, is_attended=is_attended)
    with context.senders.open_sender(record.sender) as own_sender:
        result = _deliver_together(context, record, own_sender, process, progress, helpers)
        return _finish(context, record, result, own_sender, process, is_attended=is_attended)


def _deliver_together(
    context: CampaignContext,
    record: CampaignRecord,
    sender: Sender,
    process: WorkerProcess,
    progress: ProgressListener,
    helpers: Helpers | None,
) -> LoopResult:
    """Deliver until nothing is left that could be sent now, here or by *helpers*."""
    if helpers is None:
        return _deliver(context, record, sender, process, progress)
    try:
        helpers.start()
        stalled_monitor = StalledProcessMonitor(context.store, process)
        result = _deliver(context, record, sender, process, progress)
        while result.stop_reason is StopReason.EXHAUSTED:
            reap_dead(context.store, clock=context.clock)
            stalled_monitor.check()
            if progress.should_stop():
                result = LoopResult(stop_reason=StopReason.REQUESTED)
            elif _has_due(context, record):  # what a helper left
                result = _deliver(context, record, sender, process, progress)
            elif not _is_held(context, record):
                break
            time.sleep(_HELPERS_INTERVAL_S)
    finally:
        helpers.stop()
    reap_dead(context.store, clock=context.clock)
    return result


def _has_due(context: CampaignContext, record: CampaignRecord) -> bool:
    with context.store.reading() as connection:
        return delivery_queries.has_due(
            connection, record.number, now=context.clock.now(), last=record.pause_after
        )


def _is_held(context: CampaignContext, record: CampaignRecord) -> bool:
    with context.store.reading() as connection:
        return bool(delivery_queries.list_processes(connection, record.number))


def _deliver(
    context: CampaignContext,
    record: CampaignRecord,
    sender: Sender,
    process: WorkerProcess,
    progress: ProgressListener,
) -> LoopResult:
    # Messages from the outbox may have been sent by another sender before, which this one knows nothing of.
    if sender.idempotency_window and record.kind != CampaignKind.OUTBOX.value:
        with context.store.writing() as connection:
            transitions.retry_idempotent(
                connection, record.number, window=sender.idempotency_window, now=context.clock.now()
            )
    rate_policy = context.senders.get_rate_policy(record.sender)
    claimer = Claimer(
        number=record.number,
        process_id=process.id,
        suppression_filter=SuppressionFilter(keys=context.keys, list_name=record.list_name),
        rate_policy=rate_policy,
    )
    threshold = FailureThreshold(rate_policy.pause_above)
    connections = SenderConnections(context, record, sender, process)
    try:
        while True:
            stop_reason = connections.wait(progress)
            if stop_reason is not None:
                return LoopResult(stop_reason=stop_reason)
            result = DeliveryLoop(
                record,
                context=context,
                composer=_open_composer(context, record, sender),
                sender=sender,
                connections=connections,
                process=process,
                claimer=claimer,
                threshold=threshold,
                progress=progress,
            ).run()
            if result.stop_reason is not StopReason.SHARE_CHANGED:
                return result
            connections.adjust()
    finally:
        connections.release()


def _open_composer(
    context: CampaignContext, record: CampaignRecord, sender: Sender
) -> Composer | FileComposer:
    signing = context.senders.get_signing(sender)
    if record.kind == CampaignKind.OUTBOX.value:
        return FileComposer(Path(record.outbox or ""), sender=sender, signing=signing)
    with context.store.reading() as connection:
        edition = campaign_records.read_edition(connection, record.edition_digest)
    return Composer(
        fill_constants(edition, record.constants),
        campaign_id=record.id,
        campaign_number=record.number,
        secret=context.keys.secret,
        signing=signing,
        subject_prefix=TEST_PREFIX if record.kind == CampaignKind.TEST.value else "",
        bounce_address=context.bounce_address,
    )


def _finish(
    context: CampaignContext,
    record: CampaignRecord,
    result: LoopResult,
    sender: Sender,
    process: WorkerProcess,
    *,
    is_attended: bool,
) -> Campaign:
    with context.store.writing() as connection:
        columns: dict[str, object] = {"outbox": sender.get_folder(record.id) or record.outbox}
        if result.stop_reason not in (StopReason.SENDER_FAILED, StopReason.SENDER_CRASHED):
            columns["last_active_at"] = context.clock.now()
        record = campaign_records.read(connection, record.id, for_update=True)
        if is_attended and record.process_id == process.id:
            columns["process_id"] = None
        campaign_records.update_columns(connection, record.number, **columns)
        _conclude(context, connection, record, result, is_attended=is_attended)
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


def _conclude(
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
    found = delivery_queries.find_frequent_response(connection, number, DeliveryState.REFUSED)
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
