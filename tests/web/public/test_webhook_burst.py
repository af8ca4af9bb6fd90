"""
A burst of reports while the service is killed: none that it answered with 200 is lost, and none counts twice.

The promise is 100,000: HANDBILL_TEST_EVENTS=100000, with HANDBILL_TEST_KILLS=20.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

import pytest
import requests
from sqlalchemy import select

from pipeline import cli
from pipeline.events.tables import events
from pipeline.project import Project
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook, WebhookRequest
from tests.senders.http.fake_providers import POSTMARK
from tests.senders.http.fake_service import serving
from tests.senders.webhooks.reporters import POSTMARK_REPORTER, SECRET

EVENTS = int(os.environ.get("HANDBILL_TEST_EVENTS", "400"))
KILLS = int(os.environ.get("HANDBILL_TEST_KILLS", "2"))
CLIENTS = 8
CONFIG = """\
[publication]
name = "The Harbour Bell"
from = "The Harbour Bell <bell@harbour.example.org>"
postal_address = "4 Mole Row, Skerrow"
public_url = "https://news.harbour.example.org"

[senders.postmark]
kind = "postmark"
base_url = "{url}"
"""
ARTICLE = "---\ntitle: The winter timetable\n---\n\nThe boat leaves at seven.\n"


@dataclass(kw_only=True)
class Burst:
    """
    What clients have to report, and what the service took.

    Args:
        pending: Numbers of events that were not answered with 200 yet.
    """

    tokens: Sequence[str]
    pending: list[int]
    taken: list[int] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    stop: Event = field(default_factory=Event)
    keys: dict[int, str] = field(default_factory=dict)
    webhook: ProviderWebhook = field(default_factory=POSTMARK_REPORTER.open_webhook)

    def run_client(self, url: str) -> None:
        """Report until nothing is pending, or the service does not answer any more."""
        headers = dict(POSTMARK_REPORTER.report({}).headers)
        with requests.Session() as session:
            while not self.stop.is_set():
                with self.lock:
                    if not self.pending:
                        return
                    number = self.pending.pop()
                answer = None
                try:
                    answer = session.post(url, data=self.make(number), headers=headers, timeout=30)
                except requests.RequestException:
                    self.stop.set()
                with self.lock:
                    is_taken = answer is not None and answer.status_code == 200
                    (self.taken if is_taken else self.pending).append(number)

    def find_key(self, number: int) -> str:
        """Return the key of the event *number* in the ledger."""
        if number not in self.keys:
            request = WebhookRequest(headers={}, body=self.make(number))
            (self.keys[number],) = (each.key for each in self.webhook.read(request).events)
        return self.keys[number]

    def make(self, number: int) -> bytes:
        """Return the report of the event *number*: a bounce that changes nothing, an automatic reply, a delivery."""
        case = POSTMARK_REPORTER.cases[(4, 9, 11)[number % 3]]
        item = case.item(self.tokens[number % len(self.tokens)], number)
        return json.dumps(item).encode()


@contextmanager
def serving_project(root: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `handbill serve`; yield the process and the URL of the webhook."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "--project", str(root), "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "POSTMARK_WEBHOOK_SECRET": SECRET},
    )
    assert process.stdout
    try:
        yield process, process.stdout.readline().strip() + "/webhooks/postmark"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def send_campaign(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make the project in *root* and send its newsletter through Postmark; return the tokens that Postmark got."""
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "hb-secret-0123456789abcdef")
    root.mkdir()
    with serving(POSTMARK.accept_all) as service:
        (root / "handbill.toml").write_text(CONFIG.format(url=service.url), encoding="utf-8")
        (root / "timetable.md").write_text(ARTICLE, encoding="utf-8")
        rows = ["email", *(f"r{number}@example.org" for number in range(20))]
        (root / "people.csv").write_text("\n".join(rows), encoding="utf-8")
        project = ["--project", str(root)]
        assert 0 == cli.run(
            [*project, "subscribers", "import", str(root / "people.csv"), "--list", "w"]
        )
        words = ["send", str(root / "timetable.md"), "--list", "w", "--sender", "postmark", "--yes"]
        assert 0 == cli.run([*project, *words])
        return [token for each in service.requests for token in POSTMARK_REPORTER.find_tokens(each)]


def test_every_report_that_was_answered_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service is killed while reports arrive; whoever got no answer reports again, as services do."""
    root = tmp_path / "bell"
    burst = Burst(tokens=send_campaign(root, monkeypatch), pending=list(range(EVENTS)))
    for kill in range(KILLS + 1):
        burst.stop.clear()
        is_last = kill == KILLS
        with serving_project(root) as (process, url), ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(burst.run_client, url) for _ in range(CLIENTS)]
            enough = EVENTS * (kill + 1) // (KILLS + 1)
            while not is_last and len(burst.taken) < enough and not burst.stop.is_set():
                burst.stop.wait(0.01)
            if not is_last:
                process.send_signal(signal.SIGKILL)
            for client in clients:
                client.result()
        with Project.open(root).open_events() as ledger, ledger.store.reading() as connection:
            recorded = list(connection.scalars(select(events.c.source_key)))
        assert set() == {burst.find_key(number) for number in burst.taken} - set(recorded)
    assert list(range(EVENTS)) == sorted(burst.taken)
    assert EVENTS == len(recorded)
