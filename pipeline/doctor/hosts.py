"""Hosts: those that take answers, and those that letters leave from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from pipeline.doctor.check_result import CheckResult, fail, ok, warn
from pipeline.doctor.dns_resolver import DnsResolver


def check_mx(names: DnsResolver, domains: Iterable[str]) -> Iterator[CheckResult]:
    """Yield whether mail to each of *domains* arrives: answers, bounces and goodbyes go there."""
    for domain in domains:
        hosts = names.exchanges(domain)
        if hosts == ["."]:
            yield fail(
                "mx",
                f"{domain} says that it takes no mail (RFC 7505).",
                "Answers and bounces are lost, and receivers refuse such a sender. Publish an MX record.",
            )
        elif hosts:
            yield from _hosts(names, domain, hosts)
        elif names.addresses(domain):
            yield warn(
                "mx",
                f"{domain} has an address, but no MX record.",
                "Mail goes to that address. Publish the host that takes it.",
                publish=f"{domain}. IN MX 10 {domain}.",
            )
        else:
            yield fail(
                "mx",
                f"{domain} has neither MX record nor address.",
                "Answers and bounces are lost, and receivers refuse such a sender. Publish the host for mail.",
                publish=f"{domain}. IN MX 10 mail.{domain}.",
            )


def check_reverse_dns(names: DnsResolver, address: str) -> Iterator[CheckResult]:
    """Yield whether *address*, which letters leave from, has a name that leads back to it (FCrDNS)."""
    version = ipaddress.ip_address(address)
    found = names.names_of(address)
    if not found:
        yield fail(
            "ptr",
            f"{address} has no name.",
            "Gmail and others refuse mail from it. Whoever owns the address sets it: ask your host.",
            publish=f"{version.reverse_pointer}. IN PTR mail.example.org.",
        )
        return
    for name in found:
        if any(ipaddress.ip_address(other) == version for other in names.addresses(name)):
            yield ok("ptr", f"{address} is {name}, and {name} is {address}.")
            return
    kind = "AAAA" if version.version == 6 else "A"
    yield fail(
        "ptr",
        f"{address} is {found[0]}, but {found[0]} is not {address}.",
        "Receivers take the name for a lie. Publish its address.",
        publish=f"{found[0]}. IN {kind} {address}",
    )


def check_unsubscribe_host(names: DnsResolver, url: str) -> Iterator[CheckResult]:
    """Yield whether the host of *url*, where readers leave, is there; nobody is unsubscribed to see it."""
    host = urlsplit(url).hostname or ""
    if names.addresses(host):
        yield ok("one-click", f"{host} has an address.")
    else:
        yield fail(
            "one-click",
            f"{host}, the host of unsubscribe_url, has no address.",
            "Readers cannot leave, and complain instead. Mend the address or publish the host.",
        )


def _hosts(names: DnsResolver, domain: str, hosts: list[str]) -> Iterator[CheckResult]:
    lost = [host for host in hosts if not names.addresses(host)]
    if len(lost) == len(hosts):
        yield fail(
            "mx",
            f"{domain}: {', '.join(hosts)}.",
            "None of these hosts has an address; mail to you is lost.",
        )
    elif lost:
        yield warn("mx", f"{domain}: {', '.join(hosts)}.", f"{', '.join(lost)} has no address.")
    else:
        yield ok("mx", f"{domain}: {', '.join(hosts)}.")
