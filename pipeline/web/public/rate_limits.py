"""
Limits on one client: how many unknown tokens it may try, and how many messages it may ask for.

Of tokens only misses count. A known token is always answered: mailbox providers unsubscribe thousands of people from
one address.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

#: Unknown tokens of one client: enough for an office that shares an address, too few for a guesser.
MISSES_PER_MINUTE = 60
#: Messages that one client may ask for: enough for an office, too few to send many people one.
REQUESTS_PER_HOUR = 20
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


class RequestLimiter:
    """Counts the messages that each client asks for, in memory; what one subscriber asks for is counted durably."""

    def __init__(self, per_hour: int = REQUESTS_PER_HOUR) -> None:
        self._limit = RateLimitItemPerHour(per_hour)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def hit(self, client: str) -> bool:
        """Count a request of the IP address *client*; return whether it is still below the limit."""
        return self._limiter.hit(self._limit, _to_network(client))


def _to_network(client: str) -> str:
    try:
        address = ip_address(client)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)
