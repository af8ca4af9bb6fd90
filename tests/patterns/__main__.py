"""
Try every pattern of Handbill with every attack: some minutes. `python -m tests.patterns [WORD …]`

With words, only patterns of modules whose name contains one of them.
"""

from __future__ import annotations

import sys

from tests.patterns.slow_patterns import find_slow
from tests.patterns.test_patterns import collect_all


def main(words: list[str]) -> int:
    """Print each slow pattern with its attack, and return how many there are, at most 1."""
    slow = 0
    for found in collect_all():
        if words and not any(word in found.where for word in words):
            continue
        for result in find_slow([found], thorough=True):
            slow += 1
            sys.stdout.write(f"{result}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{slow} slow patterns\n")
    return min(slow, 1)


sys.exit(main(sys.argv[1:]))
