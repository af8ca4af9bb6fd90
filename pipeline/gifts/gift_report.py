"""What each issue brought: by place, variant, frequency and amount, in each currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipeline.gifts.attribution import DonationButton
from pipeline.gifts.disclosure import FEWEST, choose_hidden, is_few, round_sum
from pipeline.gifts.splits.split_report import SplitReport
from pipeline.models.issue import Frequency


@dataclass(kw_only=True, slots=True)
class GiftTotals:
    """
    Totals in one currency, in minor units.

    Args:
        gifts: Single gifts, and monthly ones once each.
        renewals: Later payments of monthly gifts.
        gross: What came in, renewals too.
        monthly: What the monthly gifts bring each month.
        refunds: What was given back, by refunds and chargebacks.
    """

    gifts: int = 0
    renewals: int = 0
    gross: int = 0
    monthly: int = 0
    refunds: int = 0

    def add(self, other: GiftTotals) -> None:
        """Add *other*, which is in the same currency."""
        self.gifts += other.gifts
        self.renewals += other.renewals
        self.gross += other.gross
        self.monthly += other.monthly
        self.refunds += other.refunds

    @property
    def net(self) -> int:
        """What came in and was not given back."""
        return self.gross - self.refunds


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueGifts:
    """
    What one issue brought.

    Args:
        digest: Of the issue's identity.
        prefixes: What its reference codes begin with; more than one if `refcode` changed.
        title: Of its first campaign.
        at: When that was created.
        accepted: How many of its messages were accepted, without test copies.
        buttons: What each button brought, by currency.
        split: What the variants of a split brought; None without one.
    """

    digest: str
    prefixes: tuple[str, ...]
    title: str
    at: datetime
    accepted: int
    buttons: Mapping[tuple[DonationButton, str], GiftTotals]
    split: SplitReport | None = None

    def sum_up(self) -> dict[str, GiftTotals]:
        """Return the totals of the issue, by currency."""
        return _sum_up((currency, totals) for (_, currency), totals in self.buttons.items())

    def choose_hidden(self) -> set[tuple[DonationButton, str]]:
        """Return the buttons whose figures are not shown, by currency; a split tells the totals of variants too."""
        gifts = {key: totals.gifts for key, totals in self.buttons.items()}
        hidden = choose_hidden(gifts)
        for variant in {button.variant for button, _ in gifts} if self.split else ():
            own = {key: count for key, count in gifts.items() if key[0].variant == variant}
            hidden |= choose_hidden(own)
        return hidden

    def compute_net_per_1000(self, currency: str) -> int | None:
        """Return what 1,000 accepted messages brought, in minor units; None if none was accepted, or few gave."""
        totals = self.sum_up().get(currency)
        if not self.accepted or totals is None or is_few(totals.gifts):
            return None
        return round(Decimal(totals.net) * 1000 / self.accepted)


@dataclass(frozen=True, kw_only=True, slots=True)
class GiftReport:
    """
    What issues brought.

    Args:
        issues: Oldest first.
        earlier: Those before the only one of *issues* that was asked for.
        unknown: Gifts by codes that no campaign has, by code and currency; "" are those without a code.
    """

    issues: tuple[IssueGifts, ...]
    earlier: tuple[IssueGifts, ...] = ()
    unknown: Mapping[tuple[str, str], GiftTotals]

    def average_earlier(self, currency: str) -> tuple[int, int] | None:
        """Return how many earlier issues brought something in *currency*, and what 1,000 messages did on average."""
        found = [each.compute_net_per_1000(currency) for each in self.earlier]
        known = [each for each in found if each is not None]
        return (len(known), round(Decimal(sum(known)) / len(known))) if known else None

    def to_json(self) -> dict[str, Any]:
        """Return `{"issues": [{"code", "title", …, "totals": […], "buttons": […]}], "unknown_codes": […]}`."""
        return {
            "issues": [_issue_to_json(each, self) for each in self.issues],
            "unknown_codes": [
                {"code": code, "currency": currency, **_round_totals(totals)}
                for (code, currency), totals in sorted(self.unknown.items())
            ],
        }

    def list_rows(self) -> Iterator[Sequence[object]]:
        """Yield the rows of a table: its headings, then a row for each button and currency."""
        names = ("gifts", "renewals", "gross", "monthly", "refunds", "net")
        yield (
            "issue",
            "title",
            "date",
            "variant",
            "place",
            "frequency",
            "amount",
            "currency",
            *names,
        )
        for issue in self.issues:
            hidden = issue.choose_hidden()
            for (button, currency), totals in sort_buttons(issue.buttons):
                fields = _button_to_json(button)
                values = _totals_to_json(totals)
                if (button, currency) in hidden:
                    values = {"gifts": f"<{FEWEST}" if is_few(totals.gifts) else "hidden"}
                yield (
                    issue.prefixes[0],
                    issue.title,
                    issue.at.date().isoformat(),
                    *("" if each is None else each for each in fields.values()),
                    currency,
                    *(values.get(name, "") for name in names),
                )


def _sum_up(items: Iterable[tuple[str, GiftTotals]]) -> dict[str, GiftTotals]:
    sums: dict[str, GiftTotals] = {}
    for currency, totals in items:
        sums.setdefault(currency, GiftTotals()).add(totals)
    return dict(sorted(sums.items()))


def sort_buttons(
    buttons: Mapping[tuple[DonationButton, str], GiftTotals],
) -> list[tuple[tuple[DonationButton, str], GiftTotals]]:
    """Return *buttons* with their totals, by currency, place, variant, frequency and amount."""
    return sorted(
        buttons.items(),
        key=lambda item: (
            item[0][1],
            item[0][0].place,
            item[0][0].variant,
            item[0][0].frequency == Frequency.MONTHLY.value,
            item[0][0].minor or 0,
        ),
    )


def _issue_to_json(issue: IssueGifts, report: GiftReport) -> dict[str, Any]:
    totals = []
    for currency, each in issue.sum_up().items():
        earlier = report.average_earlier(currency)
        totals.append(
            {
                "currency": currency,
                **_round_totals(each),
                "net_per_1000": issue.compute_net_per_1000(currency),
                "earlier": {"issues": earlier[0], "net_per_1000": earlier[1]} if earlier else None,
            }
        )
    hidden = issue.choose_hidden()
    return {
        "code": issue.prefixes[0],
        "title": issue.title,
        "at": issue.at.isoformat(),
        "accepted": issue.accepted,
        "totals": totals,
        "split": issue.split.to_json() if issue.split else None,
        "buttons": [
            {
                **_button_to_json(button),
                "currency": currency,
                **(_hide(each) if (button, currency) in hidden else _totals_to_json(each)),
            }
            for (button, currency), each in sort_buttons(issue.buttons)
        ],
    }


def _button_to_json(button: DonationButton) -> dict[str, Any]:
    return {
        "variant": button.variant,
        "place": button.place,
        "frequency": button.frequency,
        "amount": button.minor,
    }


def _hide(totals: GiftTotals) -> dict[str, Any]:
    return {"fewer_than": FEWEST} if is_few(totals.gifts) else {"is_hidden": True}


def _round_totals(totals: GiftTotals) -> dict[str, Any]:
    """Return the totals, or about what they are if few gave."""
    if is_few(totals.gifts):
        return {"fewer_than": FEWEST, "net_about": round_sum(totals.net)}
    return _totals_to_json(totals)


def _totals_to_json(totals: GiftTotals) -> dict[str, Any]:
    return {
        "gifts": totals.gifts,
        "renewals": totals.renewals,
        "gross": totals.gross,
        "monthly": totals.monthly,
        "refunds": totals.refunds,
        "net": totals.net,
    }
