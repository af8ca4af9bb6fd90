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

from pipeline.events.tables import events
from pipeline.project import Project
from pipeline.senders.webhooks.provider_webhook import ProviderWebhook, WebhookRequest
from tests.senders.webhooks.postmark_project import send_through_postmark
from tests.senders.webhooks.reporter import SECRET
from tests.senders.webhooks.services.postmark import POSTMARK_REPORTER

EVENTS = int(os.environ.get("HANDBILL_TEST_EVENTS", "300"))
KILLS = int(os.environ.get("HANDBILL_TEST_KILLS", "1"))
CLIENTS = 8


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


def test_answered_reports_survive_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service is killed while reports arrive; whoever got no answer reports again, as services do."""
    root = tmp_path / "bell"
    burst = Burst(tokens=send_through_postmark(root, monkeypatch), pending=list(range(EVENTS)))
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
