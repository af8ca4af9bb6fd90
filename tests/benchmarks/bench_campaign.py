"""
A whole campaign, from the subscribers to the relay with every claim and receipt stored: speed and memory.

The messages leave by SMTP for Postfix's smtp-sink; beside them nodemailer's pool and smtp-source, which write nothing
down, and the loop most systems begin with, which does. A campaign to a million is frozen in a process of its own and
its first messages handed to nobody, so that its memory can be told.
"""

from __future__ import annotations

import json
import os
import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import insert, literal, select

from pipeline.campaigns import (
    CampaignContext,
    CampaignKind,
    CampaignPlan,
    CampaignService,
    RecipientKeys,
)
from pipeline.campaigns.delivery import freeze
from pipeline.campaigns.rates.limits import RatePolicy
from pipeline.clock import SystemClock
from pipeline.database import Id, Store, UtcDateTime, insert_or_ignore, open_store
from pipeline.mail import UNSIGNED, Signing
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders import Sender
from pipeline.senders.smtp import SmtpSender
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.subscribers.tables import lists, memberships, subscribers
from tests.benchmarks import bench_compose, bench_smtp
from tests.benchmarks.bench_smtp import CONNECTIONS
from tests.benchmarks.figures import Figure, peak_mb
from tests.support import ROOT

MESSAGES = int(os.environ.get("HANDBILL_BENCH_MESSAGES", "5000"))
RECIPIENTS = int(os.environ.get("HANDBILL_BENCH_RECIPIENTS", "1000000"))
#: How many of those recipients are written to; all of them drain minutes.
HANDED_OVER = int(os.environ.get("HANDBILL_BENCH_HANDED_OVER", "40000"))
ROUNDS = 6
#: Peers too slow for all of it do a share; their times are multiplied.
PEER_SHARE = 20

_SECRET = b"bench"
_BEGUN = datetime(2026, 3, 2, 12, tzinfo=UTC)
_BATCH = 5_000
_NAMES = ("Ada Byron", "Zoë Åström", "Tom & Jerry", "नमस्ते दुनिया")


def figures() -> list[Figure]:
    """Measure the way to the relay, and a campaign to a million."""
    return [*_to_relay(), *_to_million()]


# To the relay


def _to_relay() -> list[Figure]:
    if not (bench_smtp._tool("smtp-sink") and bench_smtp._tool("smtp-source")):
        sys.stderr.write("Campaigns by SMTP are not measured: smtp-sink is not here.\n")
        return []
    count, few = MESSAGES, max(1, MESSAGES // PEER_SHARE)
    composer = bench_smtp._composer(40)
    message = composer.compose(bench_compose._readers(1)[0], sequence=1, at=bench_compose.AT)
    octets = len(message.content)
    with (
        TemporaryDirectory(dir=Path.cwd()) as folder,
        bench_smtp.sink() as port,
        stocked(folder, count) as store,
    ):
        relay = Relay(store, port)
        naive = Naive(Path(folder), port)
        tasks: dict[str, tuple[int, Callable[[], float | None]]] = {
            "ours": (count, lambda: relay.send(count)),
            "ours, frozen before": (count, lambda: relay.send(count, is_frozen=True)),
            "smtp-source (C, Postfix; no ledger)": (
                count,
                lambda: bench_smtp.smtp_source(port, count, octets),
            ),
            "nodemailer's pool (no ledger)": (
                few * 2,
                lambda: bench_smtp.nodemailer(message, port, few * 2),
            ),
            "our sender alone, no ledger": (count, lambda: bench_smtp.ours(composer, port, count)),
            "a loop: EmailMessage, smtplib, a commit each": (few, lambda: naive.send(few)),
        }
        if bench_smtp._nodemailer() is None:
            del tasks["nodemailer's pool (no ledger)"]
        seconds: dict[str, list[float]] = {name: [] for name in tasks}
        order = list(tasks)
        for _ in range(ROUNDS + 1):
            for name in order:
                seconds[name].append(bench_smtp._timed(tasks[name][1]))
            order = [*order[1:], order[0]]  # each has each of the others before it
    rates = {name: tasks[name][0] / median(took[1:]) for name, took in seconds.items()}
    mine, frozen = rates.pop("ours"), rates.pop("ours, frozen before")
    least = {"smtp-source (C, Postfix; no ledger)": 1.0, "nodemailer's pool (no ledger)": 8.0}
    campaign = f"campaign of {count:,} messages of {octets / 1000:.0f} kB by SMTP"
    whole, handed_over = f"{campaign}, frozen, claimed, settled", f"{campaign}, claimed, settled"
    return [
        *(
            bench_smtp._figure(whole, mine, peer, rate, least.get(peer))
            for peer, rate in rates.items()
        ),
        *(
            bench_smtp._figure(handed_over, frozen, peer, rates[peer], ratio)
            for peer, ratio in least.items()
            if peer in rates
        ),
    ]


class Relay:
    """Campaigns to the same readers, again and again."""

    def __init__(self, store: Store, port: int) -> None:
        self._port = port
        self._desk = CampaignService(make_context(store, self._open))

    def send(self, count: int, *, is_frozen: bool = False) -> float:
        """
        Send one; return its seconds until the last answer was written down.

        Args:
            is_frozen: Whether they count from when its readers are frozen, not before.
        """
        record = self._desk.create(make_plan(), allow_repeat=True)
        with self._desk.start_process() as process:
            begun = perf_counter()
            freeze.start_sending(self._desk.context, record.id, process, is_attended=True)
            frozen = perf_counter()
            found = self._desk.send(record.id, process=process)
            took = perf_counter() - (frozen if is_frozen else begun)
        assert found.count(DeliveryState.ACCEPTED) == count, found
        return took

    def _open(self) -> Sender:
        return SmtpSender(
            host="127.0.0.1",
            port=self._port,
            security="none",
            connections=CONNECTIONS,
            messages_per_connection=MESSAGES,
        )


class Naive:
    """Mails as a task of a queue does: compose, send, note, one commit for each message."""

    def __init__(self, folder: Path, port: int) -> None:
        import sqlite3

        self._port = port
        self._compose = bench_compose._email_message()
        self._database = sqlite3.connect(folder / "naive.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE sent (email TEXT, state TEXT)")

    def send(self, count: int) -> None:
        """Send that many."""
        with smtplib.SMTP("127.0.0.1", self._port) as smtp:
            for number, reader in enumerate(bench_compose._readers(count), 1):
                content = self._compose(number, reader)
                smtp.sendmail(bench_smtp.SENDER, [reader.address.email], content)
                self._database.execute(
                    "INSERT INTO sent VALUES (?, 'sent')", (reader.address.email,)
                )


# To a million


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a campaign took: seconds to freeze, seconds to send that many, and megabytes at most."""

    frozen: int
    freeze_s: float
    handed_over: int
    hand_over_s: float
    memory_mb: float


class Nobody(Sender):
    """Accepts everything at once and sends it nowhere."""

    delivers_mail = False
    connections = CONNECTIONS

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Accept *messages*."""
        for message in messages:
            yield Receipt(
                sequence=message.sequence,
                state=DeliveryState.ACCEPTED,
                code=250,
                response="2.0.0 Ok",
            )


def _to_million() -> list[Figure]:
    few = RECIPIENTS // 10
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        stocked(folder, RECIPIENTS).close()
        small, all_of_them = _apart(folder, few), _apart(folder, RECIPIENTS)
        naive = _one_by_one(Path(folder), RECIPIENTS // PEER_SHARE) * PEER_SHARE
    share = all_of_them.handed_over / all_of_them.hand_over_s
    return [
        Figure(
            what=f"freeze of {RECIPIENTS:,} recipients",
            value=all_of_them.freeze_s,
            unit="s",
            bar=60 * RECIPIENTS / 1_000_000,
            peer=f"an object and a flush for each (x {PEER_SHARE})",
            peer_value=naive,
        ),
        Figure(
            what=f"memory of a campaign of {RECIPIENTS:,}",
            value=all_of_them.memory_mb,
            unit="MB",
            bar=300,
            peer=f"one of {few:,}",
            peer_value=small.memory_mb,
        ),
        Figure(
            what=f"its messages composed, claimed and settled, handed to nobody ({all_of_them.handed_over:,})",
            value=share,
            unit="per s",
            bar=0,
            is_rate=True,
            peer=f"those of the one of {few:,}",
            peer_value=small.handed_over / small.hand_over_s,
        ),
    ]


def _apart(folder: str, count: int) -> Taken:
    """Return what a campaign to *count* took in a process of its own."""
    code = "import sys; from tests.benchmarks import bench_campaign as b; b.report_rate(sys.argv[1], int(sys.argv[2]))"
    done = subprocess.run(
        [sys.executable, "-c", code, folder, str(count)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return Taken(**json.loads(done.stdout))


def report_rate(folder: str, count: int) -> None:
    """Freeze a campaign to *count* of those in *folder*, hand some over, and print what it took."""
    sys.stdout.write(json.dumps(asdict(drain(folder, count))))


def drain(folder: str, count: int) -> Taken:
    """Freeze a campaign to *count* of those in *folder*, hand some over, and return what it took."""
    from pipeline.campaigns import FirstBatch

    with CampaignService(
        make_context(open_store("sqlite:///handbill.db", root=Path(folder)), Nobody)
    ) as desk:
        some = min(count, HANDED_OVER)
        record = desk.create(
            make_plan(limit=count, first_batch=FirstBatch(count=some)), allow_repeat=True
        )
        with desk.start_process() as process:
            begun = perf_counter()
            freeze.start_sending(desk.context, record.id, process, is_attended=True)
            frozen = perf_counter()
            found = desk.send(record.id, process=process)
            sent = perf_counter()
    assert found.recipient_count == count, found
    assert found.count(DeliveryState.ACCEPTED) == some, found
    return Taken(
        frozen=count,
        freeze_s=frozen - begun,
        handed_over=some,
        hand_over_s=sent - frozen,
        memory_mb=peak_mb(),
    )


def _one_by_one(folder: Path, count: int) -> float:
    """Freeze as a first draft does: an object for each recipient, and a flush."""
    from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine
    from sqlalchemy.orm import Session, registry

    class Delivery:
        def __init__(self, email: str, state: str) -> None:
            self.email, self.state = email, state

    mapping = registry(metadata=MetaData())
    table = Table(
        "deliveries",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("email", String, unique=True),
        Column("state", String),
    )
    mapping.map_imperatively(Delivery, table)
    engine = create_engine(f"sqlite:///{folder / 'peer.db'}")
    mapping.metadata.create_all(engine)
    with open_store("sqlite:///handbill.db", root=folder) as store, store.reading() as connection:
        emails = connection.scalars(select(subscribers.c.email).limit(count)).all()
    begun = perf_counter()
    with Session(engine) as session:
        for email in emails:
            session.add(Delivery(email=email, state="pending"))
            session.flush()
        session.commit()
    took = perf_counter() - begun
    engine.dispose()
    return took


@dataclass(frozen=True)
class OneSender:
    """The senders of a project that has one."""

    open: Callable[[], Sender]

    def open_sender(self, name: str) -> Sender:
        """Return it, whatever its name."""
        return self.open()

    def get_signing(self, sender: Sender) -> Signing:
        """Return no signing."""
        return UNSIGNED

    def get_rate_policy(self, sender_name: str) -> RatePolicy:
        """Return no limits."""
        return RatePolicy(sender=sender_name)


def make_context(store: Store, open_sender: Callable[[], Sender]) -> CampaignContext:
    """Return the context of a project over *store* with one sender."""
    return CampaignContext(
        store=store,
        clock=SystemClock(),
        senders=OneSender(open_sender),
        keys=RecipientKeys(_SECRET),
    )


def make_plan(**more: Any) -> CampaignPlan:  # Any: the fields of a plan
    """Return the plan of a campaign to the whole list."""
    return CampaignPlan(
        edition=bench_compose._edition(),
        subject="The ferry",
        sender="relay",
        kind=CampaignKind.CAMPAIGN,
        delivers_mail=True,
        list_name="weekly",
        at=_BEGUN,
        zone="Europe/London",
        **more,
    )


def stocked(folder: str, count: int) -> Store:
    """Return a new store in *folder* with *count* readers on its list."""
    store = open_store("sqlite:///handbill.db", root=Path(folder))
    with store.writing() as connection:
        made = insert(lists).values(name="weekly", created_at=_BEGUN).returning(lists.c.id)
        number = connection.scalar(made)
        for start in range(0, count, _BATCH):
            rows = [_reader(n) for n in range(start, min(start + _BATCH, count))]
            insert_or_ignore(connection, subscribers, rows)
        everybody = select(literal(number, Id), subscribers.c.id, literal(_BEGUN, UtcDateTime()))
        columns = ["list_id", "subscriber_id", "subscribed_at"]
        connection.execute(insert(memberships).from_select(columns, everybody))
    return store


_DIGESTS = AddressHasher(_SECRET)


def _reader(number: int) -> dict[str, object]:
    email = f"reader.{number}@mail{number % 500}.example.org"
    return {
        "key": email,
        "digest": _DIGESTS.hash(email),
        "email": email,
        "name": _NAMES[number % len(_NAMES)],
        "state": "confirmed",
        "language": "en",
        "zone": "Europe/London",
        "attributes": {"donor": "monthly", "country": "GB"},
        "consent": "form",
        "consent_at": _BEGUN,
        "consent_source": "bench",
        "created_at": _BEGUN,
        "updated_at": _BEGUN,
    }
