"""
Take a campaign up and send it, as far as it can be sent now.

1. *Take up*: its recipients are frozen, in one transaction with its move to `sending`, unless they are already.
2. *Hand over*: see `handover`.
3. *Conclude*: it is `sent` when nothing is left, and otherwise says why not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from pipeline.campaigns.context import Means
from pipeline.campaigns.delivery.claim import Claimer
from pipeline.campaigns.delivery.loop import Handover
from pipeline.campaigns.delivery.progress import Ended, Ending, Progress, Unwatched
from pipeline.campaigns.delivery.suppression_filter import Screen
from pipeline.campaigns.planning.plan import Kind, Late, read_portion
from pipeline.campaigns.planning.schedule import local_instant
from pipeline.campaigns.rates.limits import Alarm
from pipeline.campaigns.rates.retry import Patience
from pipeline.campaigns.store import campaign_records, counts, deliveries, transitions
from pipeline.campaigns.store.campaign_records import Record
from pipeline.campaigns.store.recipient_source import Member
from pipeline.campaigns.workers import processes
from pipeline.campaigns.workers.processes import Run
from pipeline.errors import StateError
from pipeline.mail import TEST_PREFIX, Composer
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.models.edition import Edition
from pipeline.senders import Sender

log = logging.getLogger(__name__)

#: How long a server that could not be reached is left alone, doubled each time. No longer than by Postfix
#: (minimal_backoff_time, 300 s): a letter has its hour, and after ten minutes of outage should not wait as long again.
#: How often it may be tried is for the guard against stale schedules to say, see `due`.
_SERVER_PATIENCE = Patience(first=timedelta(seconds=30), longest=timedelta(minutes=5))


def take_up(means: Means, campaign: str, run: Run) -> Record:
    """
    Move *campaign* to `sending` in the hands of *run*, its recipients frozen now if they are not yet.

    Raises:
        StateError: It is in no state to be sent, or in other hands.
        StoreError: Not all recipients could be written down; then none is.
    """
    now = means.clock.now()
    with means.store.writing() as connection:
        record = campaign_records.read(connection, campaign, for_update=True)
        if record.run not in (None, run.id):
            raise StateError(
                f"{record.id} is in the hands of {processes.called(connection, record.run)}. "
                f"Look on: handbill campaigns show {record.id} --watch"
            )
        if not record.state.can_become(CampaignState.SENDING) and record.state is not (
            CampaignState.SENDING
        ):
            campaign_records.move(
                connection, record, CampaignState.SENDING
            )  # it is refused, in words
        if record.frozen_at is None:
            assert record.list is not None, "named people are frozen when they are planned"
            members = means.members(connection, record.list, record.segment, record.most)
            count = deliveries.freeze(connection, record.number, members, due=_due(record))
            record = freeze_done(connection, record, count, now)
            skip_late(connection, record, now)
        touched = record.touched_at if record.failures else now
        return campaign_records.move(
            connection, record, CampaignState.SENDING, touched_at=touched, run=run.id
        )


def skip_late(connection: Connection, record: Record, now: datetime) -> None:
    """Leave out those whose time was past when a campaign by each reader's clock was planned, if that was wished."""
    if record.late == Late.SKIP.value:
        transitions.skip_overdue(connection, record.number, before=record.at, now=now)


def add_members(means: Means, connection: Connection, record: Record) -> int:
    """
    Add those who came to the list of *record* since it was frozen; return how many there are.

    Raises:
        StateError: It goes to no list, or nobody came.
    """
    if record.list is None or record.frozen_at is None:
        raise StateError(f"{record.id} goes to no list that was frozen; nobody can be added to it.")
    had = counts.mailboxes(connection, record.number)
    new = [
        member
        for member in means.members(connection, record.list, record.segment, None)
        if member.recipient.address.key not in had
    ]
    if not new:
        raise StateError(f'{record.id}: nobody came to the list "{record.list}" since.')
    deliveries.freeze(connection, record.number, new, start=len(had), due=_due(record))
    return len(new)


def _due(record: Record) -> Callable[[Member], datetime | None]:
    """Return what says when a member has the campaign: now, or by the clock where they live."""
    wall = record.wall
    if wall is None or not record.is_local:
        return lambda _: None
    return lambda member: local_instant(wall, member.zone or record.zone)


def freeze_done(connection: Connection, record: Record, count: int, now: datetime) -> Record:
    """Note that the recipients of *record* are written down, *count* of them."""
    log.info(
        "%s has %d recipients.",
        record.id,
        count,
        extra={"action": "campaign.frozen", "campaign": record.id, "recipients": count},
    )
    after = read_portion(record.first).of(count) if record.first and count else None
    campaign_records.change(connection, record.number, frozen_at=now, pause_after=after)
    return campaign_records.read(connection, record.id)


def send(
    means: Means,
    campaign: str,
    *,
    run: Run,
    sender: Sender | None = None,
    progress: Progress | None = None,
    is_attended: bool,
) -> Campaign:
    """
    Send *campaign* as far as it can be sent now.

    Args:
        sender: Open, and stays so; null opens the campaign's own.
        is_attended: Somebody waits for it: what cannot be ended now pauses it, and so does their wish to stop.
            Else it stays `sending`, to be gone on with when its time comes.

    Raises:
        StateError: It is in no state to be sent.
        ComposeError: Its edition cannot become a message at all.
    """
    record = take_up(means, campaign, run)
    with means.store.reading() as connection:
        edition = campaign_records.read_edition(connection, record.edition)
    if sender is not None:
        return _send(means, record, edition, sender, run, progress, is_attended=is_attended)
    with means.open_sender(record.sender) as own:
        return _send(means, record, edition, own, run, progress, is_attended=is_attended)


def _send(
    means: Means,
    record: Record,
    edition: Edition,
    sender: Sender,
    run: Run,
    progress: Progress | None,
    *,
    is_attended: bool,
) -> Campaign:
    press = Composer(
        edition,
        campaign_id=record.id,
        secret=means.secret,
        signing=means.signing(sender),
        subject_prefix=TEST_PREFIX if record.kind == Kind.TEST.value else "",
    )
    if sender.idempotency_window:
        with means.store.writing() as connection:
            transitions.resolve_known(
                connection, record.number, window=sender.idempotency_window, now=means.clock.now()
            )
    pace = means.pace_of(record.sender)
    ended = Handover(
        record,
        store=means.store,
        press=press,
        sender=sender,
        run=run,
        claimer=Claimer(
            number=record.number,
            run=run.id,
            screen=Screen(digest_of=means.digest_of, list=record.list),
            pace=pace,
        ),
        alarm=Alarm(pace.pause_above),
        token_of=means.token_of,
        clock=means.clock,
        progress=progress or Unwatched(),
        patience=means.patience,
        chance=means.chance,
    ).go()
    with means.store.writing() as connection:
        campaign_records.change(
            connection,
            record.number,
            outbox=sender.get_folder(record.id),
            **({"touched_at": means.clock.now()} if ended.why is not Ending.BROKEN else {}),
            **({"run": None} if ended.why is not Ending.LOST else {}),
        )
        record = campaign_records.read(connection, record.id, for_update=True)
        _conclude(means, connection, record, ended, is_attended=is_attended)
        found = campaign_records.as_campaign(
            connection, campaign_records.read(connection, record.id)
        )
    _tell(found, run)
    return found


def _conclude(
    means: Means, connection: Connection, record: Record, ended: Ended, *, is_attended: bool
) -> None:
    """Move the campaign where the end of its hand-over leads."""
    if record.state is not CampaignState.SENDING:  # somebody paused or cancelled it meanwhile
        return
    now = means.clock.now()
    is_over = counts.is_over(connection, record.number)
    if is_over:
        campaign_records.move(connection, record, CampaignState.SENT, ended_at=now, failures=0)
    elif ended.why is Ending.ALARM:
        campaign_records.move(connection, record, CampaignState.PAUSED, reason=ended.words)
    elif ended.why is Ending.PACED:
        _paced(connection, record, ended, is_attended=is_attended)
    elif ended.why is Ending.BROKEN:
        _broken(means, connection, record, ended, is_attended=is_attended)
    elif ended.why is Ending.STOPPED and is_attended:
        campaign_records.move(connection, record, CampaignState.PAUSED, reason="interrupted")
    elif record.pause_after and counts.is_reached(connection, record.number, record.pause_after):
        campaign_records.move(
            connection, record, CampaignState.PAUSED, reason=f"first {record.first} handed over"
        )
    elif ended.why is Ending.DRY and is_attended:
        campaign_records.move(connection, record, CampaignState.PAUSED, reason="deferred")
    elif ended.why is Ending.DRY:
        campaign_records.change(connection, record.number, failures=0, not_before=None)


def _paced(connection: Connection, record: Record, ended: Ended, *, is_attended: bool) -> None:
    when = f"paced: more may leave from {ended.until:%Y-%m-%d %H:%M} UTC on"
    if is_attended:
        campaign_records.move(connection, record, CampaignState.PAUSED, reason=when)
    else:
        campaign_records.move(
            connection, record, CampaignState.SENDING, reason=when, not_before=ended.until
        )


def _broken(
    means: Means, connection: Connection, record: Record, ended: Ended, *, is_attended: bool
) -> None:
    if is_attended or not ended.is_temporary:
        state = CampaignState.PAUSED if ended.is_temporary else CampaignState.FAILED
        campaign_records.move(connection, record, state, reason=ended.words)
        return
    failures = record.failures + 1
    wait = _SERVER_PATIENCE.wait(failures, chance=means.chance)
    campaign_records.move(
        connection,
        record,
        CampaignState.SENDING,
        reason=ended.words,
        failures=failures,
        not_before=means.clock.now() + wait,
    )


def _tell(campaign: Campaign, run: Run) -> None:
    numbers = {state.value: campaign.count(state) for state in DeliveryState}
    log.info(
        "%s is %s.",
        campaign.id,
        campaign.state.value,
        extra={
            "action": "campaign.concluded",
            "campaign": campaign.id,
            "run": run.id,
            "state": campaign.state.value,
            "counts": numbers,
        },
    )
