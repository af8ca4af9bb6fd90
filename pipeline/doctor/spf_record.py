"""An SPF record with everything it includes, evaluated as mail servers do (RFC 7208)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.doctor.dns_resolver import DnsResolver

MAX_LOOKUPS = 10  # RFC 7208 §4.6.4
MAX_VOID_LOOKUPS = 2  # RFC 7208 §4.6.4: after more empty answers mail servers may give up

_MECHANISM = re.compile(
    r"(?P<qualifier>[+?~-]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<value>[^/\s]+(?:/(?=\D)[^\s]*)?))?(?P<cidr>(?:/\d+)?(?://\d+)?)",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9._-]*)=(?P<value>\S*)")
_NEEDS_LOOKUP = frozenset({"include", "a", "mx", "ptr", "exists"})
_RESULTS = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class PermError(Exception):
    """A record that mail servers cannot evaluate (permerror, RFC 7208 §2.6.7)."""


@dataclass(kw_only=True)
class SpfMechanism:
    """One mechanism, with the networks or the record it refers to."""

    qualifier: str
    name: str
    value: str
    networks: tuple[str, ...] = ()
    record: SpfRecord | None = None


@dataclass(kw_only=True)
class SpfRecord:
    """A record with everything it includes."""

    domain: str
    text: str
    mechanisms: list[SpfMechanism] = field(default_factory=list)
    redirect: SpfRecord | None = None

    def walk(self) -> Iterator[SpfMechanism]:
        """Yield all mechanisms, those of included records too."""
        for mechanism in self.mechanisms:
            yield mechanism
            if mechanism.record:
                yield from mechanism.record.walk()
        if self.redirect:
            yield from self.redirect.walk()

    def get_default(self) -> str:
        """Return the result for addresses that are not listed: `fail`, `softfail`, `neutral` or `pass`."""
        for mechanism in self.mechanisms:
            if mechanism.name == "all":
                return _RESULTS[mechanism.qualifier]
        return self.redirect.get_default() if self.redirect else "neutral"

    def evaluate(self, address: str) -> str:
        """Return the result for *address*; mechanisms with macros never match."""
        ip = ipaddress.ip_address(address)
        for mechanism in self.mechanisms:
            if mechanism.record:
                matches = mechanism.record.evaluate(address) == "pass"
            else:
                networks = map(ipaddress.ip_network, mechanism.networks)
                matches = mechanism.name == "all" or any(ip in network for network in networks)
            if matches:
                return _RESULTS[mechanism.qualifier]
        return self.redirect.evaluate(address) if self.redirect else "neutral"


class SpfEvaluator:
    """Fetches a record with everything it includes, and counts lookups as mail servers do."""

    def __init__(self, resolver: DnsResolver) -> None:
        self._resolver = resolver
        self.lookups = 0
        self.void_lookups = 0

    def fetch(self, domain: str, parents: tuple[str, ...] = ()) -> SpfRecord | None:
        """
        Return the record of *domain*, None if it has none.

        Args:
            parents: The domains whose records include this one.

        Raises:
            PermError: Mail servers cannot evaluate it.
        """
        if domain in parents:
            raise PermError(f"{domain} includes itself")
        texts = [text for text in self._resolver.query_txt(domain) if is_spf_record(text)]
        if len(texts) > 1:
            raise PermError(f"{domain} has {len(texts)} SPF records, only one is allowed")
        if not texts:
            return None
        record = SpfRecord(domain=domain, text=texts[0])
        redirect = ""
        for term in texts[0].split()[1:]:
            if match := _MECHANISM.fullmatch(term):
                record.mechanisms.append(self._resolve(match, domain, (*parents, domain)))
            elif modifier := _MODIFIER.fullmatch(term):
                if modifier["name"].lower() == "redirect":
                    redirect = modifier["value"]
            else:
                raise PermError(f'{domain}: "{term}" is not an SPF mechanism')
        if redirect and not any(mechanism.name == "all" for mechanism in record.mechanisms):
            self._count_lookup(f"redirect={redirect}")
            record.redirect = self._fetch_required(redirect, "redirect", (*parents, domain))
        return record

    def _resolve(self, match: re.Match[str], domain: str, parents: tuple[str, ...]) -> SpfMechanism:
        name, value = match["name"].lower(), match["value"] or ""
        mechanism = SpfMechanism(qualifier=match["qualifier"], name=name, value=value)
        if name in _NEEDS_LOOKUP:
            self._count_lookup(match[0])
        if name in ("include", "exists", "ip4", "ip6") and not value:
            raise PermError(f'{domain}: "{match[0]}" has no value')
        if "%" in value:
            return mechanism  # a macro: its value depends on the message
        if name == "include":
            mechanism.record = self._fetch_required(value, "include", parents)
        elif name in ("ip4", "ip6"):
            mechanism.networks = (_parse_network(value + match["cidr"], domain),)
        elif name in ("a", "mx"):
            mechanism.networks = tuple(self._list_networks(name, value or domain, match["cidr"]))
        return mechanism

    def _fetch_required(self, domain: str, term: str, parents: tuple[str, ...]) -> SpfRecord:
        record = self.fetch(domain, parents)
        if record is None:
            raise PermError(f"{term} of {domain}, which has no SPF record")
        return record

    def _list_networks(self, name: str, domain: str, cidr: str) -> Iterator[str]:
        hosts = [domain] if name == "a" else self._resolver.query_mx(domain)
        addresses = [
            address for host in hosts[:10] for address in self._resolver.query_addresses(host)
        ]
        self.void_lookups += not addresses
        ipv4_length, _, ipv6_length = cidr.partition("//")
        for address in addresses:
            length = ipv4_length
            if ":" in address:
                length = f"/{ipv6_length}" if ipv6_length else ""
            yield _parse_network(address + length, domain)

    def _count_lookup(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > 4 * MAX_LOOKUPS:
            raise PermError(
                f"it needs more than {4 * MAX_LOOKUPS} lookups, the last one for {term}"
            )


def is_spf_record(text: str) -> bool:
    """Whether *text*, a TXT record, is an SPF record."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def _parse_network(text: str, domain: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise PermError(f'{domain}: "{text}" is not an IP address') from None
