"""Build the report on gifts: find the issue and the button of each payment, and add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from pipeline.campaigns.planning.plan import CampaignKind
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.tables import campaigns, receipts, reference_codes
from pipeline.errors import StateError, suggest_name
from pipeline.gifts.attribution import Attribution, DonationButton
from pipeline.gifts.gift_report import GiftReport, GiftTotals, IssueGifts
from pipeline.gifts.payment import Payment, PaymentKind, sum_refunds
from pipeline.gifts.splits.split_counts import ACCEPTED, SplitCounts, count_split
from pipeline.gifts.splits.split_report import SplitReport, VariantResult
from pipeline.subscribers.suppressions import AddressHasher


def build_report(
    connection: Connection,
    payments: Sequence[Payment],
    attribution: Attribution,
    issue_name: str | None,
    hasher: AddressHasher,
) -> GiftReport:
    """
    Return what the issues brought, or only *issue_name*.

    Args:
        hasher: Finds out who received which variant of a split.

    Raises:
        StateError: No issue is called *issue_name*.
    """
    sums, unknown = _add_up(payments, attribution)
    issues = _list_issues(connection, sums, hasher)
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
    refunded = sum_refunds(payments)
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


def _list_issues(
    connection: Connection,
    sums: Mapping[str, Mapping[tuple[DonationButton, str], GiftTotals]],
    hasher: AddressHasher,
) -> tuple[IssueGifts, ...]:
    """Return all issues that a campaign sent, oldest first."""
    query = (
        select(
            reference_codes.c.issue,
            reference_codes.c.prefix,
            reference_codes.c.variant,
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
    splits = {
        digest: count_split(connection, digest, hasher)
        for digest in {
            row.edition_digest for found in rows.values() for row in found if row.variant
        }
        if accepted.get(digest)
    }
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
            split=_report_split(
                [
                    splits.get(each)
                    for each in {row.edition_digest for row in found}
                    if accepted.get(each)
                ],
                sums.get(digest, {}),
            ),
        )
        for digest, found in sorted(rows.items(), key=lambda item: item[1][0].created_at)
    )


def _report_split(
    sent: Sequence[SplitCounts | None],
    buttons: Mapping[tuple[DonationButton, str], GiftTotals],
) -> SplitReport | None:
    """Return what the variants of a split brought; *sent* are its editions that were accepted."""
    known = [each for each in sent if each is not None]
    if not known:
        return None
    return SplitReport(
        variants=[
            _add_up_variant(
                code, percent, sum(each.accepted.get(code, 0) for each in known), buttons
            )
            for code, percent in known[0].shares
        ],
        is_mixed=len({each and each.shares for each in sent}) > 1,
    )


def _add_up_variant(
    code: str,
    percent: int,
    accepted: int,
    buttons: Mapping[tuple[DonationButton, str], GiftTotals],
) -> VariantResult:
    gifts, net = 0, defaultdict[str, int](int)
    for (button, currency), totals in buttons.items():
        if button.variant == code and button.place:  # of an unknown button the variant is unknown
            gifts += totals.gifts
            net[currency] += totals.net
    return VariantResult(code=code, percent=percent, accepted=accepted, gifts=gifts, net=net)


def _count_accepted(connection: Connection) -> dict[str, int]:
    """Return the number of accepted messages by edition, those sent from the outbox too."""
    query = (
        select(campaigns.c.edition_digest, func.count())
        .join(receipts, receipts.c.campaign == campaigns.c.number)
        .where(
            campaigns.c.delivers_mail,
            campaigns.c.kind != CampaignKind.TEST.value,
            receipts.c.state.in_(ACCEPTED),
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
