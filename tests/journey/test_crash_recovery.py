"""
Processes killed while they send: no recipient lost, none mailed twice, uncertain ones listed.

A longer search: HANDBILL_TEST_KILLS and HANDBILL_TEST_RECIPIENTS (the promise is 100 and 10000).
"""

from __future__ import annotations

import csv
import io
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import databases
from tests.journey.command import CONFIG, PATIENCE_S, environment, handbill, make_project
from tests.senders.smtp.smtp_sink import Moment, Sink

KILLS = int(os.environ.get("HANDBILL_TEST_KILLS", "4"))
RECIPIENTS = int(os.environ.get("HANDBILL_TEST_RECIPIENTS", "300"))
CONNECTIONS = 2
MOST_IN_DOUBT = 16 * CONNECTIONS


class ProcessKiller:
    """A script for the sink that kills a process after a number of messages."""

    def __init__(self) -> None:
        self.left = -1
        self.process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def __call__(self, moment: Moment) -> None:
        """Count, and kill."""
        if moment.step != "DOT":
            return
        with self._lock:
            self.left -= 1
            if self.left == 0 and self.process:
                self.process.send_signal(signal.SIGKILL)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_table(request: pytest.FixtureRequest) -> str:
    """The `[store]` of a project."""
    if request.param == "sqlite":
        return ""
    server: databases.Server = request.getfixturevalue("postgres")
    return f'\n[store]\nurl = "{server.create_database()}"\n'


def make_relay_project(sink: Sink, folder: Path, store_table: str) -> Path:
    """Make a project whose relay is *sink*, with a long list."""
    relay = (
        f'\n[senders.relay]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\n'
        f'security = "none"\nconnections = {CONNECTIONS}\n'
    )
    project = make_project(folder / "project", config=CONFIG + relay + store_table)
    rows = "".join(f"reader{n}@example.org\n" for n in range(RECIPIENTS))
    (project / "readers.csv").write_text("email\n" + rows)
    done = handbill("subscribers", "import", "readers.csv", "--list", "weekly", cwd=project)
    assert 0 == done.exit_code, done.stderr
    return project


def run_and_kill(project: Path, killing: ProcessKiller, kill_after: int, *words: str) -> int:
    """Run the command and kill it after a number of messages; return its exit code."""
    killing.left = -1
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *words],
        cwd=project,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        killing.process, killing.left = process, kill_after
        _, said = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in said, said
    return process.returncode


def test_random_kills_lose_and_repeat_nothing(tmp_path: Path, store_table: str) -> None:
    """A send, its resumptions and its workers are killed at random; in the end every recipient is accounted for."""
    chance = random.Random(20261124)
    killing = ProcessKiller()
    with Sink(killing) as sink:
        project = make_relay_project(sink, tmp_path, store_table)
        send = ("send", "tide.md", "--list", "weekly", "--sender", "relay", "--yes")
        span = max(2, RECIPIENTS // (KILLS + 1))
        assert -signal.SIGKILL == run_and_kill(project, killing, chance.randint(1, span), *send)
        again = handbill(*send, cwd=project)
        assert 1 == again.exit_code and "--allow-repeat" in again.errors[0]
        (campaign,) = handbill("campaigns", "list", "--json", cwd=project).json["campaigns"]
        resume = ("campaigns", "resume", campaign["campaign"])
        for n in range(1, KILLS):
            words = resume if n % 2 else ("worker", "--once")
            assert -signal.SIGKILL == run_and_kill(
                project, killing, chance.randint(1, span), *words
            )
        in_doubt = handbill("campaigns", "show", campaign["campaign"], "--json", cwd=project).json
        assert in_doubt["uncertain"] <= KILLS * MOST_IN_DOUBT
        assert run_and_kill(project, killing, -1, *resume) in (0, 1)
        done = handbill("campaigns", "show", campaign["campaign"], "--json", cwd=project).json
        table = handbill("campaigns", "show", campaign["campaign"], "--csv", cwd=project).stdout

    states = {row["email"]: row["state"] for row in csv.DictReader(io.StringIO(table))}
    arrived = Counter(sink.ended)
    assert ("sent", RECIPIENTS) == (done["state"], done["recipients"])
    assert {} == {email: n for email, n in arrived.items() if n > 1}
    assert {"accepted", "uncertain"} >= set(states.values())
    assert RECIPIENTS == len(states) == done["accepted"] + done["uncertain"]
    assert [] == [e for e, state in states.items() if state == "accepted" and not arrived[e]]
    assert done["uncertain"] <= KILLS * MOST_IN_DOUBT


def test_kills_while_sending_from_the_outbox_repeat_nothing(
    tmp_path: Path, store_table: str
) -> None:
    """`outbox send` is killed at random and called again: nobody is mailed twice, and what is uncertain is listed."""
    chance = random.Random(20261130)
    killing = ProcessKiller()
    with Sink(killing) as sink:
        project = make_relay_project(sink, tmp_path, store_table)
        written = handbill("send", "tide.md", "--list", "weekly", "--json", cwd=project)
        assert RECIPIENTS == written.json["accepted"], written.stderr
        send = ("outbox", "send", written.json["campaign"], "--sender", "relay", "--yes")
        span = max(2, RECIPIENTS // (KILLS + 1))
        for _ in range(KILLS):
            kill_after = chance.randint(1, span)
            assert -signal.SIGKILL == run_and_kill(project, killing, kill_after, *send)
        killing.left = -1
        done = handbill(*send, "--json", cwd=project)
        show = ("campaigns", "show", done.json["campaign"], "--csv")
        table = handbill(*show, cwd=project).stdout

    states = {row["email"]: row["state"] for row in csv.DictReader(io.StringIO(table))}
    arrived = Counter(sink.ended)
    uncertain = [email for email, state in states.items() if state == "uncertain"]
    assert ("sent", RECIPIENTS) == (done.json["state"], done.json["recipients"])
    assert {} == {email: n for email, n in arrived.items() if n > 1}
    assert {"accepted", "uncertain"} >= set(states.values())
    assert [] == [e for e, state in states.items() if state == "accepted" and not arrived[e]]
    assert 0 < done.json["uncertain"] == len(uncertain) <= KILLS * MOST_IN_DOUBT
    assert uncertain[0] in done.stderr
    assert (1, True) == (done.exit_code, "--retry-uncertain" in done.stderr)


def test_a_worker_takes_over_from_a_killed_one(tmp_path: Path, store_table: str) -> None:
    """The worker that sends is killed: another completes its campaign, with nobody lost or mailed twice."""
    killing = ProcessKiller()
    with Sink(killing) as sink:
        project = make_relay_project(sink, tmp_path, store_table)
        words = ("schedule", "tide.md", "--list", "weekly", "--sender", "relay", "--delay", "0s")
        with run_worker(project) as first:
            killing.process, killing.left = first, RECIPIENTS // 3
            planned = handbill(*words, "--yes", "--json", cwd=project)
            assert 0 == planned.exit_code, planned.stderr
            with run_worker(project) as second:
                assert -signal.SIGKILL == first.wait(PATIENCE_S)
                show = ("campaigns", "show", planned.json["campaign"])
                while (done := handbill(*show, "--json", cwd=project).json)["state"] != "sent":
                    assert "sending" == done["state"]
                    assert second.poll() is None

    arrived = Counter(sink.ended)
    assert RECIPIENTS == done["accepted"] + done["uncertain"]
    assert done["uncertain"] <= MOST_IN_DOUBT
    assert done["accepted"] <= len(arrived) == sum(arrived.values())


@contextmanager
def run_worker(project: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a worker for the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "worker"],
        cwd=project,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
