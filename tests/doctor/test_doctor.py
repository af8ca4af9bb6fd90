"""What the doctor sees, and what it advises."""

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
from tests.mail.verifying import key
from tests.senders.smtp_sink import Sink

DOMAIN = "ferry.org"
FROM = Publication(
    name="The Ferry",
    sender=Address(email=f"letters@{DOMAIN}", name="The Ferry"),
    reply_to=Address(email="desk@harbour.org"),
    unsubscribe=f"mailto:leave@{DOMAIN}?subject=unsubscribe",
    unsubscribe_url=f"https://www.{DOMAIN}/leave/{{token}}",
)
Records = Mapping[str, Mapping[str, Sequence[str]]]


def texts(*found: str) -> dict[str, Sequence[str]]:
    """Return TXT records, in strings of at most 255 characters."""
    return {"TXT": [" ".join(f'"{s}"' for s in re.findall(".{1,255}", text)) for text in found]}


def sound() -> dict[str, Mapping[str, Sequence[str]]]:
    """A zone in which nothing is wrong."""
    keys: dict[str, Mapping[str, Sequence[str]]] = {
        f"{key.selector}._domainkey.{DOMAIN}": texts(format_dkim_record(key))
        for key in (key("rsa"), key("ed25519"))
    }
    return keys | {
        DOMAIN: {
            **texts("v=spf1 ip4:192.0.2.25 include:relay.net ~all", "some-site-verification=1"),
            "MX": [f"10 mx.{DOMAIN}."],
        },
        "relay.net": texts("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 -all"),
        f"_dmarc.{DOMAIN}": texts(f"v=DMARC1; p=reject; rua=mailto:dmarc@{DOMAIN}"),
        "harbour.org": {"MX": [f"10 mx.{DOMAIN}."]},
        f"mx.{DOMAIN}": {"A": ["192.0.2.26"]},
        f"www.{DOMAIN}": {"AAAA": ["2001:db8::1"]},
        "25.2.0.192.in-addr.arpa": {"PTR": [f"out.{DOMAIN}."]},
        f"out.{DOMAIN}": {"A": ["192.0.2.25"]},
    }  # fmt: skip


def case(**changes: Any) -> SendingSetup:
    keys = (key("rsa"), key("ed25519"))
    values: dict[str, Any] = {
        "publication": FROM,
        "sender": OutboxSender("outbox"),
        "dkim_domain": DOMAIN,
        "keys": keys,
        "signing": Signing(signer=Signer(DOMAIN, keys)),
        "addresses": ("192.0.2.25",),
    }
    return SendingSetup(**values | changes)


def seen_in(zone: Records, look: Any, **options: Any) -> list[CheckResult]:
    """Return what *look*, given the name servers of *zone*, finds."""
    with DnsServer(zone, **options) as server:
        return list(look(DnsResolver(server.address)))


def statuses(results: Sequence[CheckResult]) -> list[str]:
    return [result.status.value for result in results]


def test_where_nothing_is_wrong_nothing_is_found() -> None:
    """Every check passes, each with what was seen, and with nothing to publish."""
    results = seen_in(sound(), lambda names: diagnose(case(), names))
    assert {"ok"} == set(statuses(results)), [r for r in results if r.status is not Status.OK]
    assert {"identity", "spf", "dkim", "dmarc", "alignment", "mx", "ptr", "one-click"} == {
        result.check for result in results
    }
    assert {("", "")} == {(result.wrong, result.publish) for result in results}
    assert all(result.seen for result in results)


def test_each_question_is_asked_once() -> None:
    """The doctor is no burden."""
    with DnsServer(sound()) as server:
        list(diagnose(case(), DnsResolver(server.address)))
    assert len(server.asked) == len(set(server.asked))


def test_where_nothing_is_published_everything_is_told() -> None:
    """An empty zone: what is missing, and for each the record to publish, which then passes."""
    results = seen_in({}, lambda names: diagnose(case(), names))
    failed = {result.check: result for result in results if result.status is Status.FAIL}
    assert {"spf", "dkim", "dmarc", "mx", "ptr", "one-click"} == set(failed)
    assert f'{DOMAIN}. IN TXT "v=spf1 ip4:192.0.2.25 ~all"' == failed["spf"].publish
    assert (
        f'_dmarc.{DOMAIN}. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}"'
        == failed["dmarc"].publish
    )
    zone = published(
        [result.publish for result in results if result.check in ("spf", "dkim", "dmarc")]
    )
    again = seen_in(zone, lambda names: diagnose(case(), names))
    mended = {result.check for result in again if result.status is Status.FAIL}
    assert {"mx", "ptr", "one-click"} == mended


def published(lines: Sequence[str]) -> dict[str, Mapping[str, Sequence[str]]]:
    """Return the zone that somebody gets who copies *lines* into it."""
    zone: dict[str, Mapping[str, Sequence[str]]] = {}
    for line in filter(None, lines):
        name, _, kind, data = line.split(" ", 3)
        zone[name.rstrip(".")] = {kind: [data.strip("() ")]}
    return zone


SPF = [
    ("v=spf1 ip4:192.0.2.25 -all", {}, ["ok", "ok"], ""),
    ("v=spf1 a:out.ferry.org ~all", {"out.ferry.org": {"A": ["192.0.2.25"]}}, ["ok", "ok"], ""),
    ("v=spf1 a:net.ferry.org/24 ~all", {"net.ferry.org": {"A": ["192.0.2.1"]}}, ["ok", "ok"], ""),
    ("v=spf1 mx ~all", {}, ["ok", "fail"], "does not name this address"),
    ("v=spf1 include:other.org ~all", {"other.org": texts("v=spf1 ip4:192.0.2.0/24 -all")}, ["ok", "ok"], ""),
    ("v=spf1 redirect=other.org", {"other.org": texts("v=spf1 ip4:192.0.2.25 -all")}, ["ok", "ok"], ""),
    ("v=spf1 -ip4:192.0.2.25 ip4:192.0.2.0/24 ~all", {}, ["ok", "fail"], "fails? SPF"),
    ("v=spf1 ip4:192.0.2.25 +all", {}, ["ok", "fail", "ok"], "Anybody may send"),
    ("v=spf1 ip4:192.0.2.25", {}, ["ok", "warn", "ok"], "Forgeries pass"),
    ("v=spf1 ip4:192.0.2.25 ?all", {}, ["ok", "warn", "ok"], "Forgeries pass"),
    ("v=spf1 ip4:192.0.2.25 ptr ~all", {}, ["ok", "warn", "ok"], "do not look at it"),
    ("v=spf1 include:none.org ~all", {}, ["fail"], "none.org, which has no SPF record"),
    ("v=spf1 include:ferry.org ~all", {}, ["fail"], "includes itself"),
    ("v=spf1 ip4:192.0.2.300 ~all", {}, ["fail"], "is no address"),
    ("v=spf1 ipv4:192.0.2.25 ~all", {}, ["fail"], "is no mechanism"),
    ("v=spf1 include ~all", {}, ["fail"], "names nothing"),
    ("v=spf1 exists:%{i}.list.org ip4:192.0.2.25 ~all", {}, ["ok", "ok"], ""),
    ("v=spf1 a:x.org a:y.org a:z.org ip4:192.0.2.25 ~all", {}, ["warn", "ok"], "have no address"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "more", "expected", "told"), SPF)
def test_spf(text: str, more: Records, expected: list[str], told: str) -> None:
    """A record is read as receivers read it, and the outgoing address looked for in it."""
    zone = {DOMAIN: texts(text), **more}
    results = seen_in(zone, lambda names: check_spf(names, DOMAIN, addresses=("192.0.2.25",)))
    assert expected == statuses(results), results
    assert re.search(told, " ".join(result.wrong for result in results))
    for result in filter(lambda result: result.publish, results):
        mended = seen_in(
            {**zone, DOMAIN: published([result.publish])[DOMAIN]},
            lambda names: check_spf(names, DOMAIN, addresses=("192.0.2.25",)),
        )
        assert "fail" not in statuses(mended), result.publish


def test_spf_counts_lookups_as_receivers_do() -> None:
    """Ten pass, eleven do not, those of included records counted too."""
    inner = {f"i{n}.org": texts("v=spf1 ip4:192.0.2.1 -all") for n in range(9)}
    chain = " ".join(f"include:{name}" for name in inner)
    for extra, expected in (("", "ok"), (" exists:%{i}.l.org", "fail")):
        zone = {
            DOMAIN: texts("v=spf1 include:all.org ~all"),
            "all.org": texts(f"v=spf1 {chain}{extra} -all"),
            **inner,
        }
        (result, *_) = seen_in(zone, lambda names: check_spf(names, DOMAIN))
        assert expected == result.status.value
        assert f"{11 if extra else 10} of 10 lookups" in result.seen


def test_two_spf_records_are_none() -> None:
    """Receivers that find two use neither."""
    (result,) = seen_in(
        {DOMAIN: texts("v=spf1 mx ~all", "v=spf1 a ~all")}, lambda names: check_spf(names, DOMAIN)
    )
    assert Status.FAIL is result.status
    assert "2 SPF records" in result.wrong


def test_the_relays_include_is_looked_for() -> None:
    """Relays that keep the envelope have an include of their own, and the record with it is shown."""
    zone = {
        DOMAIN: texts("v=spf1 mx ~all"),
        "_spf.google.com": texts("v=spf1 ip4:192.0.2.0/24 ~all"),
    }
    look = lambda names: check_spf(names, DOMAIN, relays=("smtp.gmail.com", "mx.ferry.org"))  # noqa: E731
    _, result = seen_in(zone, look)
    assert f'{DOMAIN}. IN TXT "v=spf1 include:_spf.google.com mx ~all"' == result.publish
    assert ["ok"] == statuses(seen_in(zone | published([result.publish]), look))


def test_a_service_may_have_an_envelope_of_its_own() -> None:
    """Where a service hands over by HTTP, a missing record is advice: its own domain may stand in the envelope."""
    service = open_sender("postmark")
    results = seen_in({}, lambda names: diagnose(case(sender=service, addresses=()), names))
    (result,) = [result for result in results if result.check == "spf"]
    assert Status.WARN is result.status
    assert "your service" in result.wrong.lower()


def small() -> DkimKey:
    return DkimKey(selector="rsa", private=rsa.generate_private_key(public_exponent=65537, key_size=1024))  # fmt: skip


PUBLISHED = [
    (format_dkim_record(key("rsa")), "ok", ""),
    (format_dkim_record(key("rsa")).replace("v=DKIM1; ", ""), "ok", ""),
    (format_dkim_record(key("rsa")).replace("; ", ";") + ";", "ok", ""),
    (format_dkim_record(key("rsa")) + "; t=s; s=email; h=sha1:sha256", "ok", ""),
    (format_dkim_record(key("rsa")) + "; t=y", "warn", "t=y out"),
    (format_dkim_record(small()), "fail", "another key"),
    (format_dkim_record(key("ed25519")), "fail", "another kind"),
    ("v=DKIM1; k=rsa; p=", "fail", "revoked"),
    (format_dkim_record(key("rsa")) + "; h=sha1", "fail", "SHA-256"),
    (format_dkim_record(key("rsa")) + "; s=tlsrpt", "fail", "not for mail"),
    ("v=DKIM1; p=nonsense!", "fail", "another key"),
    (format_dkim_record(key("rsa")).replace("DKIM1", "DKIM2"), "fail", "no DKIM record"),
]


@pytest.mark.parametrize(("text", "expected", "told"), PUBLISHED, ids=range(len(PUBLISHED)))
def test_the_record_is_held_against_the_key(text: str, expected: str, told: str) -> None:
    """Whatever keeps receivers from verifying is told, with the record as it should be."""
    name = f"rsa._domainkey.{DOMAIN}"
    (result,) = seen_in(
        {name: texts(text)}, lambda names: check_dkim_record(names, DOMAIN, key("rsa"))
    )
    assert expected == result.status.value
    assert told in result.wrong
    assert bool(result.wrong) == bool(result.publish)
    if result.publish:
        (again,) = seen_in(
            published([result.publish]), lambda n: check_dkim_record(n, DOMAIN, key("rsa"))
        )
        assert Status.OK is again.status


def test_short_keys_and_doubled_records_are_told() -> None:
    """1,024 bits pass with advice; two records under one name do not."""
    short = small()
    name = f"rsa._domainkey.{DOMAIN}"
    (result,) = seen_in(
        {name: texts(format_dkim_record(short))},
        lambda names: check_dkim_record(names, DOMAIN, short),
    )
    assert ("warn", True) == (result.status.value, "1024 bits" in result.seen)
    two = {name: texts(format_dkim_record(key("rsa")), format_dkim_record(short))}
    (result,) = seen_in(two, lambda names: check_dkim_record(names, DOMAIN, key("rsa")))
    assert ("fail", True) == (result.status.value, "2 records" in result.seen)


DMARC = [
    ({"_dmarc.news.ferry.org": texts("v=DMARC1; p=none; rua=mailto:d@ferry.org")}, ["ok"], ""),
    ({"_dmarc.ferry.org": texts("v=DMARC1;p=reject;rua=mailto:d@ferry.org")}, ["ok"], ""),
    ({"_dmarc.ferry.org": texts("v=DMARC1; p=none")}, ["ok", "warn"], "rua="),
    ({"_dmarc.ferry.org": texts("v=DMARC1; rua=mailto:d@ferry.org")}, ["fail"], "p= must be"),
    ({"_dmarc.ferry.org": texts("v=DMARC1; p=none", "v=DMARC1; p=reject")}, ["fail"], "none of them"),
    ({"_dmarc.ferry.org": texts("other text")}, ["fail"], "without one"),
    ({"_dmarc.ferry.org": texts("v=DMARC1; p=none; rua=mailto:d@report.net")}, ["ok", "warn"], "Receivers send none"),
    (
        {"_dmarc.ferry.org": texts("v=DMARC1; p=none; rua=mailto:d@report.net"),
         "ferry.org._report._dmarc.report.net": texts("v=DMARC1")}, ["ok"], "",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "expected", "told"), DMARC)
def test_dmarc(zone: Records, expected: list[str], told: str) -> None:
    """The record is found for the domain or above it, and read as receivers read it."""
    results = seen_in(zone, lambda names: check_dmarc(names, "news.ferry.org"))
    assert expected == statuses(results), results
    assert told in " ".join(result.wrong for result in results)


@pytest.mark.parametrize(
    ("zone", "signing", "expected"),
    [
        ({}, "news.ferry.org", "ok"),
        ({"_dmarc.ferry.org": texts("v=DMARC1; p=none")}, "ferry.org", "ok"),
        ({"_dmarc.ferry.org": texts("v=DMARC1; p=none")}, "mail.ferry.org", "ok"),
        ({"_dmarc.ferry.org": texts("v=DMARC1; p=none; adkim=s")}, "ferry.org", "fail"),
        ({"_dmarc.ferry.org": texts("v=DMARC1; p=none; adkim=s")}, "news.ferry.org", "ok"),
        ({"_dmarc.ferry.org": texts("v=DMARC1; p=none")}, "relay.net", "fail"),
        ({"_dmarc.org": texts("v=DMARC1; p=none; psd=y")}, "other.org", "fail"),
        ({"_dmarc.org": texts("v=DMARC1; p=none; psd=y"),
          "_dmarc.ferry.org": texts("v=DMARC1; p=none")}, "ferry.org", "ok"),
    ],
)  # fmt: skip
def test_alignment(zone: Records, signing: str, expected: str) -> None:
    """The signature's domain stands for From's, as the record wants it: the same, or of the same organization."""
    look = lambda names: check_alignment(names, "news.ferry.org", signing, by_service=False)  # noqa: E731
    assert [expected] == statuses(seen_in(zone, look))


def test_the_organization_is_found_by_asking_upwards() -> None:
    """No list of public suffixes: records say where an organization begins."""
    zone = {
        "_dmarc.b.c.org": texts("v=DMARC1; p=none; psd=n"),
        "_dmarc.org": texts("v=DMARC1; p=none"),
    }
    with DnsServer(zone) as server:
        assert "b.c.org" == find_organizational_domain(DnsResolver(server.address), "a.b.c.org")


@pytest.mark.parametrize(
    ("zone", "expected", "told"),
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
def test_mail_must_arrive_too(zone: Records, expected: str, told: str) -> None:
    """Answers, bounces and goodbyes need a host that takes them."""
    (result,) = seen_in(zone, lambda names: check_mx(names, [DOMAIN]))
    assert expected == result.status.value
    assert told in result.wrong


def test_the_way_back_is_looked_at_from_both_sides() -> None:
    """An address has a name, and the name has the address."""
    back = {"25.2.0.192.in-addr.arpa": {"PTR": ["out.ferry.org."]}}
    there = {"out.ferry.org": {"A": ["192.0.2.9", "192.0.2.25"]}}
    for zone, expected in (({}, "fail"), (back, "fail"), (back | there, "ok")):
        (result,) = seen_in(zone, lambda names: check_reverse_dns(names, "192.0.2.25"))
        assert expected == result.status.value
    (result,) = seen_in(back, lambda names: check_reverse_dns(names, "192.0.2.25"))
    assert "out.ferry.org. IN A 192.0.2.25" == result.publish


@pytest.mark.parametrize(
    ("publication", "told"),
    [
        (replace(FROM, sender=Address(email="ferry@gmail.com")), "mailbox provider"),
        (replace(FROM, sender=Address(email="letters@ferry.example")), "stands for nobody"),
        (replace(FROM, name="Your Publication"), "Your Publication"),
    ],
)
def test_from_is_somebody(publication: Publication, told: str) -> None:
    """A mailbox provider's name, a placeholder and a name that is none are told."""
    results = seen_in(sound(), lambda names: diagnose(case(publication=publication), names))
    (result,) = [r for r in results if r.check == "identity" and r.status is Status.FAIL]
    assert told in result.seen


def test_without_a_signature_both_ways_to_have_one_are_told() -> None:
    """No key and no signing service: what is missing for DMARC and one-click is said."""
    results = seen_in(sound(), lambda names: diagnose(case(keys=(), signing=UNSIGNED), names))
    found = {result.check: result for result in results if result.status is Status.WARN}
    assert {"dkim", "alignment", "one-click"} == set(found)
    assert "dkim keygen" in found["dkim"].wrong
    assert "a DKIM signature" in found["one-click"].wrong


def test_what_could_not_be_looked_up_is_not_called_right() -> None:
    """SERVFAIL fails that line, and the others are still looked at."""
    results = seen_in(sound(), lambda names: diagnose(case(), names), broken=[f"_dmarc.{DOMAIN}"])
    failed = [result for result in results if result.status is Status.FAIL]
    assert ["dmarc", "alignment"] == [result.check for result in failed]
    assert "could not be looked up" in failed[0].seen
    assert "one-click" in {result.check for result in results}


def test_silence_is_told() -> None:
    """Name servers that say nothing are not waited for long."""
    with DnsServer({}, silent=True) as server:
        names = DnsResolver(server.address, patience_s=0.2)
        (result,) = [result for result in diagnose(case(), names) if result.check == "mx"]
    assert "no name server answered in time" in result.seen


@pytest.mark.parametrize("text", ["", "dns.example.org", "127.0.0.1:x", "127.0.0.1:0", "1.2.3"])
def test_a_name_server_is_an_address(text: str) -> None:
    """What is none is told in one sentence."""
    with pytest.raises(ConfigError, match="no address of a name server"):
        DnsResolver(text)


@pytest.fixture
def relay() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def test_the_relay_is_reached_and_given_nothing(relay: Sink) -> None:
    """The connection, its safety and what is offered are seen; no message is begun."""
    sender = SmtpSender(host="127.0.0.1", port=relay.port, security="none")
    results = seen_in(sound(), lambda names: diagnose(case(sender=sender), names))
    (result,) = [result for result in results if result.check == "relay"]
    assert Status.OK is result.status
    assert f"127.0.0.1:{relay.port}: not encrypted, nobody logs in" in result.seen
    assert "PIPELINING" in result.seen
    stripped = SmtpSender(host="127.0.0.1", port=relay.port, security="starttls")
    results = seen_in(sound(), lambda names: diagnose(case(sender=stripped), names))
    (result,) = [result for result in results if result.check == "relay"]
    assert Status.FAIL is result.status
    assert "no STARTTLS" in result.seen


def test_every_sender_of_a_list_is_reached(relay: Sink) -> None:
    """Where one sender stands in for another, both are looked at: each relay, and its place in SPF."""
    first = SmtpSender(host="127.0.0.1", port=relay.port, security="none")
    second = SmtpSender(host="127.0.0.1", port=relay.port, security="starttls")
    second.relay_host = "smtp.fastmail.com"
    both = FailoverSender({"first": first, "second": second})
    results = seen_in(sound(), lambda names: diagnose(case(sender=both), names))
    assert ["ok", "fail"] == statuses([result for result in results if result.check == "relay"])
    (spf,) = [r for r in results if r.check == "spf" and r.status is Status.FAIL]
    assert "spf.messagingengine.com" in spf.seen


def test_the_command_prints_what_was_found(tmp_path: Path) -> None:
    """`handbill doctor` asks the name server it is told, prints lines or JSON, and exits 1 if something fails."""
    config = CONFIG.replace("lantern.example.org", DOMAIN)
    project = make_project(tmp_path / "p", config=config)
    zone = sound() | {f"_dmarc.{DOMAIN}": texts("v=DMARC1; p=none")}
    with DnsServer(zone) as server:
        done = handbill(
            "doctor", "--json", "--ip", "192.0.2.25", "--nameserver", server.address, cwd=project
        )
        assert 0 == done.exit_code, done.stdout
        assert (DOMAIN, "outbox") == (done.json["domain"], done.json["sender"])
        assert {"check", "status", "seen", "wrong", "publish"} == set(done.json["checks"][0])
        with (project / "handbill.toml").open("a") as file:
            file.write(f'\n[dkim]\nselector = "{DkimTable().selector}"\n')
        done = handbill("doctor", "--nameserver", server.address, cwd=project)
    assert 1 == done.exit_code
    assert "fail dkim: " in done.stdout
    assert "dkim keygen" in done.stdout
    assert ["Error: ferry.org: 1 thing to mend before you send to people."] == done.errors
    assert (
        f'Publish: _dmarc.{DOMAIN}. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}"'
        in done.stdout
    )
