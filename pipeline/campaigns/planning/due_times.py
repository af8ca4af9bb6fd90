"""Whether a plan's time lies ahead, for everybody it goes to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sqlalchemy import Connection

from pipeline.campaigns.context import Means
from pipeline.campaigns.planning.plan import Late, Plan
from pipeline.campaigns.planning.schedule import Turn, past, timeline
from pipeline.errors import ScheduleError


def turns(means: Means, connection: Connection, wish: Plan) -> tuple[Turn, ...]:
    """Return when each zone of the audience has its turn, for a campaign by each reader's own clock."""
    assert wish.wall is not None, "a campaign by each reader's clock has a time on the wall"
    readers = Counter(
        member.zone or wish.zone
        for member in means.members(connection, wish.list or "", wish.segment, wish.most)
    )
    return timeline(wish.wall, readers)


def ahead(means: Means, connection: Connection, wish: Plan) -> Plan:
    """
    See that *wish* lies ahead, and return it due when the first of its readers is.

    Raises:
        ScheduleError: It is past, for some of its readers at least, or over before it begins.
    """
    now = means.clock.now()
    if wish.expires_at and wish.expires_at <= max(wish.at, now):
        raise ScheduleError(
            f"It would expire ({wish.expires_at:%Y-%m-%d %H:%M} UTC) before it is due. Choose a later --expires."
        )
    if not wish.is_local:
        if wish.wall is not None and wish.at < now:
            raise ScheduleError(
                f"{wish.at:%Y-%m-%d %H:%M} UTC is past. Choose a time ahead, or send it now: handbill send"
            )
        return wish
    found = turns(means, connection, wish)
    if (over := past(found, now)) and wish.late is None:
        where = ", ".join(turn.zone for turn in over[:3])
        raise ScheduleError(
            f"Where {sum(turn.readers for turn in over):,} of the readers live ({where}) that time is past. "
            "Choose a later one, or say what becomes of them: --late send or --late skip"
        )
    coming = [turn.instant for turn in found if turn.instant > now]
    if not coming:
        raise ScheduleError("That time is past for all readers. Choose a later one.")
    return replace(wish, at=coming[0] if wish.late is Late.SKIP else max(found[0].instant, now))
