"""Keyed hashes of addresses: what is left of somebody who was erased, and still must not be written to."""

from __future__ import annotations

import hmac


class Digests:
    """
    Makes the keyed hash of a mailbox: HMAC-SHA256 cut to 128 bits, by a key of its own, 32 hexadecimal digits.

    Without the project's secret nobody can tell from it whose it is, nor try addresses out.

    Args:
        secret: The project's; with another one nobody is recognised.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"suppression", "sha256")

    def of(self, key: str) -> str:
        """Return the digest of a mailbox, see `Address.key`."""
        return hmac.digest(self._key, key.encode(), "sha256")[:16].hex()
