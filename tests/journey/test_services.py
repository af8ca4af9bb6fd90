"""From an article to a provider's API, with the command line."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path

import pytest

from tests.journey.command import Run
from tests.journey.test_outbox_commands import name_service
from tests.senders.http.fake_providers import POSTMARK, SECRET, accept_some
from tests.senders.http.fake_service import Drop, Reply, Service, respond_in_turn, serving

READERS = [f"reader{number}@example.org" for number in range(1, 41)]
TO = [word for reader in READERS for word in ("--to", reader)]


@pytest.fixture
def service(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A provider that accepts everything, as the sender `pm` of the project."""
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", SECRET)
    with serving(POSTMARK.accept_all) as running:
        name_service(project, running)
        yield running


def test_every_recipient_gets_one_message(run: Run, service: Service) -> None:
    """Forty recipients in three requests; each message has its recipient's name and unsubscribe link."""
    done = run("send", "tide.md", *TO, "--sender", "pm", "--yes", "--json")

    assert (0, "sent", 40) == (done.exit_code, done.json["state"], done.json["accepted"]), (
        done.stderr
    )
    assert [16, 16, 8] == [len(POSTMARK.parse_recipients(request)) for request in service.requests]
    items = [item for request in service.requests for item in request.json]
    assert READERS == [parseaddr(item["To"])[1] for item in items]
    assert {"What the tide clock says"} == {item["Subject"] for item in items}
    assert all("<p" in item["HtmlBody"] and "copper ball" in item["TextBody"] for item in items)
    assert {"broadcast"} == {item["MessageStream"] for item in items}
    assert all("List-Unsubscribe" in [h["Name"] for h in item["Headers"]] for item in items)


def test_refused_and_deferred_recipients_are_reported(run: Run, service: Service) -> None:
    """One is refused and one deferred; nobody else is affected."""
    service.answering = accept_some(POSTMARK)
    done = run("send", "tide.md", *TO[:20], "--sender", "pm", "--yes", "--json")

    assert 3 == done.exit_code
    assert (8, 1, 1) == tuple(done.json[key] for key in ("accepted", "refused", "deferred"))


def test_a_missing_response_is_uncertain(run: Run, service: Service) -> None:
    """Its whole batch is, the rest is sent, and the exit code says so."""
    lost = respond_in_turn(Drop, Reply())

    service.answering = lambda request: (
        lost(request) if len(service.requests) == 1 else POSTMARK.accept_all(request)
    )
    done = run("send", "tide.md", *TO, "--sender", "pm", "--yes", "--json")

    assert 1 == done.exit_code
    assert (24, 16) == (done.json["accepted"], done.json["uncertain"])


@pytest.mark.parametrize("answer", [POSTMARK.account_error, Reply({"Message": SECRET}, 422)])
def test_the_key_appears_nowhere(run: Run, project: Path, service: Service, answer: Reply) -> None:
    """Neither in the output nor in any file of the project, whatever the provider responds."""
    service.answering = lambda _: answer
    done = run("send", "tide.md", *TO[:4], "--sender", "pm", "--yes", "--json")

    assert 1 == done.exit_code or done.json["refused"]
    assert SECRET == service.requests[0].headers["x-postmark-server-token"]
    assert SECRET not in done.stdout + done.stderr
    files = [path for path in project.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    assert [] == [path for path in files if SECRET.encode() in path.read_bytes()]
