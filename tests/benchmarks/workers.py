"""The workers that are measured side by side: how each is started, asked for a campaign, and which process sends it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, sleep, time
from typing import Any

import psycopg

from tests.journey.command import CONFIG, PATIENCE_S, environment, handbill, make_project
from tests.senders.smtp.smtp_sink import Moment
from tests.support import ROOT

READERS = 120

_SCHEDULE = (
    "schedule",
    "tide.md",
    "--list",
    "weekly",
    "--sender",
    "relay",
    "--yes",
    "--allow-repeat",
)
_PEER = """
import os, smtplib, sys, threading, time
import psycopg
from dbos import DBOS
url, port, reaps = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "reaps"
me = str(os.getpid())
DBOS(config={"name": "bench", "system_database_url": url, "executor_id": me, "application_version": "1",
    "log_level": "CRITICAL"})

@DBOS.step()
def deliver(first, count):
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for number in range(first, first + count):
            smtp.sendmail("news@example.org", [f"reader{number}@example.org"], b"Subject: News\\r\\n\\r\\nNews\\r\\n")

@DBOS.workflow()
def campaign(count):
    for first in range(0, count, 10):
        deliver(first, 10)

def reap():
    locks = psycopg.connect(url, autocommit=True)
    locks.execute("SELECT pg_advisory_lock(%s)", (int(me),))
    while True:
        time.sleep(1)
        for each in DBOS.list_workflows(status="PENDING"):
            owner = int(each.executor_id)
            if owner != int(me) and locks.execute("SELECT pg_try_advisory_lock(%s)", (owner,)).fetchone()[0]:
                DBOS._recover_pending_workflows([str(owner)])
                locks.execute("SELECT pg_advisory_unlock(%s)", (owner,))

DBOS.launch()
DBOS.register_queue("send")
if reaps:
    threading.Thread(target=reap, daemon=True).start()
with psycopg.connect(url) as connection:
    connection.execute("INSERT INTO ready VALUES (%s)", (int(me),))
threading.Event().wait()
"""


class Watching:
    """A script for the server: notes when a message came, and holds the whole server at one of them."""

    def __init__(self) -> None:
        self.expect()
        self._connection = 0
        self._since = 0

    def expect(self, *, hold_at: int = -1) -> None:
        """Start again; the server stands still at the message *hold_at* until `continue_sending()`."""
        self.came = threading.Event()
        self.came_at = 0.0
        self._left = hold_at
        self.is_held = threading.Event()
        self._released = threading.Event()

    def continue_sending(self) -> None:
        """Let the server go on; only messages on connections made from now on are looked at."""
        self._since = self._connection
        self.came.clear()
        self._released.set()

    def __call__(self, moment: Moment) -> None:
        """Note, and wait."""
        self._connection = max(self._connection, moment.connection)
        if moment.step != "DOT":
            return
        if moment.connection > self._since and not self.came.is_set():
            self.came_at = time()
            self.came.set()
        self._left -= 1
        if self._left == 0:
            self.is_held.set()
            self._released.wait(PATIENCE_S)


class Side:
    """One of the two: how it is started, asked for a campaign, and which process sends it."""

    def __init__(self, url: str, start: list[str], folder: Path) -> None:
        self.url = url
        self._start = start
        self._folder = folder

    @contextmanager
    def working(self) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
        """Run a worker for the block; yield it, and the seconds from its start until it was ready."""
        before = self.count_ready()
        begun = perf_counter()
        process = subprocess.Popen(
            [sys.executable, *self._start],
            cwd=self._folder,
            env=environment(PYTHONPATH=str(ROOT), PYTHONWARNINGS="ignore"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while self.count_ready() == before:
                assert process.poll() is None, "the worker ended"
                sleep(0.01)
            yield process, perf_counter() - begun
        finally:
            process.kill()
            process.wait()

    def count_ready(self) -> int:
        """Return how many workers ever were ready."""
        raise NotImplementedError

    def plan(self, ahead_s: int) -> float:
        """Plan a campaign; return the second it is due."""
        raise NotImplementedError

    def holder(self) -> int:
        """Return the process that sends the campaign."""
        raise NotImplementedError

    def count_open(self) -> int:
        """Return how many campaigns have not ended."""
        raise NotImplementedError

    def wait_for_end(self) -> None:
        """Wait until none is open."""
        while self.count_open():
            sleep(0.05)

    def query(self, query: str) -> int:
        """Return the number the database answers, 0 without one."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0


class Ours(Side):
    """`handbill worker`."""

    def count_ready(self) -> int:
        """A worker is ready when it has written down that it runs."""
        return self.query("SELECT count(*) FROM processes WHERE kind = 'worker'")

    def plan(self, ahead_s: int) -> float:
        """Schedule the newsletter to the list."""
        done = handbill(*_SCHEDULE, "--delay", f"{ahead_s}s", "--json", cwd=self._folder)
        assert done.exit_code == 0, done.stderr
        return datetime.fromisoformat(done.json["at"]).astimezone(UTC).timestamp()

    def holder(self) -> int:
        """The run whose campaign it is."""
        return self.query(
            "SELECT processes.pid FROM batches JOIN processes ON processes.id = batches.process_id"
        )

    def count_open(self) -> int:
        """Campaigns that are not sent."""
        return self.query("SELECT count(*) FROM campaigns WHERE state != 'sent'")


class Peer(Side):
    """DBOS."""

    def count_ready(self) -> int:
        """A worker says so itself when it is ready."""
        return self.query("SELECT count(*) FROM ready")

    def plan(self, ahead_s: int) -> float:
        """Enqueue the workflow."""
        from dbos import DBOSClient

        client = DBOSClient(system_database_url=self.url)
        due = time() + ahead_s
        options: Any = {  # Any: a dictionary of DBOS's own
            "queue_name": "send",
            "workflow_name": "campaign",
            "app_version": "1",
            **({"delay_seconds": ahead_s} if ahead_s else {}),
        }
        client.enqueue(options, READERS)
        client.destroy()
        return due

    def holder(self) -> int:
        """The executor whose workflow it is."""
        return self.query("SELECT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'")

    def count_open(self) -> int:
        """Workflows that are not done."""
        return self.query("SELECT count(*) FROM dbos.workflow_status WHERE status != 'SUCCESS'")


def ours(folder: Path, url: str, port: int, engine: str = "embedded") -> Ours:
    """Make a project in *folder*, with a list, a relay at *port*, and workers with that engine."""
    relay = (
        f'[senders.relay]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    )
    config = f'{CONFIG}\n{relay}connections = 1\n\n[store]\nurl = "{url}"\n'
    config += f'\n[worker]\nengine = "{engine}"\n'
    project = make_project(folder / engine, config=config)
    rows = "".join(f"reader{n}@example.org\n" for n in range(READERS))
    (project / "readers.csv").write_text("email\n" + rows, encoding="utf-8")
    done = handbill("subscribers", "import", "readers.csv", "--list", "weekly", cwd=project)
    assert done.exit_code == 0, done.stderr
    return Ours(url, ["-m", "pipeline", "worker"], project)


def peer(folder: Path, url: str, port: int, reaps: str) -> Peer:
    """Return workers of DBOS; *reaps* as the program above has it."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE ready (pid integer)")
    return Peer(url, ["-c", _PEER, url, str(port), reaps], folder)
