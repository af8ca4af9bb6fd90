"""The suppression list: addresses that must never be sent to, each under its keyed hash."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from pipeline.database import encode_values, in_parameter, insert_or_ignore
from pipeline.subscribers.tables import suppressions


class AddressHasher:
    """
    Hashes addresses with HMAC-SHA256, cut to 128 bits, under a key derived from the project's secret.

    Without the secret nobody can tell whose hash it is, nor find out by trying addresses.

    Args:
        secret: The project's secret; another one gives other hashes, so that no suppression matches.

    Attributes:
        fingerprint: Of the secret: 32 hexadecimal digits that do not tell it.
    """

    def __init__(self, secret: bytes) -> None:
        self.fingerprint = hmac.digest(secret, b"fingerprint", "sha256")[:16].hex()
        self._key = hmac.digest(secret, b"suppression", "sha256")

    def hash(self, key: str) -> str:
        """Return the digest of an address key (see `Address.key`): 32 hexadecimal digits."""
        return hmac.digest(self._key, key.encode(), "sha256")[:16].hex()


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """An entry of the suppression list; erased subscribers have no *email*."""

    email: str | None
    reason: str
    source: str
    created_at: datetime


_SUPPRESSION = select(suppressions).where(suppressions.c.digest == bindparam("of_digest"))
_SUPPRESSED = select(suppressions.c.digest).where(in_parameter(suppressions.c.digest, "all"))


def find_suppressed(connection: Connection, digests: Collection[str]) -> set[str]:
    """Return those of *digests* that are suppressed."""
    return set(connection.scalars(_SUPPRESSED, {"all": encode_values(digests)}))


def get_suppression(connection: Connection, digest: str) -> Suppression | None:
    """Return the suppression of *digest*, None if it is not suppressed."""
    row = connection.execute(_SUPPRESSION, {"of_digest": digest}).one_or_none()
    if row is None:
        return None
    return Suppression(
        email=row.email, reason=row.reason, source=row.source, created_at=row.created_at
    )


def suppress(
    connection: Connection,
    digest: str,
    *,
    email: str | None,
    reason: str,
    source: str,
    at: datetime,
) -> bool:
    """Suppress *digest*; return whether it was not suppressed before. An existing entry is kept as it is."""
    if get_suppression(connection, digest):
        return False
    row = {"digest": digest, "email": email, "reason": reason, "source": source, "created_at": at}
    insert_or_ignore(connection, suppressions, [row])
    return True


def remove(connection: Connection, digest: str, *, reason: str) -> bool:
    """Remove the suppression of *digest* if it was made for *reason*; return whether there was one."""
    removed = connection.execute(
        delete(suppressions).where(suppressions.c.digest == digest, suppressions.c.reason == reason)
    )
    return removed.rowcount > 0
