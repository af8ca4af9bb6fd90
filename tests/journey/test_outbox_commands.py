"""From the outbox to recipients, with the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from pipeline.senders.outbox.manifest import read_manifest
from pipeline.senders.outbox.outbox_sender import OutboxSender
from pipeline.testing import sample_message
from tests.journey.command import Done, Run, environment, handbill, install_plugin, make_project
from tests.senders.http.fake_providers import POSTMARK, SECRET, accept_some
from tests.senders.http.fake_service import RecordedRequest, Reply, Service, serving
from tests.senders.smtp.smtp_sink import Sink

READERS = [f"reader{number}@example.org" for number in range(1, 6)]
KEY = {"POSTMARK_SERVER_TOKEN": SECRET}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the provider's key."""
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def campaign(project: Path) -> str:
    """A campaign for five recipients in the outbox of the project."""
    with OutboxSender(project / "outbox") as sender:
        list(sender.send(map(sample_message, range(1, 6))))
    return sample_message().campaign_id


def name_service(project: Path, service: Service, **options: object) -> None:
    """Make *service* the sender `pm` of the project."""
    path = project / "handbill.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
    table = ["[senders.pm]", 'kind = "postmark"', f'base_url = "{service.url}"', *lines]
    path.write_text(path.read_text("utf-8") + "\n" + "\n".join(table) + "\n", encoding="utf-8")


def send(run: Run, campaign: str, *options: str) -> Done:
    """Send the campaign by `pm`."""
    return run("outbox", "send", campaign, "--sender", "pm", "--yes", "--json", *options)


def list_recipients(service: Service) -> list[str]:
    """Return the recipients in the provider's requests."""
    return [email for request in service.requests for email in POSTMARK.parse_recipients(request)]


def test_a_folder_is_sent_once(project: Path, campaign: str, run: Run) -> None:
    """Listed, opened, sent; a second call has nothing to do, and nothing shows the key."""
    with serving(POSTMARK.accept_all) as service:
        name_service(project, service)
        opened = run("outbox", "open")
        first, second = send(run, campaign), send(run, campaign)
        listed = run("outbox", "list", "--json")
        words = run("outbox", "list")
    folder = project / "outbox" / campaign
    assert f"{folder / read_manifest(folder)[0].file}\n" == opened.stdout
    assert (0, 0) == (first.exit_code, second.exit_code), first.stderr + second.stderr
    assert READERS == list_recipients(service)
    assert {
        "campaign": f"{campaign}-sent",
        "state": "sent",
        "reason": None,
        "recipients": 5,
        "pending": 0,
        "accepted": 5,
        "refused": 0,
        "deferred": 0,
        "uncertain": 0,
        "skipped": 0,
        "outbox": str(folder),
    }.items() <= first.json.items()
    assert first.json == second.json
    (one,) = listed.json["campaigns"]
    assert (campaign, 5, 5, None) == (
        one["campaign"],
        one["messages"],
        one["accepted"],
        one["problem"],
    )
    assert f"{campaign}: 5 messages\n    sent from here: 5 accepted\n" == words.stdout
    told = "".join(done.stdout + done.stderr for done in (first, second, listed, words))
    assert SECRET not in told


def test_deferred_messages_are_sent_again(project: Path, campaign: str, run: Run) -> None:
    """Exit 3 while messages are deferred; the next call sends only these."""
    with serving(accept_some(POSTMARK)) as service:
        name_service(project, service)
        first = send(run, campaign)
        service.answering = POSTMARK.accept_all
        service.requests.clear()
        second = send(run, campaign)
    assert 3 == first.exit_code
    assert ("sending", 3, 1, 1) == tuple(
        first.json[key] for key in ("state", "accepted", "refused", "deferred")
    )
    assert re.search(
        r"Refused \(1\):\n  reader2@example.org  406: You tried to send to a recipient",
        first.stderr,
    )
    assert ["reader3@example.org"] == list_recipients(service)
    held = run(
        "subscribers", "show", "reader2@example.org", "--json"
    )  # its service knows it for dead
    assert "refused" == held.json["suppression"]["reason"]
    assert (0, "sent", 4) == (second.exit_code, second.json["state"], second.json["accepted"])


def test_limit_sends_part_of_the_folder(project: Path, campaign: str, run: Run) -> None:
    """Two, then the others; each call did what was request for, so both exit 0."""
    with serving(POSTMARK.accept_all) as service:
        name_service(project, service)
        first = send(run, campaign, "--limit", "2")
        second = send(run, campaign)
    assert (0, "paused", 2, 3) == (
        first.exit_code,
        *(first.json[key] for key in ("state", "accepted", "pending")),
    )
    assert (0, 5) == (second.exit_code, second.json["accepted"])
    assert READERS == list_recipients(service)


def test_rate_limits_hold_for_the_outbox(project: Path, campaign: str, run: Run) -> None:
    """The command says when more may be sent, and --limit does not make that a success."""
    with serving(POSTMARK.accept_all) as service:
        name_service(project, service)
        path = project / "handbill.toml"
        path.write_text(path.read_text("utf-8") + "\n[pacing]\nper_hour = 2\n", encoding="utf-8")
        first = send(run, campaign)
        second = send(run, campaign, "--limit", "1")
    assert (3, "sending", 2, 3) == (
        first.exit_code,
        *(first.json[key] for key in ("state", "accepted", "pending")),
    )
    assert re.search(r"Rate limit: more can be sent from .* UTC\.", first.stderr)
    assert first.json["reason"].startswith("rate limit: ")
    assert (3, 2) == (second.exit_code, second.json["accepted"])
    assert READERS[:2] == list_recipients(service)


RELAY = """
[senders.relay]
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
"""


def test_a_campaign_from_the_outbox_is_not_sent_again(project: Path, run: Run) -> None:
    """It is signed when it is sent; then no command sends it, or the same article, to the same recipients again."""
    config = project / "handbill.toml"
    before = config.read_text("utf-8")
    ada, again = ("--to", "ada@example.org", "--yes", "--json"), "--allow-repeat"
    with Sink() as sink:
        config.write_text(before + RELAY.format(port=sink.port), encoding="utf-8")
        written = [run("send", "tide.md", *ada).json["campaign"] for _ in range(2)]
        assert 0 == run("dkim", "keygen").exit_code
        with config.open("a", encoding="utf-8") as file:
            file.write("[dkim]\n")
        sent = run("outbox", "send", written[0], "--sender", "relay", "--yes")
        refused = [
            run("send", "tide.md", *ada, "--sender", "relay"),
            run("outbox", "send", written[1], "--sender", "relay", "--yes"),
        ]
        once_more = run("outbox", "send", written[1], "--sender", "relay", "--yes", again)
        rest = run("outbox", "send", written[0], "--sender", "relay", "--yes")
    assert [0, 1, 1, 0, 0] == [done.exit_code for done in (sent, *refused, once_more, rest)]
    for done in refused:
        assert (
            f"{written[0]}-sent (sent) sends this edition to some of the same recipients"
            in done.stderr
        )
    assert 2 == len(sink.accepted)
    assert all(b"DKIM-Signature: " in content for content in sink.accepted)
    assert (
        b"DKIM-Signature" not in next((project / "outbox" / written[0]).glob("*.eml")).read_bytes()
    )


def test_the_campaign_can_be_resumed(project: Path, campaign: str, run: Run) -> None:
    """What is sent from the outbox is a campaign as any other; it can be cancelled too."""
    with serving(POSTMARK.accept_all) as service:
        name_service(project, service)
        limited = send(run, campaign, "--limit", "2")
        shown = run("campaigns", "show", limited.json["campaign"])
        resumed = run("campaigns", "resume", limited.json["campaign"], "--json")
    assert f"Outbox:    {project / 'outbox' / campaign}" in shown.stdout
    assert "paused (limit of 2 reached)" in shown.stdout
    assert (0, 5) == (resumed.exit_code, resumed.json["accepted"])
    assert "nobody was mailed" not in resumed.stderr
    assert READERS == list_recipients(service)


PIGEON = """
from pathlib import Path

from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.senders import Sender


class Pigeon(Sender):
    def send(self, messages):
        for message in messages:
            with Path("arrived.txt").open("a") as file:
                file.write(message.recipient.email + "\\n")
            yield Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)
"""


def test_what_was_sent_is_remembered_outside_a_project(tmp_path: Path) -> None:
    """The record is in the folder; a project that is made there later does not send it again."""
    env = install_plugin(tmp_path, PIGEON, pigeon="Pigeon")
    with OutboxSender(tmp_path / "outbox") as sender:
        list(sender.send(map(sample_message, range(1, 6))))
    words = (
        "outbox",
        "send",
        sample_message().campaign_id,
        "--sender",
        "pigeon",
        "--yes",
        "--json",
    )
    first = handbill(*words, "--limit", "2", cwd=tmp_path, env=env)
    listed = handbill("outbox", "list", "--json", cwd=tmp_path, env=env).json["campaigns"]
    second, third = (handbill(*words, cwd=tmp_path, env=env) for _ in range(2))
    make_project(tmp_path)
    in_project = handbill(*words, cwd=tmp_path, env=env)

    assert (0, "paused", 2) == (first.exit_code, first.json["state"], first.json["accepted"])
    assert [(2, 3)] == [(one["accepted"], one["pending"]) for one in listed]
    assert (0, 5) == (second.exit_code, second.json["accepted"])
    assert second.json == third.json
    assert 1 == in_project.exit_code
    assert "was already sent outside of a project" in in_project.stderr
    assert READERS == (tmp_path / "arrived.txt").read_text().split()


def test_a_folder_of_a_project_is_sent_from_the_project(
    tmp_path: Path, project: Path, campaign: str
) -> None:
    """Elsewhere the command would know nothing of what was sent, and of who unsubscribed."""
    env = install_plugin(tmp_path, PIGEON, pigeon="Pigeon")
    words = ("outbox", "send", project / "outbox" / campaign, "--sender", "pigeon", "--yes")
    done = handbill(*words, cwd=tmp_path, env=env)
    assert 1 == done.exit_code
    assert f"--project {project}" in done.stderr
    assert not (tmp_path / "arrived.txt").exists()


def test_confirmation_is_required(project: Path, campaign: str, run: Run) -> None:
    """Without a terminal and without --yes nothing is sent."""
    with serving(POSTMARK.accept_all) as service:
        name_service(project, service)
        done = run("outbox", "send", campaign, "--sender", "pm")
    assert 2 == done.exit_code
    assert "Add --yes" in done.stderr
    assert [] == service.requests


def test_a_failing_provider_fails_the_command(project: Path, campaign: str, run: Run) -> None:
    """One sentence, exit 1, and every message remains to be sent."""
    with serving(lambda _: POSTMARK.account_error) as service:
        name_service(project, service)
        done = send(run, campaign)
        service.answering = POSTMARK.accept_all
        again = send(run, campaign)
    assert (1, "failed", 5) == (done.exit_code, done.json["state"], done.json["pending"])
    (sentence,) = done.errors
    assert "Postmark rejected this account" in sentence
    assert 0 == again.exit_code


def test_unsubscribed_recipients_are_skipped(project: Path, campaign: str, run: Run) -> None:
    """The subscriber store is checked for each of them before sending."""
    gone = run("subscribers", "suppress", READERS[1], "--reason", "complained")
    assert 0 == gone.exit_code, gone.stderr
    with serving(POSTMARK.accept_all) as service:
        name_service(project, service)
        done = send(run, campaign)
    assert (0, 4, 1) == (done.exit_code, done.json["accepted"], done.json["skipped"])
    assert READERS[1] not in list_recipients(service)


def test_a_changed_file_is_named(project: Path, campaign: str, run: Run) -> None:
    """Nothing in the folder is sent."""
    path = sorted((project / "outbox" / campaign).glob("*.eml"))[3]
    path.write_bytes(path.read_bytes() + b"P.S.\r\n")
    with serving(POSTMARK.accept_all) as service:
        name_service(project, service)
        done = send(run, campaign)
    assert 1 == done.exit_code
    assert path.name in done.stderr
    assert [] == service.requests


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("send", "2026-nowhere", "--sender", "smtp"), 1, "No campaign 2026-nowhere"),
        (("send", "{}", "--sender", "outbox", "--yes"), 1, "does not send mail"),
        (("send", "{}", "--sender", "pigeon", "--yes"), 1, 'No sender is called "pigeon"'),
        (("send", "{}"), 2, "--sender"),
        (("open", "{}x"), 1, "Did you mean"),
    ],
)
def test_mistakes_are_reported(
    project: Path, campaign: str, run: Run, words: tuple[str, ...], code: int, expected: str
) -> None:
    """In one sentence, before anything is done."""
    done = run("outbox", *(word.format(campaign) for word in words))
    assert code == done.exit_code
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_outbox_is_reported(project: Path, run: Run) -> None:
    """There is nothing to list, and nothing to open."""
    listed = run("outbox", "list")
    opened = run("outbox", "open")
    assert (0, "") == (listed.exit_code, listed.stdout)
    assert f"The outbox is empty: {project / 'outbox'}." in listed.stderr
    assert 1 == opened.exit_code


def start_sending(project: Path, campaign: str) -> subprocess.Popen[bytes]:
    """Start to send in another process."""
    words = ("outbox", "send", campaign, "--sender", "pm", "--yes", "--json")
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", *words],
        cwd=project,
        env=environment(**KEY),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def interrupt(project: Path, campaign: str) -> Callable[[int], tuple[bytes, int, list[str]]]:
    """Send, get a signal while the request is running, and end; return output, exit code and recipients."""

    def run(number: int) -> tuple[bytes, int, list[str]]:
        arrived, go_on = Event(), Event()

        def answer(request: RecordedRequest) -> Reply:
            arrived.set()
            go_on.wait(60)
            return POSTMARK.accept_all(request)

        with serving(answer) as service:
            name_service(project, service, connections=1)
            with start_sending(project, campaign) as process:
                assert arrived.wait(60)
                os.kill(process.pid, number)
                if number == signal.SIGKILL:
                    process.wait()
                go_on.set()
                output, _ = process.communicate()
            return output, process.returncode, list_recipients(service)

    return run


def test_ctrl_c_waits_for_requests_in_progress(
    interrupt: Callable[[int], tuple[bytes, int, list[str]]],
) -> None:
    """Their receipts are recorded; all five were one request, so the campaign is sent."""
    output, code, emails = interrupt(signal.SIGINT)
    assert READERS == emails
    assert ("sent", 5) == (json.loads(output)["state"], json.loads(output)["accepted"])
    assert 0 == code


def test_a_killed_process_leaves_messages_uncertain(
    project: Path, campaign: str, run: Run, interrupt: Callable[[int], tuple[bytes, int, list[str]]]
) -> None:
    """They are named, and sent again only on request."""
    _, code, _ = interrupt(signal.SIGKILL)
    assert -signal.SIGKILL == code
    with serving(POSTMARK.accept_all) as service:
        config = project / "handbill.toml"
        text = config.read_text("utf-8")
        config.write_text(text.partition("[senders.pm]")[0], encoding="utf-8")
        name_service(project, service)
        calm = send(run, campaign)
        assert [] == service.requests
        bold = send(run, campaign, "--retry-uncertain")
    assert (1, 5) == (calm.exit_code, calm.json["uncertain"])
    assert "Uncertain (5):\n  reader1@example.org  The process that sent it ended" in calm.stderr
    assert "--retry-uncertain" in calm.stderr
    assert (0, 5) == (bold.exit_code, bold.json["accepted"])
