"""What reports may tell: nobody's gift can be told from a figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

#: Fewer gifts than these have no exact figures: their number and sum could be known to belong to somebody.
FEWEST = 10


def is_few(gifts: int) -> bool:
    """Whether *gifts* are too few for exact figures."""
    return gifts < FEWEST


def round_sum(minor: int) -> int:
    """Return the sum of few gifts with one digit that is not zero: 183.40 is about 200."""
    return round(minor, 1 - len(str(abs(minor))))


def choose_hidden(gifts: Mapping[tuple[K, str], int]) -> set[tuple[K, str]]:
    """
    Return those of the parts of a total that have no figures: few gifts, and one more part if those are few together.

    Else they would be what is left of the total.

    Args:
        gifts: By part and currency.
    """
    by_currency: dict[str, list[tuple[int, tuple[K, str]]]] = defaultdict(list)
    for key, count in gifts.items():
        by_currency[key[1]].append((count, key))
    hidden = set()
    for parts in by_currency.values():
        parts.sort(key=lambda each: each[0])
        left_out = 0
        for count, key in parts:
            if not is_few(count) and not (0 < left_out < FEWEST):
                break
            left_out += count
            hidden.add(key)
    return hidden
