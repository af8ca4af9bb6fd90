"""SPF: which hosts may send mail with the domain in the envelope (RFC 7208)."""

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
from pipeline.mail.dkim.keys import format_zone_line

#: The includes that mailbox providers tell their customers to add, by relay; these providers keep the envelope sender.
INCLUDES = {
    "smtp.gmail.com": "_spf.google.com",
    "smtp-relay.gmail.com": "_spf.google.com",
    "smtp.office365.com": "spf.protection.outlook.com",
    "smtp.fastmail.com": "spf.messagingengine.com",
}


def check_spf(
    resolver: DnsResolver,
    domain: str,
    *,
    relays: tuple[str, ...] = (),
    ip_addresses: tuple[str, ...] = (),
    is_own_envelope: bool = True,
) -> Iterator[CheckResult]:
    """
    Yield whether the SPF record of *domain* is valid and lists our relays.

    Args:
        relays: The hosts that messages are handed to.
        ip_addresses: From which they are sent to providers, as far as known.
        is_own_envelope: Whether *domain* is also the envelope domain; email services often use one of their own.
    """
    includes = tuple(dict.fromkeys(INCLUDES[relay] for relay in relays if relay in INCLUDES))
    evaluator = SpfEvaluator(resolver)
    try:
        record = evaluator.fetch(domain)
    except PermError as error:
        texts = [f'"{text}"' for text in resolver.query_txt(domain) if is_spf_record(text)]
        hint = f"Mail servers cannot use this record: {error}. Fix it."
        yield fail("spf", f"{domain}: {' and '.join(texts)}", hint)
        return
    if record is None:
        yield _report_missing(domain, includes, ip_addresses, is_own_envelope=is_own_envelope)
        return
    yield _check_lookups(evaluator, record)
    yield from _check_mechanisms(record)
    yield from _check_senders(record, includes, ip_addresses)


def _report_missing(
    domain: str, includes: tuple[str, ...], ip_addresses: tuple[str, ...], *, is_own_envelope: bool
) -> CheckResult:
    message = f"{domain} has no SPF record."
    if is_own_envelope:
        mechanisms = [f"include:{name}" for name in includes]
        mechanisms += map(_format_mechanism, ip_addresses)
        text = " ".join(["v=spf1", *(mechanisms or ["mx"]), "~all"])
        hint = "Mail servers cannot tell who may send for this domain. Publish a record that lists your relay."
        return fail("spf", message, hint, dns_record=format_zone_line(domain, text))
    return warn(
        "spf",
        message,
        "Your service may use an envelope domain of its own, and then only that one counts. Check there what to "
        "publish; a record that includes the service does no harm.",
    )


def _check_lookups(evaluator: SpfEvaluator, record: SpfRecord) -> CheckResult:
    message = f'{record.domain}: "{record.text}", {evaluator.lookups} of {MAX_LOOKUPS} lookups.'
    if evaluator.lookups > MAX_LOOKUPS:
        hint = f"Mail servers stop at {MAX_LOOKUPS} lookups and reject the record. Remove unneeded includes."
        return fail("spf", message, hint)
    if evaluator.void_lookups > MAX_VOID_LOOKUPS:
        hint = f"{evaluator.void_lookups} of its names have no address; mail servers may give up after 2. Remove them."
        return warn("spf", message, hint)
    return ok("spf", message)


def _check_mechanisms(record: SpfRecord) -> Iterator[CheckResult]:
    default = record.get_default()
    if default == "pass":
        yield fail(
            "spf",
            f'{record.domain}: the record ends in "+all".',
            "Anybody may send mail for this domain. End it with ~all.",
            dns_record=format_zone_line(record.domain, _replace_all(record.text)),
        )
    if default == "neutral":
        yield warn(
            "spf",
            f"{record.domain}: the record does not exclude other hosts.",
            "Forged mail passes too. End it with ~all.",
            dns_record=format_zone_line(record.domain, _replace_all(record.text)),
        )
    if any(mechanism.name == "ptr" for mechanism in record.mechanisms):
        yield warn(
            "spf",
            f'{record.domain}: the record uses "ptr".',
            "Many mail servers ignore it (RFC 7208 §5.5). List addresses instead.",
        )


def _check_senders(
    record: SpfRecord, includes: tuple[str, ...], ip_addresses: tuple[str, ...]
) -> Iterator[CheckResult]:
    included = {m.value.lower() for m in record.walk() if m.name == "include"}
    for name in includes:
        if name not in included:
            yield fail(
                "spf",
                f"{record.domain} does not include {name}.",
                "Messages sent by your relay fail SPF. Add it.",
                dns_record=_format_with(record, f"include:{name}"),
            )
    for address in ip_addresses:
        result = record.evaluate(address)
        if result == "pass":
            yield ok("spf", f"{address} may send for {record.domain}.")
            continue
        yield fail(
            "spf",
            f"{address}: {result}.",
            f"The record of {record.domain} does not list this address, so messages from it fail SPF. Add it.",
            dns_record=_format_with(record, _format_mechanism(address)),
        )


def _format_mechanism(address: str) -> str:
    return f"ip{ipaddress.ip_address(address).version}:{address}"


def _format_with(record: SpfRecord, mechanism: str) -> str:
    version, *terms = record.text.split()
    return format_zone_line(record.domain, " ".join([version, mechanism, *terms]))


def _replace_all(text: str) -> str:
    terms = (term for term in text.split() if term.lower().lstrip("+?~-") != "all")
    return " ".join([*terms, "~all"])
