"""Queries on recently sent messages, by sender and by domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from pipeline.campaigns.rates.limits import RateLimit, RatePolicy, available_at, remaining
from pipeline.campaigns.store.batch_recipients import list_mailboxes_on_the_way
from pipeline.campaigns.store.tables import (
    IS_NOT_ACCEPTED,
    campaigns,
    processes,
    rate_windows,
    receipts,
    recipients,
)
from pipeline.database import lock_name

_FIRST_MESSAGE = "first"
#: A campaign that no process has had for this long leaves no window open: none is longer than a day.
_INACTIVE_AFTER = timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """
    What may be sent now.

    Args:
        remaining: How many messages in all, None for no limit.
        domains: How many to each domain that has limits.
        available_at: When more may be sent.
    """

    remaining: int | None = None
    domains: Mapping[str, int] = field(default_factory=dict)
    available_at: datetime


def describe_wait(until: datetime) -> str:
    """Return the reason shown for a campaign that waits until *until*."""
    return f"rate limit: more can be sent from {until:%Y-%m-%d %H:%M} UTC"


def read_allowance(connection: Connection, policy: RatePolicy, now: datetime) -> Allowance:
    """Return what *policy* allows now; locked against other processes until the transaction ends."""
    quiet_until = policy.quiet_until(now)
    if quiet_until:
        return Allowance(remaining=0, available_at=quiet_until)
    limits = policy.limits_on(_read_first_day(connection, policy), policy.local_date(now))
    if not limits and not policy.domains:
        return Allowance(available_at=now)
    _lock_windows(connection, policy)
    in_flight = _list_in_flight(connection, policy, now)
    counts, waits = [], [now]
    for limit in limits:
        buckets = _read_buckets(connection, _window_key(policy, limit), limit, now)
        buckets = _add_in_flight(buckets, limit, (at for _, at in in_flight), now)
        counts.append(remaining(limit, buckets, now))
        waits.append(available_at(limit, buckets, now))
    domains: dict[str, int] = {}
    domain_waits = []
    for domain, domain_limits in policy.domains.items():
        for limit in domain_limits:
            buckets = _read_buckets(connection, _window_key(policy, limit, domain), limit, now)
            buckets = _add_in_flight(
                buckets, limit, (at for name, at in in_flight if name == domain), now
            )
            domains[domain] = min(domains.get(domain, limit.count), remaining(limit, buckets, now))
            domain_waits.append(available_at(limit, buckets, now))
    next_domain = min((at for at in domain_waits if at > now), default=now)
    return Allowance(
        remaining=min(counts) if counts else None,
        domains=domains,
        available_at=max(waits) if max(waits) > now else next_domain,
    )


def _lock_windows(connection: Connection, policy: RatePolicy) -> None:
    """Lock the windows of *policy* until the transaction ends."""
    lock_name(connection, f"rate limit {policy.sender}")


def _list_in_flight(
    connection: Connection, policy: RatePolicy, now: datetime
) -> list[tuple[str, datetime]]:
    """
    Return the domain of each message that may be on its way, and the latest time it may have left.

    That is now for a claimed message; for an uncertain one, when its process was found dead.
    """
    is_active = (campaigns.c.sender == policy.sender) & (
        campaigns.c.last_active_at > now - _INACTIVE_AFTER
    )
    has_receipt = (receipts.c.state == "uncertain") & (
        receipts.c.settled_at >= receipts.c.composed_at
    )
    alone = (
        select(
            recipients.c.mailbox,
            receipts.c.state,
            func.coalesce(processes.c.ended_at, receipts.c.composed_at).label("sent_by"),
        )
        .join(campaigns, campaigns.c.number == receipts.c.campaign)
        .join(processes, processes.c.id == receipts.c.process_id)
        .join(
            recipients,
            (recipients.c.campaign == receipts.c.campaign)
            & (recipients.c.sequence == receipts.c.sequence),
        )
        .where(
            is_active,
            IS_NOT_ACCEPTED,
            receipts.c.state.in_(["claimed", "uncertain"]),
            func.coalesce(has_receipt, False).is_(False),
        )
    )
    found = [
        (_get_domain(row.mailbox), now if row.state == "claimed" else min(row.sent_by, now))
        for row in connection.execute(alone)
    ]
    in_batches = list_mailboxes_on_the_way(connection, policy.sender)
    return found + [(_get_domain(mailbox), now) for mailbox in in_batches]


def _get_domain(mailbox: str) -> str:
    return mailbox.rpartition("@")[2].lower()


def _add_in_flight(
    buckets: dict[datetime, int], limit: RateLimit, sent_by: Iterable[datetime], now: datetime
) -> dict[datetime, int]:
    """Return *buckets* with messages that may have been sent at *sent_by* added."""
    more = Counter(limit.bucket_start(at) for at in sent_by if at > now - limit.lookback)
    return dict(Counter(buckets) + more)


def count_sent(
    connection: Connection, policy: RatePolicy, mailboxes: Iterable[str], now: datetime
) -> None:
    """Count sent messages as sent now, the latest possible time; until now they counted as in flight."""
    if not policy.has_limits:
        return
    by_domain = Counter(map(_get_domain, mailboxes))
    total = by_domain.total()
    if not total:
        return
    _lock_windows(connection, policy)
    if policy.warm_up and _read_first_day(connection, policy) is None:
        connection.execute(
            insert(rate_windows).values(
                scope=f"{policy.sender}/{_FIRST_MESSAGE}", start=now, count=0
            )
        )
    limits = policy.limits_on(_read_first_day(connection, policy), policy.local_date(now))
    for limit in _one_per_window(limits):
        _increment(connection, _window_key(policy, limit), limit, total, now)
    for domain, domain_limits in policy.domains.items():
        if by_domain[domain]:
            for limit in _one_per_window(domain_limits):
                _increment(
                    connection, _window_key(policy, limit, domain), limit, by_domain[domain], now
                )


def _one_per_window(limits: Sequence[RateLimit]) -> list[RateLimit]:
    """Return one limit for each window length: two limits with the same window share a count."""
    return list({limit.window: limit for limit in limits}.values())


def _window_key(policy: RatePolicy, limit: RateLimit, domain: str = "") -> str:
    return f"{policy.sender}/{domain}/{int(limit.window.total_seconds())}"


def _read_first_day(connection: Connection, policy: RatePolicy) -> date | None:
    if not policy.warm_up:
        return None
    first = connection.scalar(
        select(rate_windows.c.start).where(
            rate_windows.c.scope == f"{policy.sender}/{_FIRST_MESSAGE}"
        )
    )
    return policy.local_date(first) if first else None


def _read_buckets(
    connection: Connection, scope: str, limit: RateLimit, now: datetime
) -> dict[datetime, int]:
    rows = connection.execute(
        select(rate_windows.c.start, rate_windows.c["count"].label("used")).where(
            rate_windows.c.scope == scope, rate_windows.c.start > now - limit.lookback
        )
    )
    return {row.start: row.used for row in rows}


def _increment(
    connection: Connection, scope: str, limit: RateLimit, count: int, now: datetime
) -> None:
    start = limit.bucket_start(now)
    bucket = (rate_windows.c.scope == scope) & (rate_windows.c.start == start)
    updated = connection.execute(
        update(rate_windows).where(bucket).values(count=rate_windows.c["count"] + count)
    )
    if not updated.rowcount:
        connection.execute(insert(rate_windows).values(scope=scope, start=start, count=count))
        # Old buckets are kept a while longer: the clock may be set back.
        expired = now - limit.lookback - min(60 * limit.window, timedelta(days=1))
        connection.execute(
            delete(rate_windows).where(
                rate_windows.c.scope == scope, rate_windows.c.start < expired
            )
        )
