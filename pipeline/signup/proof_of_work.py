"""
A proof of work: a number that, behind the key of a form, has a SHA-256 that begins with some zero bits.

A browser finds it while an address is typed; for thousands of forms it is expensive.
"""

from __future__ import annotations

import hashlib

#: A phone finds it in a second or two.
BITS = 15
_MAX_CHARACTERS = 12


def is_proof(key: str, number: str, *, bits: int) -> bool:
    """Whether *number* is a proof for the form *key*; of no bits, everything is."""
    if bits == 0:
        return True
    if not number.isascii() or not number.isdecimal() or len(number) > _MAX_CHARACTERS:
        return False
    digest = hashlib.sha256(f"{key}.{number}".encode()).digest()
    return int.from_bytes(digest) >> (len(digest) * 8 - bits) == 0
