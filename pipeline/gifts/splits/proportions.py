"""
Intervals of proportions, and of the difference between two.

Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), and Newcombe, "Interval
estimation for the difference between independent proportions", Statistics in Medicine 17 (1998), method 10: both hold
for the few gifts that an issue brings, where the usual approximation does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

#: How surely the intervals contain the true values, all of them together.
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """From *low* to *high*."""

    low: float
    high: float

    @property
    def has_zero(self) -> bool:
        """Whether zero is in it."""
        return self.low <= 0 <= self.high


def estimate_proportion(count: int, total: int, *, comparisons: int = 1) -> Interval:
    """
    Return the score interval (Wilson) of the proportion of which *count* of *total* is a sample.

    Args:
        total: At least 1.
        comparisons: How many intervals shall hold together (Bonferroni).
    """
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / comparisons)
    share, scale = count / total, 1 + z * z / total
    centre = (share + z * z / (2 * total)) / scale
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / scale
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def estimate_difference(
    one: tuple[int, int], other: tuple[int, int], *, comparisons: int = 1
) -> Interval:
    """Return the hybrid score interval (Newcombe, method 10) of the first proportion less the other."""
    p1, p2 = one[0] / one[1], other[0] / other[1]
    first = estimate_proportion(*one, comparisons=comparisons)
    second = estimate_proportion(*other, comparisons=comparisons)
    below = sqrt((p1 - first.low) ** 2 + (second.high - p2) ** 2)
    above = sqrt((first.high - p1) ** 2 + (p2 - second.low) ** 2)
    return Interval(p1 - p2 - below, p1 - p2 + above)
