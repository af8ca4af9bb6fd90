"""Workers as processes of their own, each in a folder as on a machine of its own, and what became of a campaign."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from pipeline.database import Store
from tests.journey.command import CONFIG, environment, handbill, make_project
from tests.senders.smtp.smtp_sink import Moment
from tests.support import ROOT

CONNECTIONS = 2
_CONFIG = """
[senders.relay]
kind = "smtp"
host = "{host}"
port = {port}
security = "none"
connections = {connections}

[store]
url = "{url}"

[worker]
engine = "{engine}"
"""


@dataclass
class SlowServer:
    """A script for an SMTP server: takes its time for each message, and counts what each recipient got."""

    delay_s: float
    received: Counter[str] = field(default_factory=Counter)
    last_at: float = 0.0

    def __call__(self, moment: Moment) -> None:
        """Count a message."""
        if moment.step == "DOT":
            self.received[moment.recipient] += 1
            self.last_at = time.monotonic()
            time.sleep(self.delay_s)


@dataclass
class Host:
    """A machine: its folder, and what starts a program on it."""

    name: str
    project: Path
    prefix: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a worker."""
        with (self.project / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, sys.executable, "-m", "pipeline", "worker", "--name", self.name],
                cwd=self.project,
                env=environment(PYTHONPATH=str(ROOT), PYTHONWARNINGS="ignore"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def signal(self, number: int) -> None:
        """Send its worker a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End its worker without notice."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Site:
    """Hosts that share a database and send to one SMTP server."""

    def __init__(self, folder: Path, store: Store, hosts: Sequence[Host]) -> None:
        self.store = store
        self.hosts = {host.name: host for host in hosts}
        self._project = folder / "office"

    def schedule(self, count: int) -> str:
        """Schedule a campaign for *count* subscribers; return its ID."""
        rows = "".join(f"reader{number}@example.org\n" for number in range(count))
        (self._project / "readers.csv").write_text(f"email\n{rows}", "utf-8")
        words = ("subscribers", "import", "readers.csv", "--list", "weekly")
        assert 0 == handbill(*words, cwd=self._project).exit_code
        return self.repeat()

    def repeat(self) -> str:
        """Schedule a campaign for the same subscribers; return its ID."""
        words = ("--list", "weekly", "--sender", "relay", "--yes", "--allow-repeat")
        done = handbill("schedule", "tide.md", *words, "--delay", "1s", "--json", cwd=self._project)
        assert 0 == done.exit_code, done.stderr
        campaign_id: str = done.json["campaign"]
        return campaign_id

    def show(self, campaign_id: str) -> Any:  # Any: whatever the command printed
        """Return what `campaigns show` prints."""
        done = handbill("campaigns", "show", campaign_id, "--json", cwd=self._project)
        return done.json

    def is_sent(self, campaign_id: str) -> bool:
        """Whether it has ended."""
        return bool(
            self._query("SELECT 1 FROM campaigns WHERE id = :id AND state = 'sent'", id=campaign_id)
        )

    def is_alive(self, name: str) -> bool:
        """Whether the other workers consider this one alive."""
        return bool(
            self._query(
                "SELECT 1 FROM processes WHERE name = :name AND ended_at IS NULL", name=name
            )
        )

    def find_holder(self) -> Host | None:
        """Return the host that is sending."""
        names = self._query(
            "SELECT processes.name FROM batches JOIN processes ON processes.id = batches.process_id "
            "WHERE batches.state = 'open'"
        )
        return self.hosts.get(names[0]) if names else None

    def _query(self, query: str, **parameters: str) -> list[Any]:  # Any: one column
        with self.store.reading() as connection:
            return list(connection.scalars(text(query), parameters))


@contextmanager
def run_site(
    folder: Path,
    store: Store,
    *,
    engine: str,
    smtp: tuple[str, int],
    hosts: Sequence[tuple[str, str, Sequence[str]]],
    url: str,
) -> Iterator[Site]:
    """
    Start a worker on each of *hosts*.

    Args:
        url: The database, as the test reaches it; each host has a URL of its own.
        hosts: The name, the URL of the database, and what starts a program there.
    """

    def make(name: str, url: str) -> Path:
        config = _CONFIG.format(
            host=smtp[0], port=smtp[1], connections=CONNECTIONS, url=url, engine=engine
        )
        return make_project(folder / name, config=CONFIG + config)

    office = make("office", url)
    assert 0 == handbill("subscribers", "list", cwd=office).exit_code  # makes the secret
    machines = []
    for name, host_url, prefix in hosts:
        project = make(name, host_url)
        (project / ".handbill").mkdir(mode=0o700, exist_ok=True)
        shutil.copy(office / ".handbill" / "secret", project / ".handbill" / "secret")
        machines.append(Host(name, project, prefix))
    try:
        for host in machines:
            host.start()
        yield Site(folder, store, machines)
    finally:
        for host in machines:
            host.kill()


def wait_for(what: str, is_done: Callable[[], object], *, seconds: float = 300) -> float:
    """Wait until *is_done*; return how many seconds that took."""
    begun = time.monotonic()
    while not is_done():
        assert time.monotonic() < begun + seconds, f"{what}: not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - begun
