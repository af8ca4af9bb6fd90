"""One payment of a processor's export."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

#: Characters of a reference code that are kept.
MAX_CODE = 255


class PaymentKind(Enum):
    """What a row of an export is."""

    #: Money that came in.
    GIFT = "gift"
    #: Money that went back, by a refund or a chargeback, in a row of its own.
    REFUND = "refund"
    #: The beginning of a plan, with its code and without money.
    PLAN = "plan"


@dataclass(frozen=True, kw_only=True, slots=True)
class Payment:
    """
    A payment.

    Args:
        processor: The name of the export's format.
        transaction: Identifies it at the processor, with its kind.
        original: The transaction that a refund gives back; "" if unknown.
        plan: Identifies the plan that a recurring payment belongs to; "" without one.
        gave_at: Aware.
        minor: The amount in minor units, not negative.
        refunded: What was given back, in minor units, as its own row says.
        currency: ISO 4217.
        is_monthly: Whether it recurs each month.
        code: The reference code; "" without one.
        prefix: What the processor's second column has: the beginning of the code.
        giver: The keyed hash of the address that came with it, while it is read; never stored. "" without one.
    """

    processor: str
    kind: PaymentKind
    transaction: str
    original: str = ""
    plan: str = ""
    gave_at: datetime
    minor: int
    refunded: int = 0
    currency: str
    is_monthly: bool = False
    code: str = ""
    prefix: str = ""
    giver: str = field(default="", compare=False)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Payment:  # Any: column values
        """Return the payment that a row of the table has."""
        return cls(**{**row, "kind": PaymentKind(row["kind"])})

    @property
    def key(self) -> tuple[str, str, str]:
        """What no other payment has."""
        return self.processor, self.kind.value, self.transaction


def merge_payments(one: Payment, other: Payment) -> Payment:
    """
    Return what two rows say of the same payment, whichever was read first.

    An export made later may say more: that something was given back, or the code that another export lacks.
    """
    return Payment(
        processor=one.processor,
        kind=one.kind,
        transaction=one.transaction,
        original=max(one.original, other.original),
        plan=max(one.plan, other.plan),
        gave_at=min(one.gave_at, other.gave_at),
        minor=max(one.minor, other.minor),
        refunded=max(one.refunded, other.refunded),
        currency=max(one.currency, other.currency),
        is_monthly=one.is_monthly or other.is_monthly,
        code=max(one.code, other.code),
        prefix=max(one.prefix, other.prefix),
        giver=max(one.giver, other.giver),
    )


def sum_refunds(payments: Iterable[Payment]) -> dict[tuple[str, str], int]:
    """Return by processor and transaction what refunds in rows of their own give back."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for each in payments:
        if each.kind is PaymentKind.REFUND:
            sums[each.processor, each.original] += each.minor
    return sums
