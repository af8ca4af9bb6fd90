"""Reports on a campaign: a text for people, a table of its recipients, metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from pipeline.campaigns.store import campaign_records, delivery_counts, delivery_queries
from pipeline.campaigns.store.campaign_records import CampaignRecord
from pipeline.models.campaign import Campaign
from pipeline.models.delivery import COUNTED_STATES, DeliveryState

#: The columns of the table of recipients.
TABLE_COLUMNS = (
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
_MAX_EXAMPLES = 20
_STATES_WITH_EXAMPLES = (
    DeliveryState.UNCERTAIN,
    DeliveryState.REFUSED,
    DeliveryState.DEFERRED,
)
#: Campaigns that the metrics list one by one; all of them are counted.
_MAX_METRIC_CAMPAIGNS = 50


def list_rows(connection: Connection, campaign_id: str) -> Iterator[Sequence[object]]:
    """Yield a row of `TABLE_COLUMNS` for each recipient; `at` is when its state last changed."""
    record = campaign_records.read(connection, campaign_id)
    for row in delivery_queries.list_deliveries(connection, record.number):
        at = row.settled_at or row.composed_at
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


def format_report(connection: Connection, campaign_id: str) -> str:
    """Return a report for people: the campaign, its counts, and who did not receive it."""
    record = campaign_records.read(connection, campaign_id)
    campaign = campaign_records.to_campaign(connection, record)
    lines = [*_format_heading(record, campaign), "", *_format_counts(connection, record, campaign)]
    return "\n".join([*lines, *format_failures(connection, campaign_id)])


def format_failures(connection: Connection, campaign_id: str) -> Iterator[str]:
    """Yield lines on the recipients whose delivery is uncertain, refused or deferred."""
    record = campaign_records.read(connection, campaign_id)
    campaign = campaign_records.to_campaign(connection, record)
    for state in _STATES_WITH_EXAMPLES:
        if count := campaign.count(state):
            yield from ("", f"{state.value.capitalize()} ({count:,}):")
            yield from _format_examples(connection, record, state, count)


def _format_heading(record: CampaignRecord, campaign: Campaign) -> Iterator[str]:
    yield f"{record.id}  {record.state.value}{f' ({record.reason})' if record.reason else ''}"
    yield f"Subject:   {record.subject}"
    to = f'list "{record.list_name}"' if record.list_name else "named recipients"
    if record.segment:
        to += f", segment {record.segment}"
    yield f"To:        {to}"
    yield f"Sender:    {record.sender}"
    in_zone = ", in each recipient's time zone" if record.in_recipient_zone else ""
    yield f"Scheduled: {_format_time(record.scheduled_at, record.zone)}{in_zone}"
    if record.ended_at:
        yield f"Ended:     {_format_time(record.ended_at, record.zone)}"
    if record.edition_digest:
        yield f"Edition:   {record.edition_digest}"
    if campaign.outbox:
        yield f"Outbox:    {campaign.outbox}"


def _format_counts(
    connection: Connection, record: CampaignRecord, campaign: Campaign
) -> Iterator[str]:
    if record.frozen_at is None:
        yield "Its recipients are selected when it is due."
        return
    count = campaign.recipient_count
    yield f"{count:>9,} {'recipient' if count == 1 else 'recipients'}"
    for state in COUNTED_STATES:
        if count := campaign.count(state):
            reasons = ""
            if state is DeliveryState.SKIPPED:
                counts = delivery_counts.list_skip_reasons(connection, record.number)
                reasons = f" ({', '.join(f'{n:,} {reason}' for reason, n in counts)})"
            yield f"{count:>9,} {campaign.describe(state)}{reasons}"


def _format_examples(
    connection: Connection, record: CampaignRecord, state: DeliveryState, count: int
) -> Iterator[str]:
    found = delivery_queries.list_failures(connection, record.number, state, limit=_MAX_EXAMPLES)
    for email, row in found:
        values = [email, row.enhanced_code or row.code, row.response or row.reason]
        yield f"  {'  '.join(' '.join(str(value).split()) for value in values if value)}"
    if count > len(found):
        yield f"  … and {count - len(found):,} more: handbill campaigns show {record.id} --csv"


def _format_time(at: datetime, zone: str) -> str:
    local, utc = at.astimezone(ZoneInfo(zone)), f"{at:%Y-%m-%d %H:%M} UTC"
    return utc if zone == "UTC" else f"{local:%Y-%m-%d %H:%M} {zone} ({utc})"


def format_metrics(
    campaigns: Iterable[Campaign], processes: Iterable[tuple[str, str]]
) -> Iterator[str]:
    """
    Yield the lines of Prometheus' text format (version 0.0.4).

    Args:
        campaigns: Newest first.
        processes: Kind and name of each living process.
    """
    known = list(campaigns)
    yield "# HELP handbill_campaigns Campaigns by state."
    yield "# TYPE handbill_campaigns gauge"
    states = [campaign.state for campaign in known]
    for campaign_state in sorted(set(states), key=lambda state: state.value):
        count = states.count(campaign_state)
        yield f'handbill_campaigns{{state="{campaign_state.value}"}} {count}'
    yield "# HELP handbill_deliveries Recipients of the newest campaigns by state."
    yield "# TYPE handbill_deliveries gauge"
    for campaign in known[:_MAX_METRIC_CAMPAIGNS]:
        for state in COUNTED_STATES:
            labels = f'campaign="{campaign.id}",state="{state.value}"'
            yield f"handbill_deliveries{{{labels}}} {campaign.count(state)}"
    yield "# HELP handbill_process_alive Living processes that send campaigns."
    yield "# TYPE handbill_process_alive gauge"
    for kind, name in processes:
        label = name.replace("\\", r"\\").replace('"', r"\"").replace("\n", " ")
        yield f'handbill_process_alive{{kind="{kind}",name="{label}"}} 1'
