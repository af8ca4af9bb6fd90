"""
Send messages from the outbox by another sender, as a campaign of its own.

Its deliveries are the messages in the folder; its composer reads their files. It counts as sent to all of them from
the start, and is found again by its ID to send the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, select

from pipeline.campaigns.context import CampaignContext
from pipeline.campaigns.delivery.file_composer import to_values
from pipeline.campaigns.delivery.freeze import require_free
from pipeline.campaigns.planning.create import require_not_sent, require_unsubscribe_answer
from pipeline.campaigns.planning.plan import CampaignKind
from pipeline.campaigns.store import campaign_records, delivery_queries, transitions
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.campaigns.store.recipients import ListRecipient, freeze_named
from pipeline.database import TransactionLock, in_values
from pipeline.errors import AddressError, ConfigError, SendError
from pipeline.models.address import Address, parse_address
from pipeline.models.campaign import CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.models.recipient import Recipient
from pipeline.senders.outbox.manifest import (
    MANIFEST,
    Manifest,
    ManifestEntry,
    check_message_files,
    list_messages,
)
from pipeline.subscribers.tables import subscribers

#: What the ID of a campaign adds to that of the campaign that wrote its messages.
ID_SUFFIX = "-sent"
_UNSENT = frozenset({DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED})


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxPlan:
    """
    What to send from a folder of the outbox.

    Args:
        limit: Send at most this many messages, None for all.
        retry_uncertain: Also send those again whose delivery is uncertain.
        allow_repeat: Even if recipients already received the same in another campaign.
        unsubscribe_by_hand: Whether a person reads the mailbox that the messages name for unsubscribing.
    """

    folder: Path
    limit: int | None = None
    retry_uncertain: bool = False
    allow_repeat: bool = False
    unsubscribe_by_hand: bool = False


def check_outbox(context: CampaignContext, plan: OutboxPlan) -> int:
    """
    Check that the messages of *plan* may be sent, and return how many there are; nothing is stored.

    Raises:
        SendError: The folder is damaged or being written, or files are missing or changed.
        StateError: Some recipients received the same in another campaign.
        ConfigError: They were written for a list, and nothing hears it when somebody unsubscribes.
    """
    with Manifest(plan.folder / MANIFEST), context.store.reading() as connection:
        messages = list_messages(plan.folder)
        record, original = _find(connection, messages)
        unsent = _select_unsent(plan, messages, _read_states(connection, record))
        check_message_files(plan.folder, unsent)
        if record is None:
            _require_unsubscribe_answer(connection, plan, original)
            addresses = _parse_addresses(plan.folder, messages).values()
            _require_not_sent(context, connection, plan, original, addresses)
        return len(unsent)


def open_outbox_campaign(
    context: CampaignContext, plan: OutboxPlan, *, sender: str, process_id: str
) -> CampaignRecord:
    """
    Create the campaign of *plan*, or find it again, ready to be sent by the process *process_id*.

    Args:
        sender: The name of the sender.

    Raises:
        StateError: Another process is sending it, it is cancelled, or some recipients received the same meanwhile.
        ConfigError: As for `check_outbox()`.
    """
    now = context.clock.now()
    locks = (TransactionLock.CAMPAIGNS, TransactionLock.COPYING)
    with Manifest(plan.folder / MANIFEST), context.store.writing(*locks) as connection:
        messages = list_messages(plan.folder)
        addresses = _parse_addresses(plan.folder, messages)
        record, original = _find(connection, messages, for_update=True)
        if record is None:
            _require_unsubscribe_answer(connection, plan, original)
            _require_not_sent(context, connection, plan, original, addresses.values())
            record = campaign_records.insert_outbox_campaign(
                connection,
                f"{messages[0].campaign_id}{ID_SUFFIX}",
                original=original,
                title=messages[0].campaign_id,
                sender=sender,
                now=now,
            )
        require_free(connection, record, process_id)
        states = _read_states(connection, record)
        unsent = _select_unsent(plan, messages, states)
        if record.state is CampaignState.SENT and not unsent:
            return record
        added = [each for each in messages if each.sequence not in states]
        _freeze(connection, record, added, addresses)
        transitions.retry(connection, record.number, DeliveryState.DEFERRED)
        last = unsent[-1].sequence if unsent and plan.limit else None
        if plan.retry_uncertain:
            transitions.resolve_uncertain(connection, record.number, retry=True, now=now, last=last)
        return campaign_records.transition(
            connection,
            record,
            CampaignState.SENDING,
            sender=sender,
            outbox=str(plan.folder),
            pause_after=last,
            first_batch=str(plan.limit) if last else None,
            retry_at=None,
            failures=0,
            ended_at=None,
            last_active_at=now,
            process_id=process_id,
        )


def find_outbox_campaign(connection: Connection, folder: Path) -> CampaignRecord | None:
    """Return the campaign that sends the messages in *folder*, None if nothing was sent from there."""
    return _find(connection, list_messages(folder))[0]


def _find(
    connection: Connection, messages: Sequence[ManifestEntry], *, for_update: bool = False
) -> tuple[CampaignRecord | None, CampaignRecord | None]:
    """Return the campaign that sends *messages*, and the one that wrote them."""
    original_id = messages[0].campaign_id
    return (
        campaign_records.find(connection, f"{original_id}{ID_SUFFIX}", for_update=for_update),
        campaign_records.find(connection, original_id),
    )


def _read_states(
    connection: Connection, record: CampaignRecord | None
) -> Mapping[int, DeliveryState]:
    if record is None:
        return {}
    rows = delivery_queries.list_deliveries(connection, record.number)
    return {row.sequence: DeliveryState(row.state) for row in rows}


def _select_unsent(
    plan: OutboxPlan, messages: Sequence[ManifestEntry], states: Mapping[int, DeliveryState]
) -> Sequence[ManifestEntry]:
    wanted = _UNSENT | ({DeliveryState.UNCERTAIN} if plan.retry_uncertain else set())
    return [
        each for each in messages if states.get(each.sequence, DeliveryState.PENDING) in wanted
    ][: plan.limit]


def _require_unsubscribe_answer(
    connection: Connection, plan: OutboxPlan, original: CampaignRecord | None
) -> None:
    """Require of messages to a list what is required of every campaign: their links are what they were written with."""
    if original is None or original.kind == CampaignKind.TEST.value or not original.edition_digest:
        return
    publication = campaign_records.read_edition(connection, original.edition_digest).publication
    by_hand = publication.unsubscribe_by_hand or plan.unsubscribe_by_hand
    try:
        require_unsubscribe_answer(
            replace(publication, unsubscribe_by_hand=by_hand),
            original.list_name,
            delivers_mail=True,
        )
    except ConfigError as error:
        raise ConfigError(
            f"{error}\nThe messages in {plan.folder} were written without that; write them again."
        ) from error


def _require_not_sent(
    context: CampaignContext,
    connection: Connection,
    plan: OutboxPlan,
    original: CampaignRecord | None,
    addresses: Iterable[Address],
) -> None:
    if plan.allow_repeat or original is None or original.kind == CampaignKind.TEST.value:
        return
    mailboxes = [address.key for address in addresses]
    require_not_sent(
        context,
        connection,
        digest=original.edition_digest,
        canonical_url=original.canonical_url,
        list_mailboxes=lambda: iter(mailboxes),
    )


def _parse_addresses(folder: Path, messages: Iterable[ManifestEntry]) -> dict[int, Address]:
    """Return the recipients of *messages* by sequence, each of which must occur once, as must each recipient."""
    addresses: dict[int, Address] = {}
    files: dict[object, str] = {}
    for each in messages:
        try:
            address = parse_address(each.recipient)
        except AddressError as error:
            raise SendError(f"{folder / MANIFEST}: {error}") from error
        for name, value in (("sequence", each.sequence), ("recipient", address.key)):
            other = files.setdefault(value, each.file)
            if other != each.file:
                raise SendError(
                    f"{folder}: {other} and {each.file} have the same {name}. Move one of them away, and remove its "
                    "line from the manifest."
                )
        addresses[each.sequence] = address
    return addresses


def _freeze(
    connection: Connection,
    record: CampaignRecord,
    messages: Sequence[ManifestEntry],
    addresses: Mapping[int, Address],
) -> None:
    """Store *messages* as deliveries of *record*."""
    keys = [addresses[each.sequence].key for each in messages]
    # Somebody who unsubscribed since is skipped when their message is claimed.
    is_known = in_values(subscribers.c.key, keys) & (subscribers.c.state != "unconfirmed")
    rows = connection.execute(select(subscribers.c.key, subscribers.c.id).where(is_known))
    ids = {row.key: row.id for row in rows}
    recipients = {}
    for each, key in zip(messages, keys, strict=True):
        recipient = Recipient(address=addresses[each.sequence], values=to_values(each))
        recipients[each.sequence] = ListRecipient(recipient=recipient, subscriber_id=ids.get(key))
    freeze_named(connection, record.number, recipients)
