"""Queries on what was claimed lately, by sender and by domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, text, update

from pipeline.campaigns.rates.limits import Limit, Pace, free_at, room
from pipeline.campaigns.store.tables import campaigns, deliveries, runs, windows

_FIRST = "first"
#: What nobody has in hand since so long has left no window open: none is longer than a day.
_LONGEST = timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """
    What may be claimed now.

    Args:
        most: So many in all, null for any number.
        domains: How many of them to each domain that has limits.
        free_at: When more may be claimed.
    """

    most: int | None = None
    domains: Mapping[str, int] = field(default_factory=dict)
    free_at: datetime


def allowance(connection: Connection, pace: Pace, now: datetime) -> Allowance:
    """Return what *pace* allows now; held against other processes until the transaction ends."""
    quiet = pace.quiet_until(now)
    if quiet:
        return Allowance(most=0, free_at=quiet)
    limits = pace.limits_on(_first_day(connection, pace), pace.today(now))
    if not limits and not pace.domains:
        return Allowance(free_at=now)
    _be_alone(connection, pace)
    out = _out(connection, pace, now)
    frees = [now]
    rooms = []
    for limit in limits:
        counted = _with(
            _counted(connection, _scope(pace, limit), limit, now), limit, (at for _, at in out), now
        )
        rooms.append(room(limit, counted, now))
        frees.append(free_at(limit, counted, now))
    domains: dict[str, int] = {}
    domain_frees = []
    for domain, own in pace.domains.items():
        for limit in own:
            counted = _counted(connection, _scope(pace, limit, domain), limit, now)
            counted = _with(counted, limit, (at for there, at in out if there == domain), now)
            domains[domain] = min(domains.get(domain, limit.most), room(limit, counted, now))
            domain_frees.append(free_at(limit, counted, now))
    waits = [free for free in domain_frees if free > now]
    most = min(rooms) if rooms else None
    free = max(frees) if max(frees) > now else min(waits, default=now)
    return Allowance(most=most, domains=domains, free_at=free)


def _be_alone(connection: Connection, pace: Pace) -> None:
    """Hold the windows of *pace* until the transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite's writer is alone anyway
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:s))"), {"s": f"pace {pace.sender}"}
        )


def _out(connection: Connection, pace: Pace, now: datetime) -> list[tuple[str, datetime]]:
    """
    Return what may be leaving just now, each as its domain and the instant when it left at the latest.

    That is now for what is claimed; for what was lost sight of, when its process was found dead.
    """
    each = deliveries.c
    is_answered = (each.state == "uncertain") & (each.settled_at >= each.offered_at)
    query = (
        select(
            each.mailbox,
            each.state,
            func.coalesce(runs.c.ended_at, each.offered_at).label("left_at"),
        )
        .join(campaigns, campaigns.c.number == each.campaign)
        .join(runs, runs.c.id == each.run)
        .where(
            campaigns.c.sender == pace.sender,
            campaigns.c.run.is_not(None) | (campaigns.c.touched_at > now - _LONGEST),
            each.state.in_(["claimed", "uncertain"]),
            func.coalesce(is_answered, False).is_(False),
        )
    )
    return [
        (
            row.mailbox.rpartition("@")[2].lower(),
            now if row.state == "claimed" else min(row.left_at, now),
        )
        for row in connection.execute(query)
    ]


def _with(
    counted: dict[datetime, int], limit: Limit, left: Iterable[datetime], now: datetime
) -> dict[datetime, int]:
    """Return *counted* with what may have *left* at those instants."""
    more = Counter(limit.start(instant) for instant in left if instant > now - limit.reach)
    return dict(Counter(counted) + more)


def count(connection: Connection, pace: Pace, mailboxes: Iterable[str], now: datetime) -> None:
    """Count what left: it did so at the latest now, and until now it was counted as what is out."""
    by_domain = Counter(mailbox.rpartition("@")[2].lower() for mailbox in mailboxes)
    total = by_domain.total()
    if not total or not (pace.limits or pace.domains or pace.warm_up):
        return
    _be_alone(connection, pace)
    if pace.warm_up and _first_day(connection, pace) is None:
        connection.execute(
            insert(windows).values(scope=f"{pace.sender}/{_FIRST}", start=now, count=0)
        )
    limits = pace.limits_on(_first_day(connection, pace), pace.today(now))
    for limit in _widest(limits):
        _add(connection, _scope(pace, limit), limit, total, now)
    for domain, own in pace.domains.items():
        if by_domain[domain]:
            for limit in _widest(own):
                _add(connection, _scope(pace, limit, domain), limit, by_domain[domain], now)


def _widest(limits: Sequence[Limit]) -> list[Limit]:
    """Return one limit for each span: two over the same span are counted once."""
    return list({limit.span: limit for limit in limits}.values())


def _scope(pace: Pace, limit: Limit, domain: str = "") -> str:
    return f"{pace.sender}/{domain}/{int(limit.span.total_seconds())}"


def _first_day(connection: Connection, pace: Pace) -> date | None:
    if not pace.warm_up:
        return None
    found = connection.scalar(
        select(windows.c.start).where(windows.c.scope == f"{pace.sender}/{_FIRST}")
    )
    return pace.today(found) if found else None


def _counted(
    connection: Connection, scope: str, limit: Limit, now: datetime
) -> dict[datetime, int]:
    rows = connection.execute(
        select(windows.c.start, windows.c["count"].label("used")).where(
            windows.c.scope == scope, windows.c.start > now - limit.reach
        )
    )
    return {row.start: row.used for row in rows}


def _add(connection: Connection, scope: str, limit: Limit, more: int, now: datetime) -> None:
    start = limit.start(now)
    mine = (windows.c.scope == scope) & (windows.c.start == start)
    done = connection.execute(update(windows).where(mine).values(count=windows.c["count"] + more))
    if not done.rowcount:
        connection.execute(insert(windows).values(scope=scope, start=start, count=more))
        old = now - limit.reach - min(60 * limit.span, timedelta(days=1))  # a clock may be set back
        connection.execute(delete(windows).where(windows.c.scope == scope, windows.c.start < old))
