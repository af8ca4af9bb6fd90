"""
Locks held until a transaction ends.

SQLite has one writer at a time. On PostgreSQL two transactions do not see each other's changes (READ COMMITTED), so a
transaction that first looks for something and then writes needs a lock; taken first, it sees all that others wrote.
"""

from __future__ import annotations

import hashlib
from enum import Enum

from sqlalchemy import Connection, text


class TransactionLock(Enum):
    """
    What a transaction of `Store.writing()` locks; locks are taken in this order.

    Values are the name of the lock, and whether several transactions may hold it.
    """

    #: The secret that the store belongs to.
    SECRET = ("secret", False)
    #: Which campaigns exist: held from the search for a repeated campaign until the new one is stored.
    CAMPAIGNS = ("campaigns", False)
    #: The erasure of a subscriber: nothing that copies addresses runs beside it.
    ERASURE = ("erasure", False)
    #: What copies addresses, such as freezing recipients.
    COPYING = ("erasure", True)
    #: The subscribers: what reads them and writes them back.
    SUBSCRIBERS = ("subscribers", False)
    #: The gifts.
    GIFTS = ("gifts", False)

    def acquire(self, connection: Connection) -> None:
        """Wait for the lock; it is released when the transaction of *connection* ends."""
        name, is_shared = self.value
        lock_name(connection, name, is_shared=is_shared)


def lock_name(connection: Connection, name: str, *, is_shared: bool = False) -> None:
    """Wait for the lock *name*; it is released when the transaction of *connection* ends."""
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock_shared" if is_shared else "pg_advisory_xact_lock"
        connection.execute(
            text(f"SELECT {function}(:key)"),
            {"key": to_signed(get_lock_key(f"transaction {name}"))},
        )


def get_lock_key(name: str) -> int:
    """Return a 64-bit number for *name*."""
    return int.from_bytes(hashlib.sha256(f"handbill {name}".encode()).digest()[:8])


def to_signed(key: int) -> int:
    """Return *key* as PostgreSQL's bigint."""
    return key - (1 << 64) if key >= 1 << 63 else key
