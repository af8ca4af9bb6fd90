"""What each issue brought: by place, variant, frequency and amount, in each currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from pipeline.campaigns.planning.plan import CampaignKind
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.tables import campaigns, deliveries, reference_codes
from pipeline.errors import StateError, suggest_name
from pipeline.gifts.attribution import Attribution, DonationButton
from pipeline.gifts.payment import Payment, PaymentKind
from pipeline.models.issue import Frequency

#: Fewer gifts than these are not told apart: their number and sum could be known to belong to somebody.
FEWEST = 10
#: States of deliveries that the recipient's server accepted, whatever came back later.
_ACCEPTED = ("accepted", "delivered", "bounced", "complained")


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
    """

    digest: str
    prefixes: tuple[str, ...]
    title: str
    at: datetime
    accepted: int
    buttons: Mapping[tuple[DonationButton, str], GiftTotals]

    def sum_up(self) -> dict[str, GiftTotals]:
        """Return the totals of the issue, by currency."""
        return _sum_up((currency, totals) for (_, currency), totals in self.buttons.items())

    def compute_net_per_1000(self, currency: str) -> int | None:
        """Return what 1,000 accepted messages brought, in minor units; None if none was accepted."""
        totals = self.sum_up().get(currency)
        if not self.accepted or totals is None:
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
                {"code": code, "currency": currency, **_totals_to_json(totals)}
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
            for (button, currency), totals in sort_buttons(issue.buttons):
                fields = _button_to_json(button)
                values = (
                    {"gifts": f"<{FEWEST}"} if totals.gifts < FEWEST else _totals_to_json(totals)
                )
                yield (
                    issue.prefixes[0],
                    issue.title,
                    issue.at.date().isoformat(),
                    *("" if each is None else each for each in fields.values()),
                    currency,
                    *(values.get(name, "") for name in names),
                )


def build_report(
    connection: Connection,
    payments: Sequence[Payment],
    attribution: Attribution,
    issue_name: str | None,
) -> GiftReport:
    """
    Return what the issues brought, or only *issue_name*.

    Raises:
        StateError: No issue is called *issue_name*.
    """
    sums, unknown = _add_up(payments, attribution)
    issues = _list_issues(connection, sums)
    if issue_name is None:
        return GiftReport(issues=issues, unknown=unknown)
    found = _find_issue(connection, issues, issue_name)
    earlier = tuple(each for each in issues if each.at < found.at)
    return GiftReport(issues=(found,), earlier=earlier, unknown={})


def _add_up(
    payments: Sequence[Payment], attribution: Attribution
) -> tuple[
    dict[str, dict[tuple[DonationButton, str], GiftTotals]], dict[tuple[str, str], GiftTotals]
]:
    """Return the totals by issue, button and currency, and those of unknown codes."""
    first = _find_first_of_plans(payments)
    refunded = _sum_refunds(payments)
    known = {
        (each.processor, each.transaction) for each in payments if each.kind is PaymentKind.GIFT
    }
    sums: dict[str, dict[tuple[DonationButton, str], GiftTotals]] = defaultdict(
        lambda: defaultdict(GiftTotals)
    )
    unknown: dict[tuple[str, str], GiftTotals] = defaultdict(GiftTotals)
    for each in payments:
        key = each.processor, each.transaction
        if each.kind is PaymentKind.GIFT:
            totals = _count(each, first, refunded.get(key, 0))
        elif each.kind is PaymentKind.REFUND and (each.processor, each.original) not in known:
            totals = GiftTotals(refunds=each.minor)
        else:
            continue
        button = attribution.find(each)
        if button is None:
            unknown[each.code, each.currency].add(totals)
        else:
            sums[button.issue][button, each.currency].add(totals)
    return sums, unknown


def _count(payment: Payment, first: Mapping[tuple[str, str], Payment], by_rows: int) -> GiftTotals:
    plan_first = first.get((payment.processor, payment.plan)) if payment.plan else payment
    is_first = plan_first is payment
    return GiftTotals(
        gifts=int(is_first),
        renewals=int(not is_first),
        gross=payment.minor,
        monthly=payment.minor if payment.is_monthly and is_first else 0,
        # an export may tell of a refund in the gift's row and in one of its own
        refunds=min(payment.minor, max(payment.refunded, by_rows)),
    )


def _find_first_of_plans(payments: Iterable[Payment]) -> dict[tuple[str, str], Payment]:
    found: dict[tuple[str, str], Payment] = {}
    for each in payments:
        if each.plan and each.kind is PaymentKind.GIFT:
            key = each.processor, each.plan
            found[key] = min(
                found.get(key, each), each, key=lambda one: (one.gave_at, one.transaction)
            )
    return found


def _sum_refunds(payments: Iterable[Payment]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for each in payments:
        if each.kind is PaymentKind.REFUND:
            sums[each.processor, each.original] += each.minor
    return sums


def _list_issues(
    connection: Connection, sums: Mapping[str, Mapping[tuple[DonationButton, str], GiftTotals]]
) -> tuple[IssueGifts, ...]:
    """Return all issues that a campaign sent, oldest first."""
    query = (
        select(
            reference_codes.c.issue,
            reference_codes.c.prefix,
            campaigns.c.edition_digest,
            campaigns.c.title,
            campaigns.c.created_at,
        )
        .join(campaigns, campaigns.c.number == reference_codes.c.campaign)
        .distinct()
        .order_by(campaigns.c.created_at, reference_codes.c.prefix)
    )
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        rows[row.issue].append(row)
    accepted = _count_accepted(connection)
    return tuple(
        IssueGifts(
            digest=digest,
            prefixes=tuple(dict.fromkeys(row.prefix for row in found)),
            title=found[0].title,
            at=found[0].created_at,
            accepted=sum(
                accepted.get(edition, 0) for edition in {row.edition_digest for row in found}
            ),
            buttons=sums.get(digest, {}),
        )
        for digest, found in sorted(rows.items(), key=lambda item: item[1][0].created_at)
    )


def _count_accepted(connection: Connection) -> dict[str, int]:
    """Return the number of accepted messages by edition, those sent from the outbox too."""
    query = (
        select(campaigns.c.edition_digest, func.count())
        .join(deliveries, deliveries.c.campaign == campaigns.c.number)
        .where(
            campaigns.c.delivers_mail,
            campaigns.c.kind != CampaignKind.TEST.value,
            deliveries.c.state.in_(_ACCEPTED),
        )
        .group_by(campaigns.c.edition_digest)
    )
    return {digest: count for digest, count in connection.execute(query)}


def _find_issue(
    connection: Connection, issues: Sequence[IssueGifts], issue_name: str
) -> IssueGifts:
    name = issue_name.casefold()
    found = [
        each
        for each in issues
        if any(prefix == name or prefix.endswith(f"_{name}") for prefix in each.prefixes)
    ]
    if len(found) > 1:
        names = ", ".join(sorted(each.prefixes[0] for each in found)[:5])
        raise StateError(
            f'Several issues are called "{issue_name}": {names}. Name a campaign instead.'
        )
    if found:
        return found[0]
    known = [prefix for each in issues for prefix in each.prefixes]
    try:
        number = campaign_records.read(connection, issue_name).number
    except StateError:
        raise StateError(
            f'No issue is called "{issue_name}".{suggest_name(name, known)} List them: handbill gifts show'
        ) from None
    digest = connection.scalar(
        select(reference_codes.c.issue).where(reference_codes.c.campaign == number)
    )
    for each in issues:
        if each.digest == digest:
            return each
    raise StateError(f"{issue_name} has no donation links with a reference code.")


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
                **_totals_to_json(each),
                "net_per_1000": issue.compute_net_per_1000(currency),
                "earlier": {"issues": earlier[0], "net_per_1000": earlier[1]} if earlier else None,
            }
        )
    return {
        "code": issue.prefixes[0],
        "title": issue.title,
        "at": issue.at.isoformat(),
        "accepted": issue.accepted,
        "totals": totals,
        "buttons": [
            {
                **_button_to_json(button),
                "currency": currency,
                **({"fewer_than": FEWEST} if each.gifts < FEWEST else _totals_to_json(each)),
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


def _totals_to_json(totals: GiftTotals) -> dict[str, Any]:
    return {
        "gifts": totals.gifts,
        "renewals": totals.renewals,
        "gross": totals.gross,
        "monthly": totals.monthly,
        "refunds": totals.refunds,
        "net": totals.net,
    }
