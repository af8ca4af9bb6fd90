"""
DMARC: what providers do with mail whose From address is not authenticated (RFC 7489 and its successor).

The organizational domain is found by querying records upwards, as the successor of RFC 7489 specifies: this needs no
list of public suffixes.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.check_result import CheckResult, fail, ok, warn
from pipeline.doctor.dkim_record import parse_tags
from pipeline.doctor.dns_resolver import DnsResolver
from pipeline.mail.dkim.keys import format_zone_line

_POLICIES = ("none", "quarantine", "reject")


def check_dmarc(resolver: DnsResolver, domain: str) -> Iterator[CheckResult]:
    """Yield whether *domain* has a valid DMARC record."""
    place, records = _find_records(resolver, domain)
    line = format_zone_line(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}")
    if not records:
        yield fail(
            "dmarc",
            f"Neither {domain} nor a parent domain has a DMARC record.",
            "Gmail, Yahoo and Outlook reject bulk mail without one. Publish it; reports are sent to its address, "
            "which must exist.",
            dns_record=line,
        )
        return
    message = f'_dmarc.{place}: "{records[0]}"'
    if len(records) > 1:
        yield fail(
            "dmarc",
            f"_dmarc.{place} has {len(records)} records.",
            "Providers ignore all of them. Keep one.",
        )
        return
    tags = parse_tags(records[0])
    if tags.get("p", "").lower() not in _POLICIES:
        hint = f"p= must be one of {', '.join(_POLICIES)}. Fix the record."
        yield fail("dmarc", message, hint, dns_record=line)
        return
    yield ok("dmarc", message)
    yield from _check_reports(resolver, place, tags)


def check_alignment(
    resolver: DnsResolver, domain: str, signing_domain: str | None, *, by_service: bool
) -> Iterator[CheckResult]:
    """
    Yield whether the signing domain is aligned with the domain of From.

    Args:
        signing_domain: The domain of our signature, None without one.
        by_service: Whether the email service adds signatures, which the DKIM check covers.
    """
    if signing_domain is None:
        if not by_service:
            yield warn(
                "alignment",
                f"Only SPF authenticates {domain}, and only if your relay keeps the envelope sender.",
                "Forwarded messages fail SPF: add a DKIM signature for this domain.",
            )
        return
    _, records = _find_records(resolver, domain)
    is_strict = bool(records) and parse_tags(records[0]).get("adkim", "r").lower() == "s"
    if signing_domain == domain:
        yield ok("alignment", f"Messages are signed for {domain}, the domain of From.")
    elif not is_strict and _is_same_organization(resolver, signing_domain, domain):
        yield ok(
            "alignment",
            f"Messages are signed for {signing_domain}, which is aligned with {domain} (relaxed).",
        )
    else:
        reason = (
            "adkim=s requires the same domain" if is_strict else "they are different organizations"
        )
        yield fail(
            "alignment",
            f"Messages are signed for {signing_domain}, but From is at {domain}.",
            f'DMARC ignores this signature: {reason}. Set [dkim] domain = "{domain}".',
        )


def _is_same_organization(resolver: DnsResolver, one: str, other: str) -> bool:
    """
    Whether both domains belong to one organization.

    A domain and its subdomain do even without a record: providers that use a list of public suffixes see it so.
    """
    if one.endswith(f".{other}") or other.endswith(f".{one}"):
        return True
    organizations = (find_organizational_domain(resolver, domain) for domain in (one, other))
    return len(set(organizations)) == 1


def find_organizational_domain(resolver: DnsResolver, domain: str) -> str:
    """Return the organizational domain of *domain*: the topmost one with a record, unless a record says otherwise."""
    found = domain
    for place in _list_parents(domain):
        records = _query_records(resolver, place)
        if not records:
            continue
        psd = parse_tags(records[0]).get("psd", "u").lower()
        if psd == "n":
            return place
        if psd == "y":
            return found
        found = place
    return found


def _find_records(resolver: DnsResolver, domain: str) -> tuple[str, list[str]]:
    """Return the nearest domain with records, from *domain* upwards, and these."""
    for place in _list_parents(domain):
        if records := _query_records(resolver, place):
            return place, records
    return domain, []


def _list_parents(domain: str) -> Iterator[str]:
    """Yield *domain* and its parents, at most eight domains."""
    labels = domain.split(".")
    yield domain
    for start in range(max(1, len(labels) - 7), len(labels)):
        yield ".".join(labels[start:])


def _query_records(resolver: DnsResolver, domain: str) -> list[str]:
    texts = resolver.query_txt(f"_dmarc.{domain}")
    return [text for text in texts if text.replace(" ", "").startswith("v=DMARC1")]


def _check_reports(
    resolver: DnsResolver, place: str, tags: dict[str, str]
) -> Iterator[CheckResult]:
    uris = [uri.strip() for uri in tags.get("rua", "").split(",") if uri.strip()]
    if not uris:
        text = f"v=DMARC1; p={tags['p']}; rua=mailto:dmarc@{place}"
        yield warn(
            "dmarc",
            f"_dmarc.{place} requests no reports.",
            "Without rua= you are not told which messages fail. Yahoo recommends it.",
            dns_record=format_zone_line(f"_dmarc.{place}", text),
        )
    for uri in uris:
        target = uri.partition("!")[0].rpartition("@")[2].lower()
        if not target or _is_same_organization(resolver, target, place):
            continue
        name = f"{place}._report._dmarc.{target}"
        if not any(text.startswith("v=DMARC1") for text in resolver.query_txt(name)):
            yield warn(
                "dmarc",
                f"Reports go to {target}, which does not declare that it accepts them for {place}.",
                f"Providers do not send any there. The owner of {target} must publish this record.",
                dns_record=format_zone_line(name, "v=DMARC1"),
            )
