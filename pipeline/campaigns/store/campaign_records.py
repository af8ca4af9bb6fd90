"""Queries on campaigns and on the editions they send."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, or_, select, update

from pipeline.campaigns.planning.plan import Plan, name
from pipeline.campaigns.store import editions as forms
from pipeline.campaigns.store.tables import campaigns, deliveries, editions
from pipeline.errors import StateError, StoreError, suggest_name
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState
from pipeline.models.edition import Edition


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A campaign as it stands in the store; see the table for what each is."""

    number: int
    id: str
    kind: str
    state: CampaignState
    reason: str | None
    edition: str
    canonical_url: str | None
    title: str
    subject: str
    sender: str
    delivers_mail: bool
    list: str | None
    segment: str | None
    most: int | None
    first: str | None
    pause_after: int | None
    at: datetime
    wall: datetime | None
    zone: str
    is_local: bool
    expires_at: datetime | None
    made_at: datetime
    approved_at: datetime | None
    frozen_at: datetime | None
    touched_at: datetime
    ended_at: datetime | None
    not_before: datetime | None
    failures: int
    outbox: str | None
    run: str | None
    late: str | None


def insert_edition(connection: Connection, edition: Edition, now: datetime) -> None:
    """Keep *edition* under its digest, unless it is kept already."""
    if connection.scalar(select(exists().where(editions.c.digest == edition.digest))):
        return
    content = forms.to_bytes(edition)
    connection.execute(
        insert(editions).values(
            digest=edition.digest,
            content=content,
            checksum=hashlib.sha256(content).hexdigest(),
            made_at=now,
        )
    )


def read_edition(connection: Connection, digest: str) -> Edition:
    """
    Return the edition *digest*, which is what was kept, to the last octet.

    Raises:
        StoreError: It is gone or damaged.
    """
    row = connection.execute(
        select(editions.c.content, editions.c.checksum).where(editions.c.digest == digest)
    ).one_or_none()
    if row is None or hashlib.sha256(row.content).hexdigest() != row.checksum:
        raise StoreError(
            f"The edition {digest[:12]}… in the store is {'gone' if row is None else 'damaged'}; "
            "nothing of it is sent. Restore the store from a backup, or plan the campaign again."
        )
    return forms.from_bytes(row.content)


def insert_campaign(
    connection: Connection, plan: Plan, state: CampaignState, now: datetime
) -> Record:
    """Write down a new campaign under a name nobody else has."""
    insert_edition(connection, plan.edition, now)
    chosen = name(plan.edition, now)
    while connection.scalar(select(exists().where(campaigns.c.id == chosen))):
        chosen = name(plan.edition, now)
    connection.execute(
        insert(campaigns).values(
            id=chosen,
            kind=plan.kind.value,
            state=state.value,
            reason="approval" if state is CampaignState.DRAFT else None,
            edition=plan.edition.digest,
            canonical_url=plan.canonical_url,
            title=plan.edition.title,
            subject=plan.subject,
            sender=plan.sender,
            delivers_mail=plan.delivers_mail,
            list=plan.list,
            segment=plan.segment,
            most=plan.most,
            first=str(plan.first) if plan.first else None,
            at=plan.at,
            wall=plan.wall.isoformat() if plan.wall else None,
            zone=plan.zone,
            is_local=plan.is_local,
            expires_at=plan.expires_at,
            late=plan.late.value if plan.late else None,
            made_at=now,
            touched_at=now,
            failures=0,
        )
    )
    return read(connection, chosen)


def read(connection: Connection, id: str, *, for_update: bool = False) -> Record:
    """
    Return the campaign *id*; a beginning that fits only one will do.

    Args:
        for_update: Nobody else changes it before the transaction ends.

    Raises:
        StateError: There is none, or several begin so.
    """
    query = select(campaigns).where(campaigns.c.id == id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is not None:
        return _record(row)
    known = list(connection.scalars(select(campaigns.c.id)))
    fitting = [name for name in known if id and (name.startswith(id) or name.endswith(f"-{id}"))]
    if len(fitting) == 1:
        return read(connection, fitting[0], for_update=for_update)
    if fitting:
        raise StateError(f'Several campaigns fit "{id}": {", ".join(sorted(fitting)[:5])}.')
    raise StateError(
        f'There is no campaign "{id}".{suggest_name(id, known)} List them: handbill campaigns list'
    )


def find(connection: Connection, id: str) -> Record | None:
    """Return the campaign of exactly this *id*, null if there is none."""
    row = connection.execute(select(campaigns).where(campaigns.c.id == id)).one_or_none()
    return _record(row) if row is not None else None


def state_of(connection: Connection, number: int) -> CampaignState:
    """Return the state of the campaign *number*."""
    found = connection.scalar(select(campaigns.c.state).where(campaigns.c.number == number))
    return CampaignState(found)


def all_of(connection: Connection, *states: CampaignState) -> Iterator[Record]:
    """Yield the campaigns in one of *states*, all without any, the newest first."""
    query = select(campaigns).order_by(campaigns.c.number.desc())
    if states:
        query = query.where(campaigns.c.state.in_([state.value for state in states]))
    yield from map(_record, connection.execute(query))


def in_hand(connection: Connection, run: str) -> list[Record]:
    """Return the campaigns that *run* has in hand."""
    return [
        _record(row) for row in connection.execute(select(campaigns).where(campaigns.c.run == run))
    ]


def move(
    connection: Connection,
    campaign: Record,
    state: CampaignState,
    *,
    reason: str | None = None,
    **columns: Any,  # Any: values of other columns
) -> Record:
    """
    Move *campaign* to *state*, and set *columns* with it.

    Raises:
        StateError: It may not be moved there.
    """
    found = read(connection, campaign.id, for_update=True)
    if found.state is not state and not found.state.can_become(state):
        raise StateError(_refusal(found, state))
    connection.execute(
        update(campaigns)
        .where(campaigns.c.number == found.number)
        .values(state=state.value, reason=reason, **columns)
    )
    return read(connection, campaign.id)


def change(connection: Connection, number: int, **columns: Any) -> None:  # Any: as above
    """Set *columns* of the campaign *number*, its state aside."""
    connection.execute(update(campaigns).where(campaigns.c.number == number).values(**columns))


_DOING = {
    CampaignState.SCHEDULED: "scheduled",
    CampaignState.SENDING: "sent",
    CampaignState.SENT: "ended",
    CampaignState.PAUSED: "paused",
    CampaignState.CANCELLED: "cancelled",
    CampaignState.FAILED: "given up",
}


def _refusal(campaign: Record, state: CampaignState) -> str:
    now = {
        CampaignState.DRAFT: f"waits for approval. Approve it: handbill campaigns approve {campaign.id}",
        CampaignState.SENT: "is sent.",
        CampaignState.CANCELLED: "is cancelled, and stays so. Plan it anew.",
    }.get(campaign.state, f"is {campaign.state.value}.")
    return f"{campaign.id} cannot be {_DOING.get(state, state.value)}: it {now}"


def let_go(connection: Connection, run: str) -> None:
    """Let go of the campaigns *run* has in hand; they are anybody's."""
    connection.execute(update(campaigns).where(campaigns.c.run == run).values(run=None))


def counts(connection: Connection, number: int) -> dict[DeliveryState, int]:
    """Return how many deliveries of the campaign *number* are in each state."""
    rows = connection.execute(
        select(deliveries.c.state, func.count())
        .where(deliveries.c.campaign == number)
        .group_by(deliveries.c.state)
    )
    return {DeliveryState(state): count for state, count in rows}


def as_campaign(connection: Connection, record: Record) -> Campaign:
    """Return what is shown of a campaign: how it stands, and its counts."""
    return Campaign(
        id=record.id,
        digest=record.edition,
        state=record.state,
        reason=record.reason,
        at=record.at,
        zone=record.zone,
        counts=counts(connection, record.number),
        outbox=record.outbox,
        subject=record.subject,
        sender=record.sender,
    )


def rivals(
    connection: Connection, *, digest: str, canonical_url: str | None, since: datetime
) -> Sequence[Record]:
    """Return the mailings to people since *since* of the same edition, or of an article with the same address."""
    same = campaigns.c.edition == digest
    if canonical_url:
        same = same | (campaigns.c.canonical_url == canonical_url)
    query = (
        select(campaigns)
        .where(same, campaigns.c.kind == "campaign", campaigns.c.delivers_mail)
        .where(or_(*(campaigns.c[name] >= since for name in ("made_at", "at", "touched_at"))))
        .where(
            (campaigns.c.state != CampaignState.CANCELLED.value)
            | campaigns.c.frozen_at.is_not(None)
        )
        .order_by(campaigns.c.number.desc())
    )
    return [_record(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> Record:  # Any: the columns of the table
    values = dict(row._mapping)
    values["state"] = CampaignState(values["state"])
    values["wall"] = datetime.fromisoformat(values["wall"]) if values["wall"] else None
    return Record(**values)
