"""What a person can do with an existing campaign: pause, cancel, approve, resolve, resume."""

from __future__ import annotations

import logging
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.store import campaign_records, transitions
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.store.delivery_counts import count_by_state
from pipeline.campaigns.workers.tickets import make_campaign_ticket
from pipeline.errors import StateError
from pipeline.models.campaign import REQUESTED, Campaign, CampaignState
from pipeline.models.delivery import DeliveryState, SkipReason

log = logging.getLogger(__name__)

_MIN_DIGEST_CHARACTERS = 8


class RetryScope(Enum):
    """Which recipients to resume a finished campaign for."""

    #: Those whose message was refused.
    FAILED = "failed"
    #: Those who joined its list after it was frozen.
    ADDED = "added"


def pause(context: CampaignContext, campaign_id: str, *, reason: str = REQUESTED) -> Campaign:
    """
    Pause a campaign; the process that sends it stops within a second, after the messages being sent.

    Raises:
        StateError: It is neither scheduled nor sending.
    """
    with context.store.writing() as connection:
        record = campaign_records.read(connection, campaign_id, for_update=True)
        if record.state is not CampaignState.PAUSED:
            record = _transition(connection, record, CampaignState.PAUSED, reason=reason)
        return campaign_records.to_campaign(connection, record)


def cancel(context: CampaignContext, campaign_id: str) -> Campaign:
    """
    Cancel a campaign: everything not sent yet is skipped. Uncertain deliveries stay uncertain.

    Raises:
        StateError: It is sent, or already cancelled.
    """
    now = context.clock.now()
    with context.store.writing() as connection:
        record = campaign_records.read(connection, campaign_id, for_update=True)
        record = _transition(
            connection, record, CampaignState.CANCELLED, reason=REQUESTED, ended_at=now
        )
        transitions.skip_remaining(connection, record.number, SkipReason.CANCELLED, now)
        return campaign_records.to_campaign(connection, record)


def approve(context: CampaignContext, campaign_id: str, *, digest: str) -> Campaign:
    """
    Approve the edition *digest* of a draft, and schedule it.

    Args:
        digest: The digest of the reviewed edition, or at least its first eight characters.

    Raises:
        StateError: It is not a draft, or has another edition.
    """
    now = context.clock.now()
    with context.store.writing() as connection:
        record = campaign_records.read(connection, campaign_id, for_update=True)
        if record.state is not CampaignState.DRAFT:
            raise StateError(f"{record.id} is {record.state.value}; only a draft can be approved.")
        is_long_enough = len(digest) >= _MIN_DIGEST_CHARACTERS
        if not (is_long_enough and record.edition_digest.startswith(digest.lower())):
            raise StateError(
                f"{record.id} has a different edition than {digest}: what you reviewed is not what would be sent. "
                f"Review this one: handbill campaigns show {record.id}"
            )
        record = _transition(connection, record, CampaignState.SCHEDULED, approved_at=now)
        context.engine.add(make_campaign_ticket(record.id, record.scheduled_at), connection)
        return campaign_records.to_campaign(connection, record)


def resolve(context: CampaignContext, campaign_id: str, *, retry: bool) -> tuple[Campaign, int]:
    """
    Retry or skip the uncertain deliveries of a campaign; return it, and how many there were.

    A finished campaign is paused if there is something to retry.

    Raises:
        StateError: It is cancelled, and is not sent again.
    """
    now = context.clock.now()
    with context.store.writing() as connection:
        record = campaign_records.read(connection, campaign_id, for_update=True)
        if retry and record.state is CampaignState.CANCELLED:
            raise StateError(
                f"{record.id} is cancelled; nothing of it is sent again. Skip the uncertain deliveries: --skip"
            )
        count = transitions.resolve_uncertain(connection, record.number, retry=retry, now=now)
        if count and retry and record.state is CampaignState.SENT:
            record = _transition(connection, record, CampaignState.SENDING, ended_at=None)
            record = _transition(connection, record, CampaignState.PAUSED, reason="resolved")
        return campaign_records.to_campaign(connection, record), count


def prepare_resume(
    connection: Connection, record: CampaignRecord, *, scope: RetryScope | None, now: datetime
) -> CampaignRecord:
    """
    Move *record* to the state in which it can be sent again.

    Raises:
        StateError: Its state does not allow that.
    """
    if scope is RetryScope.FAILED:
        if not transitions.retry(connection, record.number, DeliveryState.REFUSED):
            raise StateError(f"{record.id}: no message was refused, so there is nothing to retry.")
    elif record.state is CampaignState.SENT and scope is None:
        raise StateError(f"{record.id} is already sent; there is nothing to resume.")
    if record.state is CampaignState.DRAFT:
        raise StateError(
            f"{record.id} waits for approval. Approve it: handbill campaigns approve {record.id} --digest …"
        )
    campaign_records.update_columns(
        connection,
        record.number,
        pause_after=None,
        retry_at=None,
        failures=0,
        ended_at=None,
        last_active_at=now,  # so that it is not stale, however long it was paused
    )
    is_early = record.frozen_at is None and record.scheduled_at > now
    state = CampaignState.SCHEDULED if is_early else CampaignState.SENDING
    return _transition(connection, record, state)


def _transition(
    connection: Connection,
    record: CampaignRecord,
    state: CampaignState,
    *,
    reason: str | None = None,
    **columns: Any,  # Any: values of other columns
) -> CampaignRecord:
    changed = campaign_records.transition(connection, record, state, reason=reason, **columns)
    counts = count_by_state(connection, record.number)
    log.info(
        "%s is %s.",
        record.id,
        state.value,
        extra={
            "action": f"campaign.{state.value}",
            "campaign": record.id,
            "reason": reason,
            "accepted": counts.get(DeliveryState.ACCEPTED, 0),
        },
    )
    return changed
