"""The pace of a sender, from `[pacing]`."""

from __future__ import annotations

from datetime import time, timedelta

from pipeline.campaigns.rates.limits import Limit, Pace
from pipeline.config.schema import LimitsTable, PacingTable

_SPANS = {
    "per_second": timedelta(seconds=1),
    "per_minute": timedelta(minutes=1),
    "per_hour": timedelta(hours=1),
    "per_day": timedelta(days=1),
}


def pace_of(sender: str, table: PacingTable, zone: str) -> Pace:
    """
    Return what holds for the messages by *sender*: its own limits if it has any, else those for every sender.

    Args:
        zone: Whose clock quiet hours and the days of a warm-up go by.
    """
    own = table.senders.get(sender, table)
    quiet = None
    if table.quiet:
        begin, _, end = table.quiet.partition("-")
        quiet = (time.fromisoformat(begin), time.fromisoformat(end))
    return Pace(
        sender=sender,
        limits=_limits(own),
        domains={name.lower(): _limits(each) for name, each in table.domains.items()},
        warm_up=own.warm_up,
        quiet=quiet,
        zone=zone,
        pause_above=table.pause_above,
    )


def _limits(table: LimitsTable) -> tuple[Limit, ...]:
    found = ((getattr(table, key), span) for key, span in _SPANS.items())
    return tuple(Limit(most=most, span=span) for most, span in found if most)
