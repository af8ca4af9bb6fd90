"""An SPF record with all that it leads to, read as receivers read it (RFC 7208)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.doctor.dns_resolver import DnsResolver

MAX_LOOKUPS = 10  # RFC 7208 §4.6.4
MAX_VOID_LOOKUPS = (
    2  # RFC 7208 §4.6.4: more answers with nothing in them, and receivers may give up
)

_TERM = re.compile(
    r"(?P<sign>[+?~-]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<value>[^/\s]+(?:/(?=\D)[^\s]*)?))?(?P<cidr>(?:/\d+)?(?://\d+)?)",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9._-]*)=(?P<value>\S*)")
_LOOKS_UP = frozenset({"include", "a", "mx", "ptr", "exists"})
_VERDICTS = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class PermError(Exception):
    """A record that receivers cannot use: they treat it as an error for good (permerror)."""


@dataclass(kw_only=True)
class SpfMechanism:
    """One mechanism, looked up: what it stands for and what it says of it."""

    sign: str
    name: str
    value: str
    networks: tuple[str, ...] = ()
    policy: SpfRecord | None = None


@dataclass(kw_only=True)
class SpfRecord:
    """A record with all that it includes."""

    domain: str
    text: str
    terms: list[SpfMechanism] = field(default_factory=list)
    redirect: SpfRecord | None = None

    def every(self) -> Iterator[SpfMechanism]:
        """Yield all mechanisms, the included ones too."""
        for term in self.terms:
            yield term
            if term.policy:
                yield from term.policy.every()
        if self.redirect:
            yield from self.redirect.every()

    def default(self) -> str:
        """Return what it says of everybody it does not name: `fail`, `softfail`, `neutral` or `pass`."""
        for term in self.terms:
            if term.name == "all":
                return _VERDICTS[term.sign]
        return self.redirect.default() if self.redirect else "neutral"

    def verdict(self, address: str) -> str:
        """Return what it says of *address*; mechanisms with macros count as not matching."""
        ip = ipaddress.ip_address(address)
        for term in self.terms:
            if term.policy:
                matches = term.policy.verdict(address) == "pass"
            else:
                networks = map(ipaddress.ip_network, term.networks)
                matches = term.name == "all" or any(ip in network for network in networks)
            if matches:
                return _VERDICTS[term.sign]
        return self.redirect.verdict(address) if self.redirect else "neutral"


class SpfEvaluator:
    """Reads a record and all that it leads to, counting as receivers do."""

    def __init__(self, names: DnsResolver) -> None:
        self._names = names
        self.lookups = 0
        self.void = 0

    def policy(self, domain: str, above: tuple[str, ...] = ()) -> SpfRecord | None:
        """
        Return the policy of *domain*, null if it has none.

        Raises:
            Broken: Receivers cannot use it.
        """
        if domain in above:
            raise PermError(f"{domain} includes itself")
        found = [text for text in self._names.texts(domain) if is_spf_record(text)]
        if len(found) > 1:
            raise PermError(f"{domain} has {len(found)} SPF records and may have one")
        if not found:
            return None
        policy = SpfRecord(domain=domain, text=found[0])
        redirect = ""
        for word in found[0].split()[1:]:
            if term := _TERM.fullmatch(word):
                policy.terms.append(self._term(term, domain, (*above, domain)))
            elif modifier := _MODIFIER.fullmatch(word):
                if modifier["name"].lower() == "redirect":
                    redirect = modifier["value"]
            else:
                raise PermError(f'{domain}: "{word}" is no mechanism')
        if redirect and not any(term.name == "all" for term in policy.terms):
            self._count(f"redirect={redirect}")
            policy.redirect = self._needed(redirect, "redirect", (*above, domain))
        return policy

    def _term(self, match: re.Match[str], domain: str, above: tuple[str, ...]) -> SpfMechanism:
        name, value = match["name"].lower(), match["value"] or ""
        term = SpfMechanism(sign=match["sign"], name=name, value=value)
        if name in _LOOKS_UP:
            self._count(match[0])
        if name in ("include", "exists", "ip4", "ip6") and not value:
            raise PermError(f'{domain}: "{match[0]}" names nothing')
        if "%" in value:
            return term  # a macro: it depends on the letter
        if name == "include":
            term.policy = self._needed(value, "include", above)
        elif name in ("ip4", "ip6"):
            term.networks = (_network(value + match["cidr"], domain),)
        elif name in ("a", "mx"):
            term.networks = tuple(self._hosts(name, value or domain, match["cidr"]))
        return term

    def _needed(self, domain: str, by: str, above: tuple[str, ...]) -> SpfRecord:
        policy = self.policy(domain, above)
        if policy is None:
            raise PermError(f"{by} of {domain}, which has no SPF record")
        return policy

    def _hosts(self, name: str, domain: str, cidr: str) -> Iterator[str]:
        hosts = [domain] if name == "a" else self._names.exchanges(domain)
        addresses = [address for host in hosts[:10] for address in self._names.addresses(host)]
        self.void += not addresses
        short, _, long = cidr.partition("//")
        for address in addresses:
            length = f"/{long}" if ":" in address and long else "" if ":" in address else short
            yield _network(address + length, domain)

    def _count(self, word: str) -> None:
        self.lookups += 1
        if self.lookups > 4 * MAX_LOOKUPS:
            raise PermError(
                f"it takes more than {4 * MAX_LOOKUPS} lookups, the last of them {word}"
            )


def is_spf_record(text: str) -> bool:
    """Whether *text* is an SPF record, among the other texts of a name."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def _network(text: str, domain: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise PermError(f'{domain}: "{text}" is no address') from None
