"""What the variants of a split brought, and whether that tells which is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.gifts.amounts import format_minor
from pipeline.gifts.disclosure import FEWEST
from pipeline.gifts.splits.proportions import Interval, estimate_difference, estimate_proportion

METHOD = "95 % intervals: Wilson for each variant, Newcombe (method 10) for differences"


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantResult:
    """
    What one variant of a split brought.

    Args:
        code: As in reference codes; "" is the appeal itself.
        percent: Its share of the recipients.
        accepted: How many messages with it were accepted.
        gifts: Single gifts, and monthly ones once each, in any currency.
        net: What came in and was not given back, in minor units by currency.
    """

    code: str
    percent: int
    accepted: int
    gifts: int
    net: Mapping[str, int]

    @property
    def name(self) -> str:
        """As it is shown."""
        return f"variant {self.code}" if self.code else "the appeal itself"

    @property
    def is_few(self) -> bool:
        """Whether too few gifts came for figures."""
        return self.gifts < FEWEST or not self.accepted

    @property
    def sample(self) -> tuple[int, int]:
        """Gifts of accepted messages; somebody who gives twice cannot make it more than all."""
        return min(self.gifts, self.accepted), self.accepted

    def compute_net_per_1000(self, currency: str) -> int:
        """Return what 1,000 accepted messages brought, in minor units."""
        return round(Decimal(self.net.get(currency, 0)) * 1000 / self.accepted)

    def describe(self) -> str:
        """Return what it brought per 1,000 accepted messages, with the interval."""
        if self.is_few:
            return f"fewer than {FEWEST} gifts"
        rate, low, high = self.compute_rates()
        return (
            f"{rate:.1f} gifts per 1,000 ({low:.1f} to {high:.1f}), {self.format_sums()} per 1,000"
        )

    def compute_rates(self) -> tuple[float, float, float]:
        """Return the gifts per 1,000 accepted messages, and the ends of the interval."""
        count, total = self.sample
        found = estimate_proportion(count, total)
        return count * 1000 / total, found.low * 1000, found.high * 1000

    def format_sums(self) -> str:
        """Return what 1,000 accepted messages brought, in each currency."""
        return ", ".join(
            format_minor(self.compute_net_per_1000(currency), currency)
            for currency in sorted(self.net)
        )

    def to_json(self) -> dict[str, Any]:
        """Return it without figures if few gave; rates and intervals are per 1,000 accepted messages."""
        fields: dict[str, Any] = {
            "variant": self.code,
            "percent": self.percent,
            "accepted": self.accepted,
        }
        if self.is_few:
            return {**fields, "fewer_than": FEWEST}
        count, total = self.sample
        return {
            **fields,
            "gifts": self.gifts,
            "gifts_per_1000": round(count * 1000 / total, 2),
            "interval": _to_json(estimate_proportion(count, total)),
            "net_per_1000": {name: self.compute_net_per_1000(name) for name in sorted(self.net)},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitReport:
    """
    The variants of one issue, the appeal itself first.

    Args:
        is_mixed: Whether the issue was also sent without this split, so that gifts cannot be told apart.
    """

    variants: Sequence[VariantResult]
    is_mixed: bool = False

    def list_conclusions(self) -> list[str]:
        """Return for each variant a sentence that says whether it brought more gifts than the appeal itself."""
        if self.is_mixed:
            return ["Cannot tell: the issue was also sent without this split."]
        first, *others = self.variants
        return [_conclude(first, each, len(others)) for each in others]

    def to_json(self) -> dict[str, Any]:
        """Return `{"method", "variants": […], "conclusions": […]}`."""
        first, *others = self.variants
        differences = [
            {
                "variant": each.code,
                "interval": _to_json(_compare(first, each, len(others))),
                "is_clear": not _compare(first, each, len(others)).has_zero,
            }
            for each in others
            if not (self.is_mixed or first.is_few or each.is_few)
        ]
        return {
            "method": METHOD,
            "variants": [each.to_json() for each in self.variants],
            "differences": differences,
            "conclusions": self.list_conclusions(),
        }


def _compare(first: VariantResult, other: VariantResult, comparisons: int) -> Interval:
    return estimate_difference(other.sample, first.sample, comparisons=comparisons)


def _conclude(first: VariantResult, other: VariantResult, comparisons: int) -> str:
    few = [each.name for each in (first, other) if each.is_few]
    if few:
        return f"Cannot tell yet: fewer than {FEWEST} gifts came by {' and by '.join(few)}."
    found = _compare(first, other, comparisons)
    low, high = found.low * 1000, found.high * 1000
    if found.has_zero:
        return (
            f"Cannot tell: {other.name} may bring {-low:.1f} gifts fewer or {high:.1f} more per 1,000 accepted than "
            f"{first.name} (95 % interval)."
        )
    word, low, high = ("more", low, high) if low > 0 else ("fewer", -high, -low)
    return (
        f"{other.name.capitalize()} brings {word} gifts than {first.name}: {low:.1f} to {high:.1f} {word} per 1,000 "
        "accepted (95 % interval)."
    )


def _to_json(interval: Interval) -> list[float]:
    return [round(interval.low * 1000, 2), round(interval.high * 1000, 2)]
