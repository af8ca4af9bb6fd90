"""From an article to a service by HTTP, by the command line."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path

import pytest

from tests.journey.command import Run
from tests.journey.test_outbox_commands import name_service
from tests.senders.http.fake_providers import POSTMARK, SECRET, choosy
from tests.senders.http.fake_service import Drop, Reply, Service, in_turn, serving

READERS = [f"reader{number}@example.org" for number in range(1, 41)]
TO = [word for reader in READERS for word in ("--to", reader)]


@pytest.fixture
def service(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service that takes everything, as the sender `pm` of the project."""
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", SECRET)
    with serving(POSTMARK.taken) as running:
        name_service(project, running)
        yield running


def test_every_reader_gets_one_letter(run: Run, service: Service) -> None:
    """Forty readers in three requests; each letter has its reader's name and own way to leave."""
    done = run("send", "tide.md", *TO, "--sender", "pm", "--yes", "--json")

    assert (0, "sent", 40) == (done.exit_code, done.json["state"], done.json["accepted"]), (
        done.stderr
    )
    assert [16, 16, 8] == [len(POSTMARK.emails(asked)) for asked in service.asked]
    items = [item for asked in service.asked for item in asked.json]
    assert READERS == [parseaddr(item["To"])[1] for item in items]
    assert {"What the tide clock says"} == {item["Subject"] for item in items}
    assert all("<p" in item["HtmlBody"] and "copper ball" in item["TextBody"] for item in items)
    assert {"broadcast"} == {item["MessageStream"] for item in items}
    assert all("List-Unsubscribe" in [h["Name"] for h in item["Headers"]] for item in items)


def test_what_a_service_says_of_readers_is_told(run: Run, service: Service) -> None:
    """One is refused and one waits; nobody else is touched by it."""
    service.answering = choosy(POSTMARK)
    done = run("send", "tide.md", *TO[:20], "--sender", "pm", "--yes", "--json")

    assert 1 == done.exit_code
    assert (8, 1, 1) == tuple(done.json[key] for key in ("accepted", "refused", "deferred"))


def test_a_lost_answer_is_in_doubt(run: Run, service: Service) -> None:
    """All of its batch are, the rest are sent, and the exit code says so."""
    lost = in_turn(Drop, Reply())

    service.answering = lambda asked: (
        lost(asked) if len(service.asked) == 1 else POSTMARK.taken(asked)
    )
    done = run("send", "tide.md", *TO, "--sender", "pm", "--yes", "--json")

    assert 1 == done.exit_code
    assert (24, 16) == (done.json["accepted"], done.json["uncertain"])


@pytest.mark.parametrize("answer", [POSTMARK.closed, Reply({"Message": SECRET}, 422)])
def test_the_key_is_nowhere(run: Run, project: Path, service: Service, answer: Reply) -> None:
    """Not in what is said, nor in any file of the project, whatever the service answers."""
    service.answering = lambda _: answer
    done = run("send", "tide.md", *TO[:4], "--sender", "pm", "--yes", "--json")

    assert 1 == done.exit_code or done.json["refused"]
    assert SECRET == service.asked[0].headers["x-postmark-server-token"]
    assert SECRET not in done.stdout + done.stderr
    files = [path for path in project.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    assert [] == [path for path in files if SECRET.encode() in path.read_bytes()]
