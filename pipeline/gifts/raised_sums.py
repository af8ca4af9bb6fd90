"""What gifts add up to since a day, for the goal of an appeal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from pipeline.gifts.disclosure import FEWEST
from pipeline.gifts.payment import Payment, PaymentKind, sum_refunds
from pipeline.gifts.tables import gifts


@dataclass(frozen=True, kw_only=True, slots=True)
class RaisedSum:
    """The sum of gifts that were kept, in minor units, and their number."""

    minor: int = 0
    gifts: int = 0

    def round_for(self, goal_minor: int) -> int:
        """Return the sum as readers may know it: of few gifts, down to whole percents of the goal."""
        step = goal_minor // 100
        if self.gifts >= FEWEST or step < 1:
            return self.minor
        return self.minor - self.minor % step


def sum_raised(connection: Connection, since: datetime | None) -> dict[str, RaisedSum]:
    """Return what was given since then and kept, renewals too, by currency."""
    rows = connection.execute(select(gifts).where(gifts.c.kind != PaymentKind.PLAN.value))
    payments = [Payment.from_row(dict(row)) for row in rows.mappings()]
    refunds = sum_refunds(payments)
    sums: dict[str, RaisedSum] = {}
    for each in payments:
        if each.kind is not PaymentKind.GIFT or (since and each.gave_at < since):
            continue
        back = max(each.refunded, refunds.get((each.processor, each.transaction), 0))
        kept = each.minor - min(each.minor, back)
        before = sums.get(each.currency, RaisedSum())
        sums[each.currency] = RaisedSum(minor=before.minor + kept, gifts=before.gifts + (kept > 0))
    return sums
