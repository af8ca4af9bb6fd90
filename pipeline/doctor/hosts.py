"""Hosts: those that receive replies, and the addresses that send mail."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from pipeline.doctor.check_result import CheckResult, fail, ok, warn
from pipeline.doctor.dns_resolver import DnsResolver

_NO_REPLIES = "Replies and bounces are lost, and providers reject mail from such a domain."


def check_mx(resolver: DnsResolver, domains: Iterable[str]) -> Iterator[CheckResult]:
    """Yield whether mail to each of *domains* arrives: replies, bounces and unsubscribe requests."""
    for domain in domains:
        hosts = resolver.query_mx(domain)
        if hosts == ["."]:
            yield fail(
                "mx",
                f"{domain} declares that it receives no mail (RFC 7505).",
                f"{_NO_REPLIES} Publish an MX record.",
            )
        elif hosts:
            yield _check_mx_hosts(resolver, domain, hosts)
        elif resolver.query_addresses(domain):
            yield warn(
                "mx",
                f"{domain} has an address but no MX record.",
                "Mail goes to that address. Publish the host that receives it.",
                dns_record=f"{domain}. IN MX 10 {domain}.",
            )
        else:
            yield fail(
                "mx",
                f"{domain} has neither an MX record nor an address.",
                f"{_NO_REPLIES} Publish the host that receives mail.",
                dns_record=f"{domain}. IN MX 10 mail.{domain}.",
            )


def _check_mx_hosts(resolver: DnsResolver, domain: str, hosts: list[str]) -> CheckResult:
    message = f"{domain}: {', '.join(hosts)}."
    missing = [host for host in hosts if not resolver.query_addresses(host)]
    if len(missing) == len(hosts):
        return fail("mx", message, f"None of these hosts has an address. {_NO_REPLIES}")
    if missing:
        return warn("mx", message, f"{', '.join(missing)} has no address. Remove or fix it.")
    return ok("mx", message)


def check_reverse_dns(resolver: DnsResolver, address: str) -> Iterator[CheckResult]:
    """Yield whether *address*, which sends mail, has a name that resolves to it (FCrDNS)."""
    ip = ipaddress.ip_address(address)
    names = resolver.query_ptr(address)
    if not names:
        yield fail(
            "ptr",
            f"{address} has no reverse DNS name.",
            "Gmail and others reject mail from it. Ask the owner of the address, your hosting provider, to set it.",
            dns_record=f"{ip.reverse_pointer}. IN PTR mail.example.org.",
        )
        return
    for name in names:
        if any(ipaddress.ip_address(other) == ip for other in resolver.query_addresses(name)):
            yield ok("ptr", f"{address} resolves to {name}, and {name} to {address}.")
            return
    kind = "AAAA" if ip.version == 6 else "A"
    yield fail(
        "ptr",
        f"{address} resolves to {names[0]}, but {names[0]} does not resolve to {address}.",
        "Providers treat the name as forged. Publish its address.",
        dns_record=f"{names[0]}. IN {kind} {address}",
    )


def check_unsubscribe_host(resolver: DnsResolver, url: str) -> CheckResult:
    """Return whether the host of *url*, the unsubscribe URL, exists; the URL itself is not requested."""
    host = urlsplit(url).hostname or ""
    if resolver.query_addresses(host):
        return ok("one-click", f"{host} has an address.")
    return fail(
        "one-click",
        f"{host}, the host of the unsubscribe URL, has no address.",
        "Recipients cannot unsubscribe and report spam instead. Fix the URL, or publish the host's address.",
    )
