"""DNS queries."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from pipeline.errors import ConfigError, PipelineError

TIMEOUT_S = 6.0  # for one query, retries included
_SERVER_TIMEOUT_S = 2.0  # before the next name server is queried
#: Larger responses may be fragmented over UDP (dnsflagday.net/2020).
_UDP_BYTES = 1232


class DnsLookupError(PipelineError):
    """A query that no name server answered: the records are unknown."""


class DnsResolver:
    """
    Queries name servers, each query only once.

    Args:
        nameserver: `ADDRESS` or `ADDRESS:PORT`; by default those of this machine.
        timeout_s: For one query, retries included.

    Raises:
        ConfigError: There is no name server, or *nameserver* is not an address.
    """

    def __init__(self, nameserver: str | None = None, *, timeout_s: float = TIMEOUT_S) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=nameserver is None)
        except dns.resolver.NoResolverConfiguration:
            raise ConfigError(
                "This machine has no name server configured. Specify one: --nameserver 9.9.9.9"
            ) from None
        if nameserver is not None:
            address, self._resolver.port = _parse_nameserver(nameserver)
            self._resolver.nameservers = [address]
        self._resolver.use_edns(0, 0, _UDP_BYTES)
        self._resolver.timeout = min(_SERVER_TIMEOUT_S, timeout_s)
        self._resolver.lifetime = timeout_s
        self._query = lru_cache(maxsize=None)(self._query_uncached)

    def query_txt(self, name: str) -> list[str]:
        """Return the TXT records of *name*, each with its strings joined; [] if the name does not exist."""
        return self._query(name, "TXT")

    def query_mx(self, name: str) -> list[str]:
        """Return the hosts that receive mail for *name*, preferred ones first; `.` means none (RFC 7505)."""
        pairs = [record.split(" ", 1) for record in self._query(name, "MX")]
        return [host for _, host in sorted((int(preference), host) for preference, host in pairs)]

    def query_addresses(self, name: str) -> list[str]:
        """Return the IPv4 and IPv6 addresses of *name*."""
        return [*self._query(name, "A"), *self._query(name, "AAAA")]

    def query_ptr(self, address: str) -> list[str]:
        """Return the reverse DNS names of *address*."""
        return self._query(dns.reversename.from_address(address).to_text(), "PTR")

    def _query_uncached(self, name: str, kind: str) -> list[str]:
        try:
            answer = self._resolver.resolve(name, kind, search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
            raise DnsLookupError(f"{name!r} is not a valid DNS name") from None
        except dns.exception.Timeout as error:
            raise DnsLookupError(f"{kind} of {name}: no name server answered in time") from error
        except dns.exception.DNSException as error:
            raise DnsLookupError(
                f"{kind} of {name}: the name servers report an error (such as SERVFAIL)"
            ) from error
        return [_format_record(record, kind) for record in answer.rrset or ()]


def _format_record(record: object, kind: str) -> str:
    if kind == "TXT":
        strings: tuple[bytes, ...] = record.strings  # type: ignore[attr-defined]  # as TXT has them
        return b"".join(strings).decode("utf-8", "replace")
    if kind == "MX":
        host = record.exchange.to_text()  # type: ignore[attr-defined]  # as MX has it
        return f"{record.preference} {host.rstrip('.') or '.'}"  # type: ignore[attr-defined]
    text = str(record)
    return text.rstrip(".") if kind == "PTR" else text


def _parse_nameserver(nameserver: str) -> tuple[str, int]:
    host, port = nameserver, "53"
    if nameserver.startswith("[") or nameserver.count(":") == 1:
        host, _, port = nameserver.rpartition(":")
    try:
        address = str(ipaddress.ip_address(host.strip("[]")))
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError
    except ValueError:
        raise ConfigError(
            f'"{nameserver}" is not the address of a name server. Write 9.9.9.9, 127.0.0.1:5353 or [::1]:53.'
        ) from None
    return address, int(port)
