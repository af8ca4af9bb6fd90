"""Who got it, who did not, and why: for a person, for a table, for a monitor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from pipeline.campaigns.store import campaign_records, counts
from pipeline.campaigns.store.campaign_records import Record
from pipeline.campaigns.store.tables import deliveries
from pipeline.models.campaign import Campaign
from pipeline.models.delivery import COUNTED_STATES, DeliveryState

#: The columns of the table of recipients.
HEADINGS = (
    "number",
    "email",
    "name",
    "state",
    "reason",
    "attempts",
    "at",
    "code",
    "enhanced_code",
    "response",
    "provider_id",
)


def rows(connection: Connection, campaign: str) -> Iterator[Sequence[object]]:
    """Yield a row of `HEADINGS` for each recipient of *campaign*; `at` is when its state was last written."""
    record = campaign_records.read(connection, campaign)
    for row in counts.rows_of(connection, record.number):
        at = row.settled_at or row.offered_at
        yield (
            row.sequence,
            row.email,
            row.name,
            row.state,
            row.reason or "",
            row.attempts,
            at.isoformat() if at else "",
            row.code or "",
            row.enhanced_code or "",
            row.response or "",
            row.provider_id or "",
        )


_EXAMPLES = 20
_NAMED = (DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.DEFERRED)


def report(connection: Connection, campaign: str) -> str:
    """Return what a person can print: what it is, how far it came, and who did not get it."""
    record = campaign_records.read(connection, campaign)
    shown = campaign_records.as_campaign(connection, record)
    lines = [*_heading(record, shown), "", *_counts(connection, record, shown)]
    for state in _NAMED:
        if count := shown.count(state):
            lines += ["", f"{state.value.capitalize()} ({count:,}):"]
            lines += _people(connection, record, state, count)
    return "\n".join(lines)


def _heading(record: Record, campaign: Campaign) -> Iterator[str]:
    yield f"{record.id}  {record.state.value}{f' ({record.reason})' if record.reason else ''}"
    yield f"Subject:   {record.subject}"
    to = f'list "{record.list}"' if record.list else "named people"
    if record.segment:
        to += f", {record.segment}"
    yield f"To:        {to}"
    yield f"By:        {record.sender}"
    yield f"At:        {_clock(record.at, record.zone)}{', where each reader lives' if record.is_local else ''}"
    if record.ended_at:
        yield f"Ended:     {_clock(record.ended_at, record.zone)}"
    yield f"Edition:   {record.edition}"
    if campaign.outbox:
        yield f"Outbox:    {campaign.outbox}"


def _counts(connection: Connection, record: Record, campaign: Campaign) -> Iterator[str]:
    if record.frozen_at is None:
        yield "Its recipients are counted when its time has come."
        return
    yield f"{campaign.recipient_count:>9,} recipients"
    for state in COUNTED_STATES:
        if count := campaign.count(state):
            yield f"{count:>9,} {state.value}{_why(connection, record, state)}"


def _why(connection: Connection, record: Record, state: DeliveryState) -> str:
    if state is not DeliveryState.SKIPPED:
        return ""
    reasons = connection.execute(
        select(deliveries.c.reason, func.count())
        .where(deliveries.c.campaign == record.number, deliveries.c.state == state.value)
        .group_by(deliveries.c.reason)
        .order_by(deliveries.c.reason)
    )
    return f" ({', '.join(f'{count:,} {reason}' for reason, count in reasons)})"


def _people(
    connection: Connection, record: Record, state: DeliveryState, count: int
) -> Iterator[str]:
    for n, row in enumerate(counts.rows_of(connection, record.number, state)):
        if n == _EXAMPLES:
            yield f"  … and {count - n:,} more: handbill campaigns show {record.id} --csv"
            return
        words = [row.email, row.enhanced_code or row.code, row.response or row.reason]
        yield f"  {'  '.join(' '.join(str(word).split()) for word in words if word)}"


def _clock(instant: datetime, zone: str) -> str:
    there = instant.astimezone(ZoneInfo(zone))
    return f"{there:%Y-%m-%d %H:%M} {zone} ({instant:%Y-%m-%d %H:%M} UTC)"


def metrics(
    found: Iterable[Campaign], runs: Iterable[tuple[str, str]], *, most: int = 50
) -> Iterator[str]:
    """
    Yield the lines of Prometheus' text format (version 0.0.4).

    Args:
        found: Campaigns, the newest first; *most* of them are told one by one.
        runs: Kind and name of the processes at work.
    """
    known = list(found)
    yield "# HELP handbill_campaigns Campaigns by state."
    yield "# TYPE handbill_campaigns gauge"
    states = [campaign.state for campaign in known]
    for state in sorted(set(states), key=lambda state: state.value):
        yield f'handbill_campaigns{{state="{state.value}"}} {states.count(state)}'
    yield "# HELP handbill_deliveries Recipients of the newest campaigns by state."
    yield "# TYPE handbill_deliveries gauge"
    for campaign in known[:most]:
        for counted in COUNTED_STATES:
            labels = f'campaign="{campaign.id}",state="{counted.value}"'
            yield f"handbill_deliveries{{{labels}}} {campaign.count(counted)}"
    yield "# HELP handbill_run_alive Processes at work."
    yield "# TYPE handbill_run_alive gauge"
    for kind, name in runs:
        label = name.replace("\\", r"\\").replace('"', r"\"").replace("\n", " ")
        yield f'handbill_run_alive{{kind="{kind}",name="{label}"}} 1'
