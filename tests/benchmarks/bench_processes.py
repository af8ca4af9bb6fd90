"""
One campaign on several processes: with a sender that waits for its server, and with a DKIM signature on every message.

Each process is a program of its own over one SQLite file; they begin at the same moment, once the campaign is frozen.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from heapq import heapify, heapreplace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep

from pipeline.campaigns import CampaignService
from pipeline.campaigns.delivery import freeze, send
from pipeline.database import open_store
from pipeline.mail import Signer, Signing
from pipeline.mail.dkim.keys import generate_key, read_key
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders import Sender
from tests.benchmarks import bench_campaign, bench_compose
from tests.benchmarks.bench_campaign import Nobody
from tests.benchmarks.figures import Figure
from tests.support import ROOT

MESSAGES = 8_000
CONNECTIONS = 4
#: How long the server takes for a message.
WAIT_S = 0.005
_KEY = "dkim.pem"


class Waiting(Sender):
    """Hands messages over on several connections, each of which waits for its server."""

    delivers_mail = False
    connections = CONNECTIONS

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Accept each of *messages* after a while."""
        free_at = [0.0] * self.connections
        heapify(free_at)
        for message in messages:
            begun = max(monotonic(), free_at[0])
            sleep(max(0.0, begun - monotonic()))
            heapreplace(free_at, begun + WAIT_S)
            yield Receipt(
                sequence=message.sequence,
                state=DeliveryState.ACCEPTED,
                code=250,
                response="2.0.0 Ok",
            )


@dataclass(frozen=True)
class SigningSender(bench_campaign.OneSender):
    """One sender, whose messages are signed."""

    signing: Signing

    def get_signing(self, sender: Sender) -> Signing:
        """Return its signing."""
        return self.signing


def figures() -> list[Figure]:
    """Measure 1, 2 and 4 processes with a sender that waits, 1 and 2 with one whose messages have a signature."""
    waiting = {count: _measure("waiting", count) for count in (1, 2, 4)}
    signing = {count: _measure("signing", count) for count in (1, 2)}
    return [
        *(
            Figure(
                what=f"{count} processes, a sender that waits 5 ms on 4 connections each",
                value=waiting[count],
                unit="per s",
                bar=0,
                is_rate=True,
                peer="one process",
                peer_value=waiting[1],
                least_ratio=least,
            )
            for count, least in ((2, 1.8), (4, 3.2))
        ),
        Figure(
            what="2 processes, every message composed, signed with DKIM, claimed, settled",
            value=signing[2],
            unit="per s",
            bar=0,
            is_rate=True,
            peer="one process",
            peer_value=signing[1],
        ),
    ]


def _measure(kind: str, count: int) -> float:
    """Return the messages per second of *count* processes together."""
    with TemporaryDirectory(dir=Path.cwd()) as folder, ExitStack() as stack:
        (Path(folder) / _KEY).write_bytes(generate_key("rsa"))
        with bench_campaign.stocked(folder, MESSAGES) as store:
            service = CampaignService(bench_campaign.make_context(store, Waiting))
            record = service.create(bench_campaign.make_plan())
            with service.start_process() as process:
                freeze.start_sending(service.context, record.id, process, is_attended=False)
            code = "import sys; from tests.benchmarks import bench_processes as b; b.send_share(*sys.argv[1:])"
            programs = [
                stack.enter_context(
                    subprocess.Popen(
                        [sys.executable, "-c", code, folder, record.id, kind],
                        cwd=ROOT,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                    )
                )
                for _ in range(count)
            ]
            for program in programs:
                assert program.stdout is not None
                program.stdout.readline()
            begun = perf_counter()
            for program in programs:
                assert program.stdin is not None
                program.stdin.close()
            for program in programs:
                assert program.wait() == 0
            took = perf_counter() - begun
            assert service.get(record.id).count(DeliveryState.ACCEPTED) == MESSAGES
    return MESSAGES / took


def send_share(folder: str, campaign_id: str, kind: str) -> None:
    """Send batches of the campaign until none is free; begin when the standard input ends."""
    with open_store("sqlite:///handbill.db", root=Path(folder)) as store:
        context = bench_campaign.make_context(store, Waiting)
        if kind == "signing":
            key = read_key(
                (Path(folder) / _KEY).read_bytes(), selector="rsa", source="the benchmark"
            )
            signing = Signing(signer=Signer(bench_compose.DOMAIN, [key]))
            context = replace(context, senders=SigningSender(Nobody, signing))
        service = CampaignService(context)
        with service.start_process() as process:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            sys.stdin.read()
            send.send(context, campaign_id, process=process, is_attended=False)
