"""
Workers of a fleet that are killed and frozen at random, as processes of their own.

    HANDBILL_TEST_FLEET_CRASHES=20 make test ARGS="-n 0 -s tests/fleet/test_crashes.py"
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from pipeline.campaigns.workers import lease
from pipeline.database import open_store
from tests import databases
from tests.fleet.worker_processes import CONNECTIONS, Host, Site, SlowServer, run_site, wait_for
from tests.senders.smtp.smtp_sink import Sink

VARIABLE = "HANDBILL_TEST_FLEET_CRASHES"
ROUNDS = int(os.environ.get(VARIABLE, "0"))
COUNT = 300 * (ROUNDS + 1)


@pytest.mark.by_hand(VARIABLE)
@pytest.mark.parametrize("engine", ["procrastinate", "embedded"])
def test_killed_and_frozen_workers(engine: str, postgres: databases.Server, tmp_path: Path) -> None:
    """Whatever is killed or frozen: nobody gets a message twice, and of everybody it is known, or in doubt."""
    url = postgres.create_database()
    server = SlowServer(0.01)
    with (
        Sink(server) as sink,
        open_store(url, root=tmp_path) as store,
        run_site(
            tmp_path,
            store,
            engine=engine,
            smtp=("127.0.0.1", sink.port),
            hosts=[(name, url, ()) for name in ("one", "two", "three")],
            url=url,
        ) as site,
    ):
        wait_for("the workers start", lambda: all(map(site.is_alive, site.hosts)))
        campaign_id = site.schedule(COUNT)
        times = crash(site, server, campaign_id)
        wait_for("the campaign ends", lambda: site.is_sent(campaign_id), seconds=1200)
        shown = site.show(campaign_id)
    accepted, uncertain = shown["accepted"], shown["uncertain"]
    sys.stderr.write(
        f"\n{engine}: {times}, {COUNT:,} recipients, {len(server.received):,} received it, "
        f"{sum(n > 1 for n in server.received.values())} twice; "
        f"{accepted} accepted, {uncertain} uncertain\n"
    )
    assert {1} == set(server.received.values()), "somebody got it twice"
    assert COUNT == accepted + uncertain
    assert accepted <= len(server.received)
    assert uncertain <= 16 * CONNECTIONS * ROUNDS


def crash(site: Site, server: SlowServer, campaign_id: str) -> dict[str, list[float]]:
    """Kill the worker that sends, or freeze it in every fifth round; return after how long another one went on."""
    choice = random.Random(7)
    times: dict[str, list[float]] = {"killed": [], "frozen": []}
    for number in range(ROUNDS):
        wait_for_messages(site, server, campaign_id, 40)
        host = site.find_holder() or choice.choice(list(site.hosts.values()))
        is_frozen = number % 5 == 4
        host.signal(signal.SIGSTOP) if is_frozen else host.kill()
        time.sleep(0.2)  # what was on its way arrives
        seconds = 0.2 + wait_for_messages(site, server, campaign_id, 0)
        times["frozen" if is_frozen else "killed"].append(round(seconds, 1))
        revive(site, host, is_frozen=is_frozen)
    return times


def wait_for_messages(site: Site, server: SlowServer, campaign_id: str, count: int) -> float:
    """Wait until more than *count* messages have come, or the campaign is sent; return the seconds."""
    begun = len(server.received)
    return wait_for(
        "messages", lambda: len(server.received) > begun + count or site.is_sent(campaign_id)
    )


def revive(site: Site, host: Host, *, is_frozen: bool) -> None:
    """Wake a frozen worker after its lease, or start a killed one again."""
    if is_frozen:
        host.signal(signal.SIGCONT)
    else:
        host.start()
    wait_for("it is back", lambda: site.is_alive(host.name), seconds=5 * lease.LEASE.seconds)
