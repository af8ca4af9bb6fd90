"""
Doctor: whether mail from this project can be delivered, checked from outside.

`diagnose()` queries the DNS and connects to the sender's relay; it sends nothing and changes nothing.

1. `identity`: the From address is at a domain of one's own, and not a placeholder.
2. `spf`, `dkim`, `dmarc` and `alignment`: the DNS records, compared with our keys and the relay.
3. `mx` and `ptr`: the hosts that receive replies and the addresses that send mail.
4. `relay`: it is reachable, encrypted, and accepts our login.
5. `one-click`: everything that one-click unsubscribe requires (RFC 8058).
6. `webhook`: bounces and complaints that an email service reports are heard.
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
from pipeline.errors import ConfigError, SendError
from pipeline.mail.dkim.signature import DkimKey, Signing
from pipeline.mail.headers.list_headers import supports_one_click
from pipeline.models.publication import Publication
from pipeline.senders import Sender

__all__ = ["CheckResult", "DnsResolver", "SendingSetup", "Status", "diagnose"]


@dataclass(frozen=True, kw_only=True)
class SendingSetup:
    """
    What is checked.

    Args:
        keys: The keys of `[dkim]`, for *dkim_domain*.
        key_error: Why the keys cannot be used, "" if they can.
        signing: Who signs what *sender* sends.
        ip_addresses: From which mail is sent to providers, as far as known.
    """

    publication: Publication
    sender: Sender
    dkim_domain: str
    keys: tuple[DkimKey, ...]
    signing: Signing
    key_error: str = ""
    ip_addresses: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The domain of the From address."""
        return self.publication.sender.domain


def diagnose(setup: SendingSetup, resolver: DnsResolver) -> Iterator[CheckResult]:
    """Yield the results of all checks, in the order above."""
    yield from check_identity(setup.publication)
    for check, results in (
        ("spf", _check_spf(setup, resolver)),
        ("dkim", _check_dkim(setup, resolver)),
        ("dmarc", check_dmarc(resolver, setup.domain)),
        ("alignment", _check_alignment(setup, resolver)),
        ("mx", check_mx(resolver, _list_mail_domains(setup.publication))),
        *(("ptr", check_reverse_dns(resolver, address)) for address in setup.ip_addresses),
        *(("relay", _check_relay(sender)) for sender in setup.sender.get_senders()),
        ("one-click", _check_one_click(setup, resolver)),
        *(("webhook", _check_webhook(sender)) for sender in setup.sender.get_senders()),
    ):
        try:
            yield from results
        except DnsLookupError as error:
            yield fail(
                check,
                f"The DNS lookup failed: {error}.",
                "Try again later, or use another name server: --nameserver 9.9.9.9",
            )


def _check_spf(setup: SendingSetup, resolver: DnsResolver) -> Iterator[CheckResult]:
    senders = setup.sender.get_senders()
    relays = tuple(sender.relay_host for sender in senders if sender.relay_host)
    return check_spf(
        resolver,
        setup.domain,
        relays=relays,
        ip_addresses=setup.ip_addresses,
        is_own_envelope=bool(relays or setup.ip_addresses) or not setup.sender.delivers_mail,
    )


def _check_dkim(setup: SendingSetup, resolver: DnsResolver) -> Iterator[CheckResult]:
    if setup.key_error:
        yield fail("dkim", setup.key_error, "Messages cannot be signed until this is fixed.")
    elif setup.keys and setup.signing.signer is None:
        yield warn(
            "dkim",
            "Your email service writes its own messages, so your key cannot sign them.",
            "Set up DKIM for your domain at that service.",
        )
    elif not setup.keys:
        yield check_without_key(setup.sender.signs_list_unsubscribe, setup.sender.delivers_mail)
    for key in setup.keys:
        yield from check_dkim_record(resolver, setup.dkim_domain, key)


def _check_alignment(setup: SendingSetup, resolver: DnsResolver) -> Iterator[CheckResult]:
    signing_domain = setup.dkim_domain if setup.signing.signer else None
    return check_alignment(
        resolver, setup.domain, signing_domain, by_service=setup.signing.by_service
    )


def _list_mail_domains(publication: Publication) -> list[str]:
    """Return the domains that readers and mail servers write to."""
    mailto = (publication.unsubscribe or "").removeprefix("mailto:").partition("?")[0]
    domains = [publication.sender.domain]
    domains += [publication.reply_to.domain] if publication.reply_to else []
    domains += [mailto.rpartition("@")[2].lower()] if "@" in mailto else []
    return list(dict.fromkeys(domains))


def _check_relay(sender: Sender) -> Iterator[CheckResult]:
    try:
        if message := sender.check_connection():
            yield ok("relay", message)
    except SendError as error:
        yield fail("relay", str(error), "Nothing can be sent until this is fixed.")


def _check_webhook(sender: Sender) -> Iterator[CheckResult]:
    try:
        if sender.open_webhook():
            yield ok(
                "webhook",
                "Bounces that your email service reports are heard, once its webhook is set up there.",
            )
    except ConfigError as error:
        yield warn(
            "webhook",
            str(error).partition(". ")[0] + ".",
            "Addresses that no longer exist, and complaints, stay unknown. Set it up: handbill docs webhooks",
        )


def _check_one_click(setup: SendingSetup, resolver: DnsResolver) -> Iterator[CheckResult]:
    url, is_signed = setup.publication.unsubscribe_url, setup.signing.covers_unsubscribe
    if supports_one_click((url,) if url else (), "token", is_signed=is_signed):
        yield ok("one-click", "Recipients can unsubscribe with one click (RFC 8058).")
    else:
        missing = [] if url else ["[publication] public_url, where handbill serve answers"]
        missing += [] if is_signed else ["a DKIM signature over List-Unsubscribe"]
        yield warn(
            "one-click",
            "Recipients cannot unsubscribe with one click (RFC 8058).",
            f"Gmail and Yahoo require it from bulk senders. Missing: {'; '.join(missing)}.",
        )
    if url:
        yield check_unsubscribe_host(resolver, url)
    if setup.publication.unsubscribes_elsewhere:
        yield warn(
            "one-click",
            "Another service answers unsubscribe_url; Handbill does not hear who unsubscribes there.",
            "Set [publication] public_url instead, and run handbill serve: handbill docs serve",
        )
