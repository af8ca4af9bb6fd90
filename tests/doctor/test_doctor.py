"""The DNS and relay checks of `handbill doctor`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pipeline.config import DkimTable
from pipeline.doctor import CheckResult, DnsResolver, SendingSetup, Status, diagnose
from pipeline.doctor.dkim_record import check_dkim_record
from pipeline.doctor.dmarc import check_alignment, check_dmarc, find_organizational_domain
from pipeline.doctor.hosts import check_mx, check_reverse_dns
from pipeline.doctor.spf import check_spf
from pipeline.errors import ConfigError
from pipeline.mail import UNSIGNED, DkimKey, Signer, Signing
from pipeline.mail.dkim.keys import format_dkim_record
from pipeline.models.address import Address
from pipeline.models.publication import Publication
from pipeline.senders import open_sender
from pipeline.senders.failover import FailoverSender
from pipeline.senders.outbox.outbox_sender import OutboxSender
from pipeline.senders.smtp import SmtpSender
from tests.doctor.dns_server import DnsServer
from tests.journey.command import CONFIG, handbill, make_project
from tests.mail.dkim_verifiers import key
from tests.senders.smtp.smtp_sink import Sink

DOMAIN = "ferry.org"
FROM = Publication(
    name="The Ferry",
    sender=Address(email=f"letters@{DOMAIN}", name="The Ferry"),
    reply_to=Address(email="desk@harbour.org"),
    unsubscribe=f"mailto:leave@{DOMAIN}?subject=unsubscribe",
    public_url=f"https://www.{DOMAIN}",
    unsubscribe_url=f"https://www.{DOMAIN}/u/{{token}}",
)
Records = Mapping[str, Mapping[str, Sequence[str]]]


def txt(*texts: str) -> dict[str, Sequence[str]]:
    """Return TXT records, in strings of at most 255 characters."""
    return {"TXT": [" ".join(f'"{s}"' for s in re.findall(".{1,255}", text)) for text in texts]}


def valid_zone() -> dict[str, Mapping[str, Sequence[str]]]:
    """Return a zone in which every record is right."""
    keys: dict[str, Mapping[str, Sequence[str]]] = {
        f"{key.selector}._domainkey.{DOMAIN}": txt(format_dkim_record(key))
        for key in (key("rsa"), key("ed25519"))
    }
    return keys | {
        DOMAIN: {
            **txt("v=spf1 ip4:192.0.2.25 include:relay.net ~all", "some-site-verification=1"),
            "MX": [f"10 mx.{DOMAIN}."],
        },
        "relay.net": txt("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 -all"),
        f"_dmarc.{DOMAIN}": txt(f"v=DMARC1; p=reject; rua=mailto:dmarc@{DOMAIN}"),
        "harbour.org": {"MX": [f"10 mx.{DOMAIN}."]},
        f"mx.{DOMAIN}": {"A": ["192.0.2.26"]},
        f"www.{DOMAIN}": {"AAAA": ["2001:db8::1"]},
        "25.2.0.192.in-addr.arpa": {"PTR": [f"out.{DOMAIN}."]},
        f"out.{DOMAIN}": {"A": ["192.0.2.25"]},
    }  # fmt: skip


def setup(**changes: Any) -> SendingSetup:
    keys = (key("rsa"), key("ed25519"))
    values: dict[str, Any] = {
        "publication": FROM,
        "sender": OutboxSender("outbox"),
        "dkim_domain": DOMAIN,
        "keys": keys,
        "signing": Signing(signer=Signer(DOMAIN, keys)),
        "ip_addresses": ("192.0.2.25",),
    }
    return SendingSetup(**values | changes)


def run_in(zone: Records, check: Any, **options: Any) -> list[CheckResult]:
    """Return the results of *check*, called with a resolver that serves *zone*."""
    with DnsServer(zone, **options) as server:
        return list(check(DnsResolver(server.address)))


def statuses(results: Sequence[CheckResult]) -> list[str]:
    return [result.status.value for result in results]


def test_a_valid_setup_passes_every_check() -> None:
    """Each result has a message, and no hint or record to publish."""
    results = run_in(valid_zone(), lambda resolver: diagnose(setup(), resolver))
    assert {"ok"} == set(statuses(results)), [r for r in results if r.status is not Status.OK]
    assert {"identity", "spf", "dkim", "dmarc", "alignment", "mx", "ptr", "one-click"} == {
        result.check for result in results
    }
    assert {("", "")} == {(result.hint, result.dns_record) for result in results}
    assert all(result.message for result in results)


def test_each_query_is_sent_once() -> None:
    """Answers are cached."""
    with DnsServer(valid_zone()) as server:
        list(diagnose(setup(), DnsResolver(server.address)))
    assert len(server.queries) == len(set(server.queries))


def test_an_empty_zone_fails_with_records_that_fix_it() -> None:
    """Every missing record is reported with the one to publish, which then passes."""
    results = run_in({}, lambda resolver: diagnose(setup(), resolver))
    failed = {result.check: result for result in results if result.status is Status.FAIL}
    assert {"spf", "dkim", "dmarc", "mx", "ptr", "one-click"} == set(failed)
    assert f'{DOMAIN}. IN TXT "v=spf1 ip4:192.0.2.25 ~all"' == failed["spf"].dns_record
    assert (
        f'_dmarc.{DOMAIN}. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}"'
        == failed["dmarc"].dns_record
    )
    zone = published(
        [result.dns_record for result in results if result.check in ("spf", "dkim", "dmarc")]
    )
    again = run_in(zone, lambda resolver: diagnose(setup(), resolver))
    fixed = {result.check for result in again if result.status is Status.FAIL}
    assert {"mx", "ptr", "one-click"} == fixed


def published(lines: Sequence[str]) -> dict[str, Mapping[str, Sequence[str]]]:
    """Return a zone with the zone file lines *lines*."""
    zone: dict[str, Mapping[str, Sequence[str]]] = {}
    for line in filter(None, lines):
        name, _, kind, data = line.split(" ", 3)
        zone[name.rstrip(".")] = {kind: [data.strip("() ")]}
    return zone


SPF = [
    ("v=spf1 ip4:192.0.2.25 -all", {}, ["ok", "ok"], ""),
    ("v=spf1 a:out.ferry.org ~all", {"out.ferry.org": {"A": ["192.0.2.25"]}}, ["ok", "ok"], ""),
    ("v=spf1 a:net.ferry.org/24 ~all", {"net.ferry.org": {"A": ["192.0.2.1"]}}, ["ok", "ok"], ""),
    ("v=spf1 mx ~all", {}, ["ok", "fail"], "does not list this address"),
    ("v=spf1 include:other.org ~all", {"other.org": txt("v=spf1 ip4:192.0.2.0/24 -all")}, ["ok", "ok"], ""),
    ("v=spf1 redirect=other.org", {"other.org": txt("v=spf1 ip4:192.0.2.25 -all")}, ["ok", "ok"], ""),
    ("v=spf1 -ip4:192.0.2.25 ip4:192.0.2.0/24 ~all", {}, ["ok", "fail"], "fails? SPF"),
    ("v=spf1 ip4:192.0.2.25 +all", {}, ["ok", "fail", "ok"], "Anybody may send"),
    ("v=spf1 ip4:192.0.2.25", {}, ["ok", "warn", "ok"], "Forged mail passes"),
    ("v=spf1 ip4:192.0.2.25 ?all", {}, ["ok", "warn", "ok"], "Forged mail passes"),
    ("v=spf1 ip4:192.0.2.25 ptr ~all", {}, ["ok", "warn", "ok"], "ignore it"),
    ("v=spf1 include:none.org ~all", {}, ["fail"], "none.org, which has no SPF record"),
    ("v=spf1 include:ferry.org ~all", {}, ["fail"], "includes itself"),
    ("v=spf1 ip4:192.0.2.300 ~all", {}, ["fail"], "is not an IP address"),
    ("v=spf1 ipv4:192.0.2.25 ~all", {}, ["fail"], "is not an SPF mechanism"),
    ("v=spf1 include ~all", {}, ["fail"], "has no value"),
    ("v=spf1 exists:%{i}.list.org ip4:192.0.2.25 ~all", {}, ["ok", "ok"], ""),
    ("v=spf1 a:x.org a:y.org a:z.org ip4:192.0.2.25 ~all", {}, ["warn", "ok"], "have no address"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "more", "expected", "hint"), SPF)
def test_spf(text: str, more: Records, expected: list[str], hint: str) -> None:
    """A record is evaluated as mail servers do, for the sending address."""
    zone = {DOMAIN: txt(text), **more}
    results = run_in(
        zone, lambda resolver: check_spf(resolver, DOMAIN, ip_addresses=("192.0.2.25",))
    )
    assert expected == statuses(results), results
    assert re.search(hint, " ".join(result.hint for result in results))
    for result in filter(lambda result: result.dns_record, results):
        fixed = run_in(
            {**zone, DOMAIN: published([result.dns_record])[DOMAIN]},
            lambda resolver: check_spf(resolver, DOMAIN, ip_addresses=("192.0.2.25",)),
        )
        assert "fail" not in statuses(fixed), result.dns_record


def test_spf_lookups_are_counted_across_includes() -> None:
    """Ten lookups pass, eleven fail."""
    inner = {f"i{n}.org": txt("v=spf1 ip4:192.0.2.1 -all") for n in range(9)}
    chain = " ".join(f"include:{name}" for name in inner)
    for extra, expected in (("", "ok"), (" exists:%{i}.l.org", "fail")):
        zone = {
            DOMAIN: txt("v=spf1 include:all.org ~all"),
            "all.org": txt(f"v=spf1 {chain}{extra} -all"),
            **inner,
        }
        (result, *_) = run_in(zone, lambda resolver: check_spf(resolver, DOMAIN))
        assert expected == result.status.value
        assert f"{11 if extra else 10} of 10 lookups" in result.message


def test_two_spf_records_fail() -> None:
    """Mail servers that find two use neither."""
    (result,) = run_in(
        {DOMAIN: txt("v=spf1 mx ~all", "v=spf1 a ~all")},
        lambda resolver: check_spf(resolver, DOMAIN),
    )
    assert Status.FAIL is result.status
    assert "2 SPF records" in result.hint


def test_a_relays_include_is_required() -> None:
    """Relays that keep the envelope sender have an include, and the record with it is suggested."""
    zone = {
        DOMAIN: txt("v=spf1 mx ~all"),
        "_spf.google.com": txt("v=spf1 ip4:192.0.2.0/24 ~all"),
    }
    check = lambda resolver: check_spf(resolver, DOMAIN, relays=("smtp.gmail.com", "mx.ferry.org"))  # noqa: E731
    _, result = run_in(zone, check)
    assert f'{DOMAIN}. IN TXT "v=spf1 include:_spf.google.com mx ~all"' == result.dns_record
    assert ["ok"] == statuses(run_in(zone | published([result.dns_record]), check))


def test_a_missing_spf_record_is_a_warning_with_a_service() -> None:
    """An email service may use its own envelope domain."""
    service = open_sender("postmark")
    results = run_in(
        {}, lambda resolver: diagnose(setup(sender=service, ip_addresses=()), resolver)
    )
    (result,) = [result for result in results if result.check == "spf"]
    assert Status.WARN is result.status
    assert "your service" in result.hint.lower()


def short_key() -> DkimKey:
    return DkimKey(selector="rsa", private=rsa.generate_private_key(public_exponent=65537, key_size=1024))  # fmt: skip


PUBLISHED = [
    (format_dkim_record(key("rsa")), "ok", ""),
    (format_dkim_record(key("rsa")).replace("v=DKIM1; ", ""), "ok", ""),
    (format_dkim_record(key("rsa")).replace("; ", ";") + ";", "ok", ""),
    (format_dkim_record(key("rsa")) + "; t=s; s=email; h=sha1:sha256", "ok", ""),
    (format_dkim_record(key("rsa")) + "; t=y", "warn", "Remove t=y"),
    (format_dkim_record(short_key()), "fail", "another key"),
    (format_dkim_record(key("ed25519")), "fail", "another type of key"),
    ("v=DKIM1; k=rsa; p=", "fail", "revoked"),
    (format_dkim_record(key("rsa")) + "; h=sha1", "fail", "SHA-256"),
    (format_dkim_record(key("rsa")) + "; s=tlsrpt", "fail", "not for email"),
    ("v=DKIM1; p=nonsense!", "fail", "another key"),
    (format_dkim_record(key("rsa")).replace("DKIM1", "DKIM2"), "fail", "not a DKIM record"),
]


@pytest.mark.parametrize(("text", "expected", "hint"), PUBLISHED, ids=range(len(PUBLISHED)))
def test_a_dkim_record_is_compared_with_the_key(text: str, expected: str, hint: str) -> None:
    """Whatever makes signatures invalid is reported with the correct record."""
    name = f"rsa._domainkey.{DOMAIN}"
    (result,) = run_in(
        {name: txt(text)}, lambda resolver: check_dkim_record(resolver, DOMAIN, key("rsa"))
    )
    assert expected == result.status.value
    assert hint in result.hint
    assert bool(result.hint) == bool(result.dns_record)
    if result.dns_record:
        (again,) = run_in(
            published([result.dns_record]), lambda n: check_dkim_record(n, DOMAIN, key("rsa"))
        )
        assert Status.OK is again.status


def test_short_keys_warn_and_duplicate_records_fail() -> None:
    """A key of 1,024 bits is a warning; two records at one name are a failure."""
    short = short_key()
    name = f"rsa._domainkey.{DOMAIN}"
    (result,) = run_in(
        {name: txt(format_dkim_record(short))},
        lambda resolver: check_dkim_record(resolver, DOMAIN, short),
    )
    assert ("warn", True) == (result.status.value, "1024 bits" in result.message)
    two = {name: txt(format_dkim_record(key("rsa")), format_dkim_record(short))}
    (result,) = run_in(two, lambda resolver: check_dkim_record(resolver, DOMAIN, key("rsa")))
    assert ("fail", True) == (result.status.value, "2 records" in result.message)


DMARC = [
    ({"_dmarc.news.ferry.org": txt("v=DMARC1; p=none; rua=mailto:d@ferry.org")}, ["ok"], ""),
    ({"_dmarc.ferry.org": txt("v=DMARC1;p=reject;rua=mailto:d@ferry.org")}, ["ok"], ""),
    ({"_dmarc.ferry.org": txt("v=DMARC1; p=none")}, ["ok", "warn"], "rua="),
    ({"_dmarc.ferry.org": txt("v=DMARC1; rua=mailto:d@ferry.org")}, ["fail"], "p= must be"),
    ({"_dmarc.ferry.org": txt("v=DMARC1; p=none", "v=DMARC1; p=reject")}, ["fail"], "ignore all of them"),
    ({"_dmarc.ferry.org": txt("other text")}, ["fail"], "without one"),
    ({"_dmarc.ferry.org": txt("v=DMARC1; p=none; rua=mailto:d@report.net")}, ["ok", "warn"], "do not send any"),
    (
        {"_dmarc.ferry.org": txt("v=DMARC1; p=none; rua=mailto:d@report.net"),
         "ferry.org._report._dmarc.report.net": txt("v=DMARC1")}, ["ok"], "",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "expected", "hint"), DMARC)
def test_dmarc(zone: Records, expected: list[str], hint: str) -> None:
    """The record is found for the domain or a parent domain."""
    results = run_in(zone, lambda resolver: check_dmarc(resolver, "news.ferry.org"))
    assert expected == statuses(results), results
    assert hint in " ".join(result.hint for result in results)


@pytest.mark.parametrize(
    ("zone", "signing", "expected"),
    [
        ({}, "news.ferry.org", "ok"),
        ({"_dmarc.ferry.org": txt("v=DMARC1; p=none")}, "ferry.org", "ok"),
        ({"_dmarc.ferry.org": txt("v=DMARC1; p=none")}, "mail.ferry.org", "ok"),
        ({"_dmarc.ferry.org": txt("v=DMARC1; p=none; adkim=s")}, "ferry.org", "fail"),
        ({"_dmarc.ferry.org": txt("v=DMARC1; p=none; adkim=s")}, "news.ferry.org", "ok"),
        ({"_dmarc.ferry.org": txt("v=DMARC1; p=none")}, "relay.net", "fail"),
        ({"_dmarc.org": txt("v=DMARC1; p=none; psd=y")}, "other.org", "fail"),
        ({"_dmarc.org": txt("v=DMARC1; p=none; psd=y"),
          "_dmarc.ferry.org": txt("v=DMARC1; p=none")}, "ferry.org", "ok"),
    ],
)  # fmt: skip
def test_alignment(zone: Records, signing: str, expected: str) -> None:
    """The signing domain is aligned with From: equal if strict, of the same organization if relaxed."""
    check = lambda resolver: check_alignment(resolver, "news.ferry.org", signing, by_service=False)  # noqa: E731
    assert [expected] == statuses(run_in(zone, check))


def test_the_organizational_domain_is_found_by_records() -> None:
    """No list of public suffixes is needed."""
    zone = {
        "_dmarc.b.c.org": txt("v=DMARC1; p=none; psd=n"),
        "_dmarc.org": txt("v=DMARC1; p=none"),
    }
    with DnsServer(zone) as server:
        assert "b.c.org" == find_organizational_domain(DnsResolver(server.address), "a.b.c.org")


@pytest.mark.parametrize(
    ("zone", "expected", "hint"),
    [
        ({DOMAIN: {"MX": ["10 mx.org."]}, "mx.org": {"A": ["192.0.2.1"]}}, "ok", ""),
        ({DOMAIN: {"MX": ["0 ."]}}, "fail", "Publish an MX"),
        ({DOMAIN: {"A": ["192.0.2.1"]}}, "warn", "goes to that address"),
        ({}, "fail", "bounces are lost"),
        ({DOMAIN: {"MX": ["10 mx.org."]}}, "fail", "None of these hosts"),
        (
            {DOMAIN: {"MX": ["10 mx.org.", "20 b.org."]}, "b.org": {"A": ["192.0.2.1"]}},
            "warn",
            "mx.org has no address",
        ),
    ],
)
def test_domains_must_receive_mail(zone: Records, expected: str, hint: str) -> None:
    """Replies, bounces and unsubscribe requests need a host that receives them."""
    (result,) = run_in(zone, lambda resolver: check_mx(resolver, [DOMAIN]))
    assert expected == result.status.value
    assert hint in result.hint


def test_reverse_dns_must_match_in_both_directions() -> None:
    """The address has a name, and the name has the address."""
    back = {"25.2.0.192.in-addr.arpa": {"PTR": ["out.ferry.org."]}}
    there = {"out.ferry.org": {"A": ["192.0.2.9", "192.0.2.25"]}}
    for zone, expected in (({}, "fail"), (back, "fail"), (back | there, "ok")):
        (result,) = run_in(zone, lambda resolver: check_reverse_dns(resolver, "192.0.2.25"))
        assert expected == result.status.value
    (result,) = run_in(back, lambda resolver: check_reverse_dns(resolver, "192.0.2.25"))
    assert "out.ferry.org. IN A 192.0.2.25" == result.dns_record


@pytest.mark.parametrize(
    ("publication", "hint"),
    [
        (replace(FROM, sender=Address(email="ferry@gmail.com")), "mailbox provider"),
        (replace(FROM, sender=Address(email="letters@ferry.example")), "reserved for examples"),
        (replace(FROM, name="Your Publication"), "Your Publication"),
    ],
)
def test_from_must_be_an_address_of_ones_own(publication: Publication, hint: str) -> None:
    """Mailbox providers, reserved domains and placeholders fail."""
    results = run_in(
        valid_zone(), lambda resolver: diagnose(setup(publication=publication), resolver)
    )
    (result,) = [r for r in results if r.check == "identity" and r.status is Status.FAIL]
    assert hint in result.message


def test_a_missing_signature_is_reported() -> None:
    """Without key and signing service, DKIM, alignment and one-click warn."""
    results = run_in(
        valid_zone(), lambda resolver: diagnose(setup(keys=(), signing=UNSIGNED), resolver)
    )
    found = {result.check: result for result in results if result.status is Status.WARN}
    assert {"dkim", "alignment", "one-click"} == set(found)
    assert "dkim keygen" in found["dkim"].hint
    assert "a DKIM signature" in found["one-click"].hint


def test_a_failed_lookup_fails_only_its_check() -> None:
    """SERVFAIL is reported, and the other checks still run."""
    results = run_in(
        valid_zone(), lambda resolver: diagnose(setup(), resolver), broken=[f"_dmarc.{DOMAIN}"]
    )
    failed = [result for result in results if result.status is Status.FAIL]
    assert ["dmarc", "alignment"] == [result.check for result in failed]
    assert "lookup failed" in failed[0].message
    assert "one-click" in {result.check for result in results}


def test_a_silent_name_server_times_out() -> None:
    """A query without an answer ends after the timeout."""
    with DnsServer({}, silent=True) as server:
        resolver = DnsResolver(server.address, timeout_s=0.2)
        (result,) = [result for result in diagnose(setup(), resolver) if result.check == "mx"]
    assert "no name server answered in time" in result.message


@pytest.mark.parametrize("text", ["", "dns.example.org", "127.0.0.1:x", "127.0.0.1:0", "1.2.3"])
def test_a_name_server_must_be_an_address(text: str) -> None:
    """Anything else is a configuration error."""
    with pytest.raises(ConfigError, match="not the address of a name server"):
        DnsResolver(text)


@pytest.fixture
def relay() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def test_the_relay_is_connected_to_without_sending(relay: Sink) -> None:
    """Encryption and extensions are reported; no message is started."""
    sender = SmtpSender(host="127.0.0.1", port=relay.port, security="none")
    results = run_in(valid_zone(), lambda resolver: diagnose(setup(sender=sender), resolver))
    (result,) = [result for result in results if result.check == "relay"]
    assert Status.OK is result.status
    assert f"127.0.0.1:{relay.port}: not encrypted, no login" in result.message
    assert "PIPELINING" in result.message
    stripped = SmtpSender(host="127.0.0.1", port=relay.port, security="starttls")
    results = run_in(valid_zone(), lambda resolver: diagnose(setup(sender=stripped), resolver))
    (result,) = [result for result in results if result.check == "relay"]
    assert Status.FAIL is result.status
    assert "does not support STARTTLS" in result.message


def test_every_sender_of_a_failover_list_is_checked(relay: Sink) -> None:
    """Each relay is connected to and looked up in SPF."""
    first = SmtpSender(host="127.0.0.1", port=relay.port, security="none")
    second = SmtpSender(host="127.0.0.1", port=relay.port, security="starttls")
    second.relay_host = "smtp.fastmail.com"
    both = FailoverSender({"first": first, "second": second})
    results = run_in(valid_zone(), lambda resolver: diagnose(setup(sender=both), resolver))
    assert ["ok", "fail"] == statuses([result for result in results if result.check == "relay"])
    (spf,) = [r for r in results if r.check == "spf" and r.status is Status.FAIL]
    assert "spf.messagingengine.com" in spf.message


def test_a_service_that_nobody_hears_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the secret of its webhook, and with one that could be guessed; never quoted."""

    def check(secret: str) -> CheckResult:
        monkeypatch.setenv("POSTMARK_WEBHOOK_SECRET", secret)
        monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "hb-secret-0123456789")
        sender = open_sender("postmark", base_url="http://127.0.0.1:9", timeout_s=1)
        results = run_in(valid_zone(), lambda resolver: diagnose(setup(sender=sender), resolver))
        return next(result for result in results if result.check == "webhook")

    expected = "Handbill does not hear bounces from Postmark: POSTMARK_WEBHOOK_SECRET is not set."
    assert (Status.WARN, expected) == (check("").status, check("").message)
    assert "handbill docs webhooks" in check("").hint
    assert "fewer than 16 characters" in check("guessable").message
    assert "guessable" not in check("guessable").message
    assert Status.OK is check("5f1c0f8be0a94d7e8f35b1c9").status


def test_the_command_prints_lines_or_json(tmp_path: Path) -> None:
    """`handbill doctor` queries the given name server and exits 1 if a check fails."""
    config = CONFIG.replace("lantern.example.org", DOMAIN)
    project = make_project(tmp_path / "p", config=config)
    zone = valid_zone() | {f"_dmarc.{DOMAIN}": txt("v=DMARC1; p=none")}
    with DnsServer(zone) as server:
        done = handbill(
            "doctor", "--json", "--ip", "192.0.2.25", "--nameserver", server.address, cwd=project
        )
        assert 0 == done.exit_code, done.stdout
        assert (DOMAIN, "outbox") == (done.json["domain"], done.json["sender"])
        assert {"check", "status", "message", "hint", "dns_record"} == set(done.json["checks"][0])
        with (project / "handbill.toml").open("a") as file:
            file.write(f'\n[dkim]\nselector = "{DkimTable().selector}"\n')
        done = handbill("doctor", "--nameserver", server.address, cwd=project)
    assert 1 == done.exit_code
    assert "fail dkim: " in done.stdout
    assert "dkim keygen" in done.stdout
    assert ["Error: ferry.org: 1 problem to fix before sending."] == done.errors
    assert (
        f'Publish: _dmarc.{DOMAIN}. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}"'
        in done.stdout
    )
