"""
Several hosts, in network namespaces of one machine: the database in one, a worker in each of two others.

Each worker's host has a network to the database and another one to the SMTP server, so that it can be cut off from the
database alone and goes on sending what it has claimed. It needs root, and `ip`:

    HANDBILL_TEST_HOSTS=1 make test ARGS="-n 0 -s tests/fleet/test_several_hosts.py"
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.database import open_store
from tests import databases
from tests.fleet.worker_processes import CONNECTIONS, SlowServer, run_site, wait_for
from tests.senders.smtp.smtp_sink import Sink

VARIABLE = "HANDBILL_TEST_HOSTS"
COUNT = 3_000
WORKERS = {"hb-one": 11, "hb-two": 12}
DATABASE = "hb-data"


def ip(*words: str) -> None:
    """Run `ip`."""
    subprocess.run(["ip", *words], check=True)


@contextmanager
def run_networks() -> Iterator[None]:
    """Make the hosts, their two networks, and remove them at the end."""
    try:
        for number, network in ((1, "hb-d"), (2, "hb-m")):
            ip("link", "add", network, "type", "bridge")
            ip("link", "set", network, "up")
            if number == 2:
                ip("addr", "add", "10.77.2.1/24", "dev", network)
        for name, last in {DATABASE: 2, **WORKERS}.items():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
            for number, network in ((1, "hb-d"), (2, "hb-m")):
                outside = f"{network}{last}"
                ip(
                    "link",
                    "add",
                    outside,
                    "type",
                    "veth",
                    "peer",
                    "name",
                    f"e{number}",
                    "netns",
                    name,
                )
                ip("link", "set", outside, "master", network, "up")
                ip("-n", name, "addr", "add", f"10.77.{number}.{last}/24", "dev", f"e{number}")
                ip("-n", name, "link", "set", f"e{number}", "up")
        yield
    finally:
        for name in (DATABASE, *WORKERS):
            subprocess.run(["ip", "netns", "del", name], check=False)
        for network in ("hb-d", "hb-m"):
            subprocess.run(["ip", "link", "del", network], check=False)


@pytest.mark.by_hand(VARIABLE)
@pytest.mark.parametrize("engine", ["procrastinate", "embedded"])
def test_a_host_that_is_cut_off(engine: str, tmp_path: Path) -> None:
    """Its campaign is taken over, and when its network is back nothing is sent twice, and it works again."""
    server = SlowServer(0.02)
    with (
        run_networks(),
        databases.run_server(
            prefix=("ip", "netns", "exec", DATABASE), address="10.77.1.2", clients="10.77.1.0/24"
        ) as postgres,
        Sink(server, host="10.77.2.1") as sink,
        open_store(url := postgres.create_database(), root=tmp_path) as store,
        run_site(
            tmp_path,
            store,
            engine=engine,
            smtp=("10.77.2.1", sink.port),
            hosts=[
                (name, postgres.tcp_url(url), ("ip", "netns", "exec", name)) for name in WORKERS
            ],
            url=url,
        ) as site,
    ):
        wait_for("the workers start", lambda: all(map(site.is_alive, WORKERS)))
        campaign_id = site.schedule(COUNT)
        wait_for("the campaign", lambda: len(server.received) > 300)
        lost = site.find_holder() or site.hosts["hb-one"]
        link = f"hb-d{WORKERS[lost.name]}"
        ip("link", "set", link, "down")
        dead_after = wait_for("it is dead to the other", lambda: not site.is_alive(lost.name))
        begun = len(server.received)
        wait_for("the other goes on", lambda: len(server.received) > begun)
        time.sleep(3)
        ip("link", "set", link, "up")
        assert not site.is_sent(campaign_id), "the network is back in the middle of the campaign"
        back_after = wait_for("it is back", lambda: site.is_alive(lost.name))
        wait_for("the campaign ends", lambda: site.is_sent(campaign_id))
        shown = site.show(campaign_id)
        accepted, uncertain = shown["accepted"], shown["uncertain"]
        sys.stderr.write(
            f"\n{engine}: {lost.name} was cut off, taken over after {dead_after:.1f} s, back {back_after:.1f} s after "
            f"its network; {COUNT:,} recipients, {len(server.received):,} received it, "
            f"{accepted} accepted, {uncertain} uncertain\n"
        )
        assert {1} == set(server.received.values()), "somebody got it twice"
        assert COUNT == accepted + uncertain
        assert uncertain <= 16 * CONNECTIONS
        assert dead_after < 20
        server.received.clear()
        again = site.repeat()
        wait_for("the next campaign", lambda: site.is_sent(again))
        assert {1} == set(server.received.values())
        assert len(server.received) == COUNT
