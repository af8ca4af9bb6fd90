"""SPF: who may send with the domain in the envelope (RFC 7208)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from pipeline.doctor.check_result import CheckResult, fail, ok, warn
from pipeline.doctor.dns_resolver import DnsResolver
from pipeline.doctor.spf_record import (
    MAX_LOOKUPS,
    MAX_VOID_LOOKUPS,
    PermError,
    SpfEvaluator,
    SpfRecord,
    is_spf_record,
)

#: Mailbox providers that leave the envelope as it is, by their relay's host, and what their pages say to include.
INCLUDES = {
    "smtp.gmail.com": "_spf.google.com",
    "smtp-relay.gmail.com": "_spf.google.com",
    "smtp.office365.com": "spf.protection.outlook.com",
    "smtp.fastmail.com": "spf.messagingengine.com",
}


def check_spf(
    names: DnsResolver,
    domain: str,
    *,
    relays: tuple[str, ...] = (),
    addresses: tuple[str, ...] = (),
    is_own_envelope: bool = True,
) -> Iterator[CheckResult]:
    """
    Yield how the SPF record of *domain* stands.

    Args:
        relays: The hosts that letters are handed to.
        addresses: From which they leave for the receivers, as far as they are known.
        is_own_envelope: Whether *domain* stands in the envelope as well; services by HTTP often put theirs there.
    """
    wanted = tuple(dict.fromkeys(INCLUDES[relay] for relay in relays if relay in INCLUDES))
    walk = SpfEvaluator(names)
    try:
        policy = walk.policy(domain)
    except PermError as error:
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
) -> CheckResult:
    seen = f"{domain} has no SPF record."
    line = _line(domain, _suggested(wanted, addresses))
    if is_own_envelope:
        wrong = "Nobody knows who may send for this domain. Publish one that names your relay."
        return fail("spf", seen, wrong, publish=line)
    return warn(
        "spf",
        seen,
        "Your service may put a domain of its own into the envelope, and then that one counts. See there what to "
        "publish; a record that names it does no harm.",
    )


def _count(walk: SpfEvaluator, policy: SpfRecord) -> CheckResult:
    seen = f'{policy.domain}: "{policy.text}", {walk.lookups} of {MAX_LOOKUPS} lookups.'
    if walk.lookups > MAX_LOOKUPS:
        return fail(
            "spf",
            seen,
            "Receivers stop at 10 lookups and treat the record as broken. Take out includes you do not need.",
        )
    if walk.void > MAX_VOID_LOOKUPS:
        return warn(
            "spf",
            seen,
            f"{walk.void} of its names have no address; receivers may give up after 2. Take them out.",
        )
    return ok("spf", seen)


def _faults(policy: SpfRecord) -> Iterator[CheckResult]:
    default = policy.default()
    if default == "pass":
        yield fail(
            "spf",
            f'{policy.domain}: it ends in "+all".',
            "Anybody may send for this domain. End it in ~all.",
            publish=_line(policy.domain, _ending(policy.text)),
        )
    if default == "neutral":
        yield warn(
            "spf",
            f"{policy.domain}: it says nothing of others.",
            "Forgeries pass as well. End it in ~all.",
            publish=_line(policy.domain, _ending(policy.text)),
        )
    if any(term.name == "ptr" for term in policy.terms):
        yield warn(
            "spf",
            f'{policy.domain}: it uses "ptr".',
            "Many receivers do not look at it (RFC 7208 §5.5). Name addresses.",
        )


def _senders(
    policy: SpfRecord, wanted: tuple[str, ...], addresses: tuple[str, ...]
) -> Iterator[CheckResult]:
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


def _own(names: DnsResolver, domain: str) -> str:
    return " and ".join(f'"{text}"' for text in names.texts(domain) if is_spf_record(text))


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
    from pipeline.mail.dkim.keys import format_zone_line

    return format_zone_line(domain, text)
