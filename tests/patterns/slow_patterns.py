"""Find the patterns that some text makes slow."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tests.patterns.attacks import Attacks
from tests.patterns.collect import Found
from tests.patterns.growth import EXPONENT, cpu_time, exponent

#: What is linear needs a tenth of this for a text of this length; what is quadratic needs more, the longer it is.
_SHORT = 2_000
_SHORT_IF_THOROUGH = 8_000
_SHORT_S = 0.0015
#: Times of two lengths, one four times the other, that may stand for a growth of more than `EXPONENT`.
_RATIO = 5.5
_LARGEST = 400_000


@dataclass(frozen=True, kw_only=True)
class Slow:
    """A pattern, the method that is slow, and the text that makes it so: a beginning, what is repeated, an end."""

    where: str
    pattern: str
    use: str
    attack: tuple[str, str, str]
    exponent: float


def find_slow(
    patterns: Iterable[Found], *, most_attacks: int | None = None, thorough: bool = False
) -> list[Slow]:
    """
    Return the patterns whose time grows faster than the text, one attack for each.

    Args:
        most_attacks: The number of attacks per pattern, the most promising first; None for all.
        thorough: Also try all pairs of characters.
    """
    found = []
    for pattern in patterns:
        attacks = Attacks(pattern.pattern, thorough=thorough)
        tries = ((attack, use) for attack in islice(attacks, most_attacks) for use in pattern.uses)
        size = _SHORT_IF_THOROUGH if thorough else _SHORT
        slow = next((s for a, use in tries if (s := _try(pattern, use, attacks, a, size))), None)
        found += [slow] if slow else []
    return found


def _try(
    found: Found, use: str, attacks: Attacks, attack: tuple[str, str, str], short: int
) -> Slow | None:
    call = _make_call(found.pattern, use)

    def build(size: int) -> Any:  # Any: text or bytes, as the pattern
        return attacks.build(attack, size)

    if cpu_time(call, build(short), limit_s=0.05) < _SHORT_S:
        return None
    first = cpu_time(call, build(short), limit_s=0.2, times=2)
    if cpu_time(call, build(4 * short), limit_s=0.2, times=2) < _RATIO * first:
        return None
    grown = exponent(call, build, size=4 * short, largest=_LARGEST, limit_s=0.2)
    if grown <= EXPONENT:
        return None
    text = found.pattern.pattern
    return Slow(where=found.where, pattern=str(text), use=use, attack=attack, exponent=grown)


def _make_call(pattern: re.Pattern[Any], use: str) -> Callable[[Any], object]:
    method: Callable[[Any], Any] = getattr(pattern, use)
    if use == "finditer":
        return lambda text: deque(method(text), maxlen=0)
    return method
