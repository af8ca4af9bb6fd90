"""
The LMTP service is killed again and again while bounces arrive: each counts once, none is lost.

`HANDBILL_TEST_BOUNCES` and `HANDBILL_TEST_KILLS` make it longer.
"""

from __future__ import annotations

import os
import re
import resource
import smtplib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from pipeline.project import Project
from pipeline.testing import RecordingSender
from tests.campaigns.support import SECRET, add_subscribers, make_plan, make_service
from tests.inbound.test_read_message import block, report

BOUNCES = int(os.environ.get("HANDBILL_TEST_BOUNCES", "60"))
KILLS = int(os.environ.get("HANDBILL_TEST_KILLS", "2"))
CONFIG = """\
[publication]
name = "The Harbour Bell"
from = "The Harbour Bell <bell@news.example.net>"
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HANDBILL_SECRET", SECRET.decode())
    (tmp_path / "handbill.toml").write_text(CONFIG, "utf-8")
    return tmp_path


def make_bounces(root: Path, count: int) -> list[bytes]:
    """Return the bounces of a campaign to *count* subscribers, each for reasons of this message only."""
    sender = RecordingSender()
    with Project.open(root).storage.open_store() as store:
        add_subscribers(store, *(f"r{number}@example.org" for number in range(count)))
        service = make_service(store, sender=sender)
        service.send(service.create(make_plan(list_name="weekly")).id)
    return [
        report(block("552 5.3.4 Too large"), original=f"Message-ID: {each.message_id}").replace(
            b"\n", b"\r\n"
        )
        for each in sender.accepted
    ]


@contextmanager
def run_server(root: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the service as a process of its own; yield it and its port."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pipeline",
            "--project",
            str(root),
            "inbound",
            "serve",
            "--port",
            "0",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found
        yield process, int(found[1])
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def hand_over(port: int, waiting: list[bytes], limit: int) -> None:
    """Hand over up to *limit* messages, as a mail server does: each is forgotten only when it is answered by 250."""
    with smtplib.LMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo()
        for _ in range(min(limit, len(waiting))):
            client.mail("")
            client.rcpt("bounce@news.example.net")
            if client.data(waiting[-1])[0] == 250:
                waiting.pop()


def count_events(root: Path) -> Counter[int | None]:
    with Project.open(root).open_events() as ledger:
        return Counter(each.event.sequence for each in ledger.list_events())


def test_each_bounce_counts_once_whenever_the_service_is_killed(root: Path) -> None:
    """A message that was recorded and not answered comes again, and is not counted again."""
    waiting = make_bounces(root, BOUNCES)
    random = Random(7)
    for number in range(KILLS + 1):
        is_last = number == KILLS
        with run_server(root) as (process, port):
            share = len(waiting) if is_last else max(1, len(waiting) // (KILLS - number + 1))
            hand_over(port, waiting, share)
            if is_last:
                continue
            # One more is on its way when the process dies.
            client = smtplib.LMTP("127.0.0.1", port, timeout=60)
            client.ehlo()
            client.mail("")
            client.rcpt("bounce@news.example.net")
            client.docmd("DATA")
            client.send(waiting[-1] + b"\r\n.\r\n")
            if random.random() < 0.5:
                client.getreply()
            process.kill()
            process.wait()
            client.close()
    assert [] == waiting
    assert Counter(range(1, BOUNCES + 1)) == count_events(root)


def test_a_full_disk_loses_nothing(root: Path) -> None:
    """While no file may grow, each message is deferred; afterwards each is recorded."""
    waiting = make_bounces(root, 3)
    with run_server(root) as (process, port):
        before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
        hand_over(port, waiting, 3)
        assert (3, Counter()) == (len(waiting), count_events(root))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)
        hand_over(port, waiting, 3)
    assert ([], Counter([1, 2, 3])) == (waiting, count_events(root))
