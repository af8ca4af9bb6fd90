"""Plan a campaign, unless it would send somebody what they have had."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from itertools import islice

from sqlalchemy import Connection, exists, select

from pipeline.campaigns.context import Means
from pipeline.campaigns.delivery.send import freeze_done
from pipeline.campaigns.planning.plan import Kind, Plan
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store import deliveries as ledger
from pipeline.campaigns.store.campaign_records import Record
from pipeline.campaigns.store.recipient_source import Member
from pipeline.campaigns.store.tables import deliveries
from pipeline.errors import StateError
from pipeline.models.campaign import CampaignState

log = logging.getLogger(__name__)

#: For so long nobody is sent the same edition, or another one of the same article, unless it is wished.
MEMORY = timedelta(days=30)
_BATCH = 500


def plan(
    means: Means,
    wish: Plan,
    *,
    again: bool = False,
    run: str | None = None,
    witness: Callable[[Connection, str], None] | None = None,
) -> Record:
    """
    Write a campaign down, with its edition to the last octet, and return it.

    Named people are frozen at once; those on a list when its instant has come.

    Args:
        again: Although some of them have had it.
        run: Who has it in hand at once, so that no worker takes it up.
        witness: Writes down in the same transaction that the campaign of this name is planned.

    Raises:
        StateError: Some have had it within `MEMORY`, or are about to; that campaign is named.
    """
    now = means.clock.now()
    state = CampaignState.DRAFT if wish.needs_approval else CampaignState.SCHEDULED
    with means.store.writing() as connection:
        refuse_repetition(means, connection, wish, again=again)
        record = campaign_records.insert_campaign(connection, wish, state, now)
        if wish.people is not None:
            members = (Member(recipient=reader) for reader in wish.people)
            count = ledger.freeze(connection, record.number, members)
            record = freeze_done(connection, record, count, now)
        if run is not None:
            campaign_records.change(connection, record.number, run=run)
        if witness is not None:
            witness(connection, record.id)
    log.info(
        "%s is planned.",
        record.id,
        extra={"action": "campaign.planned", "campaign": record.id, "edition": record.edition},
    )
    return record


def refuse_repetition(means: Means, connection: Connection, wish: Plan, *, again: bool) -> None:
    """
    See that nobody would be sent what they have had; what mails nobody, and copies to look at, may be repeated.

    Raises:
        StateError: Somebody would; that campaign is named.
    """
    if again or not wish.delivers_mail or wish.kind is not Kind.CAMPAIGN:
        return
    since = means.clock.now() - MEMORY
    digest = wish.edition.digest
    for rival in campaign_records.rivals(
        connection, digest=digest, canonical_url=wish.canonical_url, since=since
    ):
        is_same_list = wish.list is not None and rival.list == wish.list
        if (rival.frozen_at is None and is_same_list) or _reaches(
            means, connection, rival, _mailboxes(means, connection, wish)
        ):
            raise _repetition(rival, digest)


def take_out(means: Means, campaign: str, mailboxes: Collection[str], *, again: bool) -> None:
    """
    Write down that *campaign*, which lies in the outbox, is mailed from there to *mailboxes* by another sender.

    From then on it counts as mailed, to everybody it was written for: the same letter is not sent to them again. Of a
    campaign that another store knows, this one can say nothing.

    Raises:
        StateError: Some have had it by another campaign within `MEMORY`, or are about to; that campaign is named.
    """
    now = means.clock.now()
    with means.store.writing() as connection:
        record = campaign_records.find(connection, campaign)
        if record is None or record.kind != Kind.CAMPAIGN.value:
            return
        rivals = campaign_records.rivals(
            connection,
            digest=record.edition,
            canonical_url=record.canonical_url,
            since=now - MEMORY,
        )
        for rival in () if again else rivals:
            is_other = rival.number != record.number
            if is_other and _reaches(means, connection, rival, iter(mailboxes)):
                raise _repetition(rival, record.edition)
        campaign_records.change(connection, record.number, delivers_mail=True, touched_at=now)


def _repetition(rival: Record, digest: str) -> StateError:
    what = "this letter" if rival.edition == digest else "this article"
    return StateError(
        f"{rival.id} ({rival.state.value}) has {what} for some of the same people. "
        f"Go on with that one: handbill campaigns show {rival.id}. To mail it again all the same, add --allow-repeat."
    )


def _reaches(means: Means, connection: Connection, rival: Record, mine: Iterator[str]) -> bool:
    """Whether *rival* went or goes to one of the mailboxes *mine*."""
    if rival.frozen_at is None:
        theirs = set(_members(means, connection, rival.list, rival.segment, rival.most))
        return any(mailbox in theirs for mailbox in mine)
    while some := list(islice(mine, _BATCH)):
        had = exists().where(
            deliveries.c.campaign == rival.number,
            deliveries.c.mailbox.in_(some),
            deliveries.c.state != "skipped",
        )
        if connection.scalar(select(had)):
            return True
    return False


def _mailboxes(means: Means, connection: Connection, wish: Plan) -> Iterator[str]:
    if wish.people is not None:
        yield from (reader.address.key for reader in wish.people)
        return
    yield from _members(means, connection, wish.list, wish.segment, wish.most)


def _members(
    means: Means, connection: Connection, list: str | None, segment: str | None, most: int | None
) -> Iterator[str]:
    assert list is not None, "a campaign goes to a list or to named people"
    for member in means.members(connection, list, segment, most):
        yield member.recipient.address.key
