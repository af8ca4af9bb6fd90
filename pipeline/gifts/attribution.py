"""Find the issue and the button that a payment came from, by its reference code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from pipeline.campaigns.store.tables import campaigns, reference_codes
from pipeline.gifts.payment import Payment, PaymentKind


@dataclass(frozen=True, kw_only=True, slots=True)
class DonationButton:
    """
    A button of an issue.

    Args:
        issue: The digest of the issue's identity.
        variant: The code of the variant, "" for the appeal itself.
        place: `start`, `end`, `p2`; "" if only the issue is known.
        frequency: `once` or `monthly`; "" for the button without an amount.
        minor: The amount on it, in minor units of *currency*; None without one.
    """

    issue: str
    variant: str = ""
    place: str = ""
    frequency: str = ""
    minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _CodeUse:
    since: datetime
    button: DonationButton


class Attribution:
    """Which button each payment came from; the same whatever the order in which files were imported."""

    def __init__(self, codes: Iterable[Any], payments: Iterable[Payment]) -> None:
        self._buttons: dict[str, list[_CodeUse]] = {}
        self._issues: dict[str, list[_CodeUse]] = {}
        for row in codes:
            button = DonationButton(
                issue=row.issue,
                variant=row.variant,
                place=row.place,
                frequency=row.frequency,
                minor=row.minor,
                currency=row.currency,
            )
            _add(self._buttons, row.code, row.created_at, button)
            _add(self._issues, row.prefix, row.created_at, DonationButton(issue=row.issue))
        self._by_plan: dict[tuple[str, str], Payment] = {}
        self._by_transaction: dict[tuple[str, str], Payment] = {}
        for each in payments:
            if each.kind is PaymentKind.GIFT:
                self._by_transaction[each.processor, each.transaction] = each
            if each.plan and (each.code or each.prefix):
                key = each.processor, each.plan
                self._by_plan[key] = min(self._by_plan.get(key, each), each, key=_rank)

    @classmethod
    def read(cls, connection: Connection, payments: Iterable[Payment]) -> Attribution:
        """Return the attribution by the codes of all campaigns."""
        query = select(reference_codes, campaigns.c.created_at).join(
            campaigns, campaigns.c.number == reference_codes.c.campaign
        )
        return cls(connection.execute(query), payments)

    def find(self, payment: Payment) -> DonationButton | None:
        """
        Return the button *payment* came from, None if it has no code or an unknown one.

        A refund came from the button of its gift, a renewal without a code from that of its plan. Where the code is
        unknown, what it begins with, or the second column, may still tell the issue.
        """
        original = self._by_transaction.get((payment.processor, payment.original))
        if payment.kind is PaymentKind.REFUND and original is not None:
            payment = original
        if found := self._find_by_code(payment):
            return found
        first = self._by_plan.get((payment.processor, payment.plan)) if payment.plan else None
        return self._find_by_code(first) if first else None

    def _find_by_code(self, payment: Payment) -> DonationButton | None:
        found = _choose(self._buttons.get(payment.code), payment.gave_at)
        if found or not (payment.code or payment.prefix):
            return found
        parts = payment.code.split("_")
        beginnings = ["_".join(parts[:length]) for length in range(len(parts), 0, -1)]
        for prefix in (payment.prefix, *beginnings):
            if found := _choose(self._issues.get(prefix), payment.gave_at):
                return found
        return None


def _add(
    index: dict[str, list[_CodeUse]], code: str, since: datetime, button: DonationButton
) -> None:
    index.setdefault(code, []).append(_CodeUse(since=since, button=button))


def _choose(candidates: Sequence[_CodeUse] | None, at: datetime) -> DonationButton | None:
    """Return the button of the last campaign before *at*, else of the first: two issues may share a code."""
    if not candidates:
        return None
    earlier = [each for each in candidates if each.since <= at]
    if earlier:
        return max(earlier, key=lambda each: (each.since, each.button.issue)).button
    return min(candidates, key=lambda each: (each.since, each.button.issue)).button


def _rank(payment: Payment) -> tuple[bool, datetime, str]:
    return payment.kind is not PaymentKind.PLAN, payment.gave_at, payment.transaction
