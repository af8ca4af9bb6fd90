"""Queries on campaigns and on the editions they send."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, false, insert, or_, select, update

from pipeline.campaigns.planning.plan import CampaignKind, CampaignPlan, generate_campaign_id
from pipeline.campaigns.store import editions as stored_form
from pipeline.campaigns.store.delivery_counts import count_by_state
from pipeline.campaigns.store.delivery_queries import find_next_due
from pipeline.campaigns.store.tables import campaigns, editions, reference_codes
from pipeline.database import insert_all, insert_or_ignore
from pipeline.errors import StateError, StoreError, suggest_name
from pipeline.models.archived_issue import IssueCard
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.edition import Edition
from pipeline.models.issue_document import IssueDocument
from pipeline.models.tree import to_json


@dataclass(frozen=True, kw_only=True, slots=True)
class CampaignRecord:
    """A campaign as stored; the table describes the columns. `edition_digest` is "" if the edition is unknown."""

    number: int
    id: str
    kind: str
    state: CampaignState
    reason: str | None
    edition_digest: str
    canonical_url: str | None
    title: str
    subject: str
    sender: str
    delivers_mail: bool
    list_name: str | None
    segment: str | None
    recipient_limit: int | None
    first_batch: str | None
    pause_after: int | None
    scheduled_at: datetime
    local_time: datetime | None
    zone: str
    in_recipient_zone: bool
    late_policy: str | None
    expires_at: datetime | None
    created_at: datetime
    approved_at: datetime | None
    frozen_at: datetime | None
    last_active_at: datetime
    ended_at: datetime | None
    retry_at: datetime | None
    failures: int
    outbox: str | None
    constants: dict[str, str]
    process_id: str | None


def insert_edition(connection: Connection, edition: Edition, now: datetime) -> None:
    """Store *edition* under its digest, unless it is stored already."""
    if connection.scalar(select(exists().where(editions.c.digest == edition.digest))):
        return
    content = stored_form.to_bytes(edition)
    row: dict[str, Any] = {  # Any: column values
        "digest": edition.digest,
        "content": content,
        "checksum": hashlib.sha256(content).hexdigest(),
        "created_at": now,
        "slug": None,
        "card": None,
    }
    if edition.document:
        document = IssueDocument.from_text(edition.document)
        row["slug"] = document.slug or None
        row["card"] = to_json(IssueCard.from_edition(edition, document))
    insert_or_ignore(connection, editions, [row])


def read_edition(connection: Connection, digest: str) -> Edition:
    """
    Return the edition *digest*, byte for byte as it was stored.

    Raises:
        StoreError: It is missing or damaged.
    """
    row = connection.execute(
        select(editions.c.content, editions.c.checksum).where(editions.c.digest == digest)
    ).one_or_none()
    if row is None or hashlib.sha256(row.content).hexdigest() != row.checksum:
        raise StoreError(
            f"The stored edition {digest[:12]}… is {'missing' if row is None else 'damaged'}; it is not sent. "
            "Restore the database from a backup, or create the campaign again."
        )
    return stored_form.from_bytes(row.content)


def insert_campaign(
    connection: Connection, plan: CampaignPlan, state: CampaignState, now: datetime
) -> CampaignRecord:
    """Store a new campaign under a unique ID; the caller holds `TransactionLock.CAMPAIGNS`."""
    insert_edition(connection, plan.edition, now)
    campaign_id = generate_campaign_id(plan.edition, now)
    while connection.scalar(select(exists().where(campaigns.c.id == campaign_id))):
        campaign_id = generate_campaign_id(plan.edition, now)
    connection.execute(
        insert(campaigns).values(
            id=campaign_id,
            kind=plan.kind.value,
            state=state.value,
            reason="approval" if state is CampaignState.DRAFT else None,
            edition_digest=plan.edition.digest,
            canonical_url=plan.canonical_url,
            title=plan.edition.title,
            subject=plan.subject,
            sender=plan.sender,
            delivers_mail=plan.delivers_mail,
            list_name=plan.list_name,
            segment=plan.segment,
            recipient_limit=plan.limit,
            first_batch=str(plan.first_batch) if plan.first_batch else None,
            scheduled_at=plan.at,
            local_time=plan.local_time.isoformat() if plan.local_time else None,
            zone=plan.zone,
            in_recipient_zone=plan.in_recipient_zone,
            late_policy=plan.late_policy.value if plan.late_policy else None,
            expires_at=plan.expires_at,
            created_at=now,
            last_active_at=now,
            failures=0,
        )
    )
    record = read(connection, campaign_id)
    codes = [{"campaign": record.number, **asdict(code)} for code in plan.edition.codes]
    insert_all(connection, reference_codes, codes)
    return record


def insert_outbox_campaign(
    connection: Connection,
    campaign_id: str,
    *,
    original: CampaignRecord | None,
    title: str,
    sender: str,
    now: datetime,
) -> CampaignRecord:
    """
    Store a campaign that sends messages from the outbox; its recipients are frozen next.

    Args:
        original: The campaign that wrote the messages; None if it is not in this store.
        title: Used if there is no original.
    """
    values: dict[str, object] = {"title": title, "subject": title, "zone": "UTC"}
    if original is not None:
        names = ["title", "subject", "zone", "list_name", "segment"]
        if original.kind == CampaignKind.CAMPAIGN.value:  # a test may be repeated
            names += ["edition_digest", "canonical_url"]
        values = {name: getattr(original, name) for name in names}
    connection.execute(
        insert(campaigns).values(
            id=campaign_id,
            kind=CampaignKind.OUTBOX.value,
            state=CampaignState.SCHEDULED.value,
            sender=sender,
            delivers_mail=True,
            scheduled_at=now,
            in_recipient_zone=False,
            created_at=now,
            frozen_at=now,
            last_active_at=now,
            failures=0,
            **values,
        )
    )
    return read(connection, campaign_id)


def read(connection: Connection, campaign_id: str, *, for_update: bool = False) -> CampaignRecord:
    """
    Return the campaign *campaign_id*; an unambiguous beginning or end of its ID is enough.

    Args:
        for_update: Lock it until the transaction ends.

    Raises:
        StateError: No campaign matches, or several do.
    """
    record = find(connection, campaign_id, for_update=for_update)
    if record is not None:
        return record
    known = list(connection.scalars(select(campaigns.c.id).order_by(campaigns.c.id.desc())))
    matching = [
        name
        for name in known
        if campaign_id and (name.startswith(campaign_id) or name.endswith(f"-{campaign_id}"))
    ]
    if len(matching) == 1:
        return read(connection, matching[0], for_update=for_update)
    if matching:
        raise StateError(
            f'Several campaigns match "{campaign_id}": {", ".join(sorted(matching)[:5])}.'
        )
    raise StateError(
        f'No campaign is called "{campaign_id}".{suggest_name(campaign_id, known)} List them: handbill campaigns list'
    )


def find(
    connection: Connection, campaign_id: str, *, for_update: bool = False
) -> CampaignRecord | None:
    """Return the campaign with exactly this ID, or None; *for_update* locks it until the transaction ends."""
    query = select(campaigns).where(campaigns.c.id == campaign_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    return _to_record(row) if row is not None else None


def lock_free(connection: Connection, campaign_id: str) -> CampaignRecord | None:
    """Lock the campaign until the transaction ends, and return it; None if somebody else has locked it."""
    query = select(campaigns).where(campaigns.c.id == campaign_id)
    row = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
    return _to_record(row) if row is not None else None


def list_by_state(connection: Connection, *states: CampaignState) -> Iterator[CampaignRecord]:
    """Yield the campaigns in any of *states*, or all if none is given; newest first."""
    query = select(campaigns).order_by(campaigns.c.number.desc())
    if states:
        query = query.where(campaigns.c.state.in_([state.value for state in states]))
    yield from map(_to_record, connection.execute(query))


def transition(
    connection: Connection,
    campaign: CampaignRecord,
    state: CampaignState,
    *,
    reason: str | None = None,
    **columns: Any,  # Any: values of other columns
) -> CampaignRecord:
    """
    Move *campaign* to *state* and set *columns* along with it.

    Raises:
        StateError: Its state does not allow that.
    """
    current = read(connection, campaign.id, for_update=True)
    if current.state is not state and not current.state.can_become(state):
        raise StateError(_describe_refusal(current, state))
    update_columns(connection, current.number, state=state.value, reason=reason, **columns)
    return read(connection, campaign.id)


def update_columns(connection: Connection, number: int, **columns: Any) -> None:  # Any: as above
    """Set *columns* of the campaign *number*."""
    connection.execute(update(campaigns).where(campaigns.c.number == number).values(**columns))


_VERBS = {
    CampaignState.SCHEDULED: "scheduled",
    CampaignState.SENDING: "sent",
    CampaignState.SENT: "completed",
    CampaignState.PAUSED: "paused",
    CampaignState.CANCELLED: "cancelled",
    CampaignState.FAILED: "marked as failed",
}


def _describe_refusal(campaign: CampaignRecord, state: CampaignState) -> str:
    current = {
        CampaignState.DRAFT: f"waits for approval. Approve it: handbill campaigns approve {campaign.id}",
        CampaignState.SENT: "is already sent.",
        CampaignState.CANCELLED: "is cancelled. Create a new campaign instead.",
    }.get(campaign.state, f"is {campaign.state.value}.")
    return f"{campaign.id} cannot be {_VERBS.get(state, state.value)}: it {current}"


def release_all(connection: Connection, process_id: str) -> None:
    """Release the campaigns that are reserved for the process *process_id*; any worker may send them."""
    connection.execute(
        update(campaigns).where(campaigns.c.process_id == process_id).values(process_id=None)
    )


def to_campaign(connection: Connection, record: CampaignRecord) -> Campaign:
    """Return *record* as shown to people, with its counts."""
    counts = count_by_state(connection, record.number)
    next_attempt_at = None
    if record.state is CampaignState.SENDING:
        next_attempt_at = record.retry_at or find_next_due(connection, record.number)
    return Campaign(
        id=record.id,
        digest=record.edition_digest,
        state=record.state,
        reason=record.reason,
        at=record.scheduled_at,
        zone=record.zone,
        counts=counts,
        outbox=record.outbox,
        delivers_mail=record.delivers_mail,
        subject=record.subject,
        sender=record.sender,
        list_name=record.list_name,
        next_attempt_at=next_attempt_at,
    )


def list_conflicting(
    connection: Connection, *, digest: str, canonical_url: str | None, since: datetime
) -> Sequence[CampaignRecord]:
    """Return the campaigns since *since* that sent the same edition, or an article with the same URL."""
    is_same = or_(
        campaigns.c.edition_digest == digest if digest else false(),
        campaigns.c.canonical_url == canonical_url if canonical_url else false(),
    )
    is_recent = or_(
        campaigns.c.created_at >= since,
        campaigns.c.scheduled_at >= since,
        campaigns.c.last_active_at >= since,
    )
    is_cancelled = campaigns.c.state == CampaignState.CANCELLED.value
    query = (
        select(campaigns)
        .where(
            is_same,
            is_recent,
            campaigns.c.kind.not_in([CampaignKind.TEST.value, CampaignKind.WELCOME.value]),
            campaigns.c.delivers_mail,
        )
        .where(~is_cancelled | campaigns.c.frozen_at.is_not(None))
        .order_by(campaigns.c.number.desc())
    )
    return [_to_record(row) for row in connection.execute(query)]


def _to_record(row: Row[Any]) -> CampaignRecord:  # Any: the columns of the table
    values = dict(row._mapping)
    values["state"] = CampaignState(values["state"])
    values["edition_digest"] = values["edition_digest"] or ""
    values["constants"] = values["constants"] or {}
    if values["local_time"]:
        values["local_time"] = datetime.fromisoformat(values["local_time"])
    return CampaignRecord(**values)
