"""What the ledger holds about one person: to be shown to them, and to be erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, case, func, select, update

from pipeline.campaigns.store.tables import campaigns, deliveries
from pipeline.models.delivery import DeliveryState, SkipReason

_D = deliveries.c
_OPEN = (DeliveryState.PENDING.value, DeliveryState.DEFERRED.value)


def deliveries_of(connection: Connection, mailbox: str) -> list[dict[str, Any]]:
    """Return what was sent to *mailbox*, oldest first: `[{"campaign", "subject", "at", "state"}]`."""
    rows = connection.execute(
        select(campaigns.c.id, campaigns.c.subject, campaigns.c.at, _D.state)
        .join(campaigns, campaigns.c.number == _D.campaign)
        .where(_D.mailbox == mailbox)
        .order_by(campaigns.c.at, campaigns.c.number)
    )
    return [
        {"campaign": row.id, "subject": row.subject, "at": row.at.isoformat(), "state": row.state}
        for row in rows
    ]


def erase_deliveries(connection: Connection, mailbox: str, digest: str) -> int:
    """
    Take the person behind *mailbox* out of all campaigns; return of how many.

    Their rows stay, so that the counts of a campaign hold, and name nobody. What was not handed over yet never is.

    Args:
        digest: Stands in the mailbox's place from now on: their keyed hash.
    """
    is_open = _D.state.in_(_OPEN)
    changed = connection.execute(
        update(deliveries)
        .where(_D.mailbox == mailbox)
        .values(
            mailbox=f"erased:{digest}",
            email="",
            name="",
            subscriber=func.coalesce(
                _D.subscriber, -1
            ),  # nobody, so that no claim takes it up again
            values=None,
            response=None,
            state=case((is_open, DeliveryState.SKIPPED.value), else_=_D.state),
            reason=case((is_open, SkipReason.SUPPRESSED.value), else_=_D.reason),
        )
    )
    return changed.rowcount
