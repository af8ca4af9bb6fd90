"""
Doctor: what stands between a letter and its readers, seen from outside.

`examine()` asks name servers and the sender's relay; it sends nothing and changes nothing.

1. `identity`: From is an address of one's own, and no placeholder.
2. `spf`, `dkim`, `dmarc` and `alignment`: the records, against our keys and the relay.
3. `mx` and `ptr`: the hosts that mail comes to and leaves from.
4. `relay`: it is there, encrypted, and lets us in.
5. `one-click`: all that RFC 8058 asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.doctor.check_result import CheckResult, Status, fail, ok, warn
from pipeline.doctor.dkim_record import check_dkim_record, check_without_key
from pipeline.doctor.dmarc import check_alignment, check_dmarc
from pipeline.doctor.dns_resolver import DnsLookupError, DnsResolver
from pipeline.doctor.hosts import check_mx, check_reverse_dns, check_unsubscribe_host
from pipeline.doctor.identity import check_identity
from pipeline.doctor.spf import check_spf
from pipeline.errors import SendError
from pipeline.mail.dkim.signature import DkimKey, Signing
from pipeline.mail.headers.list_headers import supports_one_click
from pipeline.models.publication import Publication
from pipeline.senders import Sender

__all__ = ["CheckResult", "DnsResolver", "SendingSetup", "Status", "diagnose"]


@dataclass(frozen=True, kw_only=True)
class SendingSetup:
    """
    What is examined.

    Args:
        keys: Those of `[dkim]`, for *dkim_domain*.
        problem: Why these cannot be used, "" if they can.
        signing: Who signs what *sender* hands over.
        addresses: From which letters leave for the receivers, as far as somebody told them.
    """

    publication: Publication
    sender: Sender
    dkim_domain: str
    keys: tuple[DkimKey, ...]
    signing: Signing
    problem: str = ""
    addresses: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The domain of From."""
        return self.publication.sender.domain


def diagnose(case: SendingSetup, names: DnsResolver) -> Iterator[CheckResult]:
    """Yield a line for each thing that was looked at, in the order above."""
    yield from check_identity(case.publication)
    for check, look in (
        ("spf", _spf(case, names)),
        ("dkim", _dkim(case, names)),
        ("dmarc", check_dmarc(names, case.domain)),
        ("alignment", _alignment(case, names)),
        ("mx", check_mx(names, _domains(case.publication))),
        *(("ptr", check_reverse_dns(names, address)) for address in case.addresses),
        *(("relay", _relay(sender)) for sender in case.sender.get_senders()),
        ("one-click", _one_click(case, names)),
    ):
        try:
            yield from look
        except DnsLookupError as error:
            yield fail(
                check,
                f"It could not be looked up: {error}.",
                "Try again later, or ask other name servers: --nameserver 9.9.9.9",
            )


def _spf(case: SendingSetup, names: DnsResolver) -> Iterator[CheckResult]:
    relays = tuple(sender.relay_host for sender in case.sender.get_senders() if sender.relay_host)
    yield from check_spf(
        names,
        case.domain,
        relays=relays,
        addresses=case.addresses,
        is_own_envelope=bool(relays or case.addresses) or not case.sender.delivers_mail,
    )


def _dkim(case: SendingSetup, names: DnsResolver) -> Iterator[CheckResult]:
    if case.problem:
        yield fail("dkim", case.problem, "Nothing can be signed until that is mended.")
    elif case.keys and case.signing.signer is None:
        yield warn(
            "dkim",
            "Your sender's service writes messages of its own; your key does not sign them.",
            "Set up DKIM for your domain at that service.",
        )
    elif not case.keys:
        yield from check_without_key(case.sender.signs_list_unsubscribe, case.sender.delivers_mail)
    for key in case.keys:
        yield from check_dkim_record(names, case.dkim_domain, key)


def _alignment(case: SendingSetup, names: DnsResolver) -> Iterator[CheckResult]:
    signing = case.dkim_domain if case.signing.signer else None
    yield from check_alignment(names, case.domain, signing, by_service=case.signing.by_service)


def _domains(publication: Publication) -> list[str]:
    """Return the domains that readers and servers write to."""
    mailto = (publication.unsubscribe or "").removeprefix("mailto:").partition("?")[0]
    found = [publication.sender.domain]
    found += [publication.reply_to.domain] if publication.reply_to else []
    found += [mailto.rpartition("@")[2].lower()] if "@" in mailto else []
    return list(dict.fromkeys(found))


def _relay(sender: Sender) -> Iterator[CheckResult]:
    try:
        if seen := sender.check_connection():
            yield ok("relay", seen)
    except SendError as error:
        yield fail("relay", str(error), "Nothing can be handed over until that is mended.")


def _one_click(case: SendingSetup, names: DnsResolver) -> Iterator[CheckResult]:
    url = case.publication.unsubscribe_url
    urls = (url,) if url else ()
    if supports_one_click(urls, "token", is_signed=case.signing.covers_unsubscribe):
        yield ok("one-click", "Readers can leave with one click (RFC 8058).")
    else:
        missing = [] if url else ["[publication] unsubscribe_url, an https address with {token}"]
        missing += (
            [] if case.signing.covers_unsubscribe else ["a DKIM signature over List-Unsubscribe"]
        )
        yield warn(
            "one-click",
            "Letters do not offer to leave with one click (RFC 8058).",
            f"Gmail and Yahoo ask for it from whoever sends much. Missing: {'; '.join(missing)}.",
        )
    if url:
        yield from check_unsubscribe_host(names, url)
