"""
Record what email services report.

The token that a service got with a message leads back to it, whatever address the report names. A report without a
valid token is recorded without an address, so that a person sees it, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipeline.events.event_store import EventStore
from pipeline.events.resolve import TokenTarget
from pipeline.models.event import Event, EventKind
from pipeline.models.provider_event import ProviderEvent
from pipeline.recipient_tokens import TokenPurpose


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderEventCounts:
    """
    What became of reported events.

    Args:
        recorded: New ones, of messages of ours.
        repeated: Those that the ledger had already.
        unmatched: Those of other messages of the same account, or with a token that is not ours.
        tests: Those of test messages, which change nothing.
    """

    recorded: int
    repeated: int
    unmatched: int
    tests: int


def record_provider_events(
    ledger: EventStore, source: str, found: Iterable[ProviderEvent], *, now: datetime
) -> ProviderEventCounts:
    """
    Record the events that the service *source* reports, durably.

    Raises:
        StoreError: The database cannot be written to: the service should report again.
    """
    reported = tuple(found)
    targets = ledger.find_targets({each.token for each in reported}, TokenPurpose.MESSAGE)
    events = []
    unmatched = tests = 0
    for each in reported:
        target = targets.get(each.token)
        if target is not None and target.is_test:
            tests += 1
            continue
        unmatched += target is None
        if target is None and each.kind is EventKind.DELIVERED:
            continue  # an account may send thousands of receipts for orders a day
        events.append(_make_event(source, each, target, now=now))
    report = ledger.record(events)
    new_unmatched = sum(1 for each in report.recorded if each.event.mailbox is None)
    return ProviderEventCounts(
        recorded=len(report.recorded) - new_unmatched,
        repeated=report.repeated,
        unmatched=unmatched,
        tests=tests,
    )


def _make_event(
    source: str, each: ProviderEvent, target: TokenTarget | None, *, now: datetime
) -> Event:
    at = now if each.at is None else min(each.at, now)
    if target is None:
        # Words may hold an address, which an erasure could not find here.
        return Event(
            kind=each.kind,
            source=source,
            source_key=each.key,
            at=at,
            bounce_class=each.bounce_class,
            code=each.code,
            enhanced_code=each.enhanced_code,
        )
    is_leaving = each.kind is EventKind.UNSUBSCRIBED
    return Event(
        kind=each.kind,
        source=source,
        source_key=each.key,
        at=at,
        campaign=target.campaign,
        sequence=target.sequence,
        mailbox=target.mailbox,
        list_name=target.list_name if is_leaving else None,
        bounce_class=each.bounce_class,
        code=each.code,
        enhanced_code=each.enhanced_code,
        text=each.text,
    )
