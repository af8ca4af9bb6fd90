"""Questions to the name servers."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from pipeline.errors import ConfigError, PipelineError

TIMEOUT_S = 6.0  # for one question, all its repetitions included
#: What answers may be over UDP without falling apart on the way (dnsflagday.net/2020).
_UDP_OCTETS = 1232


class DnsLookupError(PipelineError):
    """A question that no name server answered; the answer may be anything."""


class DnsResolver:
    """
    Asks name servers; each question is asked once.

    Args:
        nameserver: `ADDRESS` or `ADDRESS:PORT`; by default those this machine is set to.
        patience_s: How long to wait for an answer, all repetitions included.

    Raises:
        ConfigError: There is none, or it is no address.
    """

    def __init__(self, nameserver: str | None = None, *, patience_s: float = TIMEOUT_S) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=nameserver is None)
        except dns.resolver.NoResolverConfiguration:
            raise ConfigError(
                "This machine knows no name server. Name one: --nameserver 9.9.9.9"
            ) from None
        if nameserver is not None:
            address, self._resolver.port = _address(nameserver)
            self._resolver.nameservers = [address]
        self._resolver.use_edns(0, 0, _UDP_OCTETS)
        self._resolver.timeout = min(2.0, patience_s)  # for one server, before the next is asked
        self._resolver.lifetime = patience_s
        self._ask = lru_cache(maxsize=None)(self._asked)

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of *name*, each with its strings joined; none if there is no such name."""
        return self._ask(name, "TXT")

    def exchanges(self, name: str) -> list[str]:
        """Return the hosts that take mail for *name*, the preferred ones first; `.` says that none does (RFC 7505)."""
        pairs = [answer.split(" ", 1) for answer in self._ask(name, "MX")]
        return [host for _, host in sorted((int(number), host) for number, host in pairs)]

    def addresses(self, name: str) -> list[str]:
        """Return the IPv4 and IPv6 addresses of *name*."""
        return [*self._ask(name, "A"), *self._ask(name, "AAAA")]

    def names_of(self, address: str) -> list[str]:
        """Return the names that *address* points back to."""
        return self._ask(dns.reversename.from_address(address).to_text(), "PTR")

    def _asked(self, name: str, kind: str) -> list[str]:
        try:
            answer = self._resolver.resolve(name, kind, search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
            raise DnsLookupError(f"{name!r} is no name that can be asked for") from None
        except dns.exception.DNSException as error:
            raise DnsLookupError(f"{kind} of {name}: {_words(error)}") from error
        return [_text(data, kind) for data in answer.rrset or ()]


def _text(data: object, kind: str) -> str:
    if kind == "TXT":
        strings: tuple[bytes, ...] = data.strings  # type: ignore[attr-defined]  # as TXT has them
        return b"".join(strings).decode("utf-8", "replace")
    if kind == "MX":
        host = data.exchange.to_text()  # type: ignore[attr-defined]  # as MX has it
        return f"{data.preference} {host.rstrip('.') or '.'}"  # type: ignore[attr-defined]
    text = str(data)
    return text.rstrip(".") if kind == "PTR" else text


def _words(error: dns.exception.DNSException) -> str:
    if isinstance(error, dns.exception.Timeout):
        return "no name server answered in time"
    return "the name servers cannot say (SERVFAIL or worse)"


def _address(nameserver: str) -> tuple[str, int]:
    host, port = nameserver, "53"
    if nameserver.startswith("[") or nameserver.count(":") == 1:
        host, _, port = nameserver.rpartition(":")
    try:
        address = str(ipaddress.ip_address(host.strip("[]")))
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError
    except ValueError:
        raise ConfigError(
            f'"{nameserver}" is no address of a name server. Write 9.9.9.9, 127.0.0.1:5353 or [::1]:53.'
        ) from None
    return address, int(port)
