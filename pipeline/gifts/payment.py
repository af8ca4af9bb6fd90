"""One payment of a processor's export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


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
    )
