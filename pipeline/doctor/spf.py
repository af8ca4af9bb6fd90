"""SPF: who may send with the domain in the envelope (RFC 7208)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.doctor.names import Names
from pipeline.doctor.result import Result, advise, fail, ok

MAX_LOOKUPS = 10  # RFC 7208 §4.6.4
MAX_VOID = 2  # RFC 7208 §4.6.4: more answers with nothing in them, and receivers may give up

_TERM = re.compile(
    r"(?P<sign>[+?~-]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<value>[^/\s]+(?:/(?=\D)[^\s]*)?))?(?P<cidr>(?:/\d+)?(?://\d+)?)",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9._-]*)=(?P<value>\S*)")
_LOOKS_UP = frozenset({"include", "a", "mx", "ptr", "exists"})
_VERDICTS = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

#: Mailbox providers that leave the envelope as it is, by their relay's host, and what their pages say to include.
INCLUDES = {
    "smtp.gmail.com": "_spf.google.com",
    "smtp-relay.gmail.com": "_spf.google.com",
    "smtp.office365.com": "spf.protection.outlook.com",
    "smtp.fastmail.com": "spf.messagingengine.com",
}


class Broken(Exception):
    """A record that receivers cannot use: they treat it as an error for good (permerror)."""


@dataclass(kw_only=True)
class Term:
    """One mechanism, looked up: what it stands for and what it says of it."""

    sign: str
    name: str
    value: str
    networks: tuple[str, ...] = ()
    policy: Policy | None = None


@dataclass(kw_only=True)
class Policy:
    """A record with all that it includes."""

    domain: str
    text: str
    terms: list[Term] = field(default_factory=list)
    redirect: Policy | None = None

    def every(self) -> Iterator[Term]:
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


class Walk:
    """Reads a record and all that it leads to, counting as receivers do."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.lookups = 0
        self.void = 0

    def policy(self, domain: str, above: tuple[str, ...] = ()) -> Policy | None:
        """
        Return the policy of *domain*, null if it has none.

        Raises:
            Broken: Receivers cannot use it.
        """
        if domain in above:
            raise Broken(f"{domain} includes itself")
        found = [text for text in self._names.texts(domain) if _is_spf(text)]
        if len(found) > 1:
            raise Broken(f"{domain} has {len(found)} SPF records and may have one")
        if not found:
            return None
        policy = Policy(domain=domain, text=found[0])
        redirect = ""
        for word in found[0].split()[1:]:
            if term := _TERM.fullmatch(word):
                policy.terms.append(self._term(term, domain, (*above, domain)))
            elif modifier := _MODIFIER.fullmatch(word):
                if modifier["name"].lower() == "redirect":
                    redirect = modifier["value"]
            else:
                raise Broken(f'{domain}: "{word}" is no mechanism')
        if redirect and not any(term.name == "all" for term in policy.terms):
            self._count(f"redirect={redirect}")
            policy.redirect = self._needed(redirect, "redirect", (*above, domain))
        return policy

    def _term(self, match: re.Match[str], domain: str, above: tuple[str, ...]) -> Term:
        name, value = match["name"].lower(), match["value"] or ""
        term = Term(sign=match["sign"], name=name, value=value)
        if name in _LOOKS_UP:
            self._count(match[0])
        if name in ("include", "exists", "ip4", "ip6") and not value:
            raise Broken(f'{domain}: "{match[0]}" names nothing')
        if "%" in value:
            return term  # a macro: it depends on the letter
        if name == "include":
            term.policy = self._needed(value, "include", above)
        elif name in ("ip4", "ip6"):
            term.networks = (_network(value + match["cidr"], domain),)
        elif name in ("a", "mx"):
            term.networks = tuple(self._hosts(name, value or domain, match["cidr"]))
        return term

    def _needed(self, domain: str, by: str, above: tuple[str, ...]) -> Policy:
        policy = self.policy(domain, above)
        if policy is None:
            raise Broken(f"{by} of {domain}, which has no SPF record")
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
            raise Broken(f"it takes more than {4 * MAX_LOOKUPS} lookups, the last of them {word}")


def check_spf(
    names: Names,
    domain: str,
    *,
    relays: tuple[str, ...] = (),
    addresses: tuple[str, ...] = (),
    is_own_envelope: bool = True,
) -> Iterator[Result]:
    """
    Yield how the SPF record of *domain* stands.

    Args:
        relays: The hosts that letters are handed to.
        addresses: From which they leave for the receivers, as far as they are known.
        is_own_envelope: Whether *domain* stands in the envelope as well; services by HTTP often put theirs there.
    """
    wanted = tuple(dict.fromkeys(INCLUDES[relay] for relay in relays if relay in INCLUDES))
    walk = Walk(names)
    try:
        policy = walk.policy(domain)
    except Broken as error:
        yield fail(
            "spf",
            f"{domain}: {_own(names, domain)}",
            f"Receivers cannot use it: {error}. Mend the record.",
        )
        return
    if policy is None:
        yield _absent(domain, wanted, addresses, is_own_envelope=is_own_envelope)
        return
    yield _count(walk, policy)
    yield from _faults(policy)
    yield from _senders(policy, wanted, addresses)


def _absent(
    domain: str, wanted: tuple[str, ...], addresses: tuple[str, ...], *, is_own_envelope: bool
) -> Result:
    seen = f"{domain} has no SPF record."
    line = _line(domain, _suggested(wanted, addresses))
    if is_own_envelope:
        wrong = "Nobody knows who may send for this domain. Publish one that names your relay."
        return fail("spf", seen, wrong, publish=line)
    return advise(
        "spf",
        seen,
        "Your service may put a domain of its own into the envelope, and then that one counts. See there what to "
        "publish; a record that names it does no harm.",
    )


def _count(walk: Walk, policy: Policy) -> Result:
    seen = f'{policy.domain}: "{policy.text}", {walk.lookups} of {MAX_LOOKUPS} lookups.'
    if walk.lookups > MAX_LOOKUPS:
        return fail(
            "spf",
            seen,
            "Receivers stop at 10 lookups and treat the record as broken. Take out includes you do not need.",
        )
    if walk.void > MAX_VOID:
        return advise(
            "spf",
            seen,
            f"{walk.void} of its names have no address; receivers may give up after 2. Take them out.",
        )
    return ok("spf", seen)


def _faults(policy: Policy) -> Iterator[Result]:
    default = policy.default()
    if default == "pass":
        yield fail(
            "spf",
            f'{policy.domain}: it ends in "+all".',
            "Anybody may send for this domain. End it in ~all.",
            publish=_line(policy.domain, _ending(policy.text)),
        )
    if default == "neutral":
        yield advise(
            "spf",
            f"{policy.domain}: it says nothing of others.",
            "Forgeries pass as well. End it in ~all.",
            publish=_line(policy.domain, _ending(policy.text)),
        )
    if any(term.name == "ptr" for term in policy.terms):
        yield advise(
            "spf",
            f'{policy.domain}: it uses "ptr".',
            "Many receivers do not look at it (RFC 7208 §5.5). Name addresses.",
        )


def _senders(
    policy: Policy, wanted: tuple[str, ...], addresses: tuple[str, ...]
) -> Iterator[Result]:
    included = {term.value.lower() for term in policy.every() if term.name == "include"}
    for name in wanted:
        if name not in included:
            yield fail(
                "spf",
                f"{policy.domain} does not include {name}.",
                "Letters that your relay sends fail SPF. Add it.",
                publish=_line(policy.domain, _with(policy.text, f"include:{name}")),
            )
    for address in addresses:
        verdict = policy.verdict(address)
        if verdict == "pass":
            yield ok("spf", f"{address} may send for {policy.domain}.")
            continue
        yield fail(
            "spf",
            f"{address}: {verdict}.",
            f"The record of {policy.domain} does not name this address, so letters from it fail SPF. Add it.",
            publish=_line(policy.domain, _with(policy.text, _mechanism(address))),
        )


def _is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def _own(names: Names, domain: str) -> str:
    return " and ".join(f'"{text}"' for text in names.texts(domain) if _is_spf(text))


def _network(text: str, domain: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise Broken(f'{domain}: "{text}" is no address') from None


def _mechanism(address: str) -> str:
    return f"ip{ipaddress.ip_address(address).version}:{address}"


def _suggested(wanted: tuple[str, ...], addresses: tuple[str, ...]) -> str:
    mechanisms = [f"include:{name}" for name in wanted]
    mechanisms += map(_mechanism, addresses)
    return " ".join(["v=spf1", *(mechanisms or ["mx"]), "~all"])


def _with(text: str, mechanism: str) -> str:
    first, *rest = text.split()
    return " ".join([first, mechanism, *rest])


def _ending(text: str) -> str:
    words = (word for word in text.split() if word.lower().lstrip("+?~-") != "all")
    return " ".join([*words, "~all"])


def _line(domain: str, text: str) -> str:
    from pipeline.mail.dkim_keys import zone_line

    return zone_line(domain, text)
