"""
DMARC: what receivers do with letters whose From nobody vouches for (RFC 7489, and the tree walk of its successor).

The organizational domain is found by asking upwards for records, as the successor of RFC 7489 has it: no list of public
suffixes is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.check_result import CheckResult, fail, ok, warn
from pipeline.doctor.dkim_record import parse_tags
from pipeline.doctor.dns_resolver import DnsResolver
from pipeline.mail.dkim.keys import format_zone_line

_POLICIES = ("none", "quarantine", "reject")


def check_dmarc(names: DnsResolver, domain: str) -> Iterator[CheckResult]:
    """Yield how the DMARC record for *domain* stands."""
    place, texts = _nearest(names, domain)
    line = format_zone_line(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}")
    if not texts:
        yield fail(
            "dmarc",
            f"Neither {domain} nor a domain above it has a DMARC record.",
            "Gmail, Yahoo and Outlook refuse much mail without one. Publish it; reports come to its address, "
            "which must exist.",
            publish=line,
        )
        return
    seen = f'_dmarc.{place}: "{texts[0]}"'
    if len(texts) > 1:
        yield fail(
            "dmarc",
            f"_dmarc.{place} has {len(texts)} records.",
            "Receivers heed none of them. Leave one.",
        )
        return
    found = parse_tags(texts[0])
    policy = found.get("p", "").lower()
    if policy not in _POLICIES:
        yield fail(
            "dmarc", seen, f"p= must be one of {', '.join(_POLICIES)}. Mend it.", publish=line
        )
        return
    yield ok("dmarc", seen)
    yield from _reports(names, place, found)


def check_alignment(
    names: DnsResolver, domain: str, signing: str | None, *, by_service: bool
) -> Iterator[CheckResult]:
    """
    Yield whether the domain of the signature stands for the domain in From.

    Args:
        signing: The domain of our signature, null if we do not sign.
    """
    if signing is None:
        if not by_service:  # of which the line about DKIM speaks
            yield warn(
                "alignment",
                f"Only SPF stands for {domain}, as long as your relay keeps the envelope's sender.",
                "Forwarded letters fail SPF: a signature for this domain is needed too.",
            )
        return
    _, texts = _nearest(names, domain)
    strict = parse_tags(texts[0]).get("adkim", "r").lower() == "s" if texts else False
    if signing == domain:
        yield ok("alignment", f"Letters are signed for {signing}, the domain of From.")
    elif not strict and _belong_together(names, signing, domain):
        yield ok(
            "alignment", f"Letters are signed for {signing}, which stands for {domain} (relaxed)."
        )
    else:
        how = "adkim=s wants the very same domain" if strict else "they do not belong together"
        yield fail(
            "alignment",
            f"Letters are signed for {signing}, and From is at {domain}.",
            f'DMARC does not count that signature: {how}. Set [dkim] domain = "{domain}".',
        )


def _belong_together(names: DnsResolver, one: str, other: str) -> bool:
    """
    Whether both are of one organization.

    A domain and one below it count as such without a record too: receivers with a list of public suffixes see it so.
    """
    if one.endswith(f".{other}") or other.endswith(f".{one}"):
        return True
    return find_organizational_domain(names, one) == find_organizational_domain(names, other)


def find_organizational_domain(names: DnsResolver, domain: str) -> str:
    """Return the organizational domain of *domain*: the uppermost with a record, or what a record says it is."""
    found = domain
    for place in _upwards(domain):
        texts = _records(names, place)
        if not texts:
            continue
        psd = parse_tags(texts[0]).get("psd", "u").lower()
        if psd == "n":
            return place
        if psd == "y":
            return found if place != domain else domain
        found = place
    return found


def _nearest(names: DnsResolver, domain: str) -> tuple[str, list[str]]:
    for place in _upwards(domain):
        if texts := _records(names, place):
            return place, texts
    return domain, []


def _upwards(domain: str) -> Iterator[str]:
    """Yield *domain* and those above it, at most eight of them."""
    labels = domain.split(".")
    yield domain
    for start in range(max(1, len(labels) - 7), len(labels)):
        yield ".".join(labels[start:])


def _records(names: DnsResolver, domain: str) -> list[str]:
    texts = names.texts(f"_dmarc.{domain}")
    return [text for text in texts if text.replace(" ", "").startswith("v=DMARC1")]


def _reports(names: DnsResolver, place: str, found: dict[str, str]) -> Iterator[CheckResult]:
    targets = [uri.strip() for uri in found.get("rua", "").split(",") if uri.strip()]
    if not targets:
        text = f"v=DMARC1; p={found['p']}; rua=mailto:dmarc@{place}"
        yield warn(
            "dmarc",
            f"_dmarc.{place} asks for no reports.",
            "Without rua= you do not learn who fails. Yahoo asks for it.",
            publish=format_zone_line(f"_dmarc.{place}", text),
        )
    for target in targets:
        other = target.partition("!")[0].rpartition("@")[2].lower()
        if not other or _belong_together(names, other, place):
            continue
        name = f"{place}._report._dmarc.{other}"
        if not any(text.startswith("v=DMARC1") for text in names.texts(name)):
            yield warn(
                "dmarc",
                f"Reports go to {other}, which does not say that it takes them for {place}.",
                f"Receivers send none there. Whoever runs {other} has to publish it.",
                publish=format_zone_line(name, "v=DMARC1"),
            )
