"""
Limits on guessing: how many unknown tokens one client may try.

Only misses count. A known token is always answered: mailbox providers unsubscribe thousands of people from one address.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

#: Unknown tokens of one client: enough for an office that shares an address, too few for a guesser.
MISSES_PER_MINUTE = 60
#: A provider gives each customer at least this much of IPv6 (RFC 6177 §2), so all of it counts as one client.
_IPV6_PREFIX = 64


class MissLimiter:
    """Counts the unknown tokens of each client, in memory."""

    def __init__(self, per_minute: int = MISSES_PER_MINUTE) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count_miss(self, client: str) -> bool:
        """Count an unknown token from the IP address *client*; return whether it is still below the limit."""
        return self._limiter.hit(self._limit, _to_network(client))


def _to_network(client: str) -> str:
    try:
        address = ip_address(client)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)
