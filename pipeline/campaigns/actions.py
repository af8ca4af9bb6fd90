"""What a person may do with a campaign that is there: pause, resume, cancel, approve, resolve."""

from __future__ import annotations

import logging
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection

from pipeline.campaigns.store import campaign_records, transitions
from pipeline.campaigns.store.campaign_records import Record
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.errors import StateError
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState, SkipReason

log = logging.getLogger(__name__)


class Only(Enum):
    """Whom a campaign that has ended is taken up again for."""

    #: Those who were refused.
    FAILED = "failed"
    #: Those who came to its list since it was frozen.
    ADDED = "added"


def pause(store: Store, campaign: str, *, reason: str = "asked") -> Record:
    """
    Pause *campaign*; whoever sends it stops within a second, what is on the wire finished.

    Raises:
        StateError: It is neither scheduled nor being sent.
    """
    with store.writing() as connection:
        record = campaign_records.read(connection, campaign, for_update=True)
        if record.state is CampaignState.PAUSED:
            return record
        return _moved(connection, record, CampaignState.PAUSED, reason=reason)


def cancel(store: Store, campaign: str, *, clock: Clock) -> tuple[Record, int]:
    """
    Cancel *campaign*: whoever has not had it gets it no more. Return it, and how many that are.

    What is in doubt stays so, and is told.

    Raises:
        StateError: It is sent, or cancelled already.
    """
    now = clock.now()
    with store.writing() as connection:
        record = campaign_records.read(connection, campaign, for_update=True)
        moved = _moved(connection, record, CampaignState.CANCELLED, reason="asked", ended_at=now)
        return moved, transitions.skip_rest(connection, record.number, SkipReason.CANCELLED, now)


def approve(store: Store, campaign: str, *, digest: str, clock: Clock) -> Record:
    """
    Approve of the edition *digest* of a draft: it is scheduled.

    Args:
        digest: That of what was looked at, or at least its first eight digits.

    Raises:
        StateError: It is no draft, or another edition than the one looked at.
    """
    with store.writing() as connection:
        record = campaign_records.read(connection, campaign, for_update=True)
        if record.state is not CampaignState.DRAFT:
            raise StateError(f"{record.id} is {record.state.value}: there is nothing to approve.")
        if len(digest) < 8 or not record.edition.startswith(digest.lower()):
            raise StateError(
                f"{record.id} has another edition than {digest}: what you looked at is not what would be sent. "
                f"Look at this one: handbill campaigns show {record.id}"
            )
        return _moved(connection, record, CampaignState.SCHEDULED, approved_at=clock.now())


def resolve(store: Store, campaign: str, *, retry: bool, clock: Clock) -> tuple[Record, int]:
    """
    Decide about what is uncertain in *campaign*: offer it again, or leave it. Return it, and how many there were.

    A campaign that had ended is paused then, if there is something to offer again.

    Raises:
        StateError: It was cancelled, and nothing of it is sent again.
    """
    with store.writing() as connection:
        record = campaign_records.read(connection, campaign, for_update=True)
        if retry and record.state is CampaignState.CANCELLED:
            raise StateError(
                f"{record.id} is cancelled; nothing of it is sent again. Leave what is uncertain: --skip"
            )
        count = transitions.resolve(connection, record.number, retry=retry, now=clock.now())
        if count and retry and record.state is CampaignState.SENT:
            record = _moved(connection, record, CampaignState.SENDING, ended_at=None)
            record = _moved(connection, record, CampaignState.PAUSED, reason="resolved")
        return record, count


def prepare_resumption(
    connection: Connection, record: Record, *, only: Only | None, now: datetime
) -> Record:
    """
    Make *record* ready to be taken up again.

    Raises:
        StateError: It is in no state to go on.
    """
    if only is Only.FAILED:
        count = transitions.retry_refused(connection, record.number)
        if not count:
            raise StateError(f"{record.id}: nobody was refused, so there is nobody to try again.")
    elif record.state is CampaignState.SENT and only is None:
        raise StateError(f"{record.id} is sent; there is nothing to go on with.")
    if record.state is CampaignState.DRAFT:
        raise StateError(
            f"{record.id} waits for approval. Approve it: handbill campaigns approve {record.id} --digest …"
        )
    campaign_records.change(
        connection,
        record.number,
        pause_after=None,
        not_before=None,
        failures=0,
        ended_at=None,
        touched_at=now,  # so it is not stale, however long it was held
    )
    is_early = record.frozen_at is None and record.at > now
    return _moved(
        connection, record, CampaignState.SCHEDULED if is_early else CampaignState.SENDING
    )


def _moved(
    connection: Connection,
    record: Record,
    state: CampaignState,
    *,
    reason: str | None = None,
    **columns: Any,  # Any: values of other columns
) -> Record:
    moved = campaign_records.move(connection, record, state, reason=reason, **columns)
    log.info(
        "%s is %s.",
        record.id,
        state.value,
        extra={
            "action": f"campaign.{state.value}",
            "campaign": record.id,
            "reason": reason,
            "accepted": campaign_records.counts(connection, record.number).get(
                DeliveryState.ACCEPTED, 0
            ),
        },
    )
    return moved
