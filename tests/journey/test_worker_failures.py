"""Worker failures with real processes: a command beside a worker, another version, a stalled process."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.journey.command import PATIENCE_S, environment, handbill
from tests.journey.test_crash_recovery import (
    CONNECTIONS,
    ProcessKiller,
    make_relay_project,
    run_and_kill,
    store_table,
)
from tests.senders.smtp.smtp_sink import Moment, Sink
from tests.support import ROOT

__all__ = ["store_table"]  # a fixture
SCHEDULE = (
    "schedule",
    "tide.md",
    "--list",
    "weekly",
    "--sender",
    "relay",
    "--delay",
    "0s",
    "--yes",
)
#: Each is a process of its own, so that is a minute or so.
LOOKS = 100
#: A worker that is believed frozen sooner than in earnest; else the same.
SHORT_LEASE = """\
from datetime import timedelta
from pipeline.campaigns.workers import lease
lease.LEASE, lease.LEASE_MARGIN, lease.HEARTBEAT_INTERVAL = (timedelta(seconds=s) for s in (1.5, 0.5, 0.2))
from pipeline.cli import main
main()
"""


@contextmanager
def run_worker(project: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker for the block; wake it at the end if it is stopped."""
    process = subprocess.Popen(
        [sys.executable, *words, "worker"],
        cwd=project,
        env=environment(PYTHONPATH=str(ROOT)),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(PATIENCE_S)


def wait_until_sent(project: Path, id: str) -> Any:  # Any: whatever the command printed
    """Poll the campaign until it is sent; return its JSON."""
    for _ in range(LOOKS):
        done = handbill("campaigns", "show", id, "--json", cwd=project).json
        if done["state"] == "sent":
            return done
        assert "sending" == done["state"]
    pytest.fail(f"It is not sent: {done}")


class MessageBlocker:
    """A script for the sink that blocks at the end of one message."""

    def __init__(self, after: int) -> None:
        self._left = after
        self.is_reached = threading.Event()
        self.may_go_on = threading.Event()

    def __call__(self, moment: Moment) -> None:
        """Count, and wait."""
        if moment.step == "DOT":
            self._left -= 1
            if self._left == 0:
                self.is_reached.set()
                assert self.may_go_on.wait(PATIENCE_S)


def test_commands_leave_a_worker_alone(tmp_path: Path, store_table: str) -> None:
    """While a worker sends, commands list, show and send; the worker completes its campaign, nothing is uncertain."""
    holding = MessageBlocker(after=50)
    with Sink(holding) as sink:
        project = make_relay_project(sink, tmp_path, store_table)
        with run_worker(project, "-m", "pipeline"):
            id = handbill(*SCHEDULE, "--json", cwd=project).json["campaign"]
            assert holding.is_reached.wait(PATIENCE_S)
            listed = handbill("campaigns", "list", "--json", cwd=project).json["campaigns"]
            sent = handbill("send", "tide.md", "--to", "cy@example.org", "--json", cwd=project)
            shown = handbill("campaigns", "show", id, "--json", cwd=project).json
            holding.may_go_on.set()
            done = wait_until_sent(project, id)

    assert [(id, "sending")] == [(each["campaign"], each["state"]) for each in listed]
    assert (0, "sent", "sending") == (sent.exit_code, sent.json["state"], shown["state"])
    assert (0, done["recipients"]) == (done["uncertain"], done["accepted"])
    assert {1} == set(Counter(sink.ended).values())


def copy_as_other_version(folder: Path) -> str:
    """Copy the package into *folder* with another version and changed sources; return the folder."""
    shutil.copytree(ROOT / "pipeline", folder / "pipeline", ignore=shutil.ignore_patterns("__pyc*"))
    for path in (folder / "pipeline").rglob("*.py"):
        text = re.sub(r'(?m)^__version__ = ".*"$', '__version__ = "99.1"', path.read_text())
        path.write_text(text + "\n# changed\n")
    for name in ("templates", "seeds"):
        (folder / name).symlink_to(ROOT / name)
    return str(folder)


def test_another_version_completes_a_campaign(tmp_path: Path) -> None:
    """A campaign of a killed process is completed by another version: the store does not depend on the code."""
    killing = ProcessKiller()
    with Sink(killing) as sink:
        project = make_relay_project(sink, tmp_path, "")
        send = ("send", "tide.md", "--list", "weekly", "--sender", "relay", "--yes")
        assert -signal.SIGKILL == run_and_kill(project, killing, 100, *send)
        killing.left = -1
        newer = {"PYTHONPATH": copy_as_other_version(tmp_path)}
        said = handbill("--version", cwd=project, env=newer).stdout
        worked = handbill("worker", "--once", cwd=project, env=newer)
        (done,) = handbill("campaigns", "list", "--json", cwd=project).json["campaigns"]

    assert "99.1" in said
    assert (int(done["uncertain"] > 0), "sent") == (worked.exit_code, done["state"])
    assert done["recipients"] == done["accepted"] + done["uncertain"]
    assert done["uncertain"] <= 16 * CONNECTIONS
    assert {1} == set(Counter(sink.ended).values())


def test_a_stalled_and_woken_worker_repeats_nothing(tmp_path: Path, store_table: str) -> None:
    """Stopped during a message, replaced by another worker, woken up: nobody is mailed twice."""
    holding = MessageBlocker(after=100)
    with Sink(holding) as sink:
        project = make_relay_project(sink, tmp_path, store_table)
        with run_worker(project, "-c", SHORT_LEASE) as first:
            id = handbill(*SCHEDULE, "--json", cwd=project).json["campaign"]
            assert holding.is_reached.wait(PATIENCE_S)
            first.send_signal(signal.SIGSTOP)
            holding.may_go_on.set()
            with run_worker(project, "-c", SHORT_LEASE):
                done = wait_until_sent(project, id)
                begun = len(sink.begun)
                first.send_signal(signal.SIGCONT)
                first.terminate()
                assert 0 == first.wait(PATIENCE_S)
                woken = handbill("campaigns", "show", id, "--json", cwd=project).json

    assert {1} == set(Counter(sink.ended).values())
    assert len(sink.begun) <= begun + 2 * CONNECTIONS  # what was on its way
    assert "sent" == woken["state"]
    assert woken["recipients"] == woken["accepted"] + woken["uncertain"]
    assert woken["uncertain"] <= done["uncertain"] <= 16 * CONNECTIONS
