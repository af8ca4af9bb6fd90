"""Traps of engines, with real processes: a command beside a worker, another version, a process frozen and woken."""

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
from tests.journey.test_crash import CONNECTIONS, Killing, project_for, run, store_table
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
from pipeline.campaigns.workers import processes
processes.LEASE, processes.LEASE_MARGIN, processes.HEARTBEAT_INTERVAL = (timedelta(seconds=s) for s in (1.5, 0.5, 0.2))
from pipeline.cli import main
main()
"""


@contextmanager
def working(project: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker for the block, woken at its end if it sleeps."""
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


def ended(project: Path, id: str) -> Any:  # Any: whatever the command printed
    """Look at the campaign until it is sent; return what is shown then."""
    for _ in range(LOOKS):
        done = handbill("campaigns", "show", id, "--json", cwd=project).json
        if done["state"] == "sent":
            return done
        assert "sending" == done["state"]
    pytest.fail(f"It is not sent: {done}")


class Holding:
    """A script for the sink that keeps everybody waiting at one message's end."""

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


def test_commands_beside_a_worker_disturb_nothing(tmp_path: Path, store_table: str) -> None:
    """While a worker is in mid-campaign, commands look on, mail others and end: it ends its campaign, none in doubt."""
    holding = Holding(after=50)
    with Sink(holding) as sink:
        project = project_for(sink, tmp_path, store_table)
        with working(project, "-m", "pipeline"):
            id = handbill(*SCHEDULE, "--json", cwd=project).json["campaign"]
            assert holding.is_reached.wait(PATIENCE_S)
            listed = handbill("campaigns", "list", "--json", cwd=project).json["campaigns"]
            sent = handbill("send", "tide.md", "--to", "cy@example.org", "--json", cwd=project)
            shown = handbill("campaigns", "show", id, "--json", cwd=project).json
            holding.may_go_on.set()
            done = ended(project, id)

    assert [(id, "sending")] == [(each["campaign"], each["state"]) for each in listed]
    assert (0, "sent", "sending") == (sent.exit_code, sent.json["state"], shown["state"])
    assert (0, done["recipients"]) == (done["uncertain"], done["accepted"])
    assert {1} == set(Counter(sink.ended).values())


def another_version(folder: Path) -> str:
    """Copy the package into *folder*, with another version and every source changed; return the folder."""
    shutil.copytree(ROOT / "pipeline", folder / "pipeline", ignore=shutil.ignore_patterns("__pyc*"))
    for path in (folder / "pipeline").rglob("*.py"):
        text = re.sub(r'(?m)^__version__ = ".*"$', '__version__ = "99.1"', path.read_text())
        path.write_text(text + "\n# changed\n")
    for name in ("templates", "seeds"):
        (folder / name).symlink_to(ROOT / name)
    return str(folder)


def test_another_version_goes_on_with_a_campaign(tmp_path: Path) -> None:
    """What one version was killed at another ends: nothing in the store is bound to the code that wrote it."""
    killing = Killing()
    with Sink(killing) as sink:
        project = project_for(sink, tmp_path, "")
        send = ("send", "tide.md", "--list", "weekly", "--sender", "relay", "--yes")
        assert -signal.SIGKILL == run(project, killing, 100, *send)
        killing.left = -1
        newer = {"PYTHONPATH": another_version(tmp_path)}
        said = handbill("--version", cwd=project, env=newer).stdout
        worked = handbill("worker", "--once", cwd=project, env=newer)
        (done,) = handbill("campaigns", "list", "--json", cwd=project).json["campaigns"]

    assert "99.1" in said
    assert (0, "sent") == (worked.exit_code, done["state"])
    assert done["recipients"] == done["accepted"] + done["uncertain"]
    assert done["uncertain"] <= 16 * CONNECTIONS
    assert {1} == set(Counter(sink.ended).values())


def test_a_worker_that_is_frozen_and_woken_doubles_nothing(
    tmp_path: Path, store_table: str
) -> None:
    """Stopped in the middle of a message, given up, its campaign ended by another, woken: nobody has it twice."""
    holding = Holding(after=100)
    with Sink(holding) as sink:
        project = project_for(sink, tmp_path, store_table)
        with working(project, "-c", SHORT_LEASE) as first:
            id = handbill(*SCHEDULE, "--json", cwd=project).json["campaign"]
            assert holding.is_reached.wait(PATIENCE_S)
            first.send_signal(signal.SIGSTOP)
            holding.may_go_on.set()
            with working(project, "-c", SHORT_LEASE):
                done = ended(project, id)
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
