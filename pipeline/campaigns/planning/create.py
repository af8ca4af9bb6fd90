"""Create campaigns, unless their time is past or they would repeat what recipients already received."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from sqlalchemy import Connection, exists, select

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.freeze import mark_frozen
from pipeline.campaigns.planning.plan import CampaignKind, CampaignPlan, LatePolicy
from pipeline.campaigns.planning.schedule import ZoneSendTime, list_past, list_zone_send_times
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.store.recipients import ListRecipient, freeze_named, list_recipients
from pipeline.campaigns.store.tables import deliveries
from pipeline.campaigns.workers.tickets import make_campaign_ticket
from pipeline.database import TransactionLock
from pipeline.errors import ConfigError, ScheduleError, StateError
from pipeline.models.campaign import CampaignState
from pipeline.models.publication import Publication

log = logging.getLogger(__name__)

#: Within this time nobody is sent the same edition, or another one of the same article, unless asked for.
REPEAT_WINDOW = timedelta(days=30)
_BATCH_MAILBOXES = 500


def create_campaign(
    context: CampaignContext,
    plan: CampaignPlan,
    *,
    allow_repeat: bool = False,
    process_id: str | None = None,
    on_created: Callable[[Connection, str], None] | None = None,
) -> CampaignRecord:
    """
    Store a campaign with its edition, and return it.

    Named recipients are frozen at once, those of a list when it is due.

    Args:
        allow_repeat: Even if some recipients already received it.
        process_id: The process that sends it at once, so that no worker takes it.
        on_created: Called in the same transaction with the campaign's ID.

    Raises:
        ConfigError: It goes to a list, and nothing hears it when somebody unsubscribes.
        StateError: Some recipients received it within `REPEAT_WINDOW`, or are about to; the message names the campaign.
    """
    if plan.kind is CampaignKind.CAMPAIGN:
        require_unsubscribe_answer(
            plan.edition.publication, plan.list_name, delivers_mail=plan.delivers_mail
        )
    now = context.clock.now()
    state = CampaignState.DRAFT if plan.needs_approval else CampaignState.SCHEDULED
    with context.store.writing(TransactionLock.CAMPAIGNS, TransactionLock.COPYING) as connection:
        check_not_repeated(context, connection, plan, allow_repeat=allow_repeat)
        record = campaign_records.insert_campaign(connection, plan, state, now)
        if plan.recipients is not None:
            recipients = {
                sequence: ListRecipient(recipient=recipient)
                for sequence, recipient in enumerate(plan.recipients, start=1)
            }
            freeze_named(connection, record.number, recipients)
            record = mark_frozen(context, connection, record, len(recipients))
        if process_id is not None:
            campaign_records.update_columns(connection, record.number, process_id=process_id)
        if on_created is not None:
            on_created(connection, record.id)
        if process_id is None and record.state is CampaignState.SCHEDULED:
            context.engine.add(make_campaign_ticket(record.id, record.scheduled_at), connection)
    log.info(
        "%s is created.",
        record.id,
        extra={
            "action": "campaign.created",
            "campaign": record.id,
            "edition": record.edition_digest,
        },
    )
    return record


def require_unsubscribe_answer(
    publication: Publication, list_name: str | None, *, delivers_mail: bool
) -> None:
    """
    Check that it is heard when somebody on the list *list_name* unsubscribes.

    Raises:
        ConfigError: Nothing and nobody answers, and the campaign reaches people.
    """
    if list_name is None or not delivers_mail or publication.answers_unsubscribing:
        return
    raise ConfigError(
        f'Nobody could unsubscribe from "{list_name}": nothing answers, so nothing was sent. Do one of these:\n'
        '- Set [publication] public_url = "https://…" and run handbill serve; see: handbill docs serve\n'
        '- Set [bounces] address = "bounce@…" and let handbill inbound read it; see: handbill docs bounces\n'
        '- Set [publication] unsubscribe_url = "https://…{token}" if another service answers.\n'
        '- Set [publication] unsubscribe = "mailto:…" and unsubscribe_by_hand = true if a person reads that mailbox.'
    )


def list_send_times(connection: Connection, plan: CampaignPlan) -> tuple[ZoneSendTime, ...]:
    """Return when each time zone receives a campaign that is sent in recipients' time zones."""
    assert plan.local_time is not None, "a campaign in recipients' time zones has a local time"
    zones = Counter(each.zone or plan.zone for each in _list_recipients(connection, plan))
    return list_zone_send_times(plan.local_time, zones)


def check_schedule(
    context: CampaignContext, connection: Connection, plan: CampaignPlan
) -> CampaignPlan:
    """
    Check that the time of *plan* is ahead, and return it due when its first recipients are.

    Raises:
        ScheduleError: It is past, for some recipients at least, or *plan* expires before it.
    """
    now = context.clock.now()
    if plan.expires_at and plan.expires_at <= max(plan.at, now):
        raise ScheduleError(
            f"The campaign would expire ({plan.expires_at:%Y-%m-%d %H:%M} UTC) before it is due. Use a later --expires."
        )
    if not plan.in_recipient_zone:
        if plan.local_time is not None and plan.at < now:
            raise ScheduleError(
                f"{plan.at:%Y-%m-%d %H:%M} UTC is in the past. Use a later time, or send now: handbill send"
            )
        return plan
    times = list_send_times(connection, plan)
    if (past := list_past(times, now)) and plan.late_policy is None:
        zones = ", ".join(each.zone for each in past[:3])
        raise ScheduleError(
            f"That time is in the past for {sum(each.recipients for each in past):,} recipients ({zones}). "
            "Use a later one, or say what happens to them: --late send or --late skip"
        )
    ahead = [each.at for each in times if each.at > now]
    if not ahead:
        raise ScheduleError("That time is in the past for all recipients. Use a later one.")
    return replace(
        plan, at=ahead[0] if plan.late_policy is LatePolicy.SKIP else max(times[0].at, now)
    )


def check_not_repeated(
    context: CampaignContext, connection: Connection, plan: CampaignPlan, *, allow_repeat: bool
) -> None:
    """
    Check that nobody would receive the same again; tests, and senders that reach nobody, may repeat.

    Raises:
        StateError: Somebody would; the message names the other campaign.
    """
    if allow_repeat or not plan.delivers_mail or plan.kind is not CampaignKind.CAMPAIGN:
        return
    require_not_sent(
        context,
        connection,
        digest=plan.edition.digest,
        canonical_url=plan.canonical_url,
        list_name=plan.list_name,
        list_mailboxes=lambda: _list_mailboxes(connection, plan),
    )


def require_not_sent(
    context: CampaignContext,
    connection: Connection,
    *,
    digest: str,
    canonical_url: str | None,
    list_mailboxes: Callable[[], Iterator[str]],
    list_name: str | None = None,
) -> None:
    """
    Require that no campaign within `REPEAT_WINDOW` sends the same to some of the same mailboxes.

    Raises:
        StateError: One does, or is about to.
    """
    for other in campaign_records.list_conflicting(
        connection,
        digest=digest,
        canonical_url=canonical_url,
        since=context.clock.now() - REPEAT_WINDOW,
    ):
        is_same_list = list_name is not None and other.list_name == list_name
        if (other.frozen_at is None and is_same_list) or _has_recipient(
            connection, other, list_mailboxes()
        ):
            raise _repeat_error(other, digest)


def _repeat_error(other: CampaignRecord, digest: str) -> StateError:
    what = "this edition" if other.edition_digest == digest else "this article"
    go_on = ""
    if other.state in (CampaignState.PAUSED, CampaignState.FAILED):
        go_on = f"Correct what stopped it and go on: handbill campaigns resume {other.id}. "
    return StateError(
        f"{other.id} ({other.state.value}) sends {what} to some of the same recipients. {go_on}"
        f"See it: handbill campaigns show {other.id}. To send it again anyway, add --allow-repeat."
    )


def _has_recipient(
    connection: Connection, campaign: CampaignRecord, mailboxes: Iterator[str]
) -> bool:
    """Whether *campaign* was or will be sent to one of *mailboxes*."""
    if campaign.frozen_at is None:
        assert campaign.list_name is not None, "named recipients are frozen at once"
        upcoming = list_recipients(
            connection, campaign.list_name, campaign.segment, campaign.recipient_limit
        )
        known = {each.recipient.address.key for each in upcoming}
        return any(mailbox in known for mailbox in mailboxes)
    while batch := list(islice(mailboxes, _BATCH_MAILBOXES)):
        is_recipient = exists().where(
            deliveries.c.campaign == campaign.number,
            deliveries.c.mailbox.in_(batch),
            deliveries.c.state != "skipped",
        )
        if connection.scalar(select(is_recipient)):
            return True
    return False


def _list_mailboxes(connection: Connection, plan: CampaignPlan) -> Iterator[str]:
    if plan.recipients is not None:
        yield from (recipient.address.key for recipient in plan.recipients)
    else:
        yield from (each.recipient.address.key for each in _list_recipients(connection, plan))


def _list_recipients(connection: Connection, plan: CampaignPlan) -> Iterator[ListRecipient]:
    assert plan.list_name is not None, "a campaign goes to a list or to named recipients"
    return list_recipients(connection, plan.list_name, plan.segment, plan.limit)
