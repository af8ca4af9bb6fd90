"""
Decide which addresses may be connected to.

An article's URL or a redirect may come from anybody: neither may make this machine read what only this machine or
its network can reach. Public is what the special-purpose registries leave
(https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry, read November 2026); of
IPv6, only 2000::/3 is allocated.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
#: Returns what kind of address it is if it is refused, else None.
AddressFilter = Callable[[Address], str | None]

_METADATA = "a cloud's metadata service"
_KINDS: tuple[tuple[str, str], ...] = (
    ("169.254.169.254/32", _METADATA),
    ("169.254.170.2/32", _METADATA),  # AWS, containers
    ("100.100.100.200/32", _METADATA),  # Alibaba
    ("192.0.0.192/32", _METADATA),  # Oracle
    ("168.63.129.16/32", _METADATA),  # Azure: a public number that only its own machines reach
    ("fd00:ec2::254/128", _METADATA),
    ("fd20:ce::254/128", _METADATA),  # Google
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "private to a provider"),
    ("127.0.0.0/8", "this machine itself"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "for documentation only"),
    ("192.31.196.0/24", "reserved"),
    ("192.52.193.0/24", "reserved"),
    ("192.88.99.0/24", "reserved"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "reserved"),
    ("198.18.0.0/15", "for benchmarks only"),
    ("198.51.100.0/24", "for documentation only"),
    ("203.0.113.0/24", "for documentation only"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "this machine itself"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private"),
    ("ff00::/8", "multicast"),
    ("2001::/32", "a Teredo tunnel"),
    ("2001::/23", "reserved"),
    ("2001:db8::/32", "for documentation only"),
    ("2002::/16", "a 6to4 tunnel"),
    ("3fff::/20", "for documentation only"),
    ("64:ff9b:1::/48", "a private translation to IPv4"),
)
_NETWORKS = tuple((ip_network(network), kind) for network, kind in _KINDS)
_ALLOCATED = IPv6Network("2000::/3")

#: Prefixes that embed an IPv4 address: mapped, compatible, NAT64 (RFC 6052). IPv6-only networks reach the rest of
#: the web by the last. Tunnels (6to4, Teredo) are refused in any case: no site uses them.
_EMBEDDING = (
    IPv6Network("::ffff:0:0/96"),
    IPv6Network("::/96"),
    IPv6Network("64:ff9b::/96"),
)


def check_public(address: Address) -> str | None:
    """Return what kind of address *address* is if it is not public, else None."""
    for network, kind in _NETWORKS:
        if address in network:
            return kind
    if isinstance(address, IPv4Address):
        return None if address.is_global else "not public"
    if any(address in network for network in _EMBEDDING):
        return check_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return None if address in _ALLOCATED and address.is_global else "not public"


def allow_all(address: Address) -> str | None:
    """Return None: the user allowed private addresses."""
    return None


def parse_ip(host: str) -> Address | None:
    """
    Return the address that *host* spells out, None if it is a name.

    Read as the system would: 2130706433, 0177.0.0.1 and 0x7f.1 are all 127.0.0.1.
    """
    host = host.removesuffix(".")
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
