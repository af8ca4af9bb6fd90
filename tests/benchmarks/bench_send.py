"""
Whole campaigns: the durable row for each recipient included, from the freeze to the last receipt.

Sent by SMTP to Postfix's smtp-sink, beside senders that keep no record of what they did.
"""

from __future__ import annotations

import hashlib
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from pipeline.address import Address
from pipeline.audience.digests import Digests
from pipeline.campaign import CampaignState
from pipeline.clock import SystemClock
from pipeline.database import Store, open_store
from pipeline.dispatch import Desk, Means, Plan, ledger
from pipeline.dispatch.campaigns import insert_campaign
from pipeline.dispatch.members import Member
from pipeline.edition import Edition
from pipeline.mail import UNSIGNED
from pipeline.recipient import Recipient
from pipeline.senders.smtp import SmtpSender
from tests.benchmarks import bench_compose, bench_smtp
from tests.benchmarks.figures import Figure

CONNECTIONS = bench_smtp.CONNECTIONS
MESSAGES = 3_000
FROZEN, FEW = 1_000_000, 200
ROUNDS = 3


def figures() -> list[Figure]:
    """Measure a campaign beside smtp-source and nodemailer, and a freeze; the first only where these are."""
    return [*_campaigns(), _freeze()]


def _campaigns() -> list[Figure]:
    missing = [name for name in ("smtp-sink", "smtp-source") if not bench_smtp._tool(name)]
    if missing:
        sys.stderr.write(f"Campaigns are not measured: there is no {' and no '.join(missing)}.\n")
        return []
    edition = bench_smtp._press(40).edition
    press = bench_smtp._press(40)
    message = press.compose(bench_compose._readers(1)[0], sequence=1, at=bench_compose.AT)
    octets = len(message.content)
    few = bench_smtp.MESSAGES_OF_SLOW_PEERS[40]
    ours, source, pool = [], [], []
    with bench_smtp.sink() as port:
        for _ in range(ROUNDS + 1):
            ours.append(MESSAGES / campaign(edition, port, MESSAGES))
            start = perf_counter()
            bench_smtp.smtp_source(port, MESSAGES, octets)
            source.append(MESSAGES / (perf_counter() - start))
            if bench_smtp._nodemailer() is not None:
                pool.append(few / bench_smtp.nodemailer(message, port, few))
    mine = median(ours[1:])
    what = f"campaign of {octets / 1000:.0f} kB messages by SMTP, durable ledger on SQLite"
    found = [_figure(what, mine, "smtp-source (C, Postfix), no ledger", median(source[1:]), 1.0)]
    if pool:
        found.append(_figure(what, mine, "nodemailer's pool, no ledger", median(pool[1:]), 5.0))
    return found


def _figure(what: str, value: float, peer: str, rate: float, least: float | None) -> Figure:
    return Figure(
        what=what,
        value=value,
        unit="per s",
        bar=0,
        is_rate=True,
        peer=peer,
        peer_value=rate,
        least_ratio=least,
    )


def campaign(edition: Edition, port: int, count: int) -> float:
    """Send a campaign to *count* readers; return the seconds from taking it up to its end."""
    sender = SmtpSender(
        host="127.0.0.1",
        port=port,
        security="none",
        connections=CONNECTIONS,
        messages_per_connection=count,
    )
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        root = Path(folder)
        with open_store("sqlite:///handbill.db", root=root) as store, Desk(means(store)) as desk:
            record = desk.plan(_plan(edition, count))
            start = perf_counter()
            with sender:
                sent = desk.send(record.id, sender=sender)
            took = perf_counter() - start
    if sent.state is not CampaignState.SENT or sent.recipients != count:
        raise RuntimeError(f"The campaign was not sent: {sent.to_json()}")
    return took


def _freeze() -> Figure:
    """Freeze a million recipients in one transaction, in flat memory."""
    with (
        TemporaryDirectory(dir=Path.cwd()) as folder,
        open_store("sqlite:///handbill.db", root=Path(folder)) as store,
    ):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        took = _frozen(store, FROZEN, at_once=FROZEN)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        one_by_one = _frozen(store, FEW, at_once=1) * FROZEN / FEW
    return Figure(
        what=f"freeze of {FROZEN:,} recipients, {grown / 1024:.0f} MB more memory",
        value=took,
        unit="s",
        bar=60,
        peer=f"a transaction for each recipient, from {FEW:,}",
        peer_value=one_by_one,
    )


def _frozen(store: Store, count: int, *, at_once: int) -> float:
    """Freeze *count* recipients, so many in each transaction; return the seconds."""
    start = perf_counter()
    members = _members(count)
    with store.writing() as connection:
        wish = _plan(bench_smtp._press(1).edition, 0)
        now = SystemClock().now()
        number = insert_campaign(connection, wish, CampaignState.SCHEDULED, now).number
    for done in range(0, count, at_once):
        with store.writing() as connection:
            ledger.freeze(connection, number, islice(members, at_once), start=done)
    return perf_counter() - start


def _members(count: int) -> Iterator[Member]:
    for number in range(count):
        reader = Recipient(address=Address(email=f"reader{number}@example.org"))
        yield Member(recipient=reader, subscriber=number)


def _plan(edition: Edition, count: int) -> Plan:
    return Plan(
        edition=edition,
        subject="News",
        sender="relay",
        reaches_people=True,
        people=[
            Recipient(address=Address(email=f"reader{n}@example.org", name=f"Reader {n}"))
            for n in range(count)
        ],
        at=SystemClock().now(),
        zone="UTC",
    )


def means(store: Store) -> Means:
    """Return what a campaign needs, without a project."""
    return Means(
        store=store,
        clock=SystemClock(),
        secret=b"key",
        open_sender=_no_other,
        signing=lambda _: UNSIGNED,
        token_of=lambda mailbox: hashlib.sha256(mailbox.encode()).hexdigest()[:22],
        digest_of=Digests(b"key").of,
    )


def _no_other(name: str) -> SmtpSender:
    raise RuntimeError(f"The campaign asked for {name}.")
