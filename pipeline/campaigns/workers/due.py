"""What is due now, what is held because it is too late, and what waits for when."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from pipeline.campaigns.context import Means
from pipeline.campaigns.planning.schedule import is_stale, recompute
from pipeline.campaigns.store import campaign_records, counts, transitions
from pipeline.campaigns.store.campaign_records import Record
from pipeline.campaigns.workers import processes
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import SkipReason

log = logging.getLogger(__name__)

_OPEN = (CampaignState.SCHEDULED, CampaignState.SENDING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """
    A campaign that is not over and not due.

    Args:
        at: When it is, null if a person must decide.
    """

    campaign: str
    why: str
    at: datetime | None


def campaigns_due(means: Means, *, stale_after: timedelta) -> list[str]:
    """
    Return the campaigns that are due and in nobody's hands, the oldest first.

    One whose zone has new rules is moved to where its wall clock now is; one that is due since longer than
    *stale_after* is held for a person to decide; one that expired is over.
    """
    now = means.clock.now()
    with means.store.reading() as connection:
        found = [
            record
            for record in campaign_records.all_of(connection, *_OPEN)
            if record.run is None and _may_be_due(connection, record, now)
        ]
    due = []
    for record in reversed(found):
        with means.store.writing() as connection:
            again = campaign_records.read(connection, record.id, for_update=True)
            is_ours = again.run is None and again.state in _OPEN
            if is_ours and _is_due(connection, again, now, stale_after):
                due.append(again.id)
    return due


def _may_be_due(connection: Connection, record: Record, now: datetime) -> bool:
    """Whether it is worth the lock to look closer."""
    if record.state is CampaignState.SCHEDULED:
        return _instant(record) <= now or record.at <= now or _instant(record) != record.at
    if record.not_before and record.not_before > now:
        return False
    if record.expires_at and record.expires_at <= now:
        return True
    return (
        counts.has_due(connection, record.number, now=now, last=record.pause_after)
        or counts.is_over(connection, record.number)
        or _should_pause(connection, record)
    )


def _should_pause(connection: Connection, record: Record) -> bool:
    """Whether its first portion has gone out, and whoever sent it could not write down that it pauses."""
    last = record.pause_after
    return last is not None and counts.is_reached(connection, record.number, last)


def _instant(record: Record) -> datetime:
    """Return when a scheduled campaign is due by today's rules of its zone."""
    if record.wall is None or record.is_local:
        return record.at
    return recompute(record.wall, record.zone, record.at)


def _is_due(connection: Connection, record: Record, now: datetime, stale_after: timedelta) -> bool:
    if record.state is CampaignState.SCHEDULED:
        instant = _instant(record)
        if instant != record.at:
            campaign_records.change(connection, record.number, at=instant)
            log.info("%s is due at another instant: its zone has new rules.", record.id)
        since: datetime = instant
    else:
        since = _idle_since(connection, record)
    if since > now:
        return False
    if record.expires_at and record.expires_at <= now and record.state is CampaignState.SCHEDULED:
        transitions.skip_rest(connection, record.number, SkipReason.EXPIRED, now)
        campaign_records.move(
            connection,
            record,
            CampaignState.CANCELLED,
            reason=f"expired at {record.expires_at:%Y-%m-%d %H:%M} UTC",
            ended_at=now,
        )
        return False
    if is_stale(since, now, stale_after):
        campaign_records.move(
            connection,
            record,
            CampaignState.PAUSED,
            reason=_told_stale(record, since),
        )
        log.warning("%s is held: it is stale.", record.id, extra={"action": "campaign.stale"})
        return False
    return True


def _told_stale(record: Record, since: datetime) -> str:
    if record.failures:
        return f"stale: no answer since {since:%Y-%m-%d %H:%M} UTC: {record.reason}"
    return f"stale: due since {since:%Y-%m-%d %H:%M} UTC, and nobody sent it"


def _idle_since(connection: Connection, record: Record) -> datetime:
    """
    Return since when somebody could have gone on with it: the last sign of life, or when the next is due.

    That a server was asked once more and did not answer is no sign of life, see `sending`.
    """
    last = max(
        record.touched_at, counts.last_settled(connection, record.number) or record.touched_at
    )
    pending = counts.next_due(connection, record.number)
    if pending and not counts.is_undated(connection, record.number):
        last = max(last, pending)
    return last if record.failures else max(last, record.not_before or last)


def waiting(means: Means) -> list[Waiting]:
    """Return what is not over: what waits, for when and why."""
    with means.store.reading() as connection:
        return [
            _waiting(connection, record)
            for record in campaign_records.all_of(
                connection,
                *_OPEN,
                CampaignState.PAUSED,
                CampaignState.DRAFT,
                CampaignState.FAILED,
            )
            if record.kind == "campaign"
        ]


def _waiting(connection: Connection, record: Record) -> Waiting:
    at: datetime | None = None
    why = f"{record.state.value}{f' ({record.reason})' if record.reason else ''}"
    if record.state is CampaignState.SCHEDULED:
        at = record.at
    elif record.run is not None:
        why = f"sending, in the hands of {processes.called(connection, record.run)}"
    elif record.state is CampaignState.SENDING:
        at = record.not_before or counts.next_due(connection, record.number)
    return Waiting(campaign=record.id, why=why, at=at)
