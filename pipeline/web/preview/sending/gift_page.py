"""What issues brought, as the page of gifts has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.gifts.amounts import format_minor
from pipeline.gifts.disclosure import FEWEST, is_few, round_sum
from pipeline.project import Project

if TYPE_CHECKING:
    from pipeline.gifts import GiftReport
    from pipeline.gifts.gift_report import GiftTotals, IssueGifts
    from pipeline.gifts.splits.split_report import VariantResult


@dataclass(frozen=True, kw_only=True, slots=True)
class TotalEntry:
    """What an issue brought in one currency: `1,240.00 EUR` from `38 gifts`, and details such as what recurs."""

    net: str
    gifts: str
    details: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonEntry:
    """A button; without figures if few gifts came by it."""

    place: str
    variant: str
    label: str
    gifts: str
    net: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitEntry:
    """
    A variant of a split: `The appeal itself (50 %)`, how many were accepted, and what 1,000 of them brought.

    Args:
        gifts: With the interval: `78.0 (56.3 to 107.0)`.
    """

    name: str
    accepted: str
    gifts: str
    net: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueEntry:
    """An issue, with its date (ISO 8601) and what its reference codes begin with."""

    title: str
    date: str
    code: str
    accepted: str
    totals: Sequence[TotalEntry]
    split: Sequence[SplitEntry]
    conclusions: Sequence[str]
    buttons: Sequence[ButtonEntry]

    @property
    def has_variants(self) -> bool:
        """Whether some button is that of a variant."""
        return any(button.variant for button in self.buttons)


@dataclass(frozen=True, kw_only=True, slots=True)
class UnknownEntry:
    """Gifts by a code that no campaign has."""

    code: str
    gifts: str
    net: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GiftPage:
    """The page: issues, newest first, and unknown codes."""

    issues: Sequence[IssueEntry] = ()
    unknown: Sequence[UnknownEntry] = ()


def build_gift_page(project: Project) -> GiftPage:
    """
    Return the page for *project*.

    Raises:
        StoreError: The database cannot be opened.
    """
    if not project.storage.has_store:
        return GiftPage()  # nothing was sent, and opening the database would create it
    with project.open_gifts() as gifts:
        report = gifts.report()
    zone = ZoneInfo(project.publication.timezone)
    return GiftPage(
        issues=[_build_issue(each, zone) for each in reversed(report.issues)],
        unknown=list(_list_unknown(report)),
    )


def _build_issue(issue: IssueGifts, zone: ZoneInfo) -> IssueEntry:
    return IssueEntry(
        title=issue.title or "(untitled)",
        date=issue.at.astimezone(zone).date().isoformat(),
        code=issue.prefixes[0],
        accepted=f"{issue.accepted:,} accepted",
        totals=[
            _build_total(issue, totals, currency) for currency, totals in issue.sum_up().items()
        ],
        split=[_build_split(each) for each in (issue.split.variants if issue.split else ())],
        conclusions=issue.split.list_conclusions() if issue.split else (),
        buttons=list(_list_buttons(issue)),
    )


def _build_split(result: VariantResult) -> SplitEntry:
    gifts, net = f"under {FEWEST}", ""
    if not result.is_few:
        rate, low, high = result.compute_rates()
        gifts, net = f"{rate:.1f} ({low:.1f} to {high:.1f})", result.format_sums()
    return SplitEntry(
        name=f"{result.name[0].upper()}{result.name[1:]} ({result.percent} %)",
        accepted=f"{result.accepted:,}",
        gifts=gifts,
        net=net,
    )


def _build_total(issue: IssueGifts, totals: GiftTotals, currency: str) -> TotalEntry:
    return TotalEntry(
        net=_format_net(totals, currency),
        gifts=_count_gifts(totals.gifts),
        details=() if is_few(totals.gifts) else tuple(_list_details(issue, totals, currency)),
    )


def _format_net(totals: GiftTotals, currency: str) -> str:
    if is_few(totals.gifts):
        return f"About {format_minor(round_sum(totals.net), currency)}"
    return format_minor(totals.net, currency)


def _list_details(issue: IssueGifts, totals: GiftTotals, currency: str) -> Iterator[str]:
    if totals.renewals:
        yield f"{totals.renewals:,} renewal{'' if totals.renewals == 1 else 's'}"
    if totals.monthly:
        yield f"{format_minor(totals.monthly, currency)} a month"
    if totals.refunds:
        yield f"{format_minor(totals.refunds, currency)} given back"
    rate = issue.compute_net_per_1000(currency)
    if rate is not None:
        yield f"{format_minor(rate, currency)} per 1,000 accepted"


def _list_buttons(issue: IssueGifts) -> Iterator[ButtonEntry]:
    from pipeline.gifts.gift_report import sort_buttons

    hidden = issue.choose_hidden()
    for (button, currency), totals in sort_buttons(issue.buttons):
        label = "no amount" if button.minor is None else format_minor(button.minor, currency)
        is_hidden = (button, currency) in hidden
        shown = f"under {FEWEST}" if is_few(totals.gifts) else "not shown"
        yield ButtonEntry(
            place=button.place or "unknown",
            variant=button.variant,
            label=" ".join(filter(None, (label, button.frequency))),
            gifts=shown if is_hidden else f"{totals.gifts:,}",
            net="" if is_hidden else format_minor(totals.net, currency),
        )


def _list_unknown(report: GiftReport) -> Iterator[UnknownEntry]:
    for (code, currency), totals in sorted(report.unknown.items()):
        yield UnknownEntry(
            code=code or "(none)",
            gifts=_count_gifts(totals.gifts),
            net=_format_net(totals, currency),
        )


def _count_gifts(count: int) -> str:
    if is_few(count):
        return f"fewer than {FEWEST} gifts"
    return f"{count:,} gift{'' if count == 1 else 's'}"
