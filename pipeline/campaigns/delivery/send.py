"""
Send a campaign as far as it can be sent now.

1. *Start*: move it to `sending`; see `freeze`.
2. *Deliver*: run the delivery loop; see `loop`.
3. *Conclude*: store how it ended for now; see `conclude`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.conclude import conclude
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
from pipeline.campaigns.planning.plan import CampaignKind, generate_campaign_id
from pipeline.campaigns.rates.failures import FailureThreshold
from pipeline.campaigns.store import campaign_records, delivery_queries, transitions
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.workers.processes import WorkerProcess
from pipeline.campaigns.workers.reaping import StalledProcessMonitor, reap_dead
from pipeline.clock import Clock
from pipeline.mail import TEST_PREFIX, Composer, Signing, fill_constants
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.senders import Sender

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
        return conclude(context, record, result, sender, process, is_attended=is_attended)
    with context.senders.open_sender(record.sender) as own_sender:
        result = _deliver_together(context, record, own_sender, process, progress, helpers)
        return conclude(context, record, result, own_sender, process, is_attended=is_attended)


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
