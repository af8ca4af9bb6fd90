"""`--processes`: several processes of one command share a campaign, and none is left when it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.journey import test_crash_recovery
from tests.journey.command import PATIENCE_S, environment, handbill
from tests.journey.test_crash_recovery import make_relay_project, store_table
from tests.senders.smtp.smtp_sink import Moment, Sink

__all__ = ["store_table"]  # a fixture

RECIPIENTS = 120
#: The command, with batches of 20 recipients instead of a thousand; else the same.
SMALL_BATCHES = """\
from pipeline.campaigns.store import batches
batches.BATCH_SIZE = 20
from pipeline.cli import main
main()
"""
#: With one connection for each of two processes.
MOST_IN_DOUBT = 16
SEND = ("send", "tide.md", "--list", "weekly", "--sender", "relay", "--yes", "--processes", "2")


class HelperWatch:
    """
    A script for the sink that does something to a process when the second connection has sent ten messages.

    It slows the first connection down until then, so that the second process finds a batch.
    """

    def __init__(
        self, number: signal.Signals | None = None, *, is_for_helper: bool = False
    ) -> None:
        self.is_seen = False
        self.command: subprocess.Popen[str] | None = None
        self.helpers: list[int] = []
        self._number, self._is_for_helper = number, is_for_helper

    def __call__(self, moment: Moment) -> None:
        """Slow down, or send the signal."""
        if moment.step != "DOT" or self.is_seen:
            return
        if moment.connection == 1:
            time.sleep(0.1)
        elif moment.message == 10 and self.command is not None:
            self.is_seen = True
            self.helpers = list_children(self.command.pid)
            if self._number is not None:
                target = self.helpers[0] if self._is_for_helper else self.command.pid
                os.kill(target, self._number)


def list_children(pid: int) -> list[int]:
    """Return the IDs of the processes that a process started."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(each) for file in files for each in file.read_text().split()]


def wait_until_gone(pid: int) -> None:
    """Wait until the process *pid* is gone, or is only waiting to be collected by its parent."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                return
        except FileNotFoundError:
            return
        time.sleep(0.05)
    pytest.fail(f"The process {pid} is still there.")


@pytest.fixture
def make_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A function that makes a project with a list of six batches, and two connections."""
    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        pytest.skip("this system does not list the children of a process")
    monkeypatch.setattr(test_crash_recovery, "RECIPIENTS", RECIPIENTS)
    return lambda sink, store="": make_relay_project(sink, tmp_path, store)


@contextmanager
def run(project: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", SMALL_BATCHES, *words],
        cwd=project,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def show(project: Path) -> dict[str, object]:
    """Return the only campaign."""
    (campaign,) = handbill("campaigns", "list", "--json", cwd=project).json["campaigns"]
    details: dict[str, object] = handbill(
        "campaigns", "show", campaign["campaign"], "--json", cwd=project
    ).json
    return details


def find_repeated(sink: Sink) -> dict[str, int]:
    """Return who was sent more than one message."""
    return {email: count for email, count in Counter(sink.ended).items() if count > 1}


@pytest.mark.parametrize(
    "store_table",
    ["sqlite", "postgresql"] if "HANDBILL_TEST_KILLS" in os.environ else ["postgresql"],
    indirect=True,
)
def test_a_killed_helper_is_taken_over(make_project: Callable[..., Path], store_table: str) -> None:
    """
    Two processes send a first batch, over as many connections as set; one is killed, and the other sends the rest.

    Only what was on the wire is uncertain, and exactly as many recipients as asked for are sent to, each once.
    """
    watch = HelperWatch(signal.SIGKILL, is_for_helper=True)
    with Sink(watch) as sink:
        project = make_project(sink, store_table)
        with run(project, *SEND, "--first", "110", "--json") as watch.command:
            output, said = watch.command.communicate(timeout=PATIENCE_S)
    done = json.loads(output)

    assert watch.is_seen and 2 == sink.most_open and "Traceback" not in said
    assert ("paused", 110, RECIPIENTS - 110) == (
        done["state"],
        done["accepted"] + done["uncertain"],
        done["pending"],
    )
    assert done["uncertain"] <= MOST_IN_DOUBT
    assert {} == find_repeated(sink)
    assert 110 - done["uncertain"] <= len(sink.ended) <= 110


def test_a_first_batch_is_resumed_by_several(make_project: Callable[..., Path]) -> None:
    """What is left after a first batch is sent by two processes, each recipient once."""
    with Sink(lambda moment: time.sleep(0.03) if moment.step == "DOT" else None) as sink:
        project = make_project(sink)
        with run(project, *SEND[:-2], "--first", "10") as command:
            command.communicate(timeout=PATIENCE_S)
        words = ("campaigns", "resume", str(show(project)["campaign"]), "--processes", "2")
        with run(project, *words) as command:
            _, said = command.communicate(timeout=PATIENCE_S)
        done = show(project)

    assert 0 == command.returncode and f"{RECIPIENTS} of {RECIPIENTS} messages accepted." in said
    assert ("sent", RECIPIENTS) == (done["state"], done["accepted"])
    with closing(sqlite3.connect(project / ".handbill" / "handbill.db")) as database:
        (count,) = database.execute("SELECT count(DISTINCT process_id) FROM receipts").fetchone()
    assert 3 == count and {} == find_repeated(sink)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_helper_outlives_the_command(
    make_project: Callable[..., Path], number: signal.Signals
) -> None:
    """Ctrl-C pauses the campaign, with nothing uncertain; after a kill helpers stop too. Resuming sends the rest."""
    watch = HelperWatch(number)
    with Sink(watch) as sink:
        project = make_project(sink)
        with run(project, *SEND) as watch.command:
            _, said = watch.command.communicate(timeout=PATIENCE_S)
        (helper,) = watch.helpers
        wait_until_gone(helper)
        stopped = show(project)
        resumed = handbill("campaigns", "resume", str(stopped["campaign"]), cwd=project)
        done = show(project)

    is_killed = number is signal.SIGKILL
    assert (-number if is_killed else 130) == watch.command.returncode, said
    assert is_killed or ("paused", 0) == (stopped["state"], stopped["uncertain"])
    assert 0 < int(str(stopped["accepted"])) < RECIPIENTS
    uncertain = int(str(done["uncertain"]))
    assert ("sent", RECIPIENTS - uncertain) == (done["state"], done["accepted"]), resumed.stderr
    assert uncertain <= (MOST_IN_DOUBT if is_killed else 0)
    assert {} == find_repeated(sink)


def test_a_worker_on_two_processes(make_project: Callable[..., Path]) -> None:
    """A process that is killed is started again under its name; SIGTERM ends both with exit code 0."""
    with Sink(lambda _: None) as sink:
        project = make_project(sink)
        with run(project, "worker", "--name", "desk", "--processes", "2") as command:
            assert command.stderr is not None
            first = wait_for_child(command.pid, other_than=0)
            os.kill(first, signal.SIGKILL)
            second = wait_for_child(command.pid, other_than=first)
            command.send_signal(signal.SIGTERM)
            _, said = command.communicate(timeout=PATIENCE_S)
        wait_until_gone(second)

    assert 0 == command.returncode, said
    assert re.search(r"Worker desk-2 ended \(exit code -9\)\. It is started again in 1 s", said)
    assert "Traceback" not in said


def wait_for_child(pid: int, *, other_than: int) -> int:
    """Return the child of a process, once there is one."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for child in list_children(pid):
            if child != other_than:
                return child
        time.sleep(0.05)
    pytest.fail("No process was started.")
